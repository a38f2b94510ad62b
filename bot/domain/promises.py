"""Promises as a case knows them: on the side that made them, and where they were offered.

Both sides have the same course, each under its own code and as its own records tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import Code, CompartmentId, PartyId, RecordId
from bot.domain.items import Item
from bot.domain.promise_states import Happening
from bot.domain.terms import NO_TERMS, Terms
from bot.domain.vocabulary import CommitmentState
from bot.policy.label import Label


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a promise. `party` did it; None for the clock."""

    record: RecordId
    at: datetime
    happening: Happening
    party: PartyId | None = None
    instead: Code | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What both sides have of it. `due` is `NEVER` while it hangs on an event that is not set.

    `since` is the record its deadlines are counted from, `before` the state that a dispute
    interrupted, `verdict` the verifier's latest word, `ending` the latest wish to end it.
    """

    item: Item
    obligor: PartyId
    obligee: PartyId
    due: datetime
    state: CommitmentState = CommitmentState.READ_BACK
    terms: Terms = NO_TERMS
    date_agreed: bool = False
    reminded: bool = False
    since: RecordId | None = None
    before: CommitmentState | None = None
    verdict: Step | None = None
    ending: Step | None = None
    story: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Commitment(Promise):
    """A promise. `offers` maps each compartment it was released to, to its code there."""

    confirmed_at: datetime | None = None
    accepted_at: datetime | None = None
    offers: tuple[tuple[CompartmentId, Code], ...] = ()


@dataclass(frozen=True, slots=True)
class Offer(Promise):
    """A commitment as the obligee's compartment reads it. `source` is known to the fold only.

    `terms_record` holds its terms, and their prose.
    """

    state: CommitmentState = CommitmentState.CONFIRMED
    accepted: bool = False
    refused: bool = False
    source: Code | None = None
    terms_record: RecordId | None = None


@dataclass(frozen=True, slots=True)
class RedLine:
    """What a party never agrees to; `number` is what its people call it: R1, then R2."""

    number: int
    party: PartyId
    record: RecordId
    label: Label
    dropped: bool = False

    @property
    def name(self) -> str:
        """Its name in its party's rooms."""
        return f"R{self.number}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two promises that stand against each other, by their codes in the room that said so."""

    one: Code
    other: Code
    record: RecordId
    label: Label


@dataclass(frozen=True, slots=True)
class Concession:
    """How far one side has come, in percent, in one assessor's view; never an average."""

    code: Code
    party: PartyId
    percent: int
    assessor: PartyId
    on: Code | None
    item: Item
