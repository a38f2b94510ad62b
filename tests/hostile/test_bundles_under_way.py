"""What happens to a bundle while it is under way: nothing in it is raised twice, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.case import Case
from bot.domain.ids import EventId
from bot.engine import ladder
from bot.engine.events import ClockSet
from bot.ports import DueRow
from bot.runner.batches import apart
from bot.runner.cases import Arrived, Committed
from bot.scheduling.alarm import event_of
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.hostile.running import CASE, played
from tests.hostile.test_bundles import no_pause as no_pause
from tests.hostile.test_bundles import poisoned, raised, sets
from tests.hostile.test_together import POISON, Played, _each
from tests.storage.samples import MASTER, NOON, batch, steady


@played
async def test_a_failure_behind_the_commit_raises_nothing_twice() -> None:
    running = Played()
    await sets(running, 3)
    running.now += timedelta(hours=3)
    failures = [ValueError("a bug of ours behind the commit")]

    async def committed(_: Committed) -> None:
        if failures:
            raise failures.pop()

    running.cases._committed = committed
    for _ in range(2):
        await running.settles(running.due(), together=True)
    assert set(raised(running).values()) == {1}


@played
async def test_a_clock_set_back_before_a_bundle_has_its_turn_raises_nothing_twice() -> None:
    running = Played()
    await sets(running, 2)
    running.now += timedelta(hours=3)
    await running.settles(running.due(), together=True)
    at = running.store.next_at()
    assert at is not None
    since, running.now = at + timedelta(minutes=1), at
    arrived = running.due()
    step = ClockSet(EventId("step"), running.now, since)
    await running.settles([Arrived(CASE, step), *arrived], together=True)
    before = raised(running)
    await running.settles(running.due(), together=True)
    assert raised(running) == before


@played
async def test_another_writer_while_a_bundle_is_taken_apart_ends_nothing() -> None:
    running = await poisoned()
    other = Played(running.store)
    other.now = running.now
    other.cases._keep(running.case)
    arrived = running.due()
    await other.types("!watch add welfare for H-X every 9 h", "$other")
    await running.settles(arrived, together=True)
    await running.settles(running.due(), together=True)
    assert [one.key for one in _each(running.due())] == [f"{POISON}0"]


def test_what_another_process_lays_beside_a_bundle_under_way_is_not_lost(tmp_path: Path) -> None:
    one, two = (SqlStore.open(tmp_path / "s.db", MASTER, steady(n)) for n in "ab")
    at = NOON + timedelta(minutes=1)
    case = batch("x").case
    one.commit(replace(batch("e1"), arm=(DueRow(case, "watch:A:1", at, place="p"),)))
    (row,) = one.due(at)
    two.commit(replace(batch("e2"), arm=(DueRow(case, "watch:B:1", at, place="p"),)))
    one.commit(replace(batch("e3"), fired=(row.key,)))
    assert "watch:B:1" in [key for row in one.due(at) for key in row.each()]
    one.close()
    two.close()


def test_a_key_that_fired_alone_once_survives_being_taken_apart() -> None:
    store, at, case = MemoryStore(steady("x")), NOON, batch("x").case
    store.commit(replace(batch("e0"), arm=(DueRow(case, "watch:A:1", at),)))
    store.commit(replace(batch("e1"), fired=("watch:A:1",)))
    rows = tuple(DueRow(case, key, at, place="p") for key in ("watch:A:1", "watch:B:1"))
    store.commit(replace(batch("e2"), arm=rows))
    (row,) = store.due(at)
    store.commit(apart(event_of(row, at), Case(case)))
    assert [r.keys for r in store.due(at)] == [("watch:A:1",), ("watch:B:1",)]


async def alarmed(monkeypatch: pytest.MonkeyPatch) -> Played:
    """Three watches that are due; a step of the clock raises one at once, the others after it."""
    monkeypatch.setattr(ladder, "AT_ONCE", 1)
    running = Played()
    await sets(running, 3)
    running.now += timedelta(hours=3)
    await running.settles(running.due(), together=True)
    return running


@played
async def test_a_second_step_before_the_first_is_through_raises_nothing_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = await alarmed(monkeypatch)
    running.now += timedelta(minutes=20)
    first = ClockSet(EventId("first"), running.now, running.now + timedelta(minutes=10))
    await running.settles([Arrived(CASE, first)], together=True)
    running.now += timedelta(seconds=5)
    due = running.due()
    assert due
    monkeypatch.setattr(ladder, "AT_ONCE", 200)
    before = raised(running)
    running.now -= timedelta(seconds=1)
    second = ClockSet(EventId("second"), running.now, running.now + timedelta(seconds=1))
    await running.settles([Arrived(CASE, second), *due], together=True)
    assert set((raised(running) - before).values()) == {1}


@played
async def test_an_acknowledgement_after_a_step_of_the_clock_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = await alarmed(monkeypatch)
    codes = sorted(running.case.watches)
    for n, code in enumerate(codes):
        await running.types(f"!ack {code} until in 120 min because of rain", f"$first{n}")
    running.now += timedelta(minutes=20)
    step = ClockSet(EventId("step"), running.now, running.now + timedelta(minutes=10))
    await running.settles([Arrived(CASE, step)], together=True)
    due, before = running.due(), raised(running)
    assert due
    for n, code in enumerate(codes):
        await running.types(f"!ack {code} until in 150 min because of rain", f"$second{n}")
    await running.settles(due, together=True)
    assert raised(running) == before
