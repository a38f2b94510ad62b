"""The rest of the negotiation of `story`: gates, and what the Geneva Conventions ask for.

Numbered by itself, so that what is added to either changes no vector of the other.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.bodies import Body
from bot.domain.gate_bodies import GateOverridden, GateRemoved, GateSet
from bot.domain.ids import CASE_ROOM, Code, CompartmentId, PartyId, Prose, SeatId
from bot.domain.vocabulary import WatchKind
from bot.policy.label import UNOWNED, Label, owned_by

FIRST = 500
"""The number of its first record."""

_CAUCUS, _DESK = CompartmentId("caucus-lowland"), CompartmentId("desk")
_ELDER, _HEATHER = SeatId("elder"), SeatId("heather")
_GATE, _PROMISE = Code("G4TE"), Code("7KQF")
_OURS = owned_by(PartyId("lowland"), frozenset({_CAUCUS, _DESK}))

CARE: tuple[tuple[CompartmentId, Label, Body], ...] = (
    (
        CASE_ROOM,
        UNOWNED,
        GateSet(
            _GATE,
            WatchKind.SIGN_OF_LIFE,
            timedelta(days=14),
            Code("C3DE"),
            _CAUCUS,
            _HEATHER,
            _ELDER,
        ),
    ),
    (
        _DESK,
        _OURS,
        GateOverridden(_GATE, _PROMISE, _HEATHER, _ELDER, Prose("He was heard by telephone.")),
    ),
    (_DESK, _OURS, GateRemoved(_GATE, _HEATHER, _ELDER, Prose("All of them are home."))),
)
