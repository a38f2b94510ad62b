"""The alarm and the clock guard under a hostile clock, with several cases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ids import CaseId
from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from bot.ports import Batch, DueRow
from bot.scheduling import alarm
from bot.scheduling.alarm import Alarm
from bot.scheduling.clock import STEP, Clock
from bot.scheduling.housekeeping import Chore, Housekeeping
from bot.storage.memory import MemoryStore
from tests.support.fake_sync import at_once

MORNING = datetime(2027, 3, 1, 8, tzinfo=UTC)
ONE, OTHER = CaseId("one"), CaseId("other")


class Hands:
    """Two clocks that a test turns by hand."""

    def __init__(self) -> None:
        self.wall, self.mono = MORNING, 0.0

    def passes(self, seconds: float, *, shown: float | None = None) -> None:
        self.mono += seconds
        self.wall += timedelta(seconds=seconds if shown is None else shown)

    def clock(self) -> Clock:
        return Clock(1, lambda: self.wall, lambda: self.mono)


class Waking:
    """An alarm over two cases whose events are kept."""

    def __init__(self, hands: Hands) -> None:
        self.store = MemoryStore()
        self.events: list[tuple[CaseId, DeadlineReached | BotReturned | ClockSet]] = []
        self.alarm = Alarm(
            self.store,
            hands.clock(),
            offload=at_once,
            submit=lambda case, event: self.events.append((case, event)),
            cases=lambda: (ONE, OTHER),
            outage=timedelta(minutes=2),
        )


def test_an_outage_is_an_event_of_its_own_in_every_case() -> None:
    hands = Hands()
    waking = Waking(hands)
    asyncio.run(waking.alarm.returned())
    hands.passes(3600)
    asyncio.run(waking.alarm.returned())
    assert [case for case, _ in waking.events] == [ONE, OTHER]
    assert len({event.id for _, event in waking.events}) == 2, "an id that was handled is dropped"


def test_the_same_key_of_two_cases_is_two_events() -> None:
    hands = Hands()
    waking = Waking(hands)
    for number, case in enumerate((ONE, OTHER)):
        waking.store.commit(Batch(f"e{number}", case, 0, arm=(DueRow(case, "k", MORNING),)))
    asyncio.run(waking.alarm.look())
    assert len({event.id for _, event in waking.events}) == 2


def test_what_is_due_at_one_instant_is_raised_in_an_order_that_arming_does_not_tell() -> None:
    orders = []
    for keys in (("b", "c", "a"), ("a", "b", "c")):
        waking = Waking(Hands())
        arm = tuple(DueRow(ONE, key, MORNING) for key in keys)
        earlier = DueRow(ONE, "z", MORNING - timedelta(seconds=1))
        waking.store.commit(Batch("e", ONE, 0, arm=(*arm, earlier)))
        asyncio.run(waking.alarm.look())
        orders.append(
            [event.key for _, event in waking.events if isinstance(event, DeadlineReached)]
        )
    assert orders == [["z", "a", "b", "c"]] * 2


def test_many_small_steps_back_are_one_step() -> None:
    hands = Hands()
    clock = hands.clock()
    found = []
    for _ in range(60):
        hands.passes(1, shown=-59)
        found.append(clock.stepped())
    stepped = [s.by for s in found if s is not None]
    assert sum(stepped, timedelta(0)) <= -timedelta(minutes=57)
    assert all(abs(by) < STEP + timedelta(minutes=2) for by in stepped), "told as soon as it is one"


def test_a_clock_that_agrees_steps_never() -> None:
    hands = Hands()
    clock = hands.clock()
    for _ in range(100):
        hands.passes(3600)
        assert clock.stepped() is None
    hands.passes(1, shown=600)
    assert clock.stepped() is not None
    assert clock.stepped() is None, "told once"


def test_chores_go_on_at_their_pace_when_the_clock_is_set_back() -> None:
    async def nothing() -> None:
        pass

    async def scenario() -> None:
        async with Housekeeping((Chore("checkpoint", 60, nothing),)) as kept:
            job = kept._scheduler.get_job("checkpoint")
            far = job.next_run_time + timedelta(days=365)
            job.modify(next_run_time=far)
            kept.rearm()
            again = kept._scheduler.get_job("checkpoint").next_run_time
            assert far - again > timedelta(days=364)

    asyncio.run(scenario())


def test_whoever_keeps_time_is_told_of_a_step_before_anything_is_raised() -> None:
    hands, told = Hands(), []
    waking = Waking(hands)
    waking.alarm._stepped = lambda: told.append(len(waking.events))
    hands.passes(1, shown=-3600)
    asyncio.run(waking.alarm.look())
    asyncio.run(waking.alarm.look())
    assert told == [0]
    assert len(waking.events) == 2


def test_a_mass_is_raised_in_parts_and_what_cannot_be_settled_hides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alarm, "PART", 3)
    hands = Hands()
    waking = Waking(hands)
    rows = tuple(DueRow(ONE, f"k{n}", MORNING - timedelta(minutes=9 - n)) for n in range(7))
    waking.store.commit(Batch("armed", ONE, 0, arm=rows))
    # Nothing is ever settled here: all of them are poison.
    assert [asyncio.run(waking.alarm.look()) for _ in range(4)] == [3, 3, 1, 3]
    keys = [event.key for _, event in waking.events if isinstance(event, DeadlineReached)]
    assert keys == [f"k{n}" for n in (*range(7), 0, 1, 2)]


def test_a_clock_that_is_set_makes_the_alarm_look_from_the_oldest_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alarm, "PART", 2)
    hands = Hands()
    waking = Waking(hands)
    rows = tuple(DueRow(ONE, f"k{n}", MORNING) for n in range(3))
    waking.store.commit(Batch("armed", ONE, 0, arm=rows))
    asyncio.run(waking.alarm.look())
    hands.passes(1, shown=7200)
    asyncio.run(waking.alarm.look())
    keys = [event.key for _, event in waking.events if isinstance(event, DeadlineReached)]
    assert keys == ["k0", "k1", "k0", "k1"]


def test_a_whole_part_waits_for_what_was_raised_and_not_for_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alarm, "PART", 2)
    hands = Hands()
    waking = Waking(hands)
    rows = tuple(DueRow(ONE, f"k{n}", MORNING) for n in range(5))
    waking.store.commit(Batch("armed", ONE, 0, arm=rows))
    waited: list[int] = []

    async def taken() -> None:
        waited.append(len(waking.events))
        await asyncio.sleep(0)

    async def scenario() -> None:
        waking.alarm._taken = taken
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(waking.alarm.run(3600))
            async with asyncio.timeout(5):
                while len(waking.events) < len(rows):  # noqa: ASYNC110  # nothing wakes a test
                    await asyncio.sleep(0)
            looking.cancel()

    asyncio.run(scenario())
    assert waited == [2, 4]


def test_what_is_never_settled_keeps_the_others_waiting_for_a_tick_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alarm, "PART", 2)
    hands = Hands()
    waking = Waking(hands)
    rows = tuple(DueRow(ONE, f"k{n}", MORNING) for n in range(3))
    waking.store.commit(Batch("armed", ONE, 0, arm=rows))

    async def scenario() -> None:
        waking.alarm._taken = asyncio.Event().wait  # type: ignore[assignment]
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(waking.alarm.run(0.01))
            async with asyncio.timeout(5):
                while len(waking.events) < len(rows):  # noqa: ASYNC110  # as above
                    await asyncio.sleep(0.01)
            looking.cancel()

    asyncio.run(scenario())
