"""The rest of the negotiation of `story`: words taken back, over, delivered, masked, protected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain import release_bodies as r
from bot.domain.bodies import Body
from bot.domain.ids import Code, CompartmentId, PartyId, Prose, SeatId
from bot.policy.label import Caveats, Label, owned_by

_CAUCUS, _DESK = CompartmentId("caucus-lowland"), CompartmentId("desk")
_SHUTTLE = CompartmentId("shuttle-upland")
_LOWLAND, _ROWAN = PartyId("lowland"), SeatId("rowan")
_OURS = owned_by(_LOWLAND, frozenset({_CAUCUS, _DESK}))
_ASKED, _OTHER = Code("9TTR"), Code("R7MX")
_ENDS = datetime(2026, 3, 20, 18, 0, tzinfo=UTC)
_STRICT = Caveats(
    no_forward=True, eyes_only=True, unattributed=True, until=_ENDS, eyes=frozenset({"@elder:x"})
)
_THERE = Label(frozenset({(_LOWLAND, frozenset({_SHUTTLE}))}), _STRICT)

CARRIED: tuple[tuple[CompartmentId, Label, Body], ...] = (
    (_CAUCUS, _OURS, r.ConsentRevoked(_ASKED, _LOWLAND, _ROWAN)),
    (_CAUCUS, _OURS, r.RequestLapsed(_ASKED)),
    (_SHUTTLE, _THERE, r.ItemExpired(Code("M4XA"))),
    (_CAUCUS, _OURS, r.ReleaseRevoked(_ASKED, _ROWAN)),
    (_DESK, _OURS, r.BothDelivered(_ASKED, _OTHER, timedelta(milliseconds=84), at_most=True)),
    (
        _CAUCUS,
        _OURS,
        r.TearLineProposed(Code("T3AR"), Code("XYA7"), _SHUTTLE, _ROWAN, Prose("[person 1] came.")),
    ),
    (_CAUCUS, _OURS, r.NameProtected(Code("N7AM"), _ROWAN, Prose("Larkspur"))),
)
