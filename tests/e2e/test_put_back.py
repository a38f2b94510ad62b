"""A backup is restored over a log that others have seen grow: it is caught before it signs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.bot_process import BotFailed
from bot.demo.stage import BOT, Stage
from bot.ledger.checkpoint import parse_checkpoint
from bot.proving import ANCHOR
from tests.conftest import Run
from tests.support.stage import as_the_bot, hears, set_stage

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture(scope="module")
def stage(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = run(set_stage(tmp_path_factory.mktemp("stage")))
    yield made
    run(made.__aexit__())


async def remembered(stage: Stage) -> int:
    """Return the size of the checkpoint in the bot's account, 0 if there is none yet."""
    client = await as_the_bot(stage)
    try:
        kept = await client.read_account_data(stage.homeserver.user_id(BOT), ANCHOR)
    finally:
        await client.close()
    note = kept.get("note")
    return parse_checkpoint(note).size if isinstance(note, str) else 0


async def grown_beyond(stage: Stage, size: int) -> int:
    """Wait until the account remembers a larger log."""
    async with asyncio.timeout(30):
        while (found := await remembered(stage)) <= size:
            await asyncio.sleep(0.5)
    return found


def files(stage: Stage) -> list[Path]:
    return [p for p in (stage.bot.state / "store").iterdir() if p.name.startswith("parley.")]


def test_a_restored_database_is_refused_and_signs_nothing_when_it_must_run(
    run: Run, stage: Stage, tmp_path: Path
) -> None:
    async def scenario() -> None:
        old = await grown_beyond(stage, 0)
        await stage.bot.stop()
        for path in files(stage):
            shutil.copy2(path, tmp_path / path.name)
        await stage.bot.start()
        newest = await grown_beyond(stage, old + 32)
        await stage.bot.stop()
        newest = max(newest, await remembered(stage))
        for path in files(stage):
            path.unlink()
        for path in tmp_path.iterdir():
            shutil.copy2(path, stage.bot.state / "store" / path.name)

        with pytest.raises(BotFailed, match="put back to an older state") as refused:
            await stage.bot.start()
        assert f"{newest} entries" in str(refused.value)
        assert "--unproved" in str(refused.value)
        with pytest.raises(BotFailed, match="put back"):
            await stage.bot.start()

        # Somebody waits for watches: the operator lets it stand, and everybody is told.
        await stage.bot.start("--unproved")
        told = await hears(stage, "lindqvist", "desk", "log.doubted")
        assert told["size"] == str(newest)
        await stage.says("haddad", "caucus-north", "!record still answered")
        await hears(stage, "haddad", "caucus-north", "record.done", text="still answered")
        await asyncio.sleep(4)
        assert await remembered(stage) == newest
        # It was said once, and a restart needs no leave any more.
        await stage.bot.stop()
        await stage.bot.start()
        await asyncio.sleep(3)
        assert await remembered(stage) == newest

    run(scenario())
