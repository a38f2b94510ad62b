"""The fold of evidence: what was reported, what was said of it, how a person was found.

A rejected report is no sign of life: the watch's last one is then the one before it. Whether
that raises an alarm is the engine's.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import evidence_bodies as e
from bot.domain.case import Case, Watch
from bot.domain.evidence import POINTS, Evidence, Verdict, Wellbeing
from bot.domain.fold_items import with_item, worded
from bot.domain.growing import put
from bot.domain.records import Record
from bot.domain.watch_states import Happening
from bot.domain.watch_story import Turn, told


def evidence(case: Case, record: Record, body: e.EvidenceBody) -> Case:
    """Return the case after one record of evidence."""
    match body:
        case e.EvidenceGiven():
            return _given(case, record, body)
        case e.EvidenceJudged():
            return _judged(worded(case, record, body.code), record, body)
        case e.IndexGiven():
            case = worded(case, record, case.watches[body.watch].item.code)
            new = Wellbeing(
                record.id,
                record.at,
                body.by,
                body.value,
                body.physical,
                body.psychological,
                body.named_needs,
            )
            points = (*case.wellbeing.get(body.watch, ()), new)[-POINTS:]
            return replace(case, wellbeing=put(case.wellbeing, body.watch, points))


def _given(case: Case, record: Record, body: e.EvidenceGiven) -> Case:
    watch = case.watches[body.watch]
    new = Evidence(
        body.code,
        record.id,
        body.watch,
        body.report,
        record.at,
        body.by,
        body.strength,
        watch.last_report == body.report,
        body.occurrence,
        body.grade.rstrip("123456"),
        body.grade.lstrip("ABCDEF"),
        body.kind,
        body.cleanable,
    )
    case = worded(with_item(case, record, body.code), record, watch.item.code)
    # The words of the report fall with its code.
    words = (*case.words[body.code], body.report)
    return replace(
        case,
        words=put(case.words, body.code, words),
        evidence=put(case.evidence, body.code, new),
    )


def _judged(case: Case, record: Record, body: e.EvidenceJudged) -> Case:
    old = case.evidence[body.code]
    new = replace(old, verdict=body.verdict, judged_by=body.by, judged_at=record.at)
    case = replace(case, evidence=put(case.evidence, body.code, new))
    watch = case.watches[old.watch]
    if body.verdict is not Verdict.REJECTED or watch.last_report != old.report:
        return case
    turn = Turn(
        Happening.REJECTED,
        record.id,
        record.at,
        old.occurrence,
        watch.level,
        by=body.by,
        code=body.code,
    )
    left = replace(_without(case, watch), story=told(watch.story, turn))
    return replace(case, watches=put(case.watches, old.watch, left))


def _without(case: Case, watch: Watch) -> Watch:
    """Return the watch with the latest report that nobody rejected as its last."""
    given = [one for one in case.evidence.values() if one.watch == watch.item.code]
    rejected = {one.report for one in given if one.verdict is Verdict.REJECTED}
    found = [(one.at, one.report, one.strength) for one in given if one.counts]
    # Reports older than their codes, and contacts, which have none.
    found += [
        (turn.at, turn.record, turn.strength)  # type: ignore[misc]
        for turn in watch.story
        if turn.what is Happening.PROVED
    ]
    standing = [one for one in found if one[1] not in rejected]
    if not standing:
        return replace(watch, last_report=None, last_at=None, last_strength=None)
    at, report, strength = max(standing, key=lambda one: one[0])
    return replace(watch, last_report=report, last_at=at, last_strength=strength)
