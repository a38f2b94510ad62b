"""The sixteen holes of stock matrix-nio 0.26, each beside what the fence does instead.

A test named `stock_...` shows the hole by running nio as it comes: if a release closes it, that
test fails and the guard may be reconsidered. What belongs to the sync loop, the rooms and the
outbox is shown there; here stands the half of the crypto layer.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from nio import KeysQueryResponse, RoomMemberEvent
from nio.crypto import OlmDevice
from nio.events import Event

from bot.matrix.machine import Ignored, Opened, RoomKeyTaken, Unreadable
from bot.matrix.strict_json import JsonObject, array, loads_envelope, obj
from bot.matrix.trust import OLM
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver
from tests.support.machines import (
    ANNA,
    BORIS,
    BOT,
    ROOM,
    Party,
    enter,
    introduce,
)
from tests.support.stock_nio import (
    PoisonPen,
    open_encrypted_room,
    stock_client,
    stock_olm,
    stock_reader,
)

SAID: JsonObject = {"msgtype": "m.text", "body": "both sides agree"}


async def pair(fake: FakeHomeserver, folder: Path, device: str = "PHONE") -> tuple[Party, Party]:
    bot, anna = await enter(fake, folder, BOT, "BOTDEV"), await enter(fake, folder, ANNA, device)
    await introduce(bot, anna)
    return bot, anna


async def anna_known(client: Any) -> OlmDevice:
    """Let a stock client learn and verify Anna's device."""
    client.olm.users_for_key_query.add(ANNA)
    await client.keys_query()
    device: OlmDevice = client.device_store[ANNA]["PHONE"]
    client.verify_device(device)
    return device


def malformed_item(own_key: str) -> JsonObject:
    box = {own_key: {"type": 0, "body": "!!!"}}
    return {"algorithm": OLM, "sender_key": "x" * 43, "ciphertext": box}  # type: ignore[dict-item]


# -- 1 and 2: one malformed item ends the loop, and the batch was already marked as handled -----


def test_stock_1_and_2_a_strangers_item_ends_the_loop_after_the_token_is_saved(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            own = client.olm.account.identity_keys["curve25519"]
            fake.post(BOT, "STOCK", "@stranger:x", malformed_item(own), "m.room.encrypted")
            with pytest.raises(ValueError, match=r"(?i)base64"):
                await client.sync_forever(timeout=0)
            assert client.store.load_sync_token() == client.next_batch == f"s{fake.at}"

    run(scenario())


def test_1_and_2_a_malformed_item_is_a_value_and_the_next_item_is_taken(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            for sender in (ANNA, "@stranger:x"):
                item = malformed_item(bot.machine.identity[0])
                fake.post(BOT, "BOTDEV", sender, item, "m.room.encrypted")
            await anna.machine.share(anna.server, ROOM, [BOT])
            # Nothing is marked by the machine: the sync loop stores items before they come here.
            first, second, third = bot.take_mail()
            assert isinstance(first, Ignored)
            assert isinstance(second, Ignored)
            assert isinstance(third, RoomKeyTaken)

    run(scenario())


POISONS: dict[str, str | bytes] = {
    "deep nesting": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "5,000 digits": '{"type":"m.x","content":{"n":' + "9" * 5_000 + "}}",
    "not utf-8": b'{"type":"m.x","content":{"a":"\xff"}}',
    "a list": "[]",
    "bad unsigned": '{"type":"m.room.message","content":{"msgtype":"m.text","body":"x"},"unsigned":[]}',
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS.keys())
def test_stock_1_poison_inside_a_room_message_raises_through_nio(poison: str | bytes) -> None:
    reader, pen = stock_reader()
    event = Event.parse_event(pen.write(poison))
    with pytest.raises((ValueError, TypeError, AttributeError, RecursionError)):
        # The variant that nio itself calls "no error".
        reader._decrypt_megolm_no_error(event, ROOM)


async def pen_of(anna: Party) -> PoisonPen:
    await anna.machine.share(anna.server, ROOM, [BOT])
    outbound = anna.machine._sharing._rooms[ROOM].session
    return PoisonPen(outbound._session, anna.machine.identity[0], anna.device)


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS.keys())
def test_1_poison_inside_a_room_message_is_unreadable_and_the_next_is_read(
    run: Run, tmp_path: Path, poison: str | bytes
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            pen = await pen_of(anna)
            bot.take_mail()
            assert isinstance(bot.machine.decrypt(pen.write(poison), ROOM), Unreadable)
            good = json.dumps({"type": "m.x", "content": {}, "room_id": ROOM})
            assert isinstance(bot.machine.decrypt(pen.write(good), ROOM), Opened)

    run(scenario())


def test_1_poison_in_the_envelope_costs_only_its_item() -> None:
    deep = '{"a":' * 50_000 + "1" + "}" * 50_000
    digits = '{"n":' + "9" * 5_000 + "}"
    raw = f'{{"to_device":{{"events":[{deep},{digits},{{"type":"m.x"}}]}}}}'.encode()
    items = array(obj(loads_envelope(raw), "to_device") or {}, "events") or []
    assert items[2] == {"type": "m.x"}
    with pytest.raises((RecursionError, ValueError)):
        json.loads(raw)


# -- 3: encrypted state events --------------------------------------------------------------------

BAN = json.dumps(
    {
        "type": "m.room.member",
        "state_key": BOT,
        "content": {"membership": "ban"},
        "room_id": ROOM,
    }
)


def test_stock_3_an_encrypted_state_event_comes_out_as_state() -> None:
    reader, pen = stock_reader()
    made = reader.decrypt_megolm_event(Event.parse_event(pen.write(BAN)), ROOM)
    assert isinstance(made, RoomMemberEvent)
    assert made.membership == "ban"


def test_3_an_encrypted_state_event_is_refused(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            pen = await pen_of(anna)
            bot.take_mail()
            found = bot.machine.decrypt(pen.write(BAN), ROOM)
            assert isinstance(found, Unreadable)
            assert found.reason == "state_event"
            other = json.dumps({"type": "m.x", "content": {}, "room_id": "!other:x"})
            found = bot.machine.decrypt(pen.write(other), ROOM)
            assert isinstance(found, Unreadable)
            assert found.reason == "wrong_room"

    run(scenario())


# -- 4: one bad device key string -----------------------------------------------------------------


def bad_device(user: str) -> JsonObject:
    return {
        "user_id": user,
        "device_id": "BAD",
        "algorithms": [],
        "keys": {"ed25519:BAD": "!!!", "curve25519:BAD": "!!!"},
        "signatures": {user: {"ed25519:BAD": "AAAA"}},
    }


def test_stock_4_one_bad_device_key_raises_out_of_the_whole_answer() -> None:
    answer = KeysQueryResponse.from_dict(
        {"device_keys": {ANNA: {"BAD": bad_device(ANNA)}}, "failures": {}}
    )
    with pytest.raises(ValueError, match=r"(?i)base64"):
        stock_olm(BOT, "STOCK").handle_response(answer)


def test_4_one_bad_device_key_excludes_one_device(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _ = await pair(fake, tmp_path)
            fake.device_keys[ANNA]["BAD"] = bad_device(ANNA)
            bot.machine.changed([ANNA])
            report = await bot.machine.share(bot.server, ROOM, [ANNA])
            assert report.delivered == {(ANNA, "PHONE")}
            assert [(one.device, one.reason) for one in report.excluded] == [("BAD", "malformed")]

    run(scenario())


# -- 5 and 6: a bad one-time key silences a room; a failed share counts as done -------------------


def spoil_one_time_keys(fake: FakeHomeserver, anna: Party) -> None:
    """Put nonsense, properly signed, in place of every one-time key."""
    shelf = fake.one_time[ANNA, "PHONE"]
    shelf.update({name: anna.machine.sign({"key": "!!!"}) for name in shelf})


def test_stock_5_one_bad_one_time_key_makes_every_later_send_hang(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            anna = await enter(fake, tmp_path, ANNA, "PHONE")
            open_encrypted_room(fake, BOT, ANNA)
            await client.sync(timeout=0)
            await anna_known(client)
            client.rooms[ROOM].members_synced = True
            spoil_one_time_keys(fake, anna)
            with pytest.raises(ValueError, match=r"(?i)base64"):
                await client.room_send(ROOM, "m.room.message", dict(SAID))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.room_send(ROOM, "m.room.message", dict(SAID)), 0.3)

    run(scenario())


def test_stock_6_a_failed_share_is_marked_shared(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            await enter(fake, tmp_path, ANNA, "PHONE")
            open_encrypted_room(fake, BOT, ANNA)
            await client.sync(timeout=0)
            await anna_known(client)
            fake.faults.append(Fault("/sendToDevice/", 403, times=99))
            client.rooms[ROOM].members_synced = True
            sent = await client.room_send(ROOM, "m.room.message", dict(SAID))
            assert sent.event_id
            assert client.olm.outbound_group_sessions[ROOM].shared
            assert not fake.to_device[ANNA, "PHONE"]

    run(scenario())


def test_5_and_6_the_others_are_served_and_undelivered_means_undelivered(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            boris = await enter(fake, tmp_path, BORIS, "TABLET")
            await introduce(bot, anna, boris)
            spoil_one_time_keys(fake, anna)
            fake.faults.append(Fault("/sendToDevice/", 403, times=1))
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.delivered == frozenset()
            assert {(one.user, one.reason) for one in report.excluded} == {
                (ANNA, "bad_one_time_key"),
                (BORIS, "not_delivered"),
            }
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.delivered == {(BORIS, "TABLET")}

    run(scenario())
