"""Questions and answers timed: one at a time for latency, all at once for a burst."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from tests.bench.figures import Answered, answered, cpu_seconds
from tests.bench.sender import Heard
from tests.bench.stage import BARE, MIRROR, PARLEY, Ears, Place, Stage

ANSWER_S = 30.0
SILENCE_S = 6.0
_TOKEN = re.compile(r"burst (\d{4})")


async def latency(stage: Stage, pairs: int) -> dict[str, list[float]]:
    """Ask Parley and the baseline in turn; return each one's seconds from typing to answer."""
    taken: dict[str, list[float]] = {PARLEY: [], BARE: []}
    places = {bot: stage.places[bot][0] for bot in taken}
    heard: asyncio.Queue[Heard] = asyncio.Queue()
    async with Ears(tuple(places.values()), heard.put_nowait):
        for number in range(pairs):
            # A B, then B A: whatever drifts falls on both.
            for bot in (PARLEY, BARE) if number % 2 else (BARE, PARLEY):
                place = places[bot]
                asked = time.monotonic()
                await place.ear.say(place.room, [place.bot], "!whoami")
                async with asyncio.timeout(ANSWER_S):
                    while True:
                        one = await heard.get()
                        if (one.room, one.sender) == (place.room, place.bot) and one.body:
                            break
                taken[bot].append(one.at - asked)
                # Both bots are done with their own housekeeping of this answer.
                await asyncio.sleep(0.05)
    return taken


@dataclass(slots=True)
class Burst:
    """What became of a burst: who was answered, how fast, and at what cost in CPU seconds."""

    answers: Answered
    rate: float
    bot_cpu: float
    server_cpu: float
    typed_s: float


@dataclass(slots=True)
class _Count:
    """Each event counts once, however many of the listeners heard it."""

    last: float
    heard: dict[str, str] = field(default_factory=dict)


async def burst(stage: Stage, bot: str, count: int) -> Burst:
    """Have ten people type `count` commands at once and wait until no answer comes any more."""
    async with stage.reflecting() if bot == MIRROR else nullcontext():
        return await _burst(stage, bot, count)


async def _burst(stage: Stage, bot: str, count: int) -> Burst:
    places = stage.places[bot]
    lines = [f"burst {number:04}" for number in range(count)]
    found = _Count(last=time.monotonic())

    def hear(one: Heard) -> None:
        token = _TOKEN.search(one.body)
        if one.sender == places[0].bot and token:
            found.heard[one.event_id] = token.group()
            found.last = one.at

    pids = (stage.pid_of(bot), _server(stage))
    async with Ears(places, hear):
        before, began = [cpu_seconds(pid) for pid in pids], time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, (name, person) in enumerate(stage.people.items()):
                own = [place for place in places if person in place.people]
                mine = lines[number :: len(stage.people)]
                group.create_task(_type(own, person.name, mine), name=name)
        typed, found.last = time.monotonic(), max(found.last, time.monotonic())
        while len(set(found.heard.values())) < count and time.monotonic() - found.last < SILENCE_S:
            await asyncio.sleep(0.05)
        ended = found.last
        await asyncio.sleep(1.0)  # a second answer would come now
        spent = [cpu_seconds(pid) - was for pid, was in zip(pids, before, strict=True)]
    answers = answered(lines, found.heard.values())
    done = answers.once + answers.more
    return Burst(answers, done / (ended - began), spent[0], spent[1], typed - began)


async def _type(places: Sequence[Place], name: str, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        place = places[number % len(places)]
        person = next(p for p in place.people if p.name == name)
        await person.say(place.room, [place.bot], f"!record {line}")


def _server(stage: Stage) -> int:
    assert stage.homeserver.pid is not None
    return stage.homeserver.pid
