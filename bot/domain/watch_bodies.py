"""Record bodies of the clock: watches, outages, digests. Same rules as `bodies`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from bot.domain.ids import Code, CompartmentId, Prose, SeatId
from bot.domain.vocabulary import Strength, WatchKind


@dataclass(frozen=True, slots=True)
class WatchSet:
    """A recurring check, armed from this moment: never-yet-reported alarms too.

    `schedule` is the text `when.read_schedule` accepts; `step` is the time from one level to
    the next and the pace at which the last level repeats.
    """

    TAG: ClassVar = "watch.set/1"
    code: Code
    kind: WatchKind
    by: SeatId
    schedule: str
    first_due: datetime
    grace: timedelta
    step: timedelta
    person: Prose


@dataclass(frozen=True, slots=True)
class WatchRaised:
    """`level` 0 is the reminder at the due time; 1 and up are overdue."""

    TAG: ClassVar = "watch.raised/1"
    code: Code
    occurrence: datetime
    level: int
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class WatchAcked:
    TAG: ClassVar = "watch.acked/1"
    code: Code
    by: SeatId
    level: int
    until: datetime
    reason: Prose


@dataclass(frozen=True, slots=True)
class WatchSatisfied:
    TAG: ClassVar = "watch.satisfied/1"
    code: Code
    by: SeatId
    occurrence: datetime
    strength: Strength
    next_due: datetime
    text: Prose


@dataclass(frozen=True, slots=True)
class ReportTooWeak:
    """A report that was kept but did not satisfy its watch."""

    TAG: ClassVar = "watch.too-weak/1"
    code: Code
    by: SeatId
    strength: Strength
    text: Prose


@dataclass(frozen=True, slots=True)
class OutageSeen:
    TAG: ClassVar = "clock.outage/1"
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class DigestSent:
    TAG: ClassVar = "digest.sent/1"
    compartment: CompartmentId
    as_of: datetime
    period: str = ""
