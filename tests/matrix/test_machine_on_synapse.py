"""The same crypto layer against a real Synapse: what the fake homeserver cannot vouch for."""

import asyncio
import secrets
from pathlib import Path

import pytest

from bot.demo.homeserver import EmbeddedHomeserver
from bot.matrix.cross_signing import ForeignIdentity, Seeds, ensure, public_master
from bot.matrix.http import Homeserver, HomeserverRefused
from bot.matrix.machine import Machine, Opened, RoomKeyTaken
from bot.matrix.strict_json import JsonObject, array, obj, text
from bot.matrix.trust import MEGOLM
from tests.conftest import Run
from tests.support.machines import fresh_seeds

pytestmark = pytest.mark.e2e

SAID: JsonObject = {"msgtype": "m.text", "body": "both sides agree"}


class Seat:
    """A person on Synapse: client, machine, identity, and the sync position."""

    def __init__(self, server: Homeserver, machine: Machine, seeds: Seeds) -> None:
        self.server = server
        self.machine = machine
        self.seeds = seeds
        self.since: str | None = None
        self.said: list[Opened] = []

    async def sync(self) -> list[object]:
        """Take one sync: to-device items, counts, device lists, events; tend to keys."""
        answer = await self.server.sync(self.since, None, 0)
        self.since = text(answer, "next_batch")
        items = array(obj(answer, "to_device") or {}, "events") or []
        taken: list[object] = [
            self.machine.take_to_device(item) for item in items if isinstance(item, dict)
        ]
        changed = array(obj(answer, "device_lists") or {}, "changed") or []
        self.machine.changed([user for user in changed if isinstance(user, str)])
        counts = obj(answer, "device_one_time_keys_count") or {}
        count = counts.get("signed_curve25519", 0)
        unused = array(answer, "device_unused_fallback_key_types")
        self.machine.note_counts(
            count if isinstance(count, int) else None,
            None if unused is None else [str(name) for name in unused],
        )
        await self.machine.tend(self.server)
        joined = obj(obj(answer, "rooms") or {}, "join") or {}
        for room, part in joined.items():
            timeline = obj(part, "timeline") if isinstance(part, dict) else None
            for event in array(timeline or {}, "events") or []:
                if isinstance(event, dict):
                    opened = self.machine.decrypt(event, room)
                    if isinstance(opened, Opened):
                        self.said.append(opened)
        return taken


async def seat(homeserver: EmbeddedHomeserver, folder: Path, name: str) -> Seat:
    localpart, device = f"{name}{secrets.token_hex(4)}", secrets.token_hex(16).upper()
    user = await homeserver.register(localpart, "invented password")
    server = Homeserver(homeserver.url, token=None, pause=asyncio.sleep, jitter=lambda: 0.5)
    logged = await server.login(user, "invented password", device)
    assert (logged.user_id, logged.device_id) == (user, device)
    machine = Machine.open(folder / f"{name}.db", secrets.token_bytes(32), user, device)
    made = Seat(server, machine, fresh_seeds())
    await machine.tend(server)
    standing = await ensure(server, machine, made.seeds)
    assert standing.uploaded_identity
    assert standing.uploaded_signature
    again = await ensure(server, machine, made.seeds)
    assert not again.uploaded_identity
    assert not again.uploaded_signature
    with pytest.raises(ForeignIdentity):
        await ensure(server, machine, fresh_seeds())
    return made


def test_two_machines_talk_through_synapse(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        bot = await seat(homeserver, tmp_path, "bot")
        anna = await seat(homeserver, tmp_path, "anna")
        room = await bot.server.create_room(
            {
                "preset": "private_chat",
                "room_version": "12",
                "initial_state": [
                    {
                        "type": "m.room.encryption",
                        "state_key": "",
                        "content": {"algorithm": MEGOLM},
                    }
                ],
            }
        )
        for one, other in ((bot, anna), (anna, bot)):
            user = other.machine.user_id
            one.machine.set_pins({user: public_master(other.seeds)})
            judged = await one.machine.refresh(one.server, [user])
            assert judged[user].state == "chained"
        await bot.server.invite(room, anna.machine.user_id)
        await anna.server.join(room)
        await bot.sync()
        await anna.sync()
        for one, other in ((anna, bot), (bot, anna)):
            report = await one.machine.share(one.server, room, [other.machine.user_id])
            assert report.delivered == {(other.machine.user_id, other.machine.device_id)}
            assert report.excluded == ()
            for turn in range(3):
                content = one.machine.seal(room, "m.room.message", SAID | {"turn": turn})
                sent = await one.server.send_event(room, "m.room.encrypted", f"t{turn}", content)
                again = await one.server.send_event(room, "m.room.encrypted", f"t{turn}", content)
                assert sent == again
            taken = await other.sync()
            assert any(isinstance(item, RoomKeyTaken) for item in taken)
            heard = [event for event in other.said if event.sender == one.machine.user_id]
            assert [event.content["turn"] for event in heard] == [0, 1, 2]
            assert {event.device_id for event in heard} == {one.machine.device_id}
            await one.sync()
        sealed = await bot.server.upload(b"sealed bytes")
        server_name, _, media = sealed.removeprefix("mxc://").partition("/")
        assert await anna.server.download(server_name, media) == b"sealed bytes"
        with pytest.raises(HomeserverRefused) as caught:
            await anna.server.kick(room, bot.machine.user_id)
        assert (caught.value.status, caught.value.errcode) == (403, "M_FORBIDDEN")
        for one in (bot, anna):
            await one.server.close()
            one.machine.close()

    run(scenario())


def test_reused_key_ids_heal_on_synapse(
    run: Run, homeserver: EmbeddedHomeserver, tmp_path: Path
) -> None:
    async def scenario() -> None:
        bot = await seat(homeserver, tmp_path, "bot")
        # Another account in the same name and device uses the same key ids for other keys.
        twin = Machine.open(
            tmp_path / "twin.db", bytes(32), bot.machine.user_id, bot.machine.device_id
        )
        twin._olm.account.shared = True
        twin.note_counts(0, None)
        await twin.tend(bot.server)
        answer = await bot.server.keys_upload({})
        counts = obj(answer, "one_time_key_counts") or {}
        assert counts["signed_curve25519"] == 100
        await bot.server.close()
        bot.machine.close()
        twin.close()

    run(scenario())
