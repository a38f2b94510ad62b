"""What one message costs a bot: CPU seconds of its process, by how many come in one `/sync`.

The bot is stopped (SIGSTOP) while a round of messages is typed and let go afterwards, so that
they reach it together. What it does by itself meanwhile counts too; `resting` says how much.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.bench.figures import cpu_seconds, idle_rate, until_idle
from tests.bench.sender import Heard
from tests.bench.stage import Ears, Place, Stage, pause

TALK = "we could meet on Friday, if the road is open by then"
COMMAND = "!whoami"
IDLE_S = 10.0
ANSWERS_S = 20.0


async def resting(stage: Stage, bot: str) -> float:
    """Return the CPU seconds a bot uses in a second in which nobody says anything."""
    await until_idle(stage.pid_of(bot))
    return await idle_rate(stage.pid_of(bot), IDLE_S)


async def per_message(stage: Stage, bot: str, line: str, *, together: int, messages: int) -> float:
    """Return CPU milliseconds per message if `together` come at once, over the ten rooms.

    A command counts as dealt with when its answer was heard; talk, when the bot rests again.
    """
    places, pid = stage.places[bot], stage.pid_of(bot)
    await until_idle(pid)
    heard: set[str] = set()

    def hear(one: Heard) -> None:
        if one.sender == places[0].bot:
            heard.add(one.event_id)

    async with Ears(places, hear):
        before = cpu_seconds(pid)
        for number in range(1, messages // together + 1):
            if together == 1:
                await _type(places[0], line, 1)
                await asyncio.sleep(0.06)
            else:
                pause(pid, signal.SIGSTOP)
                try:
                    await _round(places, line, together)
                finally:
                    pause(pid, signal.SIGCONT)
            if line == COMMAND:
                await _until(lambda: len(heard) >= number * together)  # noqa: B023
            elif together > 1:
                await until_idle(pid)
        await until_idle(pid)
        return 1e3 * (cpu_seconds(pid) - before) / messages


async def _until(done: Callable[[], bool]) -> None:
    """Wait for the answers; a bot that leaves some out is not waited for longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWERS_S):
            while not done():
                await asyncio.sleep(0.02)


async def _round(places: Sequence[Place], line: str, together: int) -> None:
    async with asyncio.TaskGroup() as group:
        for number, place in enumerate(places):
            share = len(range(number, together, len(places)))
            group.create_task(_type(place, line, share))


async def _type(place: Place, line: str, count: int) -> None:
    for _ in range(count):
        await place.ear.say(place.room, [place.bot], line)
