import json
from pathlib import Path

import pytest

from bot.matrix import fence as module
from bot.matrix.http import HomeserverUnreachable
from bot.matrix.machine import Ignored, NotShared, Opened, RoomKeyTaken, Unreadable
from bot.matrix.strict_json import POISON, JsonObject
from bot.matrix.trust import MEGOLM, OLM, encode_base64
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver
from tests.support.machines import ANNA, BORIS, BOT, ROOM, Party, enter, introduce

SAID: JsonObject = {"body": "both sides agree"}


async def pair(fake: FakeHomeserver, folder: Path) -> tuple[Party, Party]:
    bot, anna = await enter(fake, folder, BOT, "BOTDEV"), await enter(fake, folder, ANNA, "PHONE")
    await introduce(bot, anna)
    return bot, anna


async def forge(anna: Party, bot: Party, bend: JsonObject, key: JsonObject) -> JsonObject:
    """Return an Olm item of Anna's true device whose payload says what `bend` and `key` say."""
    (device,) = anna.machine.readers([BOT])
    await anna.machine._sharing.reach(anna.server, [device])
    session = anna.machine._olm.olm_session(device)
    assert session is not None
    await anna.machine.share(anna.server, ROOM, [BOT])
    anna.fake.take_mail(BOT, "BOTDEV")
    room = anna.machine._sharing._rooms[ROOM]
    content: JsonObject = {
        "algorithm": MEGOLM,
        "room_id": ROOM,
        "session_id": room.session.id,
        "session_key": room.first_key,
    }
    payload: JsonObject = {
        "type": "m.room_key",
        "sender": ANNA,
        "recipient": BOT,
        "recipient_keys": {"ed25519": bot.machine.identity[1]},
        "keys": {"ed25519": anna.machine.identity[1]},
        "content": content | key,
    }
    kind, raw = session.encrypt(json.dumps(payload | bend)).to_parts()
    box: JsonObject = {"type": kind, "body": encode_base64(raw)}
    return {
        "type": "m.room.encrypted",
        "sender": ANNA,
        "content": {
            "algorithm": OLM,
            "sender_key": anna.machine.identity[0],
            "ciphertext": {bot.machine.identity[0]: box},
        },
    }


FORGERIES: dict[str, tuple[JsonObject, JsonObject]] = {
    "in another's name": ({"sender": BORIS}, {}),
    "for another person": ({"recipient": BORIS}, {}),
    "for another device": ({"recipient_keys": {"ed25519": "x" * 43}}, {}),
    "without the sender's key": ({"keys": {}}, {}),
    "under another session id": ({}, {"session_id": "s" * 43}),
    "no session key": ({}, {"session_key": "AAAA"}),
    "another algorithm": ({}, {"algorithm": "m.megolm.v0"}),
    "no room": ({}, {"room_id": None}),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_room_key_is_ignored(
    run: Run, tmp_path: Path, forgery: tuple[JsonObject, JsonObject]
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            honest = await forge(anna, bot, {}, {})
            forged = await forge(anna, bot, *forgery)
            assert bot.machine.take_to_device(forged) == Ignored("bad_payload")
            assert isinstance(bot.machine.take_to_device(honest), RoomKeyTaken)

    run(scenario())


def test_a_key_that_claims_another_fingerprint_opens_nothing(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            forged = await forge(anna, bot, {"keys": {"ed25519": bot.machine.identity[1]}}, {})
            assert isinstance(bot.machine.take_to_device(forged), RoomKeyTaken)
            found = bot.read(anna.machine.seal(ROOM, "m.room.message", SAID), ANNA)
            assert isinstance(found, Unreadable)
            assert found.reason == "foreign_device"

    run(scenario())


def test_a_forwarded_key_inside_olm_is_ignored(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            forged = await forge(anna, bot, {"type": "m.forwarded_room_key"}, {})
            assert bot.machine.take_to_device(forged) == Ignored("kind")
            found = bot.read(anna.machine.seal(ROOM, "m.room.message", SAID), ANNA)
            assert isinstance(found, Unreadable)
            assert found.reason == "no_key"

    run(scenario())


def test_a_poisoned_item_is_not_even_decrypted(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            honest = await forge(anna, bot, {}, {})
            assert bot.machine.take_to_device(honest | {"x": POISON}) == Ignored("malformed")
            assert isinstance(bot.machine.take_to_device(honest), RoomKeyTaken)

    run(scenario())


def test_what_a_broken_session_swallowed_is_delivered_again(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            await bot.machine.share(bot.server, ROOM, [ANNA])
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            fake.take_mail(ANNA, "PHONE")
            broken = await forge(anna, bot, {}, {})
            content = broken["content"]
            assert isinstance(content, dict)
            box: JsonObject = {"type": 1, "body": NORMAL_MESSAGE}
            content["ciphertext"] = {bot.machine.identity[0]: box}
            assert bot.machine.take_to_device(broken) == Ignored("undecryptable")
            # The first attempt fails; the broken session is not forgotten over it.
            fake.faults.append(Fault("/keys/claim", 502, times=4))
            with pytest.raises(HomeserverUnreachable):
                await bot.machine.tend(bot.server)
            await bot.machine.tend(bot.server)
            await bot.machine.share(bot.server, ROOM, [ANNA])
            assert [type(item) for item in anna.take_mail()] == [Ignored, RoomKeyTaken]
            assert isinstance(anna.read(sealed, BOT), Opened)

    run(scenario())


# A well-formed Olm message (version 3, ratchet key, chain index 0, 16 bytes, 8 bytes of MAC).
NORMAL_MESSAGE = encode_base64(
    b"\x03\x0a\x20" + b"\x05" * 32 + b"\x10\x00\x22\x10" + b"\x06" * 16 + b"\x07" * 8
)


def test_one_person_cannot_pile_up_olm_sessions(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OLM_SESSIONS_PER_USER", 3)

    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            (device,) = bot.machine.readers([ANNA])
            newest = ""
            for _ in range(6):
                await bot.machine._sharing.reach(bot.server, [device], afresh=True)
                session = bot.machine._olm.olm_session(device)
                assert session is not None
                assert session.id != newest
                newest = session.id
            assert len(bot.machine._olm.session_store[anna.machine.identity[0]]) == 3
            rows = bot.machine._store._sql("SELECT session_id FROM olmsessions")
            assert len(rows) == 3
            assert newest in {row[0] for row in rows}
            assert bot.machine._store.peers().keys() == {row[0] for row in rows}

    run(scenario())


def test_a_withdrawn_pin_stops_the_next_message_without_any_request(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            boris = await enter(fake, tmp_path, BORIS, "TABLET")
            await introduce(bot, anna, boris)
            await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert bot.machine.seal(ROOM, "m.room.message", SAID)
            bot.machine.set_pins({BORIS: boris.master})
            assert bot.machine.dirty == frozenset()
            with pytest.raises(NotShared):
                bot.machine.seal(ROOM, "m.room.message", SAID)

    run(scenario())


def test_another_pin_freezes_a_person_at_once(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            await anna.machine.share(anna.server, ROOM, [BOT])
            bot.take_mail()
            sealed = anna.machine.seal(ROOM, "m.room.message", SAID)
            assert isinstance(bot.read(sealed, ANNA), Opened)
            bot.machine.set_pins({ANNA: bot.master})
            assert isinstance(bot.read(sealed, ANNA), Unreadable)
            assert bot.machine.dirty == {ANNA}

    run(scenario())


def test_a_failed_question_is_asked_again(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _ = await pair(fake, tmp_path)
            bot.machine.changed([ANNA])
            fake.faults.append(Fault("/keys/query", 429, times=4))
            with pytest.raises(HomeserverUnreachable):
                await bot.machine.tend(bot.server)
            assert bot.machine.dirty == {ANNA}
            await bot.machine.tend(bot.server)
            assert bot.machine.dirty == frozenset()

    run(scenario())
