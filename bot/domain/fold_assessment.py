"""The fold of assessments. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import assessment_bodies as a
from bot.domain.assessments import Assessment
from bot.domain.case import Case
from bot.domain.fold_items import with_item, worded
from bot.domain.growing import put
from bot.domain.records import Record


def assessment(case: Case, record: Record, body: a.AssessmentBody) -> Case:
    """Return the case after one more assessment."""
    case = with_item(case, record, body.code)
    if body.about is not None:
        # What was said of an item falls with it.
        case = worded(case, record, body.about)
    new = Assessment(
        case.items[body.code],
        body.kind,
        body.by,
        body.value,
        body.about,
        body.grade.rstrip("123456"),
        body.grade.lstrip("ABCDEF"),
        body.embargo,
        body.leak,
    )
    return replace(case, assessments=put(case.assessments, body.code, new))
