"""Memory with many rooms: a second Parley whose case has them, the baseline as their guest."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bot.demo.bot_process import BotProcess
from tests.bench.cases import MEDIATORS, many_rooms
from tests.bench.figures import memory_mib, until_idle
from tests.bench.stage import BARE, Stage, hand_in

NAME = "wide"
PATIENCE_S = 600.0
BARE_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident MiB of both bots, once everybody who was invited is there.

    `after_start` is Parley's after a new start on the same rooms. `bare_rooms` is how many of
    them the baseline came into: a join that failed it never tries again.
    """

    rooms: int
    parley: float
    after_start: float
    bare: float
    bare_rooms: int
    made_s: float


async def with_rooms(stage: Stage, count: int) -> Memory:
    """Make a case of `count` rooms, wait until its guest is greeted in each, and weigh both bots."""
    await stage.homeserver.register(NAME, "pw")
    await stage.homeserver.override_ratelimit(stage.id_of(NAME))
    someone = stage.people[MEDIATORS[0]]
    masters = {name: stage.people[name].master for name in MEDIATORS}
    masters[BARE] = someone.pin_of(stage.id_of(BARE))
    wide = BotProcess(
        stage.folder / NAME, stage.homeserver.url, stage.id_of(NAME), "pw", log_level="info"
    )
    hand_in(wide, many_rooms(masters, BARE, count))
    began = time.monotonic()
    try:
        await wide.start()
        inside = await _entered(stage, wide, count)
        made = time.monotonic() - began
        parley, bare = memory_mib(_pid(wide)), memory_mib(stage.pid_of(BARE))
        await wide.stop()
        await wide.start()
        await until_idle(_pid(wide))
        return Memory(count, parley, memory_mib(_pid(wide)), bare, inside, made)
    finally:
        await wide.stop()


async def _entered(stage: Stage, wide: BotProcess, count: int) -> int:
    """Wait until the guest was greeted in every room, or comes into no more; return in how many."""
    last, since = 0, time.monotonic()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            await asyncio.sleep(2.0)
            inside = await _members(stage, wide)
            if inside != last:
                last, since = inside, time.monotonic()
            if inside == count - 1 or (inside and time.monotonic() - since > BARE_PATIENCE_S):
                break
        await until_idle(_pid(wide))
    return inside


async def _members(stage: Stage, wide: BotProcess) -> int:
    """Return how many of the other bot's rooms the baseline has joined, by the homeserver's word."""
    path = f"/_synapse/admin/v1/users/{stage.id_of(BARE)}/joined_rooms"
    theirs = (await stage.homeserver.admin("GET", path))["joined_rooms"]
    ours = (
        await stage.homeserver.admin("GET", f"/_synapse/admin/v1/users/{wide.user_id}/joined_rooms")
    )["joined_rooms"]
    assert isinstance(theirs, list)
    assert isinstance(ours, list)
    return len(set(theirs) & set(ours))


def _pid(bot: BotProcess) -> int:
    assert bot.child is not None
    return bot.child.pid
