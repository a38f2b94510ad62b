"""The rest of the negotiation of `story`: gates, and what the Geneva Conventions ask for.

Numbered by itself, so that what is added to either changes no vector of the other.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.bodies import Body
from bot.domain.gate_bodies import GateOverridden, GateRemoved, GateSet
from bot.domain.geneva import Answer, Clock, Datum, Flag, Modality, Notice
from bot.domain.geneva_bodies import ArrivalNoted, ConsentsNoted, DataNoted, VisitNoted
from bot.domain.ids import CASE_ROOM, Code, CompartmentId, PartyId, Prose, SeatId
from bot.domain.vocabulary import WatchKind
from bot.policy.label import UNOWNED, Label, owned_by

FIRST = 500
"""The number of its first record."""

_CAUCUS, _DESK = CompartmentId("caucus-lowland"), CompartmentId("desk")
_ELDER, _HEATHER = SeatId("elder"), SeatId("heather")
_CAUGHT = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
_PERSON = "H-HERON"
_NAMED = Prose("h-heron")
"""As words too, so that erasing finds it; the code name itself stays, as it does in an `Erased`."""
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
    (
        _CAUCUS,
        _OURS,
        ArrivalNoted(
            _PERSON,
            Clock.CAPTURE,
            _CAUGHT,
            _CAUGHT + timedelta(days=7),
            Code("C3DE"),
            _HEATHER,
            _NAMED,
        ),
    ),
    (
        _CAUCUS,
        _OURS,
        DataNoted(
            _PERSON,
            (Datum.SURNAME, Datum.FATHER),
            (Notice.HOSPITAL,),
            present=True,
            by=_HEATHER,
            named=_NAMED,
        ),
    ),
    (
        _CAUCUS,
        _OURS,
        VisitNoted(
            _PERSON,
            Modality.PRIVATE,
            Answer.REFUSED,
            _HEATHER,
            _NAMED,
            Prose("There is no room for it."),
        ),
    ),
    (
        _CAUCUS,
        _OURS,
        ConsentsNoted(_PERSON, (Flag.FAMILY, Flag.ICRC), (Flag.OWN_STATE,), _HEATHER, _NAMED),
    ),
)
