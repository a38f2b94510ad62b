"""The bot ends, the homeserver ends, both come back: what was due, asked or promised still comes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.stage import Stage
from tests.conftest import Run
from tests.support.stage import (
    all_in_clear,
    bot_device,
    hears,
    pattern,
    plain,
    recorded,
    said_by_bot,
    set_stage,
)

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PATIENCE = 30.0
"""Clients wait up to some seconds before they ask a homeserver again that was away."""


@pytest.fixture(scope="module")
def stage(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    # A minute of the case is a second; an outage counts from ten seconds (ten minutes) on.
    folder = tmp_path_factory.mktemp("stage")
    made = run(set_stage(folder, outage_notice_seconds=10, checkpoint_seconds=5))
    yield made
    run(made.__aexit__())


def test_what_fell_due_while_the_bot_was_down_is_raised_once_with_the_outage(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        line = "!watch add sign of life for FALCON every 10 min grace 1 min step 5 h"
        await stage.says("brenner", "humanitarian", line)
        code = (await hears(stage, "brenner", "humanitarian", "watch.added"))["code"]
        await stage.bot.kill()
        await asyncio.sleep(14)
        await stage.bot.start()
        raised = await hears(stage, "brenner", "humanitarian", "watch.overdue", code=code)
        assert pattern("watch.outage").search(plain(raised.seen.body))
        # Once: the next one is an hour of the case away.
        await recorded(stage, "brenner", "lindqvist", "humanitarian")
        await asyncio.sleep(3)
        of_it = [pattern(key, code=code) for key in ("watch.overdue", "watch.due")]
        bodies = [plain(seen.body) for seen in said_by_bot(stage).values()]
        assert sum(any(p.search(body) for p in of_it) for body in bodies) == 1

    run(scenario())


def test_checks_that_fell_due_together_are_one_list_that_names_each_of_them(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        people = ("FALCON", "HERON", "LARK")
        codes = []
        for person in people:
            line = f"!watch add welfare for {person} every 10 min grace 1 min step 5 h"
            await stage.says("brenner", "humanitarian", line)
            added = await hears(stage, "brenner", "humanitarian", "watch.added", person=person)
            codes.append(added["code"])
        await stage.bot.kill()
        await asyncio.sleep(14)
        await stage.bot.start()
        for reader in ("brenner", "lindqvist"):
            heard = await hears(stage, reader, "humanitarian", "watch.overdue_many", count="3")
            words = plain(heard.seen.body)
            assert pattern("watch.outage").search(words)
            for person, code in zip(people, codes, strict=True):
                assert pattern("watch.overdue_one", person=person, code=code).search(words)
        # Each is answered for by itself.
        await stage.says("brenner", "humanitarian", f"!report {codes[1]} visit: seen, well")
        await hears(stage, "lindqvist", "humanitarian", "report.done", code=codes[1])

    run(scenario())


def test_the_bot_is_the_same_bot_after_a_kill_and_after_a_stop(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        before = await bot_device(stage)
        await stage.bot.kill()
        await stage.bot.start()
        await recorded(stage, "haddad", "yazan", "caucus-north")
        assert await stage.bot.stop() == 0
        await stage.bot.start()
        await recorded(stage, "haddad", "yazan", "caucus-north")
        # Device, both its keys and the identity above them; nobody's client warned of anything.
        assert await bot_device(stage) == before

    run(scenario())


def test_a_receipt_asked_for_before_a_crash_comes_after_it(
    run: Run, stage: Stage, tmp_path: Path
) -> None:
    async def scenario() -> Path:
        haddad, room = stage.persons["haddad"], stage.room("haddad", "caucus-north")
        await stage.says("haddad", "caucus-north", "!record a promise")
        done = await hears(stage, "haddad", "caucus-north", "record.done", text="a promise")
        await stage.says("haddad", "caucus-north", f"!receipt {done['code']}")
        await hears(stage, "haddad", "caucus-north", "receipt.coming", code=done["code"])
        await stage.bot.kill()
        assert not [seen for seen in haddad.inbox if seen.file]
        await stage.bot.start()
        seen = await haddad.expect(room, lambda s: s.file is not None, PATIENCE)
        assert seen.trusted
        assert seen.file is not None
        kept = tmp_path / seen.file.name
        kept.write_bytes(await haddad.download(seen.file))
        return kept

    kept = run(scenario())
    verify = [sys.executable, "-m", "bot", "verify", str(kept), "--trust", stage.log_key]
    checked = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_homeserver_ends_and_comes_back_while_the_bot_runs(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        await stage.homeserver.kill()
        await asyncio.sleep(3)
        await stage.homeserver.start()
        assert stage.bot.child is not None
        assert stage.bot.child.returncode is None
        await stage.says("haddad", "caucus-north", "!record after the homeserver")
        await hears(
            stage, "yazan", "caucus-north", "record.done", PATIENCE, text="after the homeserver"
        )

    run(scenario())


def test_what_was_typed_while_both_were_away_is_answered_once(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        await stage.bot.kill()
        await stage.says("haddad", "caucus-north", "!record to nobody yet")
        await stage.homeserver.restart()
        await stage.bot.start()
        await hears(stage, "yazan", "caucus-north", "record.done", PATIENCE, text="to nobody yet")
        await recorded(stage, "haddad", "yazan", "caucus-north")
        answer = pattern("record.done", text="to nobody yet")
        bodies = [plain(seen.body) for seen in said_by_bot(stage).values()]
        assert sum(answer.search(body) is not None for body in bodies) == 1
        assert await all_in_clear(stage) == []

    run(scenario())
