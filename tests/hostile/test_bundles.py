"""Deadlines that lie together in bundles: none is lost, doubled or delayed, whatever happens."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from structlog.testing import capture_logs

from bot.domain.ids import CaseId, Code, CompartmentId, EventId, SeatId
from bot.engine import ladder
from bot.engine.alike import MOST
from bot.engine.events import BotReturned, ClockSet, CommandReceived, DeadlineReached
from bot.ports import Batch, DueRow
from bot.runner import cases as road
from bot.runner.arrived import Arrived
from bot.runner.turns import BETWEEN, TOGETHER, Turns, place_named
from bot.scheduling import alarm
from bot.scheduling.alarm import Alarm, event_of
from bot.scheduling.clock import Clock
from bot.storage.due_keys import LARGEST, bundle_key, slot_name
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.hostile.bundled import LIVES, ONWARD, Lived, Step, lived_on
from tests.hostile.running import CASE, played
from tests.hostile.test_together import POISON, Picky, Played, _each, _raises
from tests.storage.samples import MASTER, NOON, batch, steady
from tests.storage.test_kill import Doomed
from tests.support.fake_sync import at_once

HERE = CompartmentId("humanitarian")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait for nothing, let most of what a clock set back raises come up by keys of its own."""
    monkeypatch.setattr(road, "STORE_PAUSE_S", 0.0)
    monkeypatch.setattr(ladder, "AT_ONCE", 2)
    with capture_logs():
        lived_on()
        lived_on(older=True)
        yield


async def through(lived: Lived, script: list[Step]) -> None:
    for number, step in enumerate(script):
        await lived.lives(number, *step)
        assert lived.waiting() == lived.awaited(), step


@given(LIVES)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_any_life_each_watch_is_armed_for_what_it_waits_for_and_for_nothing_else(
    script: list[Step],
) -> None:
    asyncio.run(through(lived_on(), script))


@given(ONWARD)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_life_with_bundles_is_the_life_without_them(script: list[Step]) -> None:
    ours, older = lived_on(), lived_on(older=True)
    asyncio.run(through(ours, script))
    asyncio.run(through(older, script))
    assert ours.outline() == older.outline()


def test_one_acknowledged_while_under_way_is_not_lost_when_the_clock_is_set_back() -> None:
    lived = lived_on()
    asyncio.run(through(lived, [("passes", 0, 133), ("race ack", 2, 47), ("back", 0, 1)]))


async def sets(running: Played, count: int) -> None:
    """Set watches that are all due at one instant."""
    await running.opens()
    for n in range(count):
        said = f"!watch add sign of life for H-{n} every 3 h grace 2 h step 1 h"
        await running.types(said, f"$w{n}")


async def poisoned(store: MemoryStore | SqlStore | None = None) -> Played:
    """A bundle of eight that are due, and one that nothing can decide."""
    running = Played(store)
    await sets(running, 8)
    at = running.store.next_at()
    assert at is not None
    poison = DueRow(CASE, f"{POISON}0", at, place=HERE)
    running.store.commit(Batch("armed", CASE, running.case.head, arm=(poison,)))
    running.now = at
    return running


def raised(running: Played) -> Counter[Code]:
    found = (one for record in running.store.load(CASE) for _, one in _raises(record))
    return Counter(one.code for one in found)


def waking(running: Played, mono: list[float]) -> Alarm:
    """The alarm of a case, on the case's own clock."""
    return Alarm(
        running.store,
        Clock(1, lambda: running.now, lambda: mono[0]),
        offload=at_once,
        submit=lambda case, event: submitted(running, case, event),
        cases=lambda: (CASE,),
        outage=timedelta(hours=9),
    )


def submitted(
    running: Played, case: CaseId, event: DeadlineReached | BotReturned | ClockSet
) -> None:
    running.cases.submit(Arrived(case, event))


async def settled(running: Played) -> None:
    """Take what was submitted."""
    async with asyncio.TaskGroup() as group:
        consuming = group.create_task(running.cases.run())
        async with asyncio.timeout(20):
            while not running.cases.idle():  # noqa: ASYNC110  # nothing wakes a test
                await asyncio.sleep(0)
        consuming.cancel()


@played
async def test_a_poison_key_holds_its_bundle_up_for_one_tick_and_is_told_once() -> None:
    running = await poisoned()
    alarms = waking(running, mono := [0.0])
    assert await alarms.look() == 1
    await settled(running)
    assert not raised(running)
    for look in range(4):
        running.now += timedelta(seconds=1)
        mono[0] += 1.0
        assert await alarms.look() == (9 if look == 0 else 1)
        await settled(running)
        assert raised(running) == Counter(dict.fromkeys(running.case.watches, 1))
    await running.says()
    told = [text for text in running.heard("desk") if "`WXYZ` is due" in text]
    assert len(told) == 1


@played
async def test_looks_while_a_bundle_is_under_way_bring_it_once() -> None:
    running = Played()
    await sets(running, 8)
    at = running.store.next_at()
    assert at is not None
    running.now = at
    alarms = waking(running, mono := [0.0])
    for _ in range(3):
        assert await alarms.look() == 1
        running.now += timedelta(seconds=1)
        mono[0] += 1.0
    await settled(running)
    assert raised(running) == Counter(dict.fromkeys(running.case.watches, 1))
    assert running.store.due(running.now) == ()


@played
async def test_a_full_disk_while_a_bundle_is_taken_apart_loses_none() -> None:
    running = await poisoned(Picky())
    assert isinstance(running.store, Picky)
    running.store.refusals = 3
    await running.settles(running.due(), together=True)
    assert running.store.refusals == 0
    await running.settles(running.due(), together=True)
    assert raised(running) == Counter(dict.fromkeys(running.case.watches, 1))
    assert [one.key for one in _each(running.due())] == [f"{POISON}0"]


@played
async def test_what_is_acknowledged_while_its_bundle_is_taken_apart_stays_quiet() -> None:
    running = await poisoned()
    await running.settles(running.due(), together=True)
    alone = running.due()
    code = min(running.case.watches)
    await running.types(f"!report {code} visit: words", "$report")
    await running.settles(alone, together=True)
    assert code not in raised(running)
    assert len(raised(running)) == 7
    armed = [key for _, key in running.armed() if key.startswith(f"watch:{code}:")]
    assert len(armed) == 1


@played
async def test_one_that_is_answered_while_its_bundle_is_under_way_waits_for_its_next_check() -> (
    None
):
    running = Played()
    await sets(running, 3)
    at = running.store.next_at()
    assert at is not None
    running.now = at
    arrived = running.due()
    for n, code in enumerate(sorted(running.case.watches)):
        await running.types(f"!report {code} visit: words", f"$report{n}")
    # The bundle is empty by now, and what came up of it is still to be settled.
    assert running.store.due(running.now) == ()
    await running.settles(arrived, together=True)
    assert not raised(running)
    assert len(running.armed()) == 3
    running.now += timedelta(hours=4)
    await running.settles(running.due(), together=True)
    assert len(raised(running)) == 3


def test_more_than_a_part_of_bundles_and_single_rows_is_looked_through_once(
    tmp_path: Path,
) -> None:
    store = SqlStore.open(tmp_path / "store.db", MASTER, steady("parts"))
    at = [NOON + timedelta(seconds=n % 7) for n in range(2_600)]
    rows = [
        DueRow(CASE, f"watch:{n}:0-0:0", at[n], place=f"room-{n % 300}" if n % 2 else "")
        for n in range(2_600)
    ]
    store.commit(Batch("e", CASE, 0, arm=tuple(rows)))
    late = NOON + timedelta(hours=1)
    found: list[DueRow] = []
    behind = None
    while True:
        part = store.due(late, alarm.PART, behind)
        found += part
        # Taken apart, or laid beside it, while the next parts are looked at.
        gone = next((row for row in part if row.keys), None)
        if gone is not None:
            single = tuple(DueRow(CASE, key, gone.at) for key in gone.keys)
            store.commit(Batch(f"apart {gone.key}", CASE, 0, arm=single, fired=(gone.key,)))
        if len(part) < alarm.PART:
            break
        behind = part[-1]
    counts = Counter(key for row in found for key in row.each())
    assert set(counts) == {row.key for row in rows}
    assert len(found) > 2 * alarm.PART
    again = Counter(key for row in store.due(late, 100_000) for key in row.each())
    assert again == Counter(row.key for row in rows)
    store.close()


def bundle(place: str, number: int, size: int) -> Arrived:
    key = bundle_key(slot_name(place, 0), number)
    keys = tuple(f"watch:{place}{number}x{n}:0-0:0" for n in range(size))
    row = DueRow(CASE, key, NOON, number, place, keys)
    return Arrived(CASE, event_of(row, NOON))


@pytest.mark.parametrize("size", [1, 40, 100, LARGEST])
def test_ten_thousand_in_one_room_delay_neither_another_room_nor_an_answer(size: int) -> None:
    async def turns() -> list[list[str]]:
        queue, found = Turns(lambda due: place_named(due.key)), []
        mass = [bundle("flood", n, size) for n in range(10_000 // size)]
        for one in mass:
            queue.add(one)
        queue.add(bundle("other", 0, 1))
        line = CommandReceived(EventId("$line"), NOON, HERE, SeatId("brenner"), "!help", NOON)
        queue.add(Arrived(CASE, line))
        left = len(mass) + 2
        while left:
            run = await queue.next()
            weights = [
                len(one.event.each()) if isinstance(one.event, DeadlineReached) else 1
                for one in run
            ]
            assert sum(weights) <= TOGETHER + MOST
            left -= len(run)
            found.append([str(one.event.id) for one in run])
        return found

    found = asyncio.run(turns())
    assert any("other" in name for name in found[0]), "in the first run"
    assert ["$line"] in found[1 : 2 + BETWEEN]


def test_a_bundle_that_is_emptied_and_filled_again_while_under_way_comes_up_again() -> None:
    store = MemoryStore(steady("again"))
    at = NOON + timedelta(minutes=1)
    for turn in range(3):
        row = DueRow(batch("x").case, "watch:A:1", at, place=HERE)
        store.commit(replace(batch(f"arm {turn}"), arm=(row,)))
        (shown,) = store.due(at)
        assert shown.keys == ("watch:A:1",)
        store.commit(replace(batch(f"leave {turn}"), leave=(("watch:A:", HERE, at),)))
        assert store.due(at) == ()
        store.commit(replace(batch(f"again {turn}"), arm=(row,)))
        # What came up first is settled: what was laid meanwhile stays.
        store.commit(replace(batch(f"fired {turn}"), fired=(shown.key,)))
        (later,) = store.due(at)
        assert later.key != shown.key
        store.commit(replace(batch(f"end {turn}"), fired=(later.key,)))


def until_killed(path: Path, now: datetime, statement: int) -> bool:
    """Settle all that is due in another process, killed before its n-th statement."""
    child = os.fork()
    if child == 0:
        try:
            with suppress(BaseException), capture_logs():
                store = SqlStore.open(path, MASTER, steady(f"child {statement}"))
                running = Played(store)
                running.now = now
                asyncio.run(running.cases.load())
                store._db._cursor = Doomed(store._db._cursor, statement)
                code = min(running.case.watches)
                asyncio.run(running.settles(running.due(), together=True))
                asyncio.run(running.types(f"!ack {code} until in 90 min because of rain", "$ack"))
                asyncio.run(running.settles(running.due(), together=True))
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_killed_anywhere_while_a_bundle_is_taken_apart_each_is_raised_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    running = asyncio.run(poisoned(SqlStore.open(path, MASTER, steady("parent"))))
    now = running.now
    running.store.close()
    deaths = sum(until_killed(path, now, statement) for statement in range(2, 90, 4))
    assert deaths >= 5
    assert not until_killed(path, now, 100_000)
    after = Played(SqlStore.open(path, MASTER))
    after.now = now
    asyncio.run(after.cases.load())
    assert raised(after) == Counter(dict.fromkeys(after.case.watches, 1))
    armed = Counter(key.split(":")[1] for _, key in after.armed())
    assert armed == Counter(["WXYZ", *after.case.watches])
    stages = Counter(key.split(":", 3)[3][:3] for _, key in after.armed() if POISON not in key)
    assert stages == Counter({"1": 7, "ack": 1})
    after.store.close()
