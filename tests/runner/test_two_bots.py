"""Two bots started by mistake never send a digest twice: not on one store, not on a copy of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from typing_extensions import override

from bot.domain import bodies as b
from bot.ports import Cleared
from bot.storage.store import SqlStore
from bot.words.message import Message
from tests.hostile.running import CASE
from tests.runner.test_digests_once import Homeserver, Life, World, parts_of, prepared
from tests.storage.samples import MASTER

ROUNDS = 4


@dataclass
class OnDisk(Homeserver):
    """A homeserver that two processes talk to: it takes each transaction of a room once.

    As Synapse does for one device; both bots have the same, or neither could read the store.
    """

    folder: Path = Path()

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        where = self.folder / f"{message.room}-{txn}".replace("/", "_")
        try:
            with where.open("x") as file:
                file.write(message.value.body)
        except FileExistsError:
            pass
        return f"$event-{where.name}"

    def heard(self, room: str) -> list[str]:
        found = sorted(self.folder.glob(f"{room}-*"))
        return [path.read_text("utf-8") for path in found]


def bot(world: World, folder: Path, where: Path, go: Path) -> int:
    """Fork a process that waits for the word and then is a bot; return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        world.server = OnDisk(rooms=world.rooms, folder=folder)
        store = SqlStore.open(where, MASTER)
        while not go.exists():
            time.sleep(0.001)
        asyncio.run(world.lives(store, Life()))
        store.close()
        code = 0
    finally:
        os._exit(code)


@pytest.mark.parametrize("copied", [False, True])
def test_two_processes_give_a_digest_once(copied: bool, tmp_path: Path) -> None:
    world = asyncio.run(prepared("sqlite", tmp_path, 2))
    for turn in range(ROUNDS):
        here = tmp_path / f"turn-{turn}"
        shutil.copytree(tmp_path / "base", here)
        shutil.copytree(tmp_path / "base", here / "copy")
        said = here / "said"
        said.mkdir()
        go = here / "go"
        second = here / "copy" / "store.db" if copied else here / "store.db"
        children = [bot(world, said, where, go) for where in (here / "store.db", second)]
        time.sleep(0.3)
        go.touch()
        assert [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children] == [0, 0]
        server = OnDisk(rooms=world.rooms, folder=said)
        heard = parts_of(server.heard(world.room))
        assert len(heard) == 1, heard
        store = SqlStore.open(here / "store.db", MASTER)
        records = [record.body for record in store.load(CASE)]
        assert sum(isinstance(one, b.DigestSent) for one in records) == 1
        assert sum(isinstance(one, b.DigestDelivered) for one in records) == 1
        store.close()
