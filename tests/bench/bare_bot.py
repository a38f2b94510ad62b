"""The named baseline: a stock matrix-nio echo bot, written as its tutorials write one.

`AsyncClient`, `sync_forever`, a callback that answers every line with an exclamation mark. No
journal, no gate, no inbox. Its only oddity is that it cross-signs its device, because otherwise
nobody in the bench would give it a room key; that happens once, before it stands.

    python -m tests.bench.bare_bot URL USER STATE   (the password is in PARLEY_BENCH_PASSWORD)
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from typing import Any, cast

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, MatrixRoom, RoomMessageText

from bot.matrix.cross_signing import SEED_BYTES, Seeds, ensure
from bot.matrix.http import Homeserver
from bot.matrix.machine import Machine
from bot.matrix.strict_json import JsonObject
from bot.matrix.trust import MEGOLM, OLM

READY = "standing"
PASSWORD_VARIABLE = "PARLEY_BENCH_PASSWORD"


class Face:
    """What `cross_signing.ensure` asks of a device, over a stock client."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.user_id: str = client.user_id
        self.device_id: str = client.device_id
        keys = client.olm.account.identity_keys
        self.identity = (str(keys["curve25519"]), str(keys["ed25519"]))

    def sign(self, item: JsonObject) -> JsonObject:
        """Return a copy signed by the device."""
        bare = {key: value for key, value in item.items() if key != "signatures"}
        mark: JsonObject = {f"ed25519:{self.device_id}": str(self._client.olm.sign_json(bare))}
        return bare | {"signatures": {self.user_id: mark}}

    @property
    def device_keys_signed(self) -> JsonObject:
        """The public keys as `/keys/upload` has them."""
        curve25519, ed25519 = self.identity
        return self.sign(
            {
                "algorithms": [OLM, MEGOLM],
                "device_id": self.device_id,
                "user_id": self.user_id,
                "keys": {
                    f"curve25519:{self.device_id}": curve25519,
                    f"ed25519:{self.device_id}": ed25519,
                },
            }
        )


async def cross_sign(url: str, client: Any, kept: Path) -> None:
    """Publish an identity over the client's device; its seeds are kept for the next start."""
    if not kept.exists():
        kept.write_bytes(secrets.token_bytes(3 * SEED_BYTES))
    raw = kept.read_bytes()
    seeds = Seeds(*(raw[at : at + SEED_BYTES] for at in range(0, len(raw), SEED_BYTES)))
    server = Homeserver(url, token=client.access_token, pause=asyncio.sleep, jitter=lambda: 0.5)
    try:
        await ensure(server, cast("Machine", Face(client)), seeds)
    finally:
        await server.close()


async def main(url: str, user: str, state: str) -> None:
    """Log in and answer for ever."""
    config = AsyncClientConfig(store_sync_tokens=True)
    client = AsyncClient(url, user, store_path=state, config=config)

    async def invited(room: MatrixRoom, event: InviteMemberEvent) -> None:
        if event.state_key == client.user_id:
            await client.join(room.room_id)

    async def typed(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender != client.user_id and event.body.startswith("!"):
            content = {"msgtype": "m.text", "body": f"You typed {event.body}"}
            await client.room_send(
                room.room_id, "m.room.message", content, ignore_unverified_devices=True
            )

    client.add_event_callback(invited, InviteMemberEvent)
    await client.login(os.environ[PASSWORD_VARIABLE])
    await client.keys_upload()
    await cross_sign(url, client, Path(state) / "seeds")
    await client.sync(timeout=0, full_state=True)
    client.add_event_callback(typed, RoomMessageText)
    print(READY, flush=True)
    await client.sync_forever(timeout=30_000)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
