"""What a case knows of evidence and of a held person's condition, without a word of either.

Refuses to hold a file or a fingerprint of one: those are sealed with the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import Code, RecordId, SeatId
from bot.domain.vocabulary import Strength

SOURCES = "ABCDEF"
"""How reliable a source is: A always so far, E never so far, F cannot be judged."""
INFORMATION = "123456"
"""How credible the information is: 1 confirmed by others, 5 improbable, 6 cannot be judged."""
POINTS = 60
"""So many assessments of one person are kept at hand for the chart, of all assessors together."""


class Verdict(StrEnum):
    """What a verifier says of evidence."""

    CONFIRMED = "confirmed"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One report. `report` is the record of its words; `counts`: it was strong enough.

    `occurrence` is the check it was given for. `kind` is that of its file, empty without one;
    `cleanable` says that a version without metadata can be made.
    """

    code: Code
    record: RecordId
    watch: Code
    report: RecordId
    at: datetime
    by: SeatId
    strength: Strength
    counts: bool
    occurrence: datetime
    source: str = ""
    info: str = ""
    kind: str = ""
    cleanable: bool = False
    verdict: Verdict | None = None
    judged_by: SeatId | None = None
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wellbeing:
    """One assessment, 1 (worst) to 10, by one named assessor; assessors are never averaged."""

    record: RecordId
    at: datetime
    by: SeatId
    value: int
    physical: int | None = None
    psychological: int | None = None
    named_needs: bool = False
