"""The rest of the negotiation of `story`: what became of a reader's digests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.bodies import Body
from bot.domain.digest_bodies import (
    DigestDelivered,
    DigestMissed,
    DigestRead,
    DigestScheduled,
    DigestUnread,
)
from bot.domain.ids import Code, CompartmentId, PartyId, SeatId
from bot.policy.label import owned_by

_CAUCUS = CompartmentId("caucus-lowland")
_OURS = owned_by(PartyId("lowland"), frozenset({_CAUCUS, CompartmentId("desk")}))
_SEVEN = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)
_ROWAN = SeatId("rowan")
_FIRST = Code("")
"""That of the digest in `story`, which is older than codes."""
_FOLLOWED: tuple[Body, ...] = (
    DigestScheduled(_CAUCUS, _ROWAN, "daily 07:00 Europe/Zurich", timedelta(hours=6)),
    DigestMissed(_CAUCUS, _SEVEN.isoformat(), "held"),
    DigestDelivered(_CAUCUS, _FIRST, _SEVEN),
    DigestUnread(_CAUCUS, _FIRST, 1),
    DigestRead(_CAUCUS, _FIRST, _ROWAN),
)

DIGESTED = tuple((_CAUCUS, _OURS, body) for body in _FOLLOWED)
