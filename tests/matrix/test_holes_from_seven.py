"""Holes seven to sixteen; see `test_holes`."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from nio import AsyncClientConfig
from nio.crypto import Olm, OlmAccount, OlmDevice, Sas, SasState
from nio.events import Event, KeyVerificationMac

from bot.matrix.http import Homeserver, HomeserverUnreachable
from bot.matrix.machine import Ignored, Opened, Unreadable
from bot.matrix.strict_json import JsonObject
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
    timeline_event,
)
from tests.support.stock_nio import (
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


# -- 7 and 8: one-time keys -----------------------------------------------------------------------


def test_stock_7_a_count_of_zero_counts_as_unknown(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            fake.one_time[BOT, "STOCK"].clear()
            await client.sync(timeout=0)
            assert not client.should_upload_keys
            assert (BOT, "STOCK") not in fake.fallback

    run(scenario())


def test_7_a_count_of_zero_is_a_count_and_a_fallback_key_is_there(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot = await enter(fake, tmp_path, BOT, "BOTDEV")
            assert (BOT, "BOTDEV") in fake.fallback
            fake.one_time[BOT, "BOTDEV"].clear()
            bot.machine.note_counts(0, None)
            await bot.machine.tend(bot.server)
            assert len(fake.one_time[BOT, "BOTDEV"]) == 50

    run(scenario())


def test_stock_8_after_a_kill_the_same_ids_name_other_keys() -> None:
    first = stock_olm(BOT, "STOCK")
    published = first.share_keys()["one_time_keys"]
    after_kill = Olm(BOT, "STOCK", first.store)
    again = after_kill.share_keys()["one_time_keys"]
    shared = published.keys() & again.keys()
    assert shared
    assert all(published[name]["key"] != again[name]["key"] for name in shared)


def test_8_what_is_published_is_what_is_on_disk(run: Run, tmp_path: Path) -> None:
    # The kill itself is test_keys.test_a_key_is_on_disk_before_it_is_published.
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot = await enter(fake, tmp_path, BOT, "BOTDEV")
            on_disk: list[set[str]] = []

            def look(answer: JsonObject) -> JsonObject:
                account = bot.machine._store.load_account()
                assert account is not None
                on_disk.append(set(account.one_time_keys["curve25519"].values()))
                return answer

            fake.bend["keys_upload"] = look
            fake.one_time[BOT, "BOTDEV"].clear()
            bot.machine.note_counts(0, None)
            await bot.machine.tend(bot.server)
            published = {
                key["key"] for key in fake.one_time[BOT, "BOTDEV"].values() if isinstance(key, dict)
            }
            assert len(published) == 50
            assert on_disk == [published]

    run(scenario())


# -- 9: replay ------------------------------------------------------------------------------------


def test_stock_9_a_replay_passes_after_a_restart() -> None:
    reader, pen = stock_reader()
    event = pen.write(json.dumps({"type": "m.x", "content": {}, "room_id": ROOM}))
    assert reader.decrypt_megolm_event(Event.parse_event(dict(event)), ROOM)
    restarted = Olm(BOT, "STOCK", reader.store)
    assert restarted.decrypt_megolm_event(Event.parse_event(event | {"event_id": "$r"}), ROOM)


def test_9_a_replay_carries_the_same_session_and_index(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            await anna.machine.share(anna.server, ROOM, [BOT])
            sealed = [anna.machine.seal(ROOM, "m.room.message", SAID) for _ in range(2)]
            bot.take_mail()
            opened = [
                bot.machine.decrypt(timeline_event(one, ANNA), ROOM) for one in [*sealed, sealed[0]]
            ]
            marks = [(one.session_id, one.index) for one in opened if isinstance(one, Opened)]
            assert marks[0] == marks[2] != marks[1]

    run(scenario())


# -- 10 and 11: what the server says about a room -------------------------------------------------


def test_stock_10_plain_text_goes_out_if_the_server_hides_the_encryption(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            fake.set_member(ROOM, BOT, "join", BOT)
            await client.sync(timeout=0)
            await client.room_send(ROOM, "m.room.message", dict(SAID))
            assert fake.rooms[ROOM].events[-1][1]["content"] == SAID

    run(scenario())


def test_10_what_the_machine_seals_is_sealed_whatever_the_server_says(
    run: Run, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _ = await pair(fake, tmp_path)
            fake.set_member(ROOM, BOT, "join", BOT)
            await bot.machine.share(bot.server, ROOM, [ANNA])
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            assert sealed.keys() == {
                "algorithm", "sender_key", "ciphertext", "session_id", "device_id",
            }  # fmt: skip
            assert "agree" not in json.dumps(sealed)

    run(scenario())


def test_stock_11_a_kick_goes_unnoticed(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            open_encrypted_room(fake, BOT, ANNA)
            await client.sync(timeout=0)
            fake.set_member(ROOM, BOT, "leave", ANNA)
            await client.sync(timeout=0)
            assert ROOM in client.rooms
            assert BOT in client.rooms[ROOM].users

    run(scenario())


def test_11_whoever_is_no_longer_named_cannot_read_on(run: Run, tmp_path: Path) -> None:
    # That the kick is seen at all is the sync loop's half.
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            boris = await enter(fake, tmp_path, BORIS, "TABLET")
            await introduce(bot, anna, boris)
            await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            await bot.machine.share(bot.server, ROOM, [BORIS])
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            anna.take_mail()
            assert isinstance(anna.read(sealed, BOT), Unreadable)

    run(scenario())


# -- 12: back-off ---------------------------------------------------------------------------------


def test_stock_12_server_errors_are_met_with_a_flood(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            fake.faults.append(Fault("/sync", 500, {"errcode": "M_UNKNOWN"}, times=10_000))
            before = len(fake.requests)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.sync_forever(timeout=0), 0.5)
            assert len(fake.requests) - before > 20

    run(scenario())


def test_12_server_errors_are_met_with_a_few_spaced_requests(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            waits: list[float] = []

            async def pause(seconds: float) -> None:
                waits.append(seconds)
                await asyncio.sleep(0)

            token = fake.account(BOT, "BOTDEV")
            server = Homeserver(fake.url, token=token, pause=pause, jitter=lambda: 0.0)
            fake.faults.append(Fault("/sync", 500, times=10_000))
            with pytest.raises(HomeserverUnreachable):
                await server.sync(None, None, 0)
            assert len(fake.requests) == 4
            assert waits == sorted(waits)
            assert sum(waits) >= 1.5
            await server.close()

    run(scenario())


# -- 13: interactive verification -----------------------------------------------------------------


def test_stock_13_a_verification_ends_verified_without_a_device_mac() -> None:
    device = OlmDevice(ANNA, "PHONE", {"ed25519": "e" * 43, "curve25519": "c" * 43})
    mine = Sas(BOT, "STOCK", "f" * 43, device)
    theirs = Sas(ANNA, "PHONE", "e" * 43, OlmDevice(BOT, "STOCK", {"ed25519": "f" * 43}))
    mine.establish_sas(theirs.pubkey)
    theirs.establish_sas(mine.pubkey)
    mine.chosen_mac_method = Sas._mac_v1
    mine.state, mine.sas_accepted = SasState.key_received, True
    info = f"MATRIX_KEY_VERIFICATION_MAC{ANNA}PHONE{BOT}STOCK{mine.transaction_id}"
    named = "ed25519:SOME_OTHER_DEVICE"
    macs = {named: "never checked"}
    listed = theirs.established_sas.calculate_mac(named, info + "KEY_IDS")
    mine.receive_mac_event(KeyVerificationMac({}, ANNA, mine.transaction_id, macs, listed))
    assert mine.verified
    assert mine.verified_devices == []


def test_13_verification_requests_are_not_answered(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _ = await pair(fake, tmp_path)
            for step in ("request", "start", "accept", "key", "mac", "done"):
                fake.post(
                    BOT, "BOTDEV", ANNA, {"transaction_id": "t"}, f"m.key.verification.{step}"
                )
            assert bot.take_mail() == [Ignored("kind")] * 6
            await bot.machine.tend(bot.server)
            assert not fake.take_mail(ANNA, "PHONE")

    run(scenario())


# -- 14: the store --------------------------------------------------------------------------------


def test_stock_14_the_store_is_plain_under_a_default_key(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            (path,) = tmp_path.glob("*.db")
            assert path.read_bytes().startswith(b"SQLite format 3")
            assert AsyncClientConfig().pickle_key == "DEFAULT_KEY"
            row = client.store.database.execute_sql("SELECT account FROM accounts").fetchone()
            stolen = OlmAccount.from_pickle(bytes(row[0]), "DEFAULT_KEY")
            assert stolen.identity_keys == client.olm.account.identity_keys

    run(scenario())


def test_14_the_store_is_sealed_down_to_the_write_ahead_log(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            await anna.machine.share(anna.server, ROOM, [BOT])
            bot.take_mail()
            for path in tmp_path.iterdir():
                raw = path.read_bytes()
                for mark in (b"SQLite", b"CREATE", BOT.encode(), ROOM.encode(), b"DEFAULT_KEY"):
                    assert mark not in raw

    run(scenario())


# -- 15 and 16: other devices ---------------------------------------------------------------------


def test_stock_15_a_peer_with_our_device_id_never_gets_keys(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with (
            fake_homeserver() as fake,
            stock_client(fake, tmp_path, BOT, "PHONE") as client,
        ):
            await enter(fake, tmp_path, ANNA, "PHONE")
            await anna_known(client)
            assert client.olm.get_missing_sessions([ANNA]) == {}
            assert list(client.olm.share_group_session_parallel(ROOM, [ANNA])) == []

    run(scenario())


def test_15_a_peer_with_our_device_id_gets_keys(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path, device="BOTDEV")
            report = await bot.machine.share(bot.server, ROOM, [ANNA])
            assert report.delivered == {(ANNA, "BOTDEV")}
            anna.take_mail()
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            assert isinstance(anna.read(sealed, BOT), Opened)

    run(scenario())


def test_stock_16_the_cross_signing_half_of_the_answer_is_dropped(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake, stock_client(fake, tmp_path) as client:
            anna = await enter(fake, tmp_path, ANNA, "PHONE")
            client.olm.users_for_key_query.add(ANNA)
            answer = await client.keys_query()
            assert anna.master not in repr(answer.__dict__)
            assert not fake.cross[BOT]
            assert not [name for name in dir(client) if "cross_sign" in name]

    run(scenario())


def test_16_the_bot_is_cross_signed_and_reads_the_chain_of_others(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna = await pair(fake, tmp_path)
            seen_by_anna = anna.machine.judgement(BOT)
            assert seen_by_anna is not None
            assert (seen_by_anna.state, seen_by_anna.master) == ("chained", bot.master)
            assert [one.device for one in bot.machine.readers([ANNA])] == ["PHONE"]

    run(scenario())
