import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from bot.matrix.cross_signing import ensure
from bot.matrix.machine import Ignored, Machine, NotShared, Opened, RoomKeyTaken, Unreadable
from bot.matrix.strict_json import POISON, JsonObject, obj
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, fake_homeserver
from tests.support.machines import (
    ANNA,
    BORIS,
    BOT,
    ROOM,
    Party,
    enter,
    fresh_seeds,
    introduce,
    timeline_event,
)

SAID: JsonObject = {"msgtype": "m.text", "body": "both sides agree"}


async def pair(fake: FakeHomeserver, folder: Path) -> tuple[Party, Party]:
    bot, anna = await enter(fake, folder, BOT, "BOTDEV"), await enter(fake, folder, ANNA, "PHONE")
    await introduce(bot, anna)
    return bot, anna


async def said(anna: Party, content: JsonObject, room: str = ROOM) -> JsonObject:
    """Share with the bot and seal one message."""
    await anna.machine.share(anna.server, room, [BOT])
    return anna.machine.seal(room, "m.room.message", content)


def test_a_message_is_opened_once_its_key_has_come(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            sealed = await said(anna, SAID)
            early = bot.read(sealed, ANNA)
            assert isinstance(early, Unreadable)
            assert early.reason == "no_key"
            (taken,) = bot.take_mail()
            assert taken == RoomKeyTaken(ROOM, str(sealed["session_id"]), ANNA)
            opened = bot.read(sealed, ANNA)
            assert isinstance(opened, Opened)
            assert opened.content == SAID
            assert (opened.device_id, opened.master, opened.index) == ("PHONE", anna.master, 0)
            assert (opened.curve25519, opened.ed25519) == anna.machine.identity
            assert "agree" not in repr(opened)

    run(scenario())


def test_our_own_messages_are_recognised(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _ = await pair(fake, tmp_path)
            await bot.machine.share(bot.server, ROOM, [ANNA])
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            opened = bot.read(sealed, BOT)
            assert isinstance(opened, Opened)
            assert (opened.sender, opened.device_id) == (BOT, "BOTDEV")
            stolen = bot.read(sealed, ANNA)
            assert isinstance(stolen, Unreadable)
            assert stolen.reason == "foreign_device"

    run(scenario())


def test_keys_outlive_a_restart_and_trust_does_not(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            anna = await enter(fake, tmp_path, ANNA, "PHONE")
            secret, path = secrets.token_bytes(32), tmp_path / "again.db"
            client = fake.client(BOT, "BOTDEV")
            machine = Machine.open(path, secret, BOT, "BOTDEV")
            bot = Party(fake, client, machine, fresh_seeds())
            await machine.tend(client)
            await ensure(client, machine, bot.seeds)
            await introduce(bot, anna)
            sealed = await said(anna, SAID)
            bot.take_mail()
            identity = machine.identity
            machine.close()

            bot.machine = Machine.open(path, secret, BOT, "BOTDEV")
            assert bot.machine.identity == identity
            bot.machine.set_pins({ANNA: anna.master})
            assert bot.machine.readers([ANNA]) == frozenset()
            assert bot.machine.dirty == {ANNA}
            untrusted = bot.read(sealed, ANNA)
            assert isinstance(untrusted, Unreadable)
            assert untrusted.reason == "foreign_device"
            await bot.machine.tend(client)
            assert isinstance(bot.read(sealed, ANNA), Opened)
            # The Olm session survived too: no new one-time key is claimed for an answer.
            await bot.machine.share(client, ROOM, [ANNA])
            assert fake.counts["keys_claim"] == 1
            assert isinstance(anna.take_mail()[0], RoomKeyTaken)
            bot.machine.close()

    run(scenario())


@pytest.mark.parametrize(
    ("bend", "reason"),
    [
        ({"content": {}}, "redacted"),
        ({"content": 7}, "malformed"),
        ({"sender": None}, "malformed"),
        ({"event_id": []}, "malformed"),
        ({"type": "m.room.message"}, "not_encrypted"),
        ({"state_key": ""}, "state_event"),
        ({"content": {"algorithm": "m.olm.v1"}}, "algorithm"),
        ({"content": {"algorithm": "m.megolm.v1.aes-sha2", "session_id": 1}}, "malformed"),
        ({"sender": BORIS}, "foreign_device"),
    ],
)
def test_a_bent_event_is_unreadable_with_a_reason(
    run: Run, tmp_path: Path, bend: JsonObject, reason: str
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            sealed = await said(anna, SAID)
            bot.take_mail()
            found = bot.machine.decrypt(timeline_event(sealed, ANNA) | bend, ROOM)
            assert isinstance(found, Unreadable)
            assert found.reason == reason

    run(scenario())


def test_damaged_ciphertext_costs_only_itself(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            sealed = await said(anna, SAID)
            bot.take_mail()
            text = str(sealed["ciphertext"])
            for damaged in (
                "",
                "!",
                text[:-8],
                text[:60] + "AAAA" + text[64:],
                "\u00e9" * 9,
                POISON,
            ):
                found = bot.read(sealed | {"ciphertext": damaged}, ANNA)
                assert isinstance(found, Unreadable)
                assert found.reason == "bad_ciphertext"
            assert isinstance(bot.read(sealed, ANNA), Opened)

    run(scenario())


def test_the_clear_text_device_id_and_sender_key_are_nobodys_proof(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            sealed = await said(anna, SAID)
            bot.take_mail()
            forged = sealed | {"device_id": "BOTDEV", "sender_key": bot.machine.identity[0]}
            opened = bot.read(forged, ANNA)
            assert isinstance(opened, Opened)
            assert opened.device_id == "PHONE"
            bare = {key: sealed[key] for key in ("algorithm", "ciphertext", "session_id")}
            assert isinstance(bot.read(bare, ANNA), Opened)

    run(scenario())


def test_a_session_shared_onwards_does_not_make_its_taker_the_speaker(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            boris = await enter(fake, tmp_path, BORIS, "BORIS")
            await introduce(bot, anna, boris)
            await anna.machine.share(anna.server, ROOM, [BOT, BORIS])
            sealed = anna.machine.seal(ROOM, "m.room.message", SAID)
            # Boris hands the bot Anna's session as his own, before hers arrives and after.
            mail = fake.take_mail(BOT, "BOTDEV")
            for item in fake.take_mail(BORIS, "BORIS"):
                box = obj(
                    obj(obj(item, "content") or {}, "ciphertext") or {}, boris.machine.identity[0]
                )
                assert box is not None
                payload, _ = boris.machine._olm.open_olm(
                    ANNA, anna.machine.identity[0], 0, str(box["body"])
                )
                assert payload is not None
                bots = bot.machine.judgement(BORIS)
                assert bots is not None
                to_bot = next(iter(boris.machine.readers([BOT])))
                await boris.machine._sharing.reach(boris.server, [to_bot])
                content = payload["content"]
                assert isinstance(content, dict)
                await boris.machine._sharing.send(boris.server, [to_bot], "m.room_key", content)
            assert isinstance(bot.take_mail()[0], RoomKeyTaken)
            assert isinstance(bot.machine.take_to_device(mail[0]), RoomKeyTaken)
            opened = bot.read(sealed, ANNA)
            assert isinstance(opened, Opened)
            assert opened.device_id == "PHONE"

    run(scenario())


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"type": "m.room.encrypted"},
        {"type": "m.room.encrypted", "sender": ANNA, "content": []},
        {"type": "m.room.encrypted", "sender": ANNA, "content": {}},
        {"type": "m.room_key", "sender": ANNA, "content": {"session_key": "x"}},
        {"type": "m.room_key_request", "sender": ANNA, "content": {"action": "request"}},
        {"type": "m.forwarded_room_key", "sender": ANNA, "content": {"session_key": "x"}},
        {"type": "m.key.verification.start", "sender": ANNA, "content": {"method": "m.sas.v1"}},
        {"type": POISON, "sender": ANNA, "content": {}},
    ],
)
def test_what_is_not_an_encrypted_item_is_ignored(
    run: Run, tmp_path: Path, item: JsonObject
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _ = await pair(fake, tmp_path)
            assert isinstance(bot.machine.take_to_device(item), Ignored)
            assert not fake.take_mail(ANNA, "PHONE")

    run(scenario())


def test_a_strangers_item_is_not_even_opened(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            boris = await enter(fake, tmp_path, BORIS, "BORIS")
            boris.machine.set_pins({BOT: bot.master})
            await boris.machine.share(boris.server, ROOM, [BOT])
            assert bot.take_mail() == [Ignored("stranger")]
            bot.machine.track([BORIS])
            boris.machine.discard(ROOM)
            await boris.machine.share(boris.server, ROOM, [BOT])
            assert isinstance(bot.take_mail()[0], RoomKeyTaken)
            assert isinstance(bot.read(await said(anna, SAID), ANNA), Unreadable)

    run(scenario())


def test_a_person_may_be_read_before_they_are_pinned_but_gets_no_key(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            bot.machine.set_pins({})
            await bot.machine.refresh(bot.server, [ANNA])
            sealed = await said(anna, SAID)
            bot.take_mail()
            opened = bot.read(sealed, ANNA)
            assert isinstance(opened, Opened)
            assert opened.master == anna.master
            report = await bot.machine.share(bot.server, ROOM, [ANNA])
            assert report.delivered == frozenset()
            assert [one.reason for one in report.excluded] == ["not_pinned"]
            bot.machine.set_pins({ANNA: opened.master})
            report = await bot.machine.share(bot.server, ROOM, [ANNA])
            assert report.delivered == {(ANNA, "PHONE")}

    run(scenario())


def test_a_changed_master_key_freezes_a_person_both_ways(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            sealed = await said(anna, SAID)
            bot.take_mail()
            await bot.machine.share(bot.server, ROOM, [ANNA])
            fake.cross[ANNA].clear()
            fake.device_keys[ANNA].clear()
            impostor = await enter(fake, tmp_path, ANNA, "IMPOSTOR")
            bot.machine.changed([ANNA, "@nobody:x"])
            assert bot.machine.dirty == {ANNA}
            with pytest.raises(NotShared):
                bot.machine.seal(ROOM, "m.room.message", SAID)
            judged = await bot.machine.tend(bot.server)
            assert judged[ANNA].state == "changed"
            found = bot.read(sealed, ANNA)
            assert isinstance(found, Unreadable)
            assert found.reason == "foreign_device"
            report = await bot.machine.share(bot.server, ROOM, [ANNA])
            assert report.delivered == frozenset()
            assert report.excluded[0].reason == "changed"
            with pytest.raises(NotShared):
                bot.machine.seal(ROOM, "m.room.message", SAID)
            bot.machine.set_pins({ANNA: impostor.master})
            report = await bot.machine.share(bot.server, ROOM, [ANNA])
            assert report.delivered == {(ANNA, "IMPOSTOR")}

    run(scenario())


def test_a_broken_olm_session_is_mended_by_tending(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            await said(anna, SAID)
            bot.take_mail()
            # The bot's half of the session is lost.
            bot.machine._olm.session_store[anna.machine.identity[0]].clear()
            bot.machine._olm._peers.clear()
            await bot.machine.share(bot.server, ROOM, [ANNA])
            anna.take_mail()
            anna.machine.discard(ROOM)
            session = anna.machine._olm.session_store[bot.machine.identity[0]]
            session.sort(key=lambda one: one.creation_time)
            del session[1:]
            sealed = await said(anna, SAID)
            assert bot.take_mail() == [Ignored("undecryptable")]
            assert isinstance(bot.read(sealed, ANNA), Unreadable)
            await bot.machine.tend(bot.server)
            assert anna.take_mail() == [Ignored("kind")]
            await anna.machine.share(anna.server, ROOM, [BOT])
            assert isinstance(bot.take_mail()[0], RoomKeyTaken)
            assert isinstance(bot.read(sealed, ANNA), Opened)

    run(scenario())


def test_rubbish_in_a_devices_name_costs_it_one_key_an_hour(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            now = [0.0]
            bot.machine._clock = lambda: now[0]
            await said(anna, SAID)
            genuine = fake.take_mail(BOT, "BOTDEV")[0]
            content = obj(genuine, "content")
            box = obj(obj(content or {}, "ciphertext") or {}, bot.machine.identity[0])
            assert content is not None
            assert box is not None
            body = str(box["body"])
            bent = body[:-20] + ("A" if body[-20] != "A" else "B") + body[-19:]
            rubbish = genuine | {
                "content": content
                | {"ciphertext": {bot.machine.identity[0]: {"type": 0, "body": bent}}}
            }
            for second in (0.0, 1.0, 3_599.0, 3_601.0):
                now[0] = second
                assert bot.machine.take_to_device(rubbish) == Ignored("undecryptable")
                before = fake.counts["keys_claim"]
                await bot.machine.tend(bot.server)
                claimed = fake.counts["keys_claim"] - before
                assert claimed == (second in {0.0, 3_601.0})

    run(scenario())


def test_a_forgotten_room_stays_unreadable(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            sealed = await said(anna, SAID)
            bot.take_mail()
            assert isinstance(bot.read(sealed, ANNA), Opened)
            bot.machine.forget_room(ROOM)
            found = bot.read(sealed, ANNA)
            assert isinstance(found, Unreadable)
            assert found == replace(found, reason="no_key")

    run(scenario())
