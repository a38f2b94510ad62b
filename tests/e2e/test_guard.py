"""Who runs the homeserver forces things into the bot's rooms; people change, come and go."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bot.demo.homeserver import HomeserverFailed
from bot.demo.stage import BOT, Stage
from bot.matrix.http import HomeserverRefused
from bot.matrix.rooms import HISTORY
from bot.matrix.strict_json import JsonObject, obj, text
from tests.conftest import Run
from tests.support.stage import (
    WITHIN,
    Device,
    all_in_clear,
    as_the_bot,
    client,
    command,
    hears,
    log_in,
    pattern,
    plain,
    reads,
    recorded,
    said_by_bot,
    stranger,
    until,
    vouch,
)

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


async def session_of(stage: Stage, room: str, event_id: str) -> str:
    """Return the session that an event of the bot was sealed under."""
    server = await as_the_bot(stage)
    try:
        event = await server.event(room, event_id)
    finally:
        await server.close()
    return text(obj(event, "content") or {}, "session_id") or ""


async def membership(stage: Stage, room: str, user: str) -> str:
    server = await as_the_bot(stage)
    try:
        state = await server.state(room)
    finally:
        await server.close()
    found = [e for e in state if isinstance(e, dict) and e["type"] == "m.room.member"]
    mine = [obj(e, "content") or {} for e in found if e["state_key"] == user]
    return (text(mine[0], "membership") or "") if mine else "never"


async def until_gone(stage: Stage, room: str, user: str) -> None:
    async with asyncio.timeout(WITHIN):
        while True:
            if await membership(stage, room, user) not in {"join", "invite"}:
                return
            await asyncio.sleep(0.1)


async def cleared_by_two(stage: Stage, compartment: str) -> None:
    """Two mediators let a mended compartment speak again; one alone does not."""
    mended = False
    async with asyncio.timeout(WITHIN):
        while not mended:
            await stage.says("lindqvist", "desk", f"!guard status {compartment}")
            shown = await hears(stage, "lindqvist", "desk", "guard.status", compartment=compartment)
            rules = shown.seen.body.splitlines()
            mended = not [line for line in rules if "FAIL" in line and "vouched" not in line]
    await stage.says("lindqvist", "desk", f"!guard clear {compartment}")
    code = (await hears(stage, "adeyemi", "desk", "approve.asked"))["code"]
    await stage.says("lindqvist", "desk", f"!approve {code}")
    await hears(stage, "lindqvist", "desk", "approve.own", code=code)
    await stage.says("adeyemi", "desk", f"!approve {code}")
    await hears(stage, "lindqvist", "desk", "guard.cleared", compartment=compartment)


async def force_in(stage: Stage, intruder: Device, room: str) -> None:
    """The homeserver's operator gives a member power, who lets the intruder in at once."""
    haddad = client(stage, stage.persons["haddad"].login.access_token)
    path = f"/_synapse/admin/v1/rooms/{room}/make_room_admin"
    try:
        for _ in range(10):
            # The bot takes the power back within moments: whoever is late tries again.
            await stage.homeserver.admin("POST", path, {"user_id": haddad_id(stage)})
            try:
                await haddad.invite(room, intruder.machine.user_id)
                await intruder.server.join(room)
            except HomeserverRefused:
                continue
            return
    finally:
        await haddad.close()
    pytest.fail("the intruder was never let in")


def haddad_id(stage: Stage) -> str:
    return stage.persons["haddad"].user_id


def test_a_stranger_forced_in_is_removed_and_the_room_held_until_two_clear_it(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        room = stage.room("haddad", "caucus-north")
        mallory = await stranger(stage)
        before = await session_of(
            stage, room, await recorded(stage, "haddad", "yazan", "caucus-north")
        )
        await force_in(stage, mallory, room)
        # Somebody goes on typing while the stranger is in the room.
        await stage.says("yazan", "caucus-north", "!record while the stranger listens")
        told = await hears(
            stage, "adeyemi", "desk", "breach.desk", compartment="caucus-north", intruders="1"
        )
        assert mallory.machine.user_id not in told.seen.body
        await until_gone(stage, room, mallory.machine.user_id)
        # Held: nothing leaves, other compartments go on.
        await stage.says("haddad", "caucus-north", "!record while it is held")
        await recorded(stage, "haddad", "yazan", "shuttle-north")
        await cleared_by_two(stage, "caucus-north")
        await hears(stage, "yazan", "caucus-north", "guard.cleared_here")
        event = await recorded(stage, "yazan", "haddad", "caucus-north")
        assert await session_of(stage, room, event) != before
        held = pattern("record.done", text="while it is held")
        assert not [s for s in said_by_bot(stage).values() if held.search(plain(s.body))]
        # The stranger was sent no key, then or later.
        assert [m for m in await mallory.mail() if m["sender"] == bot_id(stage)] == []

    run(scenario())


def bot_id(stage: Stage) -> str:
    return stage.homeserver.user_id(BOT)


def test_a_device_nobody_vouched_for_gets_no_key_and_the_others_go_on(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        room = stage.room("yazan", "shuttle-north")
        second = await log_in(stage, "yazan")
        event = await recorded(stage, "haddad", "yazan", "shuttle-north")
        assert await reads(second, room, event) is None
        await hears(stage, "lindqvist", "desk", "devices.excluded", people="Yazan")
        # What it types is not executed, and that is said.
        session = await second.open_session(room)
        await second.send_sealed(room, session, command(room, "!record from nowhere"))
        await recorded(stage, "haddad", "lindqvist", "shuttle-north")
        # Its owner vouches for it: then it reads, and what it said before counts.
        await vouch(stage, second)
        await hears(stage, "haddad", "shuttle-north", "record.done", text="from nowhere")
        event = await recorded(stage, "haddad", "yazan", "shuttle-north")
        assert "calm-" in (await reads(second, room, event) or "")

    run(scenario())


def test_whoever_leaves_or_is_removed_is_followed_by_a_new_session(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        room = stage.room("yazan", "shuttle-north")
        first = await recorded(stage, "haddad", "lindqvist", "shuttle-north")
        again = await recorded(stage, "haddad", "lindqvist", "shuttle-north")
        sessions = [await session_of(stage, room, event) for event in (first, again)]
        assert sessions[0] == sessions[1]
        adeyemi = stage.persons["adeyemi"].user_id
        await stage.persons["adeyemi"].leave(room)
        left = await recorded(stage, "haddad", "lindqvist", "shuttle-north")
        sessions.append(await session_of(stage, room, left))
        # Whoever left by their own will is not invited again.
        assert await membership(stage, room, adeyemi) == "leave"
        server = await as_the_bot(stage)
        await server.kick(room, stage.persons["yazan"].user_id)
        await server.close()
        kicked = await recorded(stage, "haddad", "lindqvist", "shuttle-north")
        sessions.append(await session_of(stage, room, kicked))
        assert len(set(sessions)) == 3
        # Whoever was put out against the roster is let in again, and served.
        await until(lambda: room in stage.persons["yazan"].rooms("invite"))
        await stage.persons["yazan"].join(room)
        await recorded(stage, "haddad", "yazan", "shuttle-north")

    run(scenario())


def test_a_changed_identity_is_frozen_both_ways(run: Run, stage: Stage) -> None:
    async def scenario() -> None:
        merrow = stage.persons["merrow"]
        await recorded(stage, "merrow", "lindqvist", "shuttle-south")
        await merrow.new_identity()
        await hears(stage, "adeyemi", "desk", "identity.changed", seat="Merrow")
        await stage.says("merrow", "shuttle-south", "!record by a new identity")
        event = await recorded(stage, "lindqvist", "adeyemi", "shuttle-south")
        await until(lambda: event in {seen.event_id for seen in merrow.inbox})
        assert [seen.failed for seen in merrow.inbox if seen.event_id == event] == [True]
        # What the frozen person types counts for nothing, and that is said.
        await hears(stage, "lindqvist", "shuttle-south", "unreadable", 30, seat="Merrow")
        bound = pattern("record.done", text="by a new identity")
        assert not [s for s in said_by_bot(stage).values() if bound.search(plain(s.body))]

    run(scenario())


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("m.room.encryption", {"algorithm": "m.none"}),
        ("m.room.encryption", {}),
        ("m.room.history_visibility", {"history_visibility": "world_readable"}),
        ("m.room.join_rules", {"join_rule": "public"}),
        ("m.room.guest_access", {"guest_access": "can_join"}),
        ("m.room.power_levels", {"users_default": 100, "state_default": 0, "users": {}}),
        ("m.room.canonical_alias", {"alt_aliases": []}),
        ("im.vector.modular.widgets", {"type": "m.custom", "url": "https://example.org"}),
    ],
)
def test_a_bent_room_is_put_right_and_held(
    run: Run, stage: Stage, kind: str, content: JsonObject
) -> None:
    async def scenario() -> None:
        room = stage.room("brenner", "humanitarian")
        server = await as_the_bot(stage)
        try:
            await server.put_state(room, kind, "", content)
            await stage.says("brenner", "humanitarian", "!record in a bent room")
            if kind != "m.room.canonical_alias":
                await hears(stage, "adeyemi", "desk", "breach.desk", compartment="humanitarian")
                await cleared_by_two(stage, "humanitarian")
            await recorded(stage, "brenner", "lindqvist", "humanitarian")
            state = await server.state(room)
        finally:
            await server.close()
        now = {e["type"]: e["content"] for e in state if isinstance(e, dict)}
        assert now["m.room.history_visibility"] == HISTORY

    run(scenario())


def test_a_stranger_at_the_desk_itself_is_removed_and_the_mediators_learn_of_it(
    run: Run, stage: Stage
) -> None:
    async def scenario() -> None:
        mallory, room = await stranger(stage), stage.room("adeyemi", "desk")
        server = await as_the_bot(stage)
        await server.invite(room, mallory.machine.user_id)
        with suppress(HomeserverRefused):  # the guard may be faster than the stranger
            await mallory.server.join(room)
        await server.close()
        await until_gone(stage, room, mallory.machine.user_id)
        await asyncio.sleep(1)
        # Nothing can be said at a held desk but this, by two.
        await stage.says("lindqvist", "desk", "!guard clear desk")
        await stage.says("adeyemi", "desk", "!guard clear desk")
        await hears(stage, "adeyemi", "desk", "breach.desk", compartment="desk", intruders="1")
        await hears(stage, "adeyemi", "desk", "guard.cleared_here")
        await recorded(stage, "adeyemi", "lindqvist", "desk")
        assert [m for m in await mallory.mail() if m["sender"] == bot_id(stage)] == []

    run(scenario())


async def deleted(stage: Stage, room: str) -> None:
    """Delete a room. Synapse now and then answers 500 while somebody in it writes: then once more."""
    path: str = f"/_synapse/admin/v1/rooms/{room}"
    block: dict[str, object] = {"block": True}
    try:
        await stage.homeserver.admin("DELETE", path, block)
    except HomeserverFailed:
        await asyncio.sleep(2)
        await stage.homeserver.admin("DELETE", path, block)


@pytest.mark.parametrize("how", ["tombstone", "deleted"])
def test_a_room_beyond_repair_is_told_of_and_the_others_go_on(
    run: Run, stage: Stage, how: str
) -> None:
    async def scenario() -> None:
        place, reader = {
            "tombstone": ("shuttle-south", "lindqvist"),
            "deleted": ("shuttle-north", "lindqvist"),
        }[how]
        room = stage.room(reader, place)
        if how == "tombstone":
            server = await as_the_bot(stage)
            content: JsonObject = {"body": "moved", "replacement_room": "!elsewhere"}
            await server.put_state(room, "m.room.tombstone", "", content)
            await server.close()
        else:
            await deleted(stage, room)
        await hears(stage, "adeyemi", "desk", "breach.desk", compartment=place)
        await stage.says("lindqvist", "desk", f"!guard clear {place}")
        await hears(stage, "lindqvist", "desk", "guard.still_broken", compartment=place)
        await recorded(stage, "haddad", "yazan", "caucus-north")

    run(scenario())


def test_nothing_was_said_in_clear(run: Run, stage: Stage) -> None:
    assert run(all_in_clear(stage)) == []
