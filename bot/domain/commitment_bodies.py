"""Record bodies of promises: made, confirmed, offered, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.ids import UNSAID, Code, PartyId, Prose, SeatId
from bot.domain.terms import NO_TERMS, Terms


@dataclass(frozen=True, slots=True)
class CommitmentProposed:
    """The read-back wording of a promise; amending one proposes the same code again.

    `text` is the wording as said, `agreed` the one agreed on, `method` how it is verified.
    """

    TAG: ClassVar = "commitment.proposed/1"
    code: Code
    by: SeatId
    obligor: PartyId
    obligee: PartyId
    due: datetime
    said_at: datetime
    text: Prose
    terms: Terms = NO_TERMS
    agreed: Prose = UNSAID
    method: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class CommitmentConfirmed:
    """`red_lines` are those of its party that it was found not to cross, such as `R1`."""

    TAG: ClassVar = "commitment.confirmed/1"
    code: Code
    by: SeatId
    red_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """On the obligee's side: under the code that was read there."""

    TAG: ClassVar = "offer.accepted/1"
    offer: Code
    by: SeatId
    date_agreed: bool = True


@dataclass(frozen=True, slots=True)
class OfferRefused:
    TAG: ClassVar = "offer.refused/1"
    offer: Code
    by: SeatId


@dataclass(frozen=True, slots=True)
class CommitmentAccepted:
    """On the obligor's side: which party accepted, not which person."""

    TAG: ClassVar = "commitment.accepted/1"
    code: Code
    party: PartyId
    date_agreed: bool = True


@dataclass(frozen=True, slots=True)
class CommitmentWithdrawn:
    TAG: ClassVar = "commitment.withdrawn/1"
    code: Code
    by: SeatId


CommitmentBody: TypeAlias = (
    CommitmentProposed
    | CommitmentConfirmed
    | OfferAccepted
    | OfferRefused
    | CommitmentAccepted
    | CommitmentWithdrawn
)
