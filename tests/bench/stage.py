"""The stage of a bench: one Synapse, ten people, Parley, the baseline, and a mirror.

All three sets of ten rooms have the same members but for who answers: Parley, the stock nio
bot, or the *mirror*, one more light person who says back what others say and thinks of nothing,
which shows what the homeserver can carry. Refuses to measure before everybody is in every room.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from bot.app import hand_in_case_file
from bot.demo.bot_process import BotProcess
from bot.demo.homeserver import EmbeddedHomeserver
from bot.domain.casefile import parse
from bot.domain.casefile_change import difference
from bot.domain.ids import EventId
from bot.engine.events import CaseFileTaken
from bot.matrix.rooms import creation
from bot.storage.store import SqlStore
from tests.bench.bare_process import BareProcess
from tests.bench.cases import PEOPLE, ROOMS, ten_people
from tests.bench.sender import Heard, Sender

PATIENCE_S = 120.0
BOTS = ("parley", "bare", "mirror")
PARLEY, BARE, MIRROR = BOTS

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """One room, who answers there, and the people in it."""

    room: str
    bot: str
    people: tuple[Sender, ...]

    @property
    def ear(self) -> Sender:
        """The person who listens for all in the room."""
        return self.people[0]


class Stage:
    """Open with `async with Stage(folder, tell)`."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self.folder = folder
        self.tell = tell
        self.people: dict[str, Sender] = {}
        self.places: dict[str, tuple[Place, ...]] = {}
        self.homeserver = EmbeddedHomeserver(folder / "homeserver")
        self.parley = BotProcess(folder / "parley", self.homeserver.url, self.id_of(PARLEY), "pw")
        self.bare = BareProcess(folder / "bare", self.homeserver.url, self.id_of(BARE), "pw")
        self.mirror: Sender
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Set everything up; undo it all if anything fails."""
        try:
            await self._set()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """End everything that was started."""
        await self._stack.aclose()

    def id_of(self, name: str) -> str:
        """Return the Matrix ID of a local part."""
        return self.homeserver.user_id(name)

    def pid_of(self, bot: str) -> int:
        """Return the process id of a bot; the mirror lives in this very process."""
        if bot == MIRROR:
            return os.getpid()
        child = self.parley.child if bot == PARLEY else self.bare.child
        assert child is not None
        return child.pid

    async def enter(self, name: str) -> Sender:
        """Make an account, log it in and follow the bots."""
        await self.homeserver.register(name, "pw")
        sender = await Sender.enter(self.homeserver.url, name, "pw", self.folder)
        self._stack.push_async_callback(sender.close)
        sender.follow(*(self.id_of(bot) for bot in BOTS))
        return sender

    async def _set(self) -> None:
        await self._stack.enter_async_context(self.homeserver)
        for bot in (PARLEY, BARE):
            await self.homeserver.register(bot, "pw")
            await self.homeserver.override_ratelimit(self.id_of(bot))
        for name in PEOPLE:
            self.people[name] = await self.enter(name)
        self.mirror = await self.enter(MIRROR)
        self.tell("homeserver and ten people are up")
        self._stack.push_async_callback(self.bare.stop)
        await self.bare.start()
        self._stack.push_async_callback(self.parley.stop)
        hand_in(self.parley, ten_people({n: s.master for n, s in self.people.items()}))
        await self.parley.start()
        self.tell("both bots are up")
        for name, sender in self.people.items():
            await sender.meet(*(self.id_of(bot) for bot in BOTS))
            await join(sender, sum(name in room.seats for room in ROOMS))
        await self.mirror.meet(*(sender.user_id for sender in self.people.values()))
        self.places[PARLEY] = await self._their_rooms()
        self.places[BARE] = await self._own_rooms(BARE)
        self.places[MIRROR] = await self._own_rooms(MIRROR)
        # Once in every room, so that every session is shared before anything is measured.
        for bot in (PARLEY, BARE):
            await self.ask_everywhere(self.places[bot])
        async with self.reflecting():
            await self.ask_everywhere(self.places[MIRROR])
        self.tell("everybody is in every room")

    async def _their_rooms(self) -> tuple[Place, ...]:
        """Find out which of Parley's rooms is which compartment, by who is in it."""
        found: dict[frozenset[str], str] = {}
        for sender in self.people.values():
            for room in await sender.joined_rooms():
                found[await sender.members(room) - set(BOTS)] = room
        return tuple(self._place(found[frozenset(r.seats)], PARLEY, r.seats) for r in ROOMS)

    async def _own_rooms(self, bot: str) -> tuple[Place, ...]:
        """Make the same ten rooms around another bot."""
        made = []
        for wanted in ROOMS:
            first, *others = wanted.seats
            maker = self.people[first]
            guests = [self.id_of(name) for name in (bot, *others)]
            room = await maker.server.create_room(creation(None, guests))  # type: ignore[arg-type]
            for name in others:
                await self.people[name].server.join(room)
            if bot == MIRROR:
                await self.mirror.server.join(room)
            async with asyncio.timeout(PATIENCE_S):
                while bot not in await maker.members(room):
                    await asyncio.sleep(0.05)
            made.append(self._place(room, bot, wanted.seats))
        return tuple(made)

    def _place(self, room: str, bot: str, seats: Sequence[str]) -> Place:
        return Place(room, self.id_of(bot), tuple(self.people[name] for name in seats))

    async def ask_everywhere(self, places: Sequence[Place]) -> None:
        """Have every person type a command in every room and wait until each was answered."""
        wanted = {place.room: len(place.people) for place in places}
        heard: dict[str, int] = dict.fromkeys(wanted, 0)

        def hear(one: Heard) -> None:
            if one.sender == places[0].bot and one.room in heard and one.body:
                heard[one.room] += 1

        async with Ears(places, hear):
            for place in places:
                for person in place.people:
                    await person.say(place.room, [place.bot], "!whoami")
            async with asyncio.timeout(PATIENCE_S):
                while any(heard[room] < count for room, count in wanted.items()):
                    await asyncio.sleep(0.05)

    @asynccontextmanager
    async def reflecting(self) -> AsyncIterator[None]:
        """Let the mirror say back every line it hears, one at a time in each of its rooms."""
        places = self.places[MIRROR]
        todo = {place.room: asyncio.Queue[str]() for place in places}

        def hear(one: Heard) -> None:
            if one.room in todo and one.body:
                todo[one.room].put_nowait(one.body)

        async def reflect(place: Place) -> None:
            readers = [person.user_id for person in place.people]
            while True:
                line = await todo[place.room].get()
                await self.mirror.say(place.room, readers, f"You typed {line}")

        await self.mirror.catch_up()
        async with asyncio.TaskGroup() as group:
            tasks: list[asyncio.Task[None]] = [group.create_task(self.mirror.listen(hear))]
            tasks += [group.create_task(reflect(place)) for place in places]
            yield
            for task in tasks:
                task.cancel()


class Ears:
    """While open, one person of every room listens, from now on."""

    def __init__(self, places: Sequence[Place], hear: Callable[[Heard], None]) -> None:
        self._ears = {place.ear.name: place.ear for place in places}
        self._hear = hear
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Let go of what came before, then listen."""
        for ear in self._ears.values():
            await ear.catch_up()
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(e.listen(self._hear)) for e in self._ears.values()]
        return self

    async def __aexit__(self, *wrong: object) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(*wrong)  # type: ignore[arg-type]


async def join(sender: Sender, count: int) -> None:
    """Join rooms until the person is in as many as expected."""
    async with asyncio.timeout(PATIENCE_S):
        joined = 0
        while joined < count:
            joined += await sender.join_invites()
            await asyncio.sleep(0.05)


def hand_in(bot: BotProcess, case_text: str) -> None:
    """Put a case file into the inbox of a bot that is not running."""
    bot.prepare()
    file = parse(case_text)
    change = difference(file, None, code_digests={})
    store = open_store(bot)
    try:
        now = datetime.now(UTC)  # noqa: TID251  # the operator's clock
        event = CaseFileTaken(
            EventId("bench"), now, change.bodies, change.widens, change.digest, change.lines
        )
        hand_in_case_file(store, file.id, event)
    finally:
        store.close()


def open_store(bot: BotProcess) -> SqlStore:
    """Open the store of a bot that is not running."""
    path = bot.state / "store"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SqlStore.open(path / "parley.db", (bot.state / "master.key").read_bytes())


def pause(pid: int, signal_number: int) -> None:
    """Send a signal to one of our own processes."""
    os.kill(pid, signal_number)
