"""Promises as a case knows them: on the side that made them, and where they were offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import Code, CompartmentId, PartyId
from bot.domain.items import Item
from bot.domain.vocabulary import CommitmentState


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise. `offers` maps each compartment it was released to, to its code there."""

    item: Item
    obligor: PartyId
    obligee: PartyId
    due: datetime
    state: CommitmentState
    confirmed_at: datetime | None = None
    accepted_at: datetime | None = None
    offers: tuple[tuple[CompartmentId, Code], ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A commitment as the obligee's compartment reads it. `source` is known to the fold only."""

    item: Item
    obligor: PartyId
    obligee: PartyId
    due: datetime
    accepted: bool = False
    refused: bool = False
    source: Code | None = None
