"""The alarm and the clock guard under a hostile clock, with several cases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.domain.ids import CaseId
from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from bot.ports import Batch, DueRow
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
