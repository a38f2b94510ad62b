"""Two ways in that must fail: a stranger brought in by a member, and a device nobody vouched for.

The homeserver's operator helps the stranger, as a hostile one could: with the server's own
administration the member is given power that the bot never gave.
"""

from __future__ import annotations

import asyncio
import contextlib

from bot.demo.people_host import PersonFailed
from bot.demo.report import hold
from bot.demo.stage import BOT, Stage

AFTER = "the convoy leaves at dawn"
STILL = "everybody else goes on talking"


async def stranger_is_removed(stage: Stage) -> str:
    """Let yazan invite a stranger into caucus-north with forged power; see the guard act."""
    room = stage.room("yazan", "caucus-north")
    yazan = stage.persons["yazan"]
    stranger = await stage.log_in("stranger")
    # The bot takes forged power back within moments, so the forger waits until it is not looking.
    with stage.bot.paused():
        await stage.homeserver.admin(
            "POST",
            f"/_synapse/admin/v1/rooms/{room}/make_room_admin",
            {"user_id": yazan.user_id},
        )
        await yazan.invite(room, stranger.user_id)
    # The guard may well be faster than the stranger.
    with contextlib.suppress(PersonFailed, TimeoutError):
        await stranger.join_next_invite(3)
    await yazan.until_member(room, stranger.user_id, "leave")
    told = await stage.hears("lindqvist", "desk", "Breach")
    hold(AFTER not in told, "the desk was told content")
    await _cleared_by_two(stage)
    await stage.says("haddad", "caucus-north", "!status")
    await stage.hears("haddad", "caucus-north", "Day 1")
    readable = [s.body for s in stranger.inbox if s.room == room and s.body and not s.failed]
    hold(not readable, f"the stranger read {readable}")
    await stage.log_out("stranger")
    return "removed, held, cleared by two; the stranger's client decrypted nothing"


async def _cleared_by_two(stage: Stage) -> None:
    async with asyncio.timeout(30):
        while True:
            await stage.says("lindqvist", "desk", "!guard clear caucus-north")
            answer = await stage.hears("lindqvist", "desk", "")
            while "caucus-north" not in answer and "Waiting as" not in answer:
                answer = await stage.hears("lindqvist", "desk", "")
            if "Waiting as" in answer:
                break
            await asyncio.sleep(0.5)
    code = answer.split("`")[1]
    await stage.says("adeyemi", "desk", f"!approve {code}")
    await stage.hears("adeyemi", "desk", "is cleared")


async def unsigned_device_gets_nothing(stage: Stage) -> str:
    """Log haddad in a second time without cross-signing; the caucus goes on without it."""
    second = await stage.people.start(
        stage.homeserver.url, "haddad", stage.passwords["haddad"], signed=False
    )
    room = stage.room("yazan", "caucus-north")
    await asyncio.sleep(2)
    await stage.says("yazan", "caucus-north", "!whoami")
    await stage.hears("yazan", "caucus-north", "You are")
    bot = stage.homeserver.user_id(BOT)
    await second.expect(room, lambda s: s.sender == bot, 10)
    await asyncio.sleep(1)
    readable = [s.body for s in second.inbox if s.room == room and s.sender == bot and not s.failed]
    hold(not readable, f"the unsigned device read {readable}")
    told = await stage.hears("lindqvist", "desk", "gets no key")
    await second.stop()
    return told.splitlines()[0]
