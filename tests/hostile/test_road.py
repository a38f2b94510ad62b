"""The road of an event where the store fails, a decision crashes, or a case is broken."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Never

import pytest
from typing_extensions import override

from bot.domain.ids import CaseId, CompartmentId, EventId, SeatId
from bot.engine.events import BotReturned, CaseFileTaken, CommandReceived, DeadlineReached
from bot.ports import Batch, DueRow, NewItem
from bot.runner import cases as road
from bot.runner.cases import Arrived, Committed
from bot.scheduling.alarm import event_of
from bot.storage.memory import MemoryStore
from bot.storage.verdicts import StoreFailed
from tests.hostile.running import CASE, Running, played


class Failing(MemoryStore):
    """Refuses the next commits."""

    refusals = 0

    @override
    def commit(self, batch: Batch) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreFailed("the disk is full")
        super().commit(batch)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(road, "STORE_PAUSE_S", 0.0)


def line(running: Running, text: str, *, seat: str, place: str, name: str) -> CommandReceived:
    return CommandReceived(
        EventId(name), running.now, CompartmentId(place), SeatId(seat), text, running.now
    )


async def settle(running: Running, *arrived: Arrived) -> None:
    """Let the consumers take these, then stop them."""
    async with asyncio.TaskGroup() as group:
        consuming = group.create_task(running.cases.run())
        for one in arrived:
            assert running.cases.submit(one)
        async with asyncio.timeout(5):
            while not running.cases.idle():  # noqa: ASYNC110  # a test has nothing to be woken by
                await asyncio.sleep(0)
        consuming.cancel()


@played
async def test_what_a_full_disk_refused_is_taken_when_there_is_room_again() -> None:
    store = Failing()
    running = Running(store)
    await running.opens()
    said = line(running, "!record ten wounded", seat="haddad", place="caucus-north", name="$a")
    store.refusals = 3
    await settle(running, Arrived(CASE, said))
    await running.says()
    assert "On record" in running.heard("caucus-north")[-1]


@played
async def test_what_a_commit_left_undone_is_done_at_the_next_try() -> None:
    running = Running()
    await running.opens()
    told: list[Committed] = []
    refusals = [StoreFailed("busy")]

    async def committed(done: Committed) -> None:
        if refusals:
            raise refusals.pop()
        told.append(done)

    running.cases._committed = committed
    said = line(running, "!record ten wounded", seat="haddad", place="caucus-north", name="$a")
    await settle(running, Arrived(CASE, said))
    assert [type(r.body).__name__ for done in told for r in done.records] == ["ItemRecorded"]
    assert running.cases._unfinished == {}


@played
async def test_a_deadline_that_a_bug_stops_is_told_to_the_desk_once_and_stays_due() -> None:
    running = Running()
    await running.opens()
    key = "watch:WXYZ:not-a-form"
    running.store.commit(
        Batch("armed", CASE, running.case.head, arm=(DueRow(CASE, key, running.now),))
    )
    event = DeadlineReached(EventId(f"due:{CASE}:{key}"), running.now, key, running.now)
    for _ in range(3):
        await settle(running, Arrived(CASE, event))
    await running.says()
    assert len(running.heard("desk")) == 1
    assert "`WXYZ` is due" in running.heard("desk")[0]
    assert [row.key for row in running.store.due(running.now)] == [key]


@played
async def test_a_first_case_file_that_a_bug_stops_does_not_wait_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def bug(*_: object) -> Never:
        raise KeyError("a bug")

    running = Running(case=CaseId("broken"))
    running.store.hand_in(NewItem("case_file", "k", None, "{}"))
    (item,) = running.store.pending()
    event = CaseFileTaken(EventId("f"), running.now, (), widens=False, digest="d", lines=())
    monkeypatch.setattr(road, "decide", bug)
    await settle(running, Arrived(CaseId("broken"), event, item.number))
    assert running.store.pending() == (), "the next file would be refused: another one waits"


@played
async def test_the_outage_goes_before_the_deadlines_that_it_explains() -> None:
    running = Running()
    await running.opens()
    order: list[str] = []

    async def committed(done: Committed) -> None:
        order.extend(type(r.body).__name__ for r in done.records)
        await asyncio.sleep(0)

    running.cases._committed = committed
    before = running.now
    watch = "!watch add sign of life for H-TEAL every 1 h grace 1 h"
    await settle(
        running,
        Arrived(CASE, line(running, watch, seat="brenner", place="humanitarian", name="$w")),
    )
    running.now += timedelta(hours=5)
    (row,) = running.store.due(running.now)
    flood = [
        line(running, f"!record {n}", seat="haddad", place="caucus-north", name=f"${n}")
        for n in range(5)
    ]
    await settle(
        running,
        *(Arrived(CASE, replace(one, at=running.now)) for one in flood),
        Arrived(CASE, BotReturned(EventId("back"), running.now, before)),
        Arrived(CASE, event_of(row, running.now)),
    )
    assert order.index("OutageSeen") < order.index("WatchRaised") < order.index("ItemRecorded")


@played
async def test_a_clock_set_back_raises_more_watches_than_a_command_draws_ids() -> None:
    running = Running()
    await running.opens()
    for n in range(60):
        said = f"!watch add sign of life for H-{n} every 1 h grace 1 h"
        await running.take(line(running, said, seat="brenner", place="humanitarian", name=f"$w{n}"))
    before = running.now + timedelta(hours=2)
    for row in running.store.due(before):
        await running.take(event_of(row, before))
    await settle(running, Arrived(CASE, BotReturned(EventId("back"), running.now, before)))
    raised = [w.occurrence for w in running.case.watches.values()]
    assert raised == [running.now] * 60
