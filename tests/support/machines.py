"""Parties on the fake homeserver: a Machine, its client and its identity in one hand."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from bot.matrix.cross_signing import Seeds, ensure, public_master
from bot.matrix.http import Homeserver
from bot.matrix.machine import Ignored, Machine, Opened, RoomKeyTaken, Unreadable
from bot.matrix.strict_json import JsonObject
from tests.support.fake_homeserver import FakeHomeserver

ROOM = "!room:fake.example"
BOT, ANNA, BORIS = "@bot:fake.example", "@anna:fake.example", "@boris:fake.example"


def fresh_seeds() -> Seeds:
    return Seeds(*(secrets.token_bytes(32) for _ in range(3)))


@dataclass(slots=True)
class Party:
    """One person (or the bot) with one device."""

    fake: FakeHomeserver
    server: Homeserver
    machine: Machine
    seeds: Seeds

    @property
    def user(self) -> str:
        return self.machine.user_id

    @property
    def device(self) -> str:
        return self.machine.device_id

    @property
    def master(self) -> str:
        return public_master(self.seeds)

    def take_mail(self) -> list[RoomKeyTaken | Ignored]:
        """Take every waiting to-device item."""
        waiting = self.fake.take_mail(self.user, self.device)
        return [self.machine.take_to_device(item) for item in waiting]

    def read(self, content: JsonObject, sender: str, room: str = ROOM) -> Opened | Unreadable:
        """Open encrypted content as a timeline event of `sender`."""
        return self.machine.decrypt(timeline_event(content, sender), room)

    async def close(self) -> None:
        """Close the client and the store."""
        await self.server.close()
        self.machine.close()


def timeline_event(content: JsonObject, sender: str) -> JsonObject:
    """Wrap encrypted content as the server would show it."""
    return {
        "type": "m.room.encrypted",
        "event_id": "$" + secrets.token_urlsafe(16),
        "sender": sender,
        "origin_server_ts": 1_700_000_000_000,
        "content": content,
    }


async def enter(
    fake: FakeHomeserver, folder: Path, user: str, device: str, *, seeds: Seeds | None = None
) -> Party:
    """Log in, publish keys and identity."""
    machine = Machine.open(
        folder / f"{user[1:5]}-{device}.db", secrets.token_bytes(32), user, device
    )
    party = Party(fake, fake.client(user, device), machine, seeds or fresh_seeds())
    await machine.tend(party.server)
    await ensure(party.server, machine, party.seeds)
    return party


async def introduce(*parties: Party) -> None:
    """Pin everybody's master key at everybody else."""
    for party in parties:
        others = {other.user: other.master for other in parties if other.user != party.user}
        party.machine.set_pins(others)
        await party.machine.refresh(party.server, others)
