"""Record bodies of the clock: watches, outages, digests. Same rules as `bodies`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

from bot.domain.ids import Code, CompartmentId, PartyId, Prose, SeatId
from bot.domain.ladder import Ladder
from bot.domain.vocabulary import Strength, WatchKind


@dataclass(frozen=True, slots=True)
class WatchSet:
    """A recurring check, armed from this moment: never-yet-reported alarms too.

    `schedule` is the text `when.read_schedule` accepts; `step` is the time from one level to
    the next and the pace at which the last level repeats, where no `ladder` is given. `ladder`
    is a copy: a change elsewhere changes no watch. `party` is whose silence a contact gap is.
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
    ladder: Ladder = ()
    ladder_name: str = ""
    party: PartyId | None = None


@dataclass(frozen=True, slots=True)
class WatchRaised:
    """`level` 0 is the reminder at the due time; 1 and up are overdue.

    `skipped` are the levels that nobody could answer, found at this very raise; `rooms`, `told`
    and `outside` say who was told. `why` is a word for a raise out of turn; `away` is the
    outage that made it late.
    """

    TAG: ClassVar = "watch.raised/1"
    code: Code
    occurrence: datetime
    level: int
    repeat: int = 0
    skipped: tuple[int, ...] = ()
    rooms: tuple[CompartmentId, ...] = ()
    told: tuple[SeatId, ...] = ()
    outside: tuple[str, ...] = ()
    why: str = ""
    away: tuple[datetime, datetime] | None = None

    def each(self) -> tuple[WatchRaised, ...]:
        """Return itself, as `WatchesRaised` returns one of each check."""
        return (self,)


@dataclass(frozen=True, slots=True)
class WatchesRaised:
    """Watches of one compartment and one label that came to the same level together, oldest first.

    Says of each of `checks` (its code, and the occurrence that is due) what a `WatchRaised` says
    of one.
    """

    TAG: ClassVar = "watches.raised/1"
    checks: tuple[tuple[Code, datetime], ...]
    level: int
    repeat: int = 0
    rooms: tuple[CompartmentId, ...] = ()
    told: tuple[SeatId, ...] = ()
    away: tuple[datetime, datetime] | None = None

    def one(self, code: Code, occurrence: datetime) -> WatchRaised:
        """Return what it says of one check."""
        return WatchRaised(
            code,
            occurrence,
            self.level,
            self.repeat,
            rooms=self.rooms,
            told=self.told,
            away=self.away,
        )

    def each(self) -> tuple[WatchRaised, ...]:
        """Return what it says of each check."""
        return tuple(self.one(code, occurrence) for code, occurrence in self.checks)


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
class ContactMade:
    """Somebody of a silent party typed something that binds: its contact gap is closed."""

    TAG: ClassVar = "watch.contact/1"
    code: Code
    by: SeatId
    occurrence: datetime
    next_due: datetime


@dataclass(frozen=True, slots=True)
class WatchSuspended:
    """Two people quietened a watch until an instant. The reason stays where they decided."""

    TAG: ClassVar = "watch.suspended/1"
    code: Code
    by: SeatId
    approver: SeatId
    until: datetime
    reason: Prose


@dataclass(frozen=True, slots=True)
class WatchResumed:
    """A suspension is over, by time (`by` is None) or by a person."""

    TAG: ClassVar = "watch.resumed/1"
    code: Code
    by: SeatId | None
    occurrence: datetime


@dataclass(frozen=True, slots=True)
class WatchEnded:
    """Two people ended a watch for good."""

    TAG: ClassVar = "watch.ended/1"
    code: Code
    by: SeatId
    approver: SeatId
    reason: Prose


@dataclass(frozen=True, slots=True)
class LadderApplied:
    """Another ladder for one watch, put there explicitly."""

    TAG: ClassVar = "watch.ladder/1"
    code: Code
    by: SeatId
    name: str
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class WatchFlapped:
    """The desk was told that a watch is overdue and satisfied again and again."""

    TAG: ClassVar = "watch.flapped/1"
    code: Code


@dataclass(frozen=True, slots=True)
class LadderNamed:
    """A ladder of this case, by name; no watch changes by it."""

    TAG: ClassVar = "ladder.named/1"
    name: str
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class LadderDropped:
    TAG: ClassVar = "ladder.dropped/1"
    name: str


@dataclass(frozen=True, slots=True)
class ClockWasSet:
    """The wall clock of the machine was set: what it would have shown, and what it shows."""

    TAG: ClassVar = "clock.set/1"
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class OutageSeen:
    TAG: ClassVar = "clock.outage/1"
    since: datetime
    until: datetime


WatchBody: TypeAlias = (
    ContactMade
    | WatchSuspended
    | WatchResumed
    | WatchEnded
    | LadderApplied
    | WatchFlapped
    | LadderNamed
    | LadderDropped
    | ClockWasSet
    | WatchesRaised
)
"""What the second release of watches put on record."""
