"""A fast clock for rehearsals goes on across a restart of the bot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.scheduling.clock import Clock

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


class World:
    """Wall and monotonic time; a new process has another origin of the second."""

    def __init__(self) -> None:
        self.passed = timedelta()
        self.booted = 5_000.0

    def goes_on(self, seconds: float) -> None:
        self.passed += timedelta(seconds=seconds)

    def clock(self, rate: int) -> Clock:
        booted = self.booted = self.booted + 777
        since = self.passed
        return Clock(
            rate,
            lambda: NOON + self.passed,
            lambda: booted + (self.passed - since).total_seconds(),
        )


def test_a_restarted_rehearsal_goes_on_where_it_would_be() -> None:
    world = World()
    first = world.clock(60)
    world.goes_on(10)
    assert first.now() == NOON + timedelta(minutes=10)
    # The bot is down for five seconds, which are five minutes of the rehearsal.
    world.goes_on(5)
    again = world.clock(60)
    assert again.now() < first.now()
    again.go_on_from(first.started)
    assert again.now() == first.now() == NOON + timedelta(minutes=15)
    world.goes_on(1)
    assert again.now() == first.now() == NOON + timedelta(minutes=16)


def test_a_clock_at_the_worlds_pace_is_the_worlds_clock() -> None:
    world = World()
    clock = world.clock(1)
    world.goes_on(3_600)
    assert clock.now() == NOON + timedelta(hours=1)
