"""Keys bent by a seated person or claimed away by a stranger: who is honest is still served."""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus

import pytest

from bot.demo.stage import BOT, Stage
from bot.matrix.http import path_of
from bot.matrix.strict_json import JsonObject, obj
from tests.conftest import Run
from tests.support.stage import (
    all_in_clear,
    attack,
    bot_device,
    command,
    log_in,
    reads,
    signed_device,
    stranger,
    vouch,
)

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

WITHIN = 8.0
CLAIMS = 400


async def still_served(stage: Stage) -> str:
    """A valid command is answered for everybody in the room; return the answer's event id."""
    words = f"calm-{secrets.token_hex(4)}"
    room = stage.room("haddad", "caucus-north")
    await stage.says("haddad", "caucus-north", f"!record {words}")
    await stage.hears("yazan", "caucus-north", words, WITHIN)
    seen = await stage.persons["haddad"].expect(room, words, WITHIN)
    assert seen.trusted
    return seen.event_id


def test_a_stranger_who_takes_every_one_time_key_deafens_nobody(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        mallory, target = await stranger(stage), await bot_device(stage)
        # The bot is down, so nothing is refilled.
        await stage.bot.kill()
        taken = 0
        for _ in range(CLAIMS):
            answer = await mallory.server.keys_claim({target.user: [target.device]})
            theirs = obj(obj(answer, "one_time_keys") or {}, target.user) or {}
            (key,) = (obj(theirs, target.device) or {}).values()
            assert isinstance(key, dict)
            if key.get("fallback"):
                break
            taken += 1
        assert 0 < taken < CLAIMS
        second = await signed_device(stage, "haddad")
        room = stage.room("haddad", "caucus-north")
        session = await second.open_session(room)
        await second.send_sealed(room, session, command(room, "!record by the fallback key"))
        await stage.bot.start()
        await stage.hears("yazan", "caucus-north", "by the fallback key", WITHIN)
        # And the stock is filled up again.
        answer = await mallory.server.keys_claim({target.user: [target.device]})
        assert '"fallback"' not in json.dumps(answer)
        await still_served(stage)

    run(scenario())


def test_a_device_named_like_the_bots_own_is_served_like_any_other(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        target = await bot_device(stage)
        twin = await signed_device(stage, "haddad", device_id=target.device)
        room = stage.room("haddad", "caucus-north")
        event = await still_served(stage)
        assert "calm-" in (await reads(twin, room, event) or "")
        session = await twin.open_session(room)
        await twin.send_sealed(room, session, command(room, "!record from the twin"))
        await stage.hears("yazan", "caucus-north", "from the twin", WITHIN)

    run(scenario())


def test_broken_device_keys_cost_only_their_own_device(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        passed = 0
        bends: tuple[JsonObject, ...] = (
            {"keys": {}},
            {"keys": {"ed25519:DEVICE": "%%%", "curve25519:DEVICE": "%%%"}},
            {"keys": {"ed25519:DEVICE": "AAAA", "curve25519:DEVICE": "AAAA"}},
            {"keys": {"ed25519:DEVICE": "A" * 43, "curve25519:DEVICE": "A" * 43}},
            {"keys": {"ed25519:DEVICE": "é" * 43, "curve25519:DEVICE": "\U0001f511" * 9}},
            {"keys": {"ed25519:OTHER": "A" * 43}},
            {"algorithms": []},
            {"algorithms": ["m.olm.v9"]},
            {"signatures": {}},
            {"signatures": {"@haddad:localhost": {"ed25519:DEVICE": "AAAA"}}},
            {"signatures": {"@lindqvist:localhost": {"ed25519:DEVICE": "A" * 86}}},
            {"user_id": "@lindqvist:localhost"},
            {"device_id": "OTHER"},
            {"keys": ["a", "list"]},
            {"keys": {"ed25519:DEVICE": 9 * 10**15, "curve25519:DEVICE": None}},
            {"extra": [[[[[[[[0]]]]]]] * 50]},
        )
        for bend in bends:
            device = await log_in(stage, "haddad", publish=False)
            honest = device.machine.device_keys_signed
            named = json.dumps(honest | bend).replace("DEVICE", device.machine.device_id)
            body = b'{"device_keys": %s}' % named.encode()
            status = await attack(device.server, "POST", path_of("keys", "upload"), body)
            passed += status == HTTPStatus.OK
            await still_served(stage)
            mail = await device.mail()
            assert not [item for item in mail if item["type"] == "m.room.encrypted"]
        assert passed >= 8

    run(scenario())


def test_bad_one_time_keys_of_a_vouched_device_silence_nobody(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        device = await log_in(stage, "yazan", publish=False)
        user, name = device.machine.user_id, device.machine.device_id
        await device.server.keys_upload({"device_keys": device.machine.device_keys_signed})
        curve = device.machine.identity[0]
        good = device.machine.sign({"key": curve})
        bad: list[JsonObject] = [
            good | {"key": "A" * 43},
            {"key": curve},
            {"key": curve, "signatures": {user: {f"ed25519:{name}": "A" * 86}}},
            device.machine.sign({"key": "AAAA"}),
            device.machine.sign({"key": "%" * 43}),
            device.machine.sign({"key": 7}),
            device.machine.sign({}),
            device.machine.sign({"key": "A" * 43}),
            {"key": curve, "signatures": []},
        ]
        for number, key in enumerate(bad):
            body = {"one_time_keys": {f"signed_curve25519:AAA{number}": key}}
            await attack(
                device.server, "POST", path_of("keys", "upload"), json.dumps(body).encode()
            )
        await vouch(stage, device)
        for _ in range(len(bad) + 2):
            await still_served(stage)
        mail = await device.mail()
        assert not [item for item in mail if item["type"] == "m.room.encrypted"]
        await stage.hears("lindqvist", "desk", "Yazan has a device", WITHIN)
        # Mended: from its next honest keys on, it reads like any other.
        await device.machine.tend(device.server)
        event = await still_served(stage)
        room = stage.room("yazan", "caucus-north")
        assert "calm-" in (await reads(device, room, event) or "")

    run(scenario())


def test_a_vouched_device_with_a_weak_key_silences_nobody(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        device = await log_in(stage, "yazan", publish=False)
        name = device.machine.device_id
        honest = device.machine.device_keys_signed
        keys = obj(honest, "keys") or {}
        # A point that no secret multiplies to anything new.
        weak: JsonObject = {
            "device_keys": device.machine.sign(
                honest | {"keys": keys | {f"curve25519:{name}": "A" * 43}}
            )
        }
        await device.server.keys_upload(weak)
        device.machine._olm.account.shared = True
        await device.machine.tend(device.server)
        await vouch(stage, device)
        await still_served(stage)
        await still_served(stage)
        bot = stage.homeserver.user_id(BOT)
        assert not [item for item in await device.mail() if item["sender"] == bot]

    run(scenario())


def test_nothing_of_all_this_was_said_in_clear(run: Run, stage: Stage) -> None:
    assert run(all_in_clear(stage)) == []
    assert stage.bot.child is not None
    assert stage.bot.child.returncode is None
