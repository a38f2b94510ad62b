from pathlib import Path

import pytest

from bot.matrix.cross_signing import ForeignIdentity, Seeds, ensure, public_master
from bot.matrix.strict_json import JsonObject, obj
from bot.matrix.trust import judge
from tests.conftest import Run
from tests.support.fake_homeserver import fake_homeserver
from tests.support.machines import BOT, enter, fresh_seeds
from tests.support.people_keys import PaperPerson, public


def test_a_new_bot_publishes_its_identity_once(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot = await enter(fake, tmp_path, BOT, "BOTDEV")
            raw = await bot.server.keys_query({BOT: []})
            judged = judge(raw, BOT, public_master(bot.seeds))
            assert [one.device for one in judged.chained] == ["BOTDEV"]
            again = await ensure(bot.server, bot.machine, bot.seeds)
            assert not again.uploaded_identity
            assert not again.uploaded_signature
            assert fake.counts["signing_upload"] == fake.counts["signatures_upload"] == 1
            await bot.close()

    run(scenario())


def test_another_master_key_in_the_bots_name_is_a_verdict(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot = await enter(fake, tmp_path, BOT, "BOTDEV")
            with pytest.raises(ForeignIdentity) as caught:
                await ensure(bot.server, bot.machine, fresh_seeds())
            assert caught.value.reason == "other_master_key"
            other = Seeds(bot.seeds.master, bytes(32), bot.seeds.user_signing)
            with pytest.raises(ForeignIdentity) as caught:
                await ensure(bot.server, bot.machine, other)
            assert caught.value.reason == "other_self_signing_key"
            await bot.close()

    run(scenario())


def test_the_server_may_not_swap_the_bots_device(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot = await enter(fake, tmp_path, BOT, "BOTDEV")
            impostor = PaperPerson(BOT)
            impostor.add_device("BOTDEV")
            swapped = impostor.devices["BOTDEV"]
            assert isinstance(swapped, dict)
            fake.device_keys[BOT]["BOTDEV"] = swapped
            with pytest.raises(ForeignIdentity) as caught:
                await ensure(bot.server, bot.machine, bot.seeds)
            assert caught.value.reason == "other_device_keys"
            fake.device_keys[BOT].clear()
            with pytest.raises(ForeignIdentity) as caught:
                await ensure(bot.server, bot.machine, bot.seeds)
            assert caught.value.reason == "device_missing"
            await bot.close()

    run(scenario())


def test_a_signature_that_the_server_drops_is_noticed(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:

            def drop(answer: JsonObject) -> JsonObject:
                for device in (obj(obj(answer, "device_keys") or {}, BOT) or {}).values():
                    marks = obj(device, "signatures") if isinstance(device, dict) else None
                    if isinstance(device, dict) and marks is not None:
                        own = {f"ed25519:{device['device_id']}"}
                        mine = obj(marks, BOT) or {}
                        device["signatures"] = {
                            BOT: {key: mark for key, mark in mine.items() if key in own}
                        }
                return answer

            fake.bend["keys_query"] = drop
            with pytest.raises(ForeignIdentity) as caught:
                await enter(fake, tmp_path, BOT, "BOTDEV")
            assert caught.value.reason == "not_shown"

    run(scenario())


def test_seeds_are_whole_and_never_printed() -> None:
    seeds = Seeds(b"\x07" * 32, b"\x08" * 32, b"\x09" * 32)
    assert "\\x07" not in repr(seeds)
    assert public_master(seeds) == public_master(Seeds(b"\x07" * 32, bytes(32), bytes(32)))
    with pytest.raises(ValueError, match="32 bytes"):
        Seeds(b"short", bytes(32), bytes(32))
    assert public(PaperPerson(BOT).master) != public_master(seeds)
