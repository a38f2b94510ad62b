"""Two parties' witnesses, one over HTTP and one over Matrix: their rooms' receipts say so."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.anchors.gathering import Named
from bot.demo.bot_process import _die_with_parent, _environment
from bot.demo.stage import BOT, Stage
from bot.ledger.party import key_file
from tests.anchors.standing import witnessing
from tests.conftest import Run
from tests.ledger.building import key
from tests.support.stage import hears, set_stage
from tests.support.synapse import new_account

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

NORTHS, SOUTHS = "w7.example", "w9.example"


@pytest.fixture(scope="module")
def stage(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = run(set_stage(tmp_path_factory.mktemp("stage")))
    yield made
    run(made.__aexit__())


@asynccontextmanager
async def over_matrix(stage: Stage, home: Path) -> AsyncIterator[Named]:
    """Run `parley witness --matrix` with an account of its own."""
    account = await new_account(stage.homeserver, "witness")
    home.mkdir()
    for name, text in (("key", key_file(key(SOUTHS))), ("password", account.password)):
        (home / name).touch(0o600)
        (home / name).write_text(text)
    (home / "witness.toml").write_text(
        f'[homeserver]\nurl = "{stage.homeserver.url}"\nuser = "{account.user_id}"\n'
        'password_file = "password"\n[store]\npath = "account"\n[timing]\ntend_seconds = 1\n'
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "witness", "--name", SOUTHS, "--log", stage.log_key,
        "--key", str(home / "key"), "--state", str(home / "state"), "--new",
        "--matrix", str(home / "witness.toml"), "--bot", stage.homeserver.user_id(BOT),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=_environment(), preexec_fn=_die_with_parent,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        vkey = (await child.stdout.readline()).decode().strip()
        await child.stdout.readline()
        yield Named(vkey, account.user_id)
    finally:
        child.kill()
        await child.wait()


def naming(party: str, named: Named, *rooms: str) -> str:
    shown = ", ".join(f'"{room}"' for room in rooms)
    return (
        f'[[witness]]\nparty = "{party}"\nkey = "{named.key}"\nvia = "{named.via}"\n'
        f"rooms = [{shown}]\n"
    )


async def receipt(stage: Stage, folder: Path, words: str) -> tuple[str, Path]:
    """Put words on record, ask for the receipt; return what was said with it, and the file."""
    haddad, room = stage.persons["haddad"], stage.room("haddad", "shuttle-north")
    await stage.says("haddad", "shuttle-north", f"!record {words}")
    done = await hears(stage, "haddad", "shuttle-north", "record.done", text=words)
    await stage.says("haddad", "shuttle-north", f"!receipt {done['code']}")
    given = await haddad.expect(
        room, lambda s: s.file is not None and done["code"] in s.file.name, 30
    )
    assert given.file is not None
    kept = folder / given.file.name
    kept.write_bytes(await haddad.download(given.file))
    return given.body, kept


def verified(kept: Path, log: str, *witnesses: Named) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "verify", str(kept), "--trust", log]
    for witness in witnesses:
        command += ["--witness", witness.key]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def seen_by_all(stage: Stage, count: int) -> None:
    """Ask for the checkpoint until all witnesses of the room have signed the newest."""
    async with asyncio.timeout(40):
        while True:
            await stage.says("haddad", "shuttle-north", "!checkpoint")
            told = await hears(stage, "haddad", "shuttle-north", "checkpoint.witnessed")
            stage.persons["haddad"].inbox.remove(told.seen)
            if told["seen"] == told["count"] == str(count):
                return
            await asyncio.sleep(1)


def test_receipts_are_witnessed_and_say_when_one_witness_is_gone(
    run: Run, stage: Stage, tmp_path: Path
) -> None:
    async def scenario() -> None:
        with ExitStack() as norths:
            north = norths.enter_context(witnessing(tmp_path / "north", stage.log_key, NORTHS))
            async with over_matrix(stage, tmp_path / "south") as south:
                text = (stage.state / "case.toml").read_text()
                text += naming("north", north, "shuttle-north", "desk")
                text += naming("south", south, "shuttle-north", "desk")
                changed = stage.state / "witnessed.toml"
                changed.write_text(text)
                await stage.bot.parley("case", "apply", str(changed), "--yes")
                await seen_by_all(stage, 2)
                said, kept = await receipt(stage, tmp_path, "seen by both")
                assert "seen by 2 of 2" in said
                both = verified(kept, stage.log_key, north, south)
                assert both.returncode == 0, both.stdout + both.stderr
                assert "2 of 2" in both.stdout
                assert "as your witnesses saw" in both.stdout

                # Another room has no witness of its own, and is shown nobody's.
                await stage.says("merrow", "shuttle-south", "!checkpoint")
                await hears(stage, "merrow", "shuttle-south", "checkpoint.alone")

                norths.close()
                said, kept = await receipt(stage, tmp_path, "seen by one")
                assert "seen by 1 of 2" in said
                assert verified(kept, stage.log_key, south).returncode == 0
                assert verified(kept, stage.log_key, north, south).returncode == 1

    run(scenario())
