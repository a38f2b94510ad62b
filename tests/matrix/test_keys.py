import secrets
import shutil
from pathlib import Path

import pytest

from bot.matrix.http import HomeserverRefused, HomeserverUnreachable
from bot.matrix.machine import Ignored, Machine, Opened, RoomKeyTaken
from bot.matrix.strict_json import JsonObject, obj
from tests.conftest import Run
from tests.support.fake_homeserver import Fault, fake_homeserver
from tests.support.machines import ANNA, BOT, ROOM, enter, introduce

ALGORITHM = "signed_curve25519"


def test_an_empty_shelf_is_filled_because_zero_is_a_count(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot = await enter(fake, tmp_path, BOT, "BOTDEV")
            shelf = fake.one_time[BOT, "BOTDEV"]
            assert len(shelf) == 50
            shelf.clear()
            bot.machine.note_counts(0, [ALGORITHM])
            await bot.machine.tend(bot.server)
            assert len(fake.one_time[BOT, "BOTDEV"]) == 50
            uploads = fake.counts["keys_upload"]
            bot.machine.note_counts(None, None)
            await bot.machine.tend(bot.server)
            bot.machine.note_counts(26, [ALGORITHM])
            await bot.machine.tend(bot.server)
            assert fake.counts["keys_upload"] == uploads

    run(scenario())


def test_with_every_one_time_key_taken_the_fallback_still_lets_people_in(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = (
                await enter(fake, tmp_path, BOT, "BOTDEV"),
                await enter(fake, tmp_path, ANNA, "PHONE"),
            )
            await introduce(bot, anna)
            fake.one_time[BOT, "BOTDEV"].clear()
            await anna.machine.share(anna.server, ROOM, [BOT])
            name, _, used = fake.fallback[BOT, "BOTDEV"]
            assert used
            assert isinstance(bot.take_mail()[0], RoomKeyTaken)
            sealed = anna.machine.seal(ROOM, "m.room.message", {})
            assert isinstance(bot.read(sealed, ANNA), Opened)
            bot.machine.note_counts(50, [])
            await bot.machine.tend(bot.server)
            assert fake.fallback[BOT, "BOTDEV"][0] != name
            assert fake.fallback[BOT, "BOTDEV"][2] is False

    run(scenario())


def test_a_key_is_on_disk_before_it_is_published(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            anna = await enter(fake, tmp_path, ANNA, "PHONE")
            secret, client = secrets.token_bytes(32), fake.client(BOT, "BOTDEV")
            path, copy = tmp_path / "bot.db", tmp_path / "after-kill.db"
            machine = Machine.open(path, secret, BOT, "BOTDEV")

            def killed(_: JsonObject) -> JsonObject:
                # The request has arrived; the answer never will: the disk as it is right now.
                if fake.one_time[BOT, "BOTDEV"] and not copy.exists():
                    for part in ("", "-wal"):
                        shutil.copy(f"{path}{part}", f"{copy}{part}")
                return {}

            fake.bend["keys_upload"] = killed
            await machine.tend(client)
            machine.close()
            fake.bend.clear()
            survivor = Machine.open(copy, secret, BOT, "BOTDEV")
            survivor.track([ANNA])
            before = dict(fake.one_time[BOT, "BOTDEV"])
            await survivor.tend(client)
            assert fake.one_time[BOT, "BOTDEV"].items() >= before.items()
            bot_keys = await anna.machine.refresh(anna.server, [BOT])
            assert bot_keys[BOT].devices[0].reason == "no_identity"
            raw = (await anna.server.keys_claim({BOT: ["BOTDEV"]}))["one_time_keys"]
            claimed = (obj(raw, BOT) or {})["BOTDEV"] if isinstance(raw, dict) else None
            assert anna.machine._olm.adopt_one_time_key(bot_keys[BOT].devices[0], claimed) == ""
            sent = await anna.machine._sharing.send(
                anna.server, [bot_keys[BOT].devices[0]], "m.dummy", {}
            )
            assert sent
            (item,) = fake.take_mail(BOT, "BOTDEV")
            assert survivor.take_to_device(item) == Ignored("kind")
            survivor.close()

    run(scenario())


def test_an_account_older_than_its_uploads_heals_itself(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            secret, client = secrets.token_bytes(32), fake.client(BOT, "BOTDEV")
            path, old = tmp_path / "bot.db", tmp_path / "old.db"
            machine = Machine.open(path, secret, BOT, "BOTDEV")
            await client.keys_upload({"device_keys": machine.device_keys_signed})
            machine.close()
            shutil.copy(path, old)
            machine = Machine.open(path, secret, BOT, "BOTDEV")
            for _ in range(3):
                machine.note_counts(0, [])
                await machine.tend(client)
            machine.close()
            rolled_back = Machine.open(old, secret, BOT, "BOTDEV")
            await rolled_back.tend(client)
            rolled_back.note_counts(0, [])
            before = set(fake.one_time[BOT, "BOTDEV"])
            await rolled_back.tend(client)
            assert set(fake.one_time[BOT, "BOTDEV"]) > before
            rolled_back.close()

    run(scenario())


def test_a_server_that_refuses_every_key_is_a_verdict_not_a_loop(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot = await enter(fake, tmp_path, BOT, "BOTDEV")
            bot.machine.note_counts(0, None)
            fake.faults.append(Fault("/keys/upload", 400, times=99))
            with pytest.raises(HomeserverRefused):
                await bot.machine.tend(bot.server)
            fake.faults[:] = [Fault("/keys/upload", 403, times=1)]
            with pytest.raises(HomeserverRefused):
                await bot.machine.tend(bot.server)
            fake.faults[:] = [Fault("/keys/upload", 500, times=4)]
            with pytest.raises(HomeserverUnreachable):
                await bot.machine.tend(bot.server)
            await bot.machine.tend(bot.server)
            assert len(fake.one_time[BOT, "BOTDEV"]) >= 50

    run(scenario())
