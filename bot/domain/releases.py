"""A request for release as a case knows it: who was asked, and who consented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import Code, CompartmentId, PartyId, RecordId, SeatId
from bot.policy.label import UNOWNED, Caveats, Label


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """A request. `completed_in` is where the consent was typed that made it complete.

    `pair` is the request that it goes out with, if `!deliver both` sent it.
    """

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
    caveats: Caveats = UNOWNED.caveats
    held: bool = False
    names: tuple[RecordId, ...] = ()
    with_names: bool = False
    revoked: bool = False
    lapsed: bool = False
    completed_in: CompartmentId | None = None
    released_at: datetime | None = None
    pair: Code | None = None
    apart: timedelta | None = None

    def waits_for(self) -> frozenset[PartyId]:
        """Owners who have not consented yet; empty once refused, closed or released."""
        if self.refused or self.released_as or self.closed:
            return frozenset()
        return self.owners - self.consents

    @property
    def closed(self) -> bool:
        """Whether it can come to nothing any more, other than by a refusal, which nobody sees."""
        return self.revoked or self.lapsed

    @property
    def ready(self) -> bool:
        """Whether all consented and it only waits to be delivered."""
        open_ = not (self.refused or self.released_as or self.closed)
        return self.held and open_ and self.consents == self.owners
