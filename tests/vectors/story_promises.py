"""The rest of the negotiation of `story`: what became of its promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.bodies import Body
from bot.domain.ids import Code, CompartmentId, PartyId, Prose, SeatId
from bot.domain.promise_bodies import (
    ConcessionNoted,
    OfferTerms,
    PromiseActed,
    PromiseDated,
    PromisesPaired,
    PromiseTold,
    RedLineDrawn,
    RedLineDropped,
    RedLinesAnswered,
)
from bot.domain.promise_states import Happening
from bot.domain.terms import Condition, Terms
from bot.policy.label import Label, owned_by

_CAUCUS, _SHUTTLE, _DESK = (
    CompartmentId("caucus-lowland"),
    CompartmentId("shuttle-upland"),
    CompartmentId("desk"),
)
_LOWLAND, _ROWAN = PartyId("lowland"), SeatId("rowan")
_PROMISE, _OFFER = Code("7KQF"), Code("M4XA")
_OURS = owned_by(_LOWLAND, frozenset({_CAUCUS, _DESK}))
_THERE = owned_by(_LOWLAND, frozenset({_SHUTTLE}))
_FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)

KEPT: tuple[tuple[CompartmentId, Label, Body], ...] = (
    (
        _SHUTTLE,
        _THERE,
        OfferTerms(
            _OFFER,
            Terms(
                "ar",
                _FRIDAY - timedelta(days=1),
                "EIF+21d",
                (Condition(event="EIF"), Condition(Code("9TTR"))),
                PartyId("upland"),
                PartyId("heather"),
                SeatId("elder"),
                date_agreed=True,
                grace=timedelta(hours=2),
                agreed=True,
                method=True,
            ),
            Prose("Nine of the ten go home."),
            Prose("The delegate counts them."),
        ),
    ),
    (
        _CAUCUS,
        _OURS,
        PromiseActed(
            _PROMISE, Happening.PARTIAL, _ROWAN, _LOWLAND, Code("M4XA"), Prose("Nine have crossed.")
        ),
    ),
    (_SHUTTLE, _THERE, PromiseTold(_OFFER, Happening.PARTIAL, _LOWLAND, Code("7KQF"))),
    (
        _SHUTTLE,
        _THERE,
        PromiseDated(
            _OFFER, "EIF", _FRIDAY, _FRIDAY + timedelta(days=1), "EIF+21d (EIF 2026-02-14T15:00Z)"
        ),
    ),
    (_CAUCUS, _OURS, PromisesPaired(_PROMISE, _OFFER, _ROWAN)),
    (_CAUCUS, _OURS, RedLineDrawn(1, _LOWLAND, _ROWAN, Prose("No ransom."))),
    (_CAUCUS, _OURS, RedLinesAnswered(_PROMISE, _LOWLAND, _ROWAN, ("R1",))),
    (_CAUCUS, _OURS, RedLineDropped(1, _LOWLAND, _ROWAN, Prose("It was never asked for."))),
    (
        _CAUCUS,
        _OURS,
        ConcessionNoted(
            Code("C7CE"),
            PartyId("upland"),
            40,
            _ROWAN,
            _LOWLAND,
            _PROMISE,
            Prose("They name the wounded first."),
        ),
    ),
)
