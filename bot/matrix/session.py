"""Everything the bot is on one homeserver: its login, its device, its identity, its rooms.

It exists so that starting is one call that either stands or says why not. It refuses to make a
second identity when the homeserver shows one already, to take over a crypto store that came back
from a backup as if nothing had happened (no store: a new device), and to run under another account.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol

import structlog

from bot.domain.ids import RoomId, UserId
from bot.matrix.cross_signing import SEED_BYTES, ForeignIdentity, Seeds, ensure
from bot.matrix.directs import Directs, Pins, SecretPlace
from bot.matrix.http import Homeserver, HomeserverRefused
from bot.matrix.inbound import Claims, Inbound, KeyCame, Offload
from bot.matrix.machine import Machine
from bot.matrix.media import MatrixMedia
from bot.matrix.outbound import Excluded, MatrixSpeaker
from bot.matrix.rooms import RoomKeeper, SeenRooms
from bot.matrix.strict_json import text
from bot.matrix.sync import Position, SyncLoop
from bot.matrix.trust import judge

DEVICE: Final = "matrix.device"
TOKEN: Final = "matrix.token"  # noqa: S105  # the name of a secret, not one
SEEDS: Final = "matrix.seeds"
CRYPTO_STORE: Final = "olm.db"

log = structlog.get_logger()


class SessionRefused(Exception):
    """The session cannot be opened; one sentence for the operator, no secret in it."""


class Keep(Claims, Position, SecretPlace, Protocol):
    """The part of `ports.Store` that a session needs."""


@dataclass(frozen=True, slots=True)
class Account:
    """Which account on which homeserver. `state` is a directory only the bot can read."""

    base_url: str
    user_id: UserId
    password: str = field(repr=False)
    state: Path


@dataclass(frozen=True, slots=True)
class Waiting:
    """How to wait: `pause` sleeps seconds, `jitter` returns [0, 1)."""

    pause: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Ears:
    """Whom to tell: new items in the inbox, devices that got no key, rooms with a lost stretch."""

    arrived: Callable[[int], None]
    excluded: Callable[[RoomId, Excluded], None]
    gap_left: Callable[[RoomId], None] = lambda _room: None
    progress: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class MatrixSession:
    """An open session. Run `sync.run()` and `tend()` every few seconds; `close()` at the end."""

    server: Homeserver
    machine: Machine
    master: str
    rooms: SeenRooms
    keeper: RoomKeeper
    directs: Directs
    pins: Pins
    speaker: MatrixSpeaker
    inbound: Inbound
    sync: SyncLoop

    @classmethod
    async def open(
        cls,
        account: Account,
        store: Keep,
        secret: bytes,
        offload: Offload,
        *,
        waiting: Waiting,
        ears: Ears,
    ) -> "MatrixSession":
        """Log in, open the crypto store with a 32-byte secret, publish keys, prove the identity.

        Raises `SessionRefused`, `HomeserverRefused`, `HomeserverUnreachable`, `SealBroken`.
        """
        server = Homeserver(
            account.base_url, token=None, pause=waiting.pause, jitter=waiting.jitter
        )
        try:
            device = await _log_in(server, account, store, offload)
            path = account.state / CRYPTO_STORE
            machine = Machine.open(path, secret, account.user_id, device)
        except BaseException:
            await server.close()
            raise
        try:
            master = await _stand(server, machine, store, offload)
            rooms = SeenRooms(server)
            pins = Pins(server, machine)
            directs = Directs(server, rooms, machine, store, bot=account.user_id, offload=offload)
            await directs.load()
        except BaseException:
            machine.close()
            await server.close()
            raise
        speaker = MatrixSpeaker(
            server,
            machine,
            rooms,
            directs=directs,
            pins=pins,
            pause=waiting.pause,
            on_excluded=ears.excluded,
        )
        inbound = Inbound(
            machine,
            store,
            rooms,
            bot=account.user_id,
            offload=offload,
            ask_keys=lambda user: machine.refresh(server, [user]),
            fetch=server.event,
        )
        sync = SyncLoop(
            server,
            store,
            machine,
            offload,
            pause=waiting.pause,
            jitter=waiting.jitter,
            arrived=ears.arrived,
            progress=ears.progress,
            gap_left=ears.gap_left,
        )
        return cls(
            server, machine, master, rooms, RoomKeeper(server, rooms, machine.track), directs, pins, speaker,
            inbound, sync,
        )  # fmt: skip

    async def tend(self) -> tuple[KeyCame, ...]:
        """Publish keys, judge changed people, mend sessions; return what is worth another try.

        Raises `HomeserverRefused`, `HomeserverUnreachable`: call again later.
        """
        return self.inbound.healed(await self.machine.tend(self.server))

    def changed_identities(self) -> Mapping[UserId, str]:
        """Return pinned people whose homeserver shows another master key, and that key."""
        return self.pins.changed()

    def media(self) -> MatrixMedia:
        """Return where files that people send are fetched from."""
        return MatrixMedia(self.server)

    async def close(self) -> None:
        """Close the crypto store and the connections."""
        self.machine.close()
        await self.server.close()


async def _log_in(
    server: Homeserver, account: Account, vault: SecretPlace, offload: Offload
) -> str:
    """Return the device id, with `server` holding a valid token for it.

    Without a crypto store the device is a new one: its old keys are gone, and a device id of 128
    random bits cannot be another person's.
    """
    kept = await offload(lambda: vault.get(DEVICE))
    if kept is None or not (account.state / CRYPTO_STORE).exists():
        device = secrets.token_hex(16)
        await offload(lambda: vault.put(DEVICE, device.encode()))
    else:
        device = kept.decode()
        token = await offload(lambda: vault.get(TOKEN))
        if token is not None and await _still_valid(server, token.decode(), account, device):
            return device
    server.token = None
    try:
        entered = await server.login(account.user_id, account.password, device)
    except HomeserverRefused as refused:
        if refused.status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
            raise SessionRefused("the homeserver does not accept this account's password") from None
        raise
    if entered.user_id != account.user_id:
        raise SessionRefused("the homeserver logged us in as somebody else")
    await offload(lambda: vault.put(TOKEN, entered.token.encode()))
    return device


async def _still_valid(server: Homeserver, token: str, account: Account, device: str) -> bool:
    server.token = token
    try:
        who = await server.whoami()
    except HomeserverRefused as refused:
        if refused.status != HTTPStatus.UNAUTHORIZED:
            raise
        return False
    return (text(who, "user_id"), text(who, "device_id")) == (account.user_id, device)


async def _stand(server: Homeserver, machine: Machine, vault: SecretPlace, offload: Offload) -> str:
    """Publish the device and prove our identity over it; return our public master key."""
    await machine.tend(server)
    kept = await offload(lambda: vault.get(SEEDS))
    if kept is None:
        shown = judge(await server.keys_query({machine.user_id: []}), machine.user_id, None)
        if shown.state != "no_identity":
            raise SessionRefused(
                "the homeserver shows an identity for this account whose seeds are not here:"
                " restore them, or use another account"
            )
        # Sealed before it is published: a published identity must never be lost.
        kept = secrets.token_bytes(3 * SEED_BYTES)
        made = kept
        await offload(lambda: vault.put(SEEDS, made))
    if len(kept) != 3 * SEED_BYTES:
        raise SessionRefused("the kept seeds of this account's identity are damaged")
    parts = (kept[at : at + SEED_BYTES] for at in range(0, len(kept), SEED_BYTES))
    try:
        standing = await ensure(server, machine, Seeds(*parts))
    except ForeignIdentity as foreign:
        raise SessionRefused(f"the homeserver shows another identity: {foreign.reason}") from None
    log.info("session_stands", uploaded=standing.uploaded_identity)
    return standing.master
