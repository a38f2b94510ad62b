"""Record bodies of what becomes of promises, and of what goes with them.

What was done stands in the room it was typed in, with its words; the other rooms are told of it
in a record of their own, under their own code and without words. Same rules as `bodies`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.ids import UNSAID, Code, PartyId, Prose, SeatId
from bot.domain.promise_states import Happening
from bot.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What goes with an offer, in the codes that its room knows."""

    TAG: ClassVar = "offer.terms/1"
    offer: Code
    terms: Terms
    agreed: Prose = UNSAID
    method: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class PromiseActed:
    """Somebody did something with a promise, under the code of the room it was typed in."""

    TAG: ClassVar = "promise.acted/1"
    code: Code
    happening: Happening
    by: SeatId
    party: PartyId
    instead: Code | None = None
    words: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class PromiseTold:
    """A room is told what became of a promise: by a party, or by the clock (`party` is None)."""

    TAG: ClassVar = "promise.told/1"
    code: Code
    happening: Happening
    party: PartyId | None = None
    instead: Code | None = None


@dataclass(frozen=True, slots=True)
class PromiseDated:
    """A promise hangs on an event that was set: `hangs` now names its time."""

    TAG: ClassVar = "promise.dated/1"
    code: Code
    anchor: str
    was_due: datetime
    due: datetime
    hangs: str


@dataclass(frozen=True, slots=True)
class PromisesPaired:
    TAG: ClassVar = "promise.paired/1"
    one: Code
    other: Code
    by: SeatId


@dataclass(frozen=True, slots=True)
class RedLineDrawn:
    TAG: ClassVar = "redline.drawn/1"
    number: int
    party: PartyId
    by: SeatId
    text: Prose


@dataclass(frozen=True, slots=True)
class RedLineDropped:
    TAG: ClassVar = "redline.dropped/1"
    number: int
    party: PartyId
    by: SeatId
    reason: Prose


@dataclass(frozen=True, slots=True)
class RedLinesAnswered:
    """`code` (a promise, or a request to offer one) crosses none of `lines`, its party says."""

    TAG: ClassVar = "redline.answered/1"
    code: Code
    party: PartyId
    by: SeatId
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConcessionNoted:
    """How far `party` has come, 0 to 100, in the view of whoever speaks."""

    TAG: ClassVar = "concession.noted/1"
    code: Code
    party: PartyId
    percent: int
    by: SeatId
    assessor: PartyId
    on: Code | None
    words: Prose


PromiseBody: TypeAlias = (
    OfferTerms
    | PromiseActed
    | PromiseTold
    | PromiseDated
    | PromisesPaired
    | RedLineDrawn
    | RedLineDropped
    | RedLinesAnswered
    | ConcessionNoted
)
