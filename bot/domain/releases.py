"""A request for release as a case knows it: who was asked, and who consented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import Code, CompartmentId, PartyId, RecordId, SeatId
from bot.policy.label import Label


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    code: Code
    item: Code
    target: CompartmentId
    by: SeatId
    until: datetime
    owners: frozenset[PartyId]
    record: RecordId
    label: Label
    asked_in: CompartmentId
    consents: frozenset[PartyId] = frozenset()
    refused: bool = False
    released_as: Code | None = None

    def waits_for(self) -> frozenset[PartyId]:
        """Owners who have not consented yet; empty once refused or released."""
        if self.refused or self.released_as:
            return frozenset()
        return self.owners - self.consents
