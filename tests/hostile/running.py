"""The runner on real storage and a fake way out, with the demonstration's case in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import cache, wraps
from typing import ParamSpec

from typing_extensions import override

from bot.domain.case import Case
from bot.domain.ids import CaseId, CompartmentId, EventId, RoomId
from bot.engine.events import CommandReceived, Event
from bot.ports import Store
from bot.runner.cases import Arrived, Cases, Committed, compartments_cleared
from bot.runner.speaking import Speaking
from bot.storage.memory import MemoryStore
from tests.support.fake_speaker import FakeSpeaker, quiet_room
from tests.support.fake_sync import at_once
from tests.support.orchid import BOT, MEDIATORS, QUIET, with_keys
from tests.support.playbook import Play

P = ParamSpec("P")

CASE = CaseId("orchid")


class Noting(Play):
    """A play that keeps its events, so that they can be played again on the real road."""

    @override
    def take(self, event: Event) -> None:
        EVENTS.append(event)
        super().take(event)


EVENTS: list[Event] = []


@cache
def first_act() -> tuple[Event, ...]:
    """The events that open the case and verify everybody."""
    EVENTS.clear()
    play = Noting()
    play.takes_case_file(with_keys(QUIET, *MEDIATORS))
    play.makes_rooms()
    people = [s for s in sorted(play.case.seats) if s not in MEDIATORS]
    play.enrols(*people)
    play.verifies(*people)
    return tuple(EVENTS)


class Road(Cases):
    """Real cases; with `kept` set, what is submitted is only kept."""

    kept: list[Arrived] | None = None

    @override
    def submit(self, arrived: Arrived) -> bool:
        if self.kept is None:
            return super().submit(arrived)
        self.kept.append(arrived)
        return True


class Running:
    """Cases and the way out on one store. `now` is the clock."""

    def __init__(self, store: Store | None = None, case: CaseId = CASE) -> None:
        self.store = store or MemoryStore()
        self.case_id = case
        self.now: datetime = first_act()[-1].at
        self.speaker = FakeSpeaker()
        self.cases = Road(self.store, at_once, BOT, self.committed)
        self.passed = 0.0
        self.speaking = Speaking(
            self.store,
            at_once,
            self.speaker,
            self.cases,
            now=lambda: self.now,
            monotonic=lambda: self.passed,
        )
        self.before_unpark: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(0)

    @property
    def case(self) -> Case:
        return self.cases.all[self.case_id]

    async def committed(self, done: Committed) -> None:
        """What the house does after a commit."""
        for place in compartments_cleared(done):
            await self.before_unpark()
            self.store.unpark(done.case.id, place)

    async def opens(self) -> None:
        """Play the first act, with everybody in their rooms, and say all there is to say."""
        for event in first_act():
            await self.take(event)
        for place in self.case.compartments.values():
            if place.room is not None:
                people = [s.user for s in self.case.seats_in(place.id)]
                self.speaker.rooms[place.room] = quiet_room(place.room, *people)
                self.cases.seen[place.room] = self.speaker.rooms[place.room]
        await self.says()
        self.speaker.sent.clear()

    async def take(self, event: Event) -> Committed | None:
        named = replace(event, id=EventId(f"{self.case_id} {event.id}"))
        done = await self.cases.take(Arrived(self.case_id, named))
        sifting = self.cases.sifting
        if done is None and not sifting._queue.empty():
            line, wish = sifting._queue.get_nowait()
            with ThreadPoolExecutor(1) as pool:
                found = await sifting._outcome(line, wish, pool)
            assert isinstance(line.event, CommandReceived)
            self.cases._put_off.discard(line.event.id)
            return await self.cases.take(replace(line, event=replace(line.event, sifted=found)))
        return done

    async def says(self) -> None:
        """Send all that can go now."""
        for _ in range(200):
            found = await self.speaking._next()
            if not found:
                return
            for place, rows in found.items():
                self.speaking._busy.add(place)
                await self.speaking._serve(place, rows)

    def room(self, compartment: str) -> RoomId:
        found = self.case.compartments[CompartmentId(compartment)].room
        assert found is not None
        return found

    def heard(self, compartment: str) -> Sequence[str]:
        return self.speaker.texts(self.room(compartment))


def played(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Run an asynchronous test to its end."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
