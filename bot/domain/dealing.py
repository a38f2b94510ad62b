"""How each party was dealt with: notices, answers, extensions, releases, alarms, as bare facts.

Kept while the case is folded, each with its record and label, so that a report is a count of what
its reader may read. Holds no words. Refuses to judge: what is even is for people to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.ids import Code, CompartmentId, RecordId
from bot.policy.label import Label

KEPT: Final = 300
"""So many dealings with one party are kept, the latest."""


class DealingKind(StrEnum):
    """What was done with a party, or by it."""

    NOTICE = "notice"
    ANSWER = "answer"
    EXTENSION = "extension"
    RELEASE = "release"
    GAP = "contact gap"


@dataclass(frozen=True, slots=True)
class Dealing:
    """One of them. `length`: of a notice up to what it is about, of an answer since it was asked.

    `place` is where it was recorded, `code` what it is about.
    """

    kind: DealingKind
    record: RecordId
    at: datetime
    place: CompartmentId
    label: Label
    code: Code
    length: timedelta | None = None
