import json
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from bot.matrix.http import HomeserverUnreachable
from bot.matrix.machine import Excluded, NotShared, Opened, RoomKeyTaken
from bot.matrix.sharing import MESSAGES_PER_SESSION
from bot.matrix.strict_json import POISON, JsonObject, obj
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver
from tests.support.machines import ANNA, BORIS, BOT, ROOM, Party, enter, introduce
from tests.support.people_keys import public, sign

SAID: JsonObject = {"body": "both sides agree"}


async def three(fake: FakeHomeserver, folder: Path) -> tuple[Party, Party, Party]:
    parties = (
        await enter(fake, folder, BOT, "BOTDEV"),
        await enter(fake, folder, ANNA, "PHONE"),
        await enter(fake, folder, BORIS, "TABLET"),
    )
    await introduce(*parties)
    return parties


BAD_KEYS: dict[str, JsonObject] = {
    "bad base64": {"key": "!!!"},
    "no key": {"key": None},
    "poison": {"key": POISON},
    "unsigned": {"signatures": {}},
    "another key under the old signature": {"key": "A" * 43},
}


@pytest.mark.parametrize("bend", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_one_bad_one_time_key_costs_only_its_device(
    run: Run, tmp_path: Path, bend: JsonObject
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna, boris = await three(fake, tmp_path)
            good = dict(fake.one_time[ANNA, "PHONE"])
            for name, key in good.items():
                assert isinstance(key, dict)
                fake.one_time[ANNA, "PHONE"][name] = key | bend
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.delivered == {(BORIS, "TABLET")}
            assert report.excluded == (Excluded(ANNA, "PHONE", "bad_one_time_key"),)
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            boris.take_mail()
            assert isinstance(boris.read(sealed, BOT), Opened)
            # Once the key is good again the same session reaches her, old message included.
            fake.one_time[ANNA, "PHONE"] = good
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.excluded == ()
            anna.take_mail()
            assert isinstance(anna.read(sealed, BOT), Opened)

    run(scenario())


def test_a_device_without_one_time_keys_is_excluded_and_named(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _, _ = await three(fake, tmp_path)
            fake.one_time[ANNA, "PHONE"].clear()
            fake.fallback.pop((ANNA, "PHONE"))
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.excluded == (Excluded(ANNA, "PHONE", "no_one_time_key"),)
            assert report.delivered == {(BORIS, "TABLET")}

    run(scenario())


def test_an_unchained_device_gets_nothing_and_is_named(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna, _ = await three(fake, tmp_path)
            planted = await enter(fake, tmp_path, "@planted:x", "PLANTED")
            keys = dict(planted.machine.device_keys_signed)
            fake.device_keys[ANNA]["PLANTED"] = keys | {"user_id": ANNA}
            bot.machine.changed([ANNA])
            report = await bot.machine.share(bot.server, ROOM, [ANNA])
            assert report.delivered == {(ANNA, "PHONE")}
            assert report.excluded == (Excluded(ANNA, "PLANTED", "self_signature"),)
            assert not fake.to_device[ANNA, "PLANTED"]
            assert isinstance(anna.take_mail()[0], RoomKeyTaken)

    run(scenario())


def test_a_refused_delivery_is_not_called_delivered(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _, _ = await three(fake, tmp_path)
            fake.faults.append(Fault("/sendToDevice/", 403, times=3))
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.delivered == frozenset()
            assert {one.reason for one in report.excluded} == {"not_delivered"}
            with pytest.raises(NotShared):
                bot.machine.seal(ROOM, "m.room.message", SAID)
            # A refusal of the pair is tried singly: here only the second try of one fails.
            fake.faults.append(Fault("/sendToDevice/", 403, times=2))
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.delivered == {(BORIS, "TABLET")}
            assert report.excluded == (Excluded(ANNA, "PHONE", "not_delivered"),)

    run(scenario())


def test_a_refused_claim_is_tried_singly(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _, _ = await three(fake, tmp_path)
            fake.faults.append(Fault("/keys/claim", 400, times=2))
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert report.delivered == {(BORIS, "TABLET")}

    run(scenario())


def test_an_unreachable_server_is_said_and_a_second_share_heals(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna, _ = await three(fake, tmp_path)
            fake.faults.append(Fault("/sendToDevice/", 502, times=4))
            with pytest.raises(HomeserverUnreachable):
                await bot.machine.share(bot.server, ROOM, [ANNA])
            with pytest.raises(NotShared):
                bot.machine.seal(ROOM, "m.room.message", SAID)
            await bot.machine.share(bot.server, ROOM, [ANNA])
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            anna.take_mail()
            assert isinstance(anna.read(sealed, BOT), Opened)

    run(scenario())


async def session_id(bot: Party, users: list[str]) -> str:
    await bot.machine.share(bot.server, ROOM, users)
    return str(bot.machine.seal(ROOM, "m.room.message", SAID)["session_id"])


def test_the_session_turns_with_its_readers_and_only_then(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _, _ = await three(fake, tmp_path)
            first = await session_id(bot, [ANNA, BORIS])
            assert await session_id(bot, [BORIS, ANNA]) == first
            second = await session_id(bot, [ANNA])
            assert second != first
            third = await session_id(bot, [ANNA, BORIS])
            assert third not in {first, second}
            bot.machine.discard(ROOM)
            with pytest.raises(NotShared):
                bot.machine.seal(ROOM, "m.room.message", SAID)
            assert await session_id(bot, [ANNA, BORIS]) != third

    run(scenario())


def test_a_removed_device_cannot_read_on(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna, boris = await three(fake, tmp_path)
            before = await session_id(bot, [ANNA, BORIS])
            fake.device_keys[ANNA].clear()
            bot.machine.changed([ANNA])
            assert await session_id(bot, [ANNA, BORIS]) != before
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            anna.take_mail()
            boris.take_mail()
            assert not isinstance(anna.read(sealed, BOT), Opened)
            assert isinstance(boris.read(sealed, BOT), Opened)

    run(scenario())


def test_a_session_carries_at_most_twenty_messages(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _, _ = await three(fake, tmp_path)
            await bot.machine.share(bot.server, ROOM, [ANNA])
            sealed = [
                bot.machine.seal(ROOM, "m.room.message", SAID) for _ in range(MESSAGES_PER_SESSION)
            ]
            assert len({str(one["session_id"]) for one in sealed}) == 1
            with pytest.raises(NotShared):
                bot.machine.seal(ROOM, "m.room.message", SAID)
            assert await session_id(bot, [ANNA]) != sealed[0]["session_id"]

    run(scenario())


def test_sealing_without_a_share_or_for_another_room_is_refused(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _, _ = await three(fake, tmp_path)
            await bot.machine.share(bot.server, ROOM, [ANNA])
            with pytest.raises(NotShared):
                bot.machine.seal("!other:x", "m.room.message", SAID)
            report = await bot.machine.share(bot.server, "!empty:x", [BOT])
            assert report.excluded == ()
            assert bot.machine.seal("!empty:x", "m.room.message", SAID)["ciphertext"]

    run(scenario())


def test_an_odd_person_cannot_hide_the_others_keys(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, _, _ = await three(fake, tmp_path)

            def choke(answer: JsonObject) -> JsonObject | bytes:
                return b"<html>" if ANNA in (obj(answer, "device_keys") or {}) else answer

            def deepen(answer: JsonObject) -> JsonObject | bytes:
                listed = obj(answer, "device_keys") or {}
                if ANNA not in listed:
                    return answer
                listed[ANNA] = {"PHONE": "MARK", **(obj(listed, ANNA) or {}), "DEEP": "MARK"}
                deep = "[" * 100_000 + "]" * 100_000
                return json.dumps(answer).replace('"MARK"', deep).encode()

            for bend in (choke, deepen):
                fake.bend["keys_query"] = bend
                bot.machine.changed([ANNA, BORIS])
                bot.machine.discard(ROOM)
                report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
                assert (BORIS, "TABLET") in report.delivered
                assert {one.user for one in report.excluded} == {ANNA}
            # The same failure for our own keys means that the server is at fault.
            fake.bend["keys_query"] = lambda _: b"<html>"
            bot.machine.changed([ANNA])
            with pytest.raises(HomeserverUnreachable):
                await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])

    run(scenario())


def test_a_person_who_never_logged_in_does_not_mute_a_room(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna, boris = await three(fake, tmp_path)
            cleo = "@cleo:fake.example"
            bot.machine.set_pins({ANNA: anna.master, BORIS: boris.master, cleo: "x" * 43})
            report = await bot.machine.share(bot.server, ROOM, [ANNA, cleo])
            assert report.delivered == {(ANNA, "PHONE")}
            assert report.excluded == (Excluded(cleo, "", "no_identity"),)
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            anna.take_mail()
            assert isinstance(anna.read(sealed, BOT), Opened)
            # Each share asks for her again, so she is served as soon as she has a device.
            late = await enter(fake, tmp_path, cleo, "LATE")
            bot.machine.set_pins({ANNA: anna.master, cleo: late.master})
            report = await bot.machine.share(bot.server, ROOM, [ANNA, cleo])
            assert report.delivered == {(ANNA, "PHONE"), (cleo, "LATE")}

    run(scenario())


def test_another_persons_device_cannot_poison_an_olm_session(run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            bot, anna, boris = await three(fake, tmp_path)
            # Boris publishes Anna's curve25519 key as his own, with his own one-time keys.
            stolen = anna.machine.identity[0]
            device = dict(boris.machine.device_keys_signed)
            keys = obj(device, "keys")
            assert keys is not None
            keys["curve25519:TABLET"] = stolen
            fake.device_keys[BORIS]["TABLET"] = boris.machine.sign(device)
            await bot_identity_again(boris)
            bot.machine.changed([BORIS])
            report = await bot.machine.share(bot.server, ROOM, [ANNA, BORIS])
            assert (ANNA, "PHONE") in report.delivered
            sealed = bot.machine.seal(ROOM, "m.room.message", SAID)
            assert isinstance(anna.take_mail()[0], RoomKeyTaken)
            assert isinstance(anna.read(sealed, BOT), Opened)

    run(scenario())


async def bot_identity_again(party: Party) -> None:
    """Sign whatever device keys the server shows with the party's self-signing key."""
    signer = SigningKey(party.seeds.self_signing)
    shown = party.fake.device_keys[party.user][party.device]
    party.fake.device_keys[party.user][party.device] = sign(
        shown, party.user, public(signer), signer
    )
