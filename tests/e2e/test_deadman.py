"""The bot is gone: the homeserver says so in its place, once, in words that its readers can read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from bot.demo.bot_process import BotFailed
from bot.demo.homeserver_settings import HomeserverOptions, RateLimit
from bot.demo.stage import BOT, Stage
from bot.matrix.delayed import DelayedEvents
from tests.conftest import Run
from tests.outside.test_ping import serving
from tests.support.stage import (
    all_in_clear,
    as_the_bot,
    hears,
    pattern,
    plain,
    recorded,
    said_by_bot,
    set_stage,
    until,
)

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

SILENCE, MARGIN = 10, 5
PATIENCE = 40.0


class Monitor:
    """An outside monitor: what it was told, as (method, path, body)."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, bytes]] = []
        self._stack = AsyncExitStack()
        self.url = ""

    async def hears(self, request: web.Request) -> web.Response:
        self.heard.append((request.method, request.path, await request.read()))
        return web.Response()

    async def open(self) -> None:
        self.url = await self._stack.enter_async_context(serving(self.hears))

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture(scope="module")
def monitor(run: Run) -> Iterator[Monitor]:
    made = Monitor()
    run(made.open())
    yield made
    run(made.close())


@pytest.fixture(scope="module")
def stage(run: Run, tmp_path_factory: pytest.TempPathFactory, monitor: Monitor) -> Iterator[Stage]:
    # A minute of the case is a second; what the homeserver waits for is the world's time.
    outside: dict[str, int | str] = {"silence_seconds": SILENCE, "margin_seconds": MARGIN}
    outside |= {"ping_url": monitor.url, "ping_seconds": 1}
    made = run(set_stage(tmp_path_factory.mktemp("stage"), outside=outside))
    yield made
    run(made.__aexit__())


def times(stage: Stage, key: str, /, **known: str) -> int:
    """How often the bot, or the homeserver for it, said a sentence, as clients show it."""
    wanted = pattern(key, **known)
    return sum(wanted.search(plain(seen.body)) is not None for seen in said_by_bot(stage).values())


async def left_there(stage: Stage) -> frozenset[str]:
    """Return the delay ids of what lies with the homeserver for the bot."""
    server = await as_the_bot(stage)
    try:
        return await DelayedEvents(server).pending()
    finally:
        await server.close()


async def until_left(stage: Stage, count: int, patience: float = 15.0) -> frozenset[str]:
    async with asyncio.timeout(patience):
        while len(found := await left_there(stage)) != count:
            await asyncio.sleep(0.3)
    return found


async def watched(stage: Stage, schedule: str) -> str:
    await stage.says("brenner", "humanitarian", f"!watch add sign of life for FALCON {schedule}")
    return (await hears(stage, "brenner", "humanitarian", "watch.added"))["code"]


def test_a_bot_that_lives_is_silent_about_it(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        before = await until_left(stage, 1)
        await asyncio.sleep(2 * SILENCE)
        # Put off, not made anew.
        assert await left_there(stage) == before
        assert times(stage, "deadman.alive") == 0

    run(scenario())


def test_a_killed_bot_is_told_of_and_its_deadline_raised_by_the_homeserver(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        # Due in 10 min of the case, overdue a minute later: 11 s of the world.
        code = await watched(stage, "every 10 min grace 1 min step 5 h")
        await until_left(stage, 2)
        await stage.bot.kill()
        silence = {"silence": f"{SILENCE} min"}
        for mediator in ("lindqvist", "adeyemi"):
            gone = await hears(stage, mediator, "desk", "deadman.alive", PATIENCE, **silence)
            assert gone.seen.encrypted
        for reader in ("brenner", "lindqvist"):
            await hears(stage, reader, "humanitarian", "deadman.watch", PATIENCE, code=code)
        # It rings: everybody there is named.
        assert gone.seen.content["m.mentions"] == {
            "user_ids": ["@adeyemi:localhost", "@lindqvist:localhost"]
        }
        assert await left_there(stage) == frozenset()
        await stage.bot.start()
        await hears(stage, "lindqvist", "desk", "deadman.back", PATIENCE)
        overdue = await hears(
            stage, "brenner", "humanitarian", "watch.overdue", PATIENCE, code=code
        )
        assert overdue.seen.trusted
        await until_left(stage, 1)
        await asyncio.sleep(SILENCE + MARGIN)
        assert times(stage, "deadman.alive") == 1
        assert times(stage, "deadman.watch", code=code) == 1
        assert times(stage, "deadman.back") == 1
        assert await all_in_clear(stage) == []

    run(scenario())


def test_a_deadline_that_the_bot_raises_is_not_raised_again(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        code = await watched(stage, "every 10 min grace 1 min step 5 h")
        await until_left(stage, 2)
        await hears(stage, "brenner", "humanitarian", "watch.overdue", PATIENCE, code=code)
        await until_left(stage, 1)
        await asyncio.sleep(MARGIN + 2)
        assert times(stage, "deadman.watch", code=code) == 0

    run(scenario())


def test_a_homeserver_that_is_killed_meanwhile_still_says_it_once(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        before = times(stage, "deadman.alive")
        code = await watched(stage, "every 20 min grace 1 min step 5 h")
        await until_left(stage, 2)
        await stage.bot.kill()
        await stage.homeserver.kill()
        # Its time comes while neither runs.
        await asyncio.sleep(SILENCE)
        await stage.homeserver.start()
        await hears(stage, "lindqvist", "desk", "deadman.alive", PATIENCE)
        await hears(stage, "brenner", "humanitarian", "deadman.watch", PATIENCE, code=code)
        await stage.homeserver.restart()
        await stage.bot.start()
        await hears(stage, "brenner", "humanitarian", "watch.overdue", PATIENCE, code=code)
        await until_left(stage, 1)
        await asyncio.sleep(SILENCE)
        assert times(stage, "deadman.alive") == before + 1
        assert times(stage, "deadman.watch", code=code) == 1

    run(scenario())


def test_whoever_was_taken_out_cannot_read_what_was_left_for_later(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        before = await until_left(stage, 1)
        code = await watched(stage, "every 40 min grace 1 min step 5 h")
        held = await until_left(stage, 2) - before
        room = stage.room("adeyemi", "humanitarian")
        await stage.persons["adeyemi"].leave(room)
        async with asyncio.timeout(15):
            while held & await left_there(stage):
                await asyncio.sleep(0.2)
        await until_left(stage, 2)
        await recorded(stage, "brenner", "lindqvist", "humanitarian")
        assert times(stage, "deadman.watch", code=code) == 0

    run(scenario())


async def doctor(stage: Stage) -> dict[str, str]:
    """Return the level of each check; on a rehearsal's clock the doctor never passes."""
    with pytest.raises(BotFailed) as found:
        await stage.bot.parley("doctor", "--json")
    return {check["name"]: check["level"] for check in json.loads(str(found.value))}


def test_a_rate_limit_in_force_is_told_by_doctor_and_at_the_desk_and_so_is_its_end(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        bot = stage.homeserver.user_id(BOT)
        stage.homeserver._options = HomeserverOptions(limits={"rc_message": RateLimit(1, 10)})
        await stage.bot.stop()
        await stage.homeserver.restart()
        # The override still stands: the limits of everybody else are none of the bot's business.
        await stage.bot.start()
        assert (await doctor(stage))["rate limit"] == "ok"
        assert times(stage, "deadman.limited") == 0
        await stage.bot.stop()
        path = f"/_synapse/admin/v1/users/{bot}/override_ratelimit"
        await stage.homeserver.admin("DELETE", path)
        await stage.bot.start()
        await hears(stage, "lindqvist", "desk", "deadman.limited", PATIENCE)
        assert (await doctor(stage))["rate limit"] == "fail"
        await stage.bot.stop()
        await stage.bot.start()
        await asyncio.sleep(SILENCE)
        assert times(stage, "deadman.limited") == 1
        await stage.bot.stop()
        await stage.homeserver.override_ratelimit(bot)
        await stage.bot.start()
        await hears(stage, "lindqvist", "desk", "deadman.holds", PATIENCE)
        assert times(stage, "deadman.limited") == 1

    run(scenario())


def test_a_monitor_is_pinged_while_the_bot_makes_progress_and_by_nobody_else(
    run: Run, stage: Stage, monitor: Monitor
) -> None:
    async def scenario() -> None:
        monitor.heard.clear()
        await until(lambda: len(monitor.heard) > 2)
        path = monitor.url.partition("/ping/")[2]
        assert set(monitor.heard) == {("GET", f"/ping/{path}", b"")}
        await stage.bot.kill()
        monitor.heard.clear()
        await asyncio.sleep(3)
        assert monitor.heard == []
        await stage.bot.start()
        await until(lambda: monitor.heard)
        assert path not in stage.bot.log.read_text()

    run(scenario())
