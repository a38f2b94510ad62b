"""The rest of the negotiation of `story`: what somebody judged of the talks."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.assessment_bodies import AssessmentGiven
from bot.domain.assessments import AssessmentKind
from bot.domain.bodies import Body
from bot.domain.ids import Code, CompartmentId, PartyId, Prose, SeatId
from bot.policy.label import Label, owned_by

_CAUCUS, _DESK = CompartmentId("caucus-lowland"), CompartmentId("desk")

JUDGED: tuple[tuple[CompartmentId, Label, Body], ...] = (
    (
        _CAUCUS,
        owned_by(PartyId("lowland"), frozenset({_CAUCUS, _DESK})),
        AssessmentGiven(
            Code("A7KX"),
            SeatId("heather"),
            AssessmentKind.MEDIA,
            7,
            Prose("Two agencies know of the crossing."),
            Code("7KQF"),
            "B2",
            datetime(2026, 3, 9, 18, 0, tzinfo=UTC),
            leak=True,
        ),
    ),
)
