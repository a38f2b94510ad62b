"""Record bodies of assessments. Same rules as `bodies`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.assessments import AssessmentKind
from bot.domain.ids import Code, Prose, SeatId


@dataclass(frozen=True, slots=True)
class AssessmentGiven:
    """`grade` is the source (A to F) and the information (1 to 6), each where it was given."""

    TAG: ClassVar = "assessment.given/1"
    code: Code
    by: SeatId
    kind: AssessmentKind
    value: int
    text: Prose
    about: Code | None = None
    grade: str = ""
    embargo: datetime | None = None
    leak: bool = False


AssessmentBody: TypeAlias = AssessmentGiven
