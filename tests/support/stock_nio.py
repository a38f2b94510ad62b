"""Stock matrix-nio 0.26 as it comes, to show that each hole is real and not our imagination."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import vodozemac
from nio import AsyncClient, AsyncClientConfig
from nio.crypto import Olm
from nio.store import SqliteMemoryStore

from bot.matrix.strict_json import JsonObject
from bot.matrix.trust import MEGOLM
from tests.support.fake_homeserver import FakeHomeserver
from tests.support.machines import ANNA, BOT, ROOM


def stock_olm(user: str, device: str) -> Any:
    return Olm(user, device, SqliteMemoryStore(user, device))


@asynccontextmanager
async def stock_client(
    fake: FakeHomeserver, folder: Path, user: str = BOT, device: str = "STOCK"
) -> AsyncIterator[Any]:
    """Log a stock client in, keys uploaded."""
    config = AsyncClientConfig(store_sync_tokens=True, max_timeouts=1)
    client = AsyncClient(fake.url, user, device, store_path=str(folder), config=config)
    client.restore_login(user, device, fake.account(user, device))
    try:
        await client.keys_upload()
        yield client
    finally:
        await client.close()
        client.store.database.close()


def open_encrypted_room(fake: FakeHomeserver, *users: str) -> None:
    """Make `ROOM` exist with members and encryption."""
    for user in users:
        fake.set_member(ROOM, user, "join", user)
    fake.add_event(ROOM, users[0], "m.room.encryption", {"algorithm": MEGOLM})
    fake.rooms[ROOM].events[-1][1]["state_key"] = ""


class PoisonPen:
    """A member who can put any bytes inside a Megolm message."""

    def __init__(self, session: vodozemac.GroupSession, sender_key: str, device: str) -> None:
        self._session = session
        self._sender_key = sender_key
        self._device = device

    def write(self, plaintext: str | bytes) -> JsonObject:
        """Return a timeline event with that plain text."""
        raw = plaintext if isinstance(plaintext, bytes) else plaintext.encode()
        return {
            "type": "m.room.encrypted",
            "event_id": "$" + secrets.token_urlsafe(16),
            "sender": ANNA,
            "room_id": ROOM,
            "origin_server_ts": 1_700_000_000_000,
            "content": {
                "algorithm": MEGOLM,
                "sender_key": self._sender_key,
                "device_id": self._device,
                "session_id": self._session.session_id,
                "ciphertext": self._session.encrypt(raw).to_base64(),
            },
        }


def stock_reader() -> tuple[Any, PoisonPen]:
    """Return a stock Olm machine that holds Anna's session, and Anna's pen."""
    reader, writer = stock_olm(BOT, "STOCK"), stock_olm(ANNA, "PHONE")
    session, keys = vodozemac.GroupSession(), writer.account.identity_keys
    reader.create_group_session(
        keys["curve25519"],
        keys["ed25519"],
        ROOM,
        session.session_id,
        session.session_key.to_base64(),
    )
    return reader, PoisonPen(session, keys["curve25519"], "PHONE")
