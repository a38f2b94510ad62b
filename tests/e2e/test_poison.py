"""What a stranger or a seated person can send: each costs itself, and never the next command."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from http import HTTPStatus

import pytest
import vodozemac

from bot.demo.stage import BOT, Stage
from bot.domain import bodies as b
from bot.matrix.http import path_of
from bot.matrix.strict_json import JsonObject, array
from bot.matrix.trust import MEGOLM
from tests.conftest import Run
from tests.support import poison
from tests.support.stage import (
    Device,
    all_in_clear,
    as_the_bot,
    attack,
    bot_device,
    command,
    journal,
    signed_device,
    stranger,
)

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

ENCRYPTED = "m.room.encrypted"
WITHIN = 8.0
"""Seconds that a person waits at most, whatever somebody else has just sent."""


async def still_served(stage: Stage, compartment: str = "caucus-north") -> None:
    """A valid command is answered, as everybody's client shows it, and nothing else was done."""
    words = f"calm-{secrets.token_hex(4)}"
    await stage.says("haddad", compartment, f"!record {words}")
    await stage.hears("yazan", compartment, words, WITHIN)
    bot = stage.homeserver.user_id(BOT)
    said = [s.body for p in stage.persons.values() for s in p.inbox if s.sender == bot]
    assert not [body for body in said if "POISON" in body]


@pytest.fixture
def clean(run: Run, stage: Stage) -> Iterator[None]:
    """Whatever the test did: the bot still runs, and said nothing in clear."""
    yield
    assert stage.bot.child is not None
    assert stage.bot.child.returncode is None
    assert run(all_in_clear(stage)) == []


async def send_raw(stage: Stage, sender: Device, kind: str, content: bytes) -> int:
    """Send a to-device message to the bot as these very bytes; return the answer's status."""
    bot, device = stage.homeserver.user_id(BOT), (await bot_device(stage)).device
    path = path_of("sendToDevice", kind, secrets.token_hex(8))
    whole = b'{"messages":{"%s":{"%s":%s}}}' % (bot.encode(), device.encode(), content)
    return await attack(sender.server, "PUT", path, whole)


@pytest.mark.usefixtures("clean")
def test_to_device_messages_of_anybody_cost_only_themselves(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        mallory, second = await stranger(stage), await signed_device(stage, "haddad")
        target = await bot_device(stage)
        await second.open_session(stage.room("haddad", "caucus-north"))
        passed = set()
        for sender in (mallory, second):
            for name, kind, content in poison.to_device(target.curve25519):
                status = await send_raw(stage, sender, kind, content)
                if status == HTTPStatus.OK:
                    passed.add(name)
            # All of one sender's at once, in one batch or in several: as hard as one by one.
            await still_served(stage)
        # The homeserver is no shield: nearly all of them reached the bot.
        assert len(passed) >= 30
        for _name, kind, content in poison.to_device(target.curve25519):
            await send_raw(stage, second, kind, content)
            await still_served(stage)
        assert await mallory.mail() == []

    run(scenario())


@pytest.mark.usefixtures("clean")
def test_olm_messages_of_a_known_device_cost_only_themselves(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        second, target = await signed_device(stage, "haddad"), await bot_device(stage)
        room = stage.room("haddad", "caucus-north")
        session = await second.open_session(room)
        key: JsonObject = {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": session.session_id,
            "session_key": session.session_key.to_base64(),
        }
        payload: JsonObject = {
            "type": "m.room_key",
            "content": key,
            "sender": second.machine.user_id,
            "sender_device": second.machine.device_id,
            "keys": {"ed25519": second.machine.identity[1]},
            "recipient": target.user,
            "recipient_keys": {"ed25519": target.ed25519},
        }
        for _name, plaintext in poison.olm_payloads(payload):
            await second.send_to_bot(target, await second.seal_olm(target, plaintext))
            await still_served(stage)
        # None of them broke the Olm session: the good one still opens the bot's ears.
        fresh = vodozemac.GroupSession()
        key |= {"session_id": fresh.session_id, "session_key": fresh.session_key.to_base64()}
        await second.send_to_bot(
            target, await second.seal_olm(target, json.dumps(payload | {"content": key}).encode())
        )
        await second.send_sealed(room, fresh, command(room, "!record after the poison"))
        await stage.hears("yazan", "caucus-north", "after the poison", WITHIN)

    run(scenario())


@pytest.mark.usefixtures("clean")
def test_sealed_poison_of_a_seated_person_is_never_executed(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        second = await signed_device(stage, "haddad")
        room, other = stage.room("haddad", "caucus-north"), stage.room("haddad", "shuttle-north")
        session = await second.open_session(room)
        for _name, plaintext in poison.plaintexts(room, other):
            await second.send_sealed(room, session, plaintext)
            await still_served(stage)
        # The same device, the same session, one honest line: it was never this device's fault.
        await second.send_sealed(room, session, command(room, "!record an honest line"))
        await stage.hears("yazan", "caucus-north", "an honest line", WITHIN)

    run(scenario())


@pytest.mark.usefixtures("clean")
def test_what_looks_like_a_command_and_is_none_is_not_executed(run: Run, stage: Stage) -> None:
    """Replays, edits, reactions, redactions, text in clear, foreign sessions, broken wrappings."""

    async def scenario() -> None:
        second = await signed_device(stage, "haddad")
        room, other = stage.room("haddad", "caucus-north"), stage.room("haddad", "shuttle-north")
        session = await second.open_session(room)
        before = await second.send_sealed(
            room, session, command(room, "!record once and not twice")
        )
        await stage.hears("yazan", "caucus-north", "once and not twice", WITHIN)
        good = session.encrypt(command(room, "!record POISON")).to_base64()
        said = await stage.persons["haddad"].say(room, "no command at all")
        relates: JsonObject = {"rel_type": "m.replace", "event_id": said}
        bent: list[tuple[str, JsonObject]] = [
            (room, before),
            (room, before | {"device_id": "OTHER", "sender_key": "A" * 43}),
            (other, before),
            (other, second.wrap(session, good)),
            (room, second.wrap(session, good) | {"algorithm": "m.megolm.v9"}),
            (room, second.wrap(session, good) | {"session_id": "unknown"}),
            (room, second.wrap(session, good) | {"session_id": 7}),
            (room, second.wrap(session, good[:-8])),
            (room, second.wrap(session, "")),
            (room, second.wrap(session, "A" * 50_000)),
            (room, {"algorithm": MEGOLM}),
            (room, {}),
            (room, second.wrap(session, good) | {"m.relates_to": relates}),
        ]
        for where, content in bent:
            await second.server.send_event(where, ENCRYPTED, secrets.token_hex(8), content)
            await still_served(stage)
        clear: JsonObject = {"msgtype": "m.text", "body": "!record POISON"}
        for kind in ("m.room.message", "m.room.encrypted", "m.sticker", "org.example.command"):
            await second.server.send_event(room, kind, secrets.token_hex(8), clear)
        haddad = stage.persons["haddad"]
        await haddad.react(room, said, "!record POISON")
        edit: JsonObject = {
            "msgtype": "m.text",
            "body": "* !record POISON",
            "m.new_content": {"msgtype": "m.text", "body": "!record POISON"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": said},
        }
        await haddad.send(room, dict(edit))
        await still_served(stage)
        # A redaction takes back what a client shows, not what is on record.
        await haddad.redact(room, said)
        await still_served(stage)
        bot = stage.homeserver.user_id(BOT)
        shown = {
            s.event_id: s.body for p in stage.persons.values() for s in p.inbox if s.sender == bot
        }
        assert sum("once and not twice" in body for body in shown.values()) == 1
        # And nothing was done in silence.
        items = [r.body for r in journal(stage) if isinstance(r.body, b.ItemRecorded)]
        assert len(items) == sum("On record as" in body for body in shown.values())

    run(scenario())


@pytest.mark.usefixtures("clean")
def test_a_storm_of_invitations_and_of_talk_delays_nobody(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        mallory, second = await stranger(stage), await signed_device(stage, "haddad")
        bot, room = stage.homeserver.user_id(BOT), stage.room("haddad", "caucus-north")
        before = await rooms_of_the_bot(stage)
        session = await second.open_session(room)
        bait: list[JsonObject] = [
            {"preset": "private_chat", "name": "!record POISON"},
            {"preset": "trusted_private_chat", "is_direct": True},
            {"preset": "public_chat", "topic": "x" * 1_000},
            {"preset": "private_chat", "room_version": "1"},
            {"preset": "private_chat", "creation_content": {"type": "m.space", "x": [[[0]]]}},
        ]
        for number in range(20):
            await mallory.server.create_room(bait[number % len(bait)] | {"invite": [bot]})
        await still_served(stage)
        direct = await mallory.server.create_room({"preset": "private_chat", "is_direct": True})
        for _ in range(10):
            await mallory.server.invite(direct, bot)
            await mallory.server.kick(direct, bot)
        for _ in range(100):
            await second.send_sealed(room, session, command(room, "just talk " * 30))
        await second.send_sealed(room, session, command(room, "talk " * 9_000))
        await still_served(stage)
        await stage.persons["haddad"].rename("Lindqvist\n!record POISON")
        await still_served(stage)
        assert await rooms_of_the_bot(stage) == before
        assert await mallory.mail() == []

    run(scenario())


async def rooms_of_the_bot(stage: Stage) -> set[str]:
    server = await as_the_bot(stage)
    try:
        answer = await server.call("GET", path_of("joined_rooms"))
    finally:
        await server.close()
    return {str(room) for room in array(answer, "joined_rooms") or ()}
