"""The way out: nothing is parked for ever, hidden behind what waits, or stuck without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from itertools import count

from typing_extensions import override

from bot.domain import bodies as b
from bot.domain.ids import CompartmentId, EventId, SeatId, UserId
from bot.domain.records import PLANS
from bot.engine.effects import Say
from bot.engine.events import CommandReceived, RoomSeen, SendDenied
from bot.engine.guard import wanted_room
from bot.policy.guard import SeenRoom, inspect
from bot.ports import Batch, OutboxRow
from bot.runner.speaking import STUCK
from bot.storage.forms import shown_in_receipt
from bot.storage.memory import MemoryStore
from bot.storage.verdicts import StoreFailed
from bot.words.phrase import phrase
from tests.hostile.running import CASE, Running, played
from tests.support.orchid import BOT

CAUCUS = CompartmentId("caucus-north")
LINES = count()


async def types(running: Running, seat: str, place: str, text: str) -> None:
    name = EventId(f"$line-{next(LINES)}")
    where, who = CompartmentId(place), SeatId(seat)
    await running.take(CommandReceived(name, running.now, where, who, text, running.now))


async def sees(running: Running, room: SeenRoom) -> None:
    running.speaker.rooms[room.room] = room
    running.cases.seen[room.room] = room
    place = running.case.by_room(room.room)
    assert place is not None
    wanted = wanted_room(running.case, place, BOT)
    assert wanted is not None
    findings = inspect(wanted, room)
    name = EventId(f"seen-{running.case.head}")
    await running.take(RoomSeen(name, running.now, place.id, findings))


async def breach_and_mend(running: Running) -> None:
    """A stranger is in North's caucus, and then is not; the compartment is held."""
    good = running.speaker.rooms[running.room(CAUCUS)]
    stranger = (UserId("@eve:elsewhere.example"), "join")
    await sees(running, replace(good, present=good.present | {stranger}))
    assert running.case.compartments[CAUCUS].held
    running.speaker.rooms[good.room] = running.cases.seen[good.room] = good


async def clears(running: Running) -> None:
    for mediator in ("lindqvist", "adeyemi"):
        await types(running, mediator, "desk", f"!guard clear {CAUCUS}")
    assert not running.case.compartments[CAUCUS].held


def waits(running: Running, place: CompartmentId, name: str = "w", *, urgent: bool = False) -> None:
    """Put one text for a compartment into the outbox."""
    said = Say(place, phrase("guard.cleared_here"), urgent=urgent)
    row = OutboxRow(name, CASE, 0, said, urgent, running.now)
    running.store.commit(Batch(f"made {name}", CASE, running.case.head, outbox=(row,)))


@played
async def test_a_text_looked_at_while_its_room_was_held_is_not_parked_after_the_clearing() -> None:
    running = Running()
    await running.opens()
    await breach_and_mend(running)
    waits(running, CAUCUS)
    room = running.room(CAUCUS)
    gate = running.speaker.gates[room] = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(running.says())
        while not running.speaker.looked[room]:  # noqa: ASYNC110  # nothing to be woken by
            await asyncio.sleep(0)
        await clears(running)
        gate.set()
    await running.says()
    assert sum("was held and is cleared" in text for text in running.heard(CAUCUS)) == 2


@played
async def test_a_text_looked_at_before_a_breach_does_not_go_once_the_room_is_held() -> None:
    running = Running()
    await running.opens()
    waits(running, CAUCUS)
    room = running.room(CAUCUS)
    gate = running.speaker.gates[room] = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(running.says())
        while not running.speaker.looked[room]:  # noqa: ASYNC110  # nothing to be woken by
            await asyncio.sleep(0)
        await breach_and_mend(running)
        gate.set()
    assert running.heard(CAUCUS) == []


@played
async def test_who_was_taken_out_while_the_room_was_looked_at_gets_nothing() -> None:
    running = Running()
    await running.opens()
    waits(running, CAUCUS)
    room = running.room(CAUCUS)
    gate = running.speaker.gates[room] = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(running.says())
        while not running.speaker.looked[room]:  # noqa: ASYNC110  # nothing to be woken by
            await asyncio.sleep(0)
        await types(running, "lindqvist", "desk", "!unseat yazan")
        gate.set()
    assert all(UserId("@yazan:localhost") not in s.readers for s in running.speaker.sent)


@played
async def test_a_room_that_never_mends_is_told_to_the_desk_once() -> None:
    running = Running()
    await running.opens()
    await types(running, "lindqvist", "desk", "!unseat yazan from caucus-north")
    await running.says()
    running.speaker.sent.clear()
    told = running.cases.kept = []
    waits(running, CAUCUS)
    for _ in range(40):
        await running.says()
        running.now += timedelta(seconds=31)
        running.passed += 31
    assert running.heard(CAUCUS) == [], "whoever left has not left the room"
    (event,) = (arrived.event for arrived in told)
    assert isinstance(event, SendDenied)
    assert (event.compartment, event.why) == (CAUCUS, "breach")
    await running.take(event)
    await running.says()
    assert "the room breaks a rule of the guard" in running.heard("desk")[-1]


@played
async def test_a_room_where_nobody_has_a_device_that_gets_keys_is_told_to_the_desk() -> None:
    running = Running()
    await running.opens()
    running.speaker.keyless = {s.user for s in running.case.seats_in(CAUCUS)}
    told = running.cases.kept = []
    waits(running, CAUCUS)
    running.now += STUCK
    await running.says()
    assert [a.event.why for a in told if isinstance(a.event, SendDenied)] == ["no_readers"]


@played
async def test_the_desks_own_trouble_makes_no_chain_of_notices() -> None:
    running = Running()
    await running.opens()
    running.speaker.keyless = {s.user for s in running.case.seats_in(CompartmentId("desk"))}
    told = running.cases.kept = []
    waits(running, CompartmentId("desk"))
    running.now += STUCK
    await running.says()
    assert told == []


@played
async def test_waiting_receipts_do_not_hide_the_words_behind_them() -> None:
    running = Running()
    await running.opens()
    await types(running, "haddad", CAUCUS, "!record ten wounded")
    code = next(iter(running.case.items))
    for _ in range(60):
        await types(running, "haddad", CAUCUS, f"!receipt {code}")
        running.now += timedelta(seconds=1)
    await types(running, "haddad", CAUCUS, "!whoami")
    await running.says()
    for _ in range(4):
        running.passed += 2
        await running.says()
    assert running.heard(CAUCUS)[-1].startswith("You are ")


class Busy(MemoryStore):
    """A database that is locked now and then."""

    locked = 0

    @override
    def waiting(self, limit: int = 500, each: int = 20) -> tuple[OutboxRow, ...]:
        if self.locked:
            self.locked -= 1
            raise StoreFailed("locked")
        return super().waiting(limit, each)


@played
async def test_a_locked_database_does_not_end_the_way_out() -> None:
    store = Busy()
    running = Running(store)
    await running.opens()
    waits(running, CAUCUS)
    store.locked = 2

    async def heard() -> None:
        while not running.heard(CAUCUS):
            running.speaking.wake()
            await asyncio.sleep(0)

    await _while_running(running, heard())


async def _while_running(running: Running, act: Awaitable[None]) -> None:
    async with asyncio.TaskGroup() as group:
        speaking = group.create_task(running.speaking.run())
        async with asyncio.timeout(5):
            await act
        speaking.cancel()


def test_no_body_shows_in_a_receipt_whom_it_concerns_elsewhere() -> None:
    never = {"target", "item", "owners", "user", "seat", "compartment", "room", "reads", "line"}
    never |= {"request", "released_as", "intruders", "rules", "seen", "master", "fingerprint"}
    never |= {"code_digest", "quoted", "role", "envelope", "one", "other", "digest"}
    for kind in b.BODIES:
        names = {*PLANS[kind].skeleton, *PLANS[kind].prose, "envelope"}
        assert not shown_in_receipt(kind, names) & never, kind
