"""A case with watches of several rooms and sorts, lived through by random people and a random clock.

The same life can be lived on a store that lays nothing together, as the older program did.
"""

from __future__ import annotations

import asyncio
import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from hypothesis import strategies as st
from typing_extensions import override

from bot.domain.case import Watch
from bot.domain.ids import Code, CompartmentId, EventId, SeatId
from bot.domain.watch_clock import key_of, waits_for
from bot.engine.events import BotReturned, ClockSet, CommandReceived
from bot.ports import Batch, Store
from bot.runner.cases import Arrived
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.hostile.running import CASE
from tests.hostile.test_together import Played, _raises, _told
from tests.hostile.test_watch_machine import LADDERS

Step = tuple[str, int, int]
WATCHED = (
    ("brenner", "humanitarian", "sign of life for H-{who} every {e} h grace 1 h step 1 h"),
    ("haddad", "caucus-north", "sign of life for N-{who} every {e} h grace 1 h step 1 h"),
    ("brenner", "humanitarian", "sign of life for H-{who} EIF+{e}h every 6 h grace 1 h"),
)
BIRDS = ("TEAL", "ROOK", "WREN", "FINCH", "HERON", "SNIPE", "CRAKE", "PLOVER", "STORK")
DID = (
    "ack",
    "report",
    "suspend",
    "resume",
    "ladder",
    "end",
    "anchor",
    "erase",
    "person",
    "room",
    "add",
)
PEOPLE = st.tuples(st.sampled_from(DID), st.integers(0, 30), st.integers(1, 400))
CLOCK = st.tuples(
    st.sampled_from(["passes", "passes", "comes", "away", "back", "restart"]),
    st.integers(0, 30),
    st.integers(1, 400),
)
RACE = st.tuples(st.sampled_from([f"race {one}" for one in DID]), *[st.integers(0, 400)] * 2)
LIVES = st.lists(st.one_of(CLOCK, PEOPLE, RACE), min_size=1, max_size=9)
# The older program lost what was acknowledged while under way, once the clock was set back.
ONWARD = LIVES.map(lambda life: [step for step in life if step[0] != "back"])


def as_before(batch: Batch) -> Batch:
    """Return a batch as the older program wrote it: each key is a row of its own."""
    arm = tuple(replace(row, key=key, place="", keys=()) for row in batch.arm for key in row.each())
    return replace(batch, arm=arm, leave=())


class OlderStore(SqlStore):
    """The store as the older program filled it."""

    @override
    def commit(self, batch: Batch) -> None:
        super().commit(as_before(batch))

    @override
    def commit_all(self, batches: Sequence[Batch]) -> None:
        super().commit_all([as_before(batch) for batch in batches])


class OlderMemory(MemoryStore):
    """The same in memory."""

    @override
    def _commit(self, batches: Sequence[Batch]) -> None:
        super()._commit([as_before(batch) for batch in batches])


class Lived(Played):
    """A case with watches in two rooms, of an event too; `types_at` is said by whoever may."""

    lines = 0

    async def stands(self, each: int = 3) -> None:
        await self.opens()
        for n in range(each * len(WATCHED)):
            seat, place, what = WATCHED[n % len(WATCHED)]
            await self.says_in(
                seat, place, f"!watch add {what.format(who=BIRDS[n % 9], e=2 + n % 2)}"
            )
        assert len(self.case.watches) == each * len(WATCHED)

    async def says_in(self, seat: str, place: str, text: str) -> None:
        self.lines += 1
        name, where, who = EventId(f"$said{self.lines}"), CompartmentId(place), SeatId(seat)
        await self.take(CommandReceived(name, self.now, where, who, text, self.now))

    async def by_two(self, text: str) -> None:
        known = set(self.case.approvals)
        await self.says_in("lindqvist", "desk", text)
        for code in sorted(set(self.case.approvals) - known):
            await self.says_in("adeyemi", "desk", f"!approve {code}")

    async def does(self, what: str, which: int, much: int) -> None:
        """Let somebody do something about one of the watches; much of it may be refused."""
        code = sorted(self.case.watches)[which % len(self.case.watches)]
        watch = self.case.watches[code]
        place = watch.item.compartment
        seat = "haddad" if place == "caucus-north" else "brenner"
        match what:
            case "ack":
                await self.says_in(seat, place, f"!ack {code} until in {much} min because of rain")
            case "report":
                how = ("assertion", "media") if seat == "haddad" else ("visit", "media")
                await self.says_in(seat, place, f"!report {code} {how[much % 2]}: words")
            case "suspend":
                await self.by_two(f"!watch suspend {code} until in {much} min because of rain")
            case "resume":
                await self.says_in(seat, place, f"!watch resume {code}")
            case "ladder":
                name = ("long", "short")[much % 2]
                await self.says_in(seat, place, f"!watch ladder {code} {name}")
            case "end":
                await self.by_two(f"!watch end {code} because they are home")
            case "anchor":
                at = self.now + timedelta(minutes=much - 200)
                await self.by_two(f"!anchor EIF at {at:%Y-%m-%d %H:%M} UTC")
            case "erase":
                await self.by_two(f"!erase {code} because the family asked")
            case "person":
                await self.by_two(f"!erase person H-{BIRDS[which % 9]} because the family asked")
            case "room":
                room = ("humanitarian", "caucus-north")[much % 2]
                await self.by_two(f"!erase compartment {room} because they asked")
            case _:
                text = (
                    f"!watch add welfare for H-{BIRDS[which % 9]} every {1 + much % 3} h grace 1 h"
                )
                await self.says_in(seat, place, text)

    async def settles_all(self) -> None:
        for _ in range(20):
            arrived = self.due()
            if not arrived:
                return
            await self.settles(arrived, together=True)
        raise AssertionError("it comes up for ever")

    async def lives(self, number: int, what: str, which: int, much: int) -> None:
        match what.split():
            case ["passes"]:
                self.now += timedelta(minutes=much)
            case ["comes"]:
                at = self.store.next_at()
                self.now = max(self.now, at) if at is not None else self.now
            case ["away"]:
                since, self.now = self.now, self.now + timedelta(minutes=much * 5)
                away = BotReturned(EventId(f"away{number}"), self.now, since)
                await self.settles([Arrived(CASE, away)], together=True)
            case ["back"]:
                since, self.now = self.now, self.now - timedelta(minutes=much)
                step = ClockSet(EventId(f"back{number}"), self.now, since)
                await self.settles([Arrived(CASE, step)], together=True)
            case ["restart"]:
                self.cases.all.clear()
                await self.cases.load()
            case ["race", command]:
                # What came up is under way while something is typed.
                self.now += timedelta(minutes=much)
                arrived = self.due()
                await self.does(command, which, much)
                await self.settles(arrived, together=True)
            case _:
                await self.does(what, which, much)
        await self.settles_all()

    def outline(self) -> list[object]:
        """What became of each watch, and who was told how often; no names that are drawn."""
        store = self.store
        plain = [w for w in self.case.watches.values() if self.case.stands(w.item)]
        said = [row.effect for row in store.waiting(100_000, 100_000)]
        return [
            sorted(
                (w.item.code, w.state, w.level, w.repeat, w.occurrence, w.raised_at, w.skipped)
                for w in plain
            ),
            sorted(
                (r.at, one.code, one.occurrence, one.level, one.repeat)
                for r in store.load(CASE)
                for _, one in _raises(r)
            ),
            Counter(str(one) for what in said for one in _told(what)),
            [(at, key.split(":")[1], key.split(":", 3)[3][:3]) for at, key in self.waiting()],
        ]

    def awaited(self) -> list[tuple[datetime, str]]:
        """What each watch waits for; nothing of those whose words are gone."""
        there = [w for w in self.case.watches.values() if self.case.stands(w.item)]
        return sorted(one for watch in there if (one := awaited_of(watch)) is not None)

    def waiting(self) -> list[tuple[datetime, str]]:
        """What is armed of those watches."""
        return [
            (at, key)
            for at, key in self.armed()
            if key.startswith("watch:")
            and self.case.stands(self.case.watches[Code(key.split(":")[1])].item)
        ]


def awaited_of(watch: Watch) -> tuple[datetime, str] | None:
    waits = waits_for(watch)
    return None if waits is None else (waits[1], key_of(watch, waits[0]))


@cache
def _stood(*, older: bool) -> Lived:
    lived = Lived(OlderMemory() if older else MemoryStore())
    lived.cases.ladders = LADDERS
    asyncio.run(lived.stands())
    return lived


def lived_on(store: Store | None = None, *, older: bool = False) -> Lived:
    """Return the case as it stands, on a store of its own."""
    first = _stood(older=older)
    lived = Lived(store or copy.deepcopy(first.store))
    lived.now, lived.lines = first.now, first.lines
    lived.cases.ladders = LADDERS
    lived.cases.seen.update(first.cases.seen)
    lived.speaker.rooms.update(first.speaker.rooms)
    lived.cases._keep(first.case)
    return lived
