"""What is under way: each name once, and those who wait for the deadlines among it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.domain.ids import EventId
from bot.engine.events import BotReturned, DeadlineReached, Event
from bot.runner import under_way
from bot.runner.arrived import Arrived
from bot.runner.under_way import UnderWay
from tests.hostile.running import CASE, played

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
AT_ONCE = 0.01


def arrived(name: str, *bundle: str) -> Arrived:
    event: Event = BotReturned(EventId(name), NOW, NOW)
    if bundle:
        event = DeadlineReached(EventId(name), NOW, name, NOW, bundle)
    return Arrived(CASE, event)


async def waits(task: asyncio.Task[None]) -> bool:
    await asyncio.sleep(AT_ONCE)
    return not task.done()


def test_an_event_is_under_way_once_and_can_come_again_when_it_is_settled() -> None:
    road = UnderWay()
    assert road.nothing()
    assert road.begins(arrived("one"))
    assert not road.begins(arrived("one"))
    assert not road.nothing()
    road.ends(arrived("one"))
    assert road.nothing()
    assert road.begins(arrived("one"))


@played
async def test_who_waits_for_the_deadlines_waits_for_the_last_of_them() -> None:
    road = UnderWay()
    lot, other = arrived("lot", "a", "b"), arrived("other", "c")
    for one in (lot, other, arrived("said")):
        road.begins(one)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(road.no_deadlines(60))
        assert await waits(task)
        road.ends(lot)
        assert await waits(task)
        road.ends(other)
        assert not await waits(task), "what else is under way keeps nobody waiting"


@played
async def test_who_waits_for_the_deadlines_waits_no_longer_than_it_says() -> None:
    road = UnderWay()
    road.begins(arrived("stuck", "a"))
    async with asyncio.timeout(5):
        await road.no_deadlines(AT_ONCE)
    assert not road.nothing()


@played
async def test_the_alarm_waits_while_too_many_checks_are_under_way_however_they_lie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(under_way, "MOST_DEADLINES", 4)
    road = UnderWay()
    await road.few_deadlines()
    lot = arrived("lot", "a", "b", "c")
    road.begins(lot)
    await road.few_deadlines()
    road.begins(arrived("one", "d"))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(road.few_deadlines())
        assert await waits(task)
        road.ends(lot)
        assert not await waits(task)
