"""A digest reaches its reader once, wherever the bot is killed: before and after every single step."""

from __future__ import annotations

import asyncio
import copy
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from bot.domain import bodies as b
from bot.domain.ids import CompartmentId, EventId
from bot.engine.events import DeadlineReached
from bot.ports import Batch, Cleared
from bot.runner.arrived import Arrived, Committed
from bot.runner.cases import Cases
from bot.runner.speaking import Speaking
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from bot.words.message import Message
from tests.hostile.running import CASE, Running
from tests.hostile.test_outbox import types
from tests.storage.samples import MASTER
from tests.support.fake_speaker import FakeSpeaker
from tests.support.fake_sync import at_once
from tests.support.orchid import BOT, MONDAY

BENCH = CompartmentId("bench-north")
WORDS = "ten wounded at the northern crossing, "
KINDS = pytest.mark.parametrize("kind", ["memory", "sqlite"])


WRITES = frozenset(
    {"commit", "commit_all", "sent", "park", "unpark", "put", "departs", "take", "done", "beat"}
)
"""Calls that change what lasts: killed before a reading is killed after the writing before it."""


class Killed(BaseException):
    """The process is gone: nothing of it catches this."""


@dataclass
class Life:
    """Ends at a step; without one it goes on. Every writing and every send is two steps."""

    ends: int | None = None
    steps: int = 0

    def beat(self) -> None:
        self.steps += 1
        if self.ends is not None and self.steps >= self.ends:
            raise Killed


class Mortal:
    """A store whose process may be killed before and after each writing."""

    def __init__(self, store: Any, life: Life) -> None:
        self._store, self._life = store, life

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)
        if name not in WRITES:
            return call

        def mortal(*args: Any, **named: Any) -> Any:
            self._life.beat()
            found = call(*args, **named)
            self._life.beat()
            return found

        return mortal


@dataclass
class Homeserver(FakeSpeaker):
    """Goes on while the bot dies; it takes each transaction once."""

    life: Life = field(default_factory=Life)

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        self.life.beat()
        event = await super().say(message, txn)
        self.life.beat()
        return event


class Pumped(Cases):
    """Cases that take what is submitted soon after."""

    @override
    def submit(self, arrived: Arrived) -> bool:
        self.kept = [*vars(self).get("kept", []), arrived]
        return True

    async def pump(self) -> None:
        while True:
            for arrived in vars(self).pop("kept", []):
                await self.take(arrived)
            await asyncio.sleep(0)


class World:
    """One case whose bench has a digest at six; what lasts is its store and its homeserver."""

    def __init__(self, kind: str, folder: Path, running: Running) -> None:
        self.kind, self.folder = kind, folder
        self.now = running.now
        self.room = running.room(BENCH)
        self.rooms = running.speaker.rooms
        self.memory = running.store
        self.server = Homeserver()

    def begins(self) -> Any:
        """Return a store as it was before the digest, and empty rooms."""
        self.server = Homeserver(rooms=self.rooms)
        if self.kind == "memory":
            return copy.deepcopy(self.memory)
        for name in ("store.db", "store.tree"):
            if (self.folder / "base" / name).exists():
                shutil.copy(self.folder / "base" / name, self.folder / name)
        for left in self.folder.glob("store.db-*"):
            left.unlink()
        return SqlStore.open(self.folder / "store.db", MASTER)

    def again(self, store: Any) -> Any:
        """Return the store as a new process finds it."""
        if self.kind == "memory":
            return store
        store.close()
        return SqlStore.open(self.folder / "store.db", MASTER)

    async def lives(self, store: Any, life: Life) -> None:
        """Be a process: load, take what is due, send what waits, to the end or until killed."""
        self.server.life = life
        mortal: Any = Mortal(store, life)
        cases = Pumped(mortal, at_once, BOT, _nothing)
        await cases.load()
        passed = iter(range(0, 10**9, 1000))
        speaking = Speaking(
            mortal, at_once, self.server, cases,
            now=lambda: self.now, monotonic=lambda: next(passed),
        )  # fmt: skip
        pump = asyncio.ensure_future(cases.pump())
        try:
            for _ in range(3):
                for row in mortal.due(self.now):
                    due = EventId(f"due:{row.key}")
                    event = DeadlineReached(due, self.now, row.key, row.at)
                    await cases.take(Arrived(row.case, event))
                for place, rows in (await speaking._next()).items():
                    speaking._busy.add(place)
                    await speaking._serve(place, rows)
        finally:
            pump.cancel()

    def heard(self) -> list[str]:
        return self.server.texts(self.room)


async def _nothing(_: Committed) -> None:
    return None


async def prepared(kind: str, folder: Path, words: int) -> World:
    (folder / "base").mkdir()
    store = (
        MemoryStore() if kind == "memory" else SqlStore.open(folder / "base" / "store.db", MASTER)
    )
    running = Running(store)
    await running.opens()
    for number in range(words):
        text = f"!record word {number}: {WORDS * 150}"
        await types(running, "haddad", "caucus-north", text)
    await types(running, "karam", BENCH, "!digest schedule daily 06:00")
    await running.says()
    running.speaker.sent.clear()
    world = World(kind, folder, running)
    world.now = MONDAY.replace(day=2, hour=3, second=1)
    if kind == "sqlite":
        store.close()
    return world


def parts_of(heard: list[str]) -> list[str]:
    return [text for text in heard if text.startswith(("Digest ", "Part "))]


@KINDS
@pytest.mark.parametrize("words", [0, 4])
def test_killed_before_or_after_any_step_a_digest_comes_once_and_whole(
    kind: str, words: int, tmp_path: Path
) -> None:
    async def story() -> None:
        world = await prepared(kind, tmp_path, words)
        store, life = world.begins(), Life()
        await world.lives(store, life)
        whole = parts_of(world.heard())
        assert len(whole) == (1 if not words else 2)
        steps = life.steps
        if kind == "sqlite":
            store.close()
        assert steps >= 10
        for ends in range(1, steps + 1):
            store = world.begins()
            with pytest.raises(Killed):
                await world.lives(store, Life(ends))
            store = world.again(store)
            await world.lives(store, Life())
            heard = parts_of(world.heard())
            assert len(heard) == len(whole), (ends, heard)
            assert "Late" not in heard[0]
            records = [r.body for r in store.load(CASE)]
            for of in (b.DigestSent, b.DigestDelivered):
                assert sum(isinstance(one, of) for one in records) == 1, (ends, of)
            assert not [r for r in store.waiting() if r.effect.compartment == BENCH]
            if kind == "sqlite":
                store.close()

    asyncio.run(story())


@KINDS
def test_killed_between_parts_and_erased_meanwhile_no_other_words_are_lost(
    kind: str, tmp_path: Path
) -> None:
    async def story() -> None:
        world = await prepared(kind, tmp_path, 4)
        store, life = world.begins(), Life()
        ends = 0
        while len(parts_of(world.heard())) != 1:
            if kind == "sqlite":
                store.close()
            ends += 1
            store, life = world.begins(), Life(ends)
            with pytest.raises(Killed):
                await world.lives(store, life)
        (first,) = parts_of(world.heard())
        assert first.startswith("Part 1 of 2.")
        told = re.findall(r"word (\d)", first)
        assert told
        store = world.again(store)
        words = [r.id for r in store.load(CASE) if isinstance(r.body, b.ItemRecorded)]
        newest = next(r for r in words if f"word {told[0]}" in store.prose(r)[1]["text"])
        head = len(store.load(CASE))
        store.commit(Batch("erasure", CASE, head, erase=(newest,)))
        assert store.prose(newest)[1] == {}
        await world.lives(store, Life())
        heard = parts_of(world.heard())
        assert len(heard) == 2
        assert heard[1].startswith("Part 2 of 2.")
        assert sorted(re.findall(r"word (\d)", "".join(heard))) == ["0", "1", "2", "3"]
        if kind == "sqlite":
            store.close()

    asyncio.run(story())
