"""A compartment's room at this moment, as the gate wants to see it: what should be, and what is."""

from __future__ import annotations

from bot.domain.case import Case
from bot.domain.ids import CaseId, CompartmentId, RoomId, UserId
from bot.engine.guard import wanted_room
from bot.policy.guard import WantedRoom
from bot.ports import Room, Speaker
from bot.runner.cases import Cases


class Rooms:
    """Looks at rooms. What it sees is noted for the engine too."""

    def __init__(self, speaker: Speaker, cases: Cases) -> None:
        self._speaker = speaker
        self._cases = cases

    async def of(self, case: Case, compartment: CompartmentId) -> Room | None:
        """Return a compartment's room; None if it has none."""
        place = case.compartments.get(compartment)
        wanted = wanted_room(case, place, self._cases.bot) if place is not None else None
        if place is None or wanted is None:
            return None
        seen = await self._speaker.seen(wanted.room)
        if seen is None:
            self._cases.seen.pop(wanted.room, None)
        else:
            self._cases.seen[wanted.room] = seen
        return Room(compartment, place.held, wanted, seen)

    async def direct(self, user: UserId) -> Room:
        """Return the bot's direct room with a person."""
        room: RoomId = await self._speaker.direct_room(user)
        seen = await self._speaker.seen(room)
        wanted = WantedRoom(room, self._cases.bot, frozenset({user}))
        return Room(CompartmentId("direct"), held=False, wanted=wanted, seen=seen)

    def as_it_is(self, case_id: CaseId, room: Room) -> Room:
        """Return a room as its case is at this moment: it may have moved on while we looked.

        What is denied as held on an older view would be parked after its compartment was
        cleared, and nobody would ever set it free.
        """
        case = self._cases.all[case_id]
        place = case.compartments.get(room.compartment)
        if place is None:
            return room
        return Room(place.id, place.held, wanted_room(case, place, self._cases.bot), room.seen)
