"""Who a level of a ladder reaches: which rooms, and which people there could answer.

Pure questions on the case and on what was last seen of its rooms. It refuses to count anybody who
could not be heard: not verified, not in the room, or in a room that is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.case import Case, Compartment, Seat, Watch
from bot.domain.ids import CompartmentId, SeatId
from bot.domain.ladder import DESK, OWN, Ladder, Step, rooms_named, step_at
from bot.domain.vocabulary import Role
from bot.domain.watch_clock import ladder_of
from bot.engine.events import Scene
from bot.policy.label import Label
from bot.words.phrase import Phrase, SeatName, phrase

ACTING = frozenset({Role.VERIFIER, Role.LIAISON, Role.NEGOTIATOR, Role.COORDINATOR, Role.MEDIATOR})
"""Who can report at all."""
REMINDER = Step(frozenset(), (OWN,), (), timedelta(0))
"""Whom the due time is said to, before any level."""


@dataclass(frozen=True, slots=True)
class Reach:
    """`rooms` hear the words of the watch, `desks` only its code; `people` could answer, by room."""

    rooms: tuple[CompartmentId, ...]
    desks: tuple[CompartmentId, ...]
    people: dict[CompartmentId, tuple[SeatId, ...]]

    @property
    def everybody(self) -> tuple[SeatId, ...]:
        """Everybody who could answer, each once."""
        return tuple(dict.fromkeys(s for room in self.people.values() for s in room))


def step_of(watch: Watch, level: int) -> Step:
    """Return the step of a level; level 0 is the reminder."""
    return step_at(ladder_of(watch), level) if level else REMINDER


def reach_of(case: Case, scene: Scene, watch: Watch, level: int) -> Reach:
    """Return whom a level reaches now. A room that may not read the watch is none of its rooms."""
    step = step_of(watch, level)
    own = watch.item.compartment
    named = [CompartmentId(r) for r in step.rooms if r not in (OWN, DESK)]
    rooms = [own, *(r for r in named if r != own and may_read(case, watch, r))]
    desks = tuple(d.id for d in case.desks() if d.id not in rooms) if DESK in step.rooms else ()
    people = {
        place: found
        for place in (*rooms, *desks)
        if (place != own or OWN in step.rooms)
        and (found := _people(scene, case, case.compartments[place], step))
    }
    return Reach(tuple(rooms), desks, people)


def may_read(case: Case, watch: Watch, room: CompartmentId) -> bool:
    """Tell whether a room may hear the words of a watch."""
    return room in case.compartments and watch.item.label.admits(room)


def _people(scene: Scene, case: Case, place: Compartment, step: Step) -> tuple[SeatId, ...]:
    if place.held or place.room is None:
        return ()
    seen = scene.rooms.get(place.id)
    there = [
        seat
        for seat in case.seats_in(place.id)
        if seat.enrolled and seat.verified and (seen is None or seat.user in seen.joined())
    ]
    if step.roles:
        return tuple(seat.id for seat in there if seat.role in step.roles)
    verifiers = tuple(seat.id for seat in there if seat.role is Role.VERIFIER)
    return verifiers or tuple(seat.id for seat in there if seat.role in ACTING)


def expected(case: Case, people: tuple[SeatId, ...], room: CompartmentId) -> tuple[Phrase, ...]:
    """Return who is expected to act, in words for a room: names it may read, else roles."""
    named = [s for s in people if case.label_of_seat(s).admits(room)]
    others = dict.fromkeys(_role(case, s) for s in people if s not in named)
    seats = tuple(phrase("watch.actor", seat=SeatName(s)) for s in named)
    return seats + tuple(phrase("watch.actor_role", role=role) for role in others)


def _role(case: Case, seat: SeatId) -> str:
    found: Seat = case.seats.get(seat) or case.removed[seat]
    return found.role.value


def not_admitted(case: Case, label: Label, ladder: Ladder) -> tuple[str, ...]:
    """Return the rooms that a ladder names and that may not read such a watch, or are none."""
    return tuple(
        room
        for room in sorted(rooms_named(ladder))
        if CompartmentId(room) not in case.compartments or not label.admits(CompartmentId(room))
    )
