"""The bot's own encrypted direct room with each person, and whom it trusts there.

It exists because a person must be able to enrol before anything is pinned. It refuses to carry
anything of a case by itself (labels decide that), to adopt a room somebody else made, and to
believe the homeserver's account data: which room belongs to whom is kept sealed by us.

Trust in a direct room is the person's current chained identity. A person who is pinned keeps the
pin here too: a changed identity freezes both ways.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, Protocol

import structlog

from bot.domain.ids import RoomId, UserId
from bot.matrix.facts import RoomFacts
from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable
from bot.matrix.inbound import Offload
from bot.matrix.machine import Machine
from bot.matrix.rooms import SeenRooms, creation
from bot.matrix.strict_json import BadJson, JsonObject, loads
from bot.policy.guard import ENCRYPTION

BINDINGS: Final = "matrix.directs"
BINDINGS_LIMIT: Final = 4 * 1024 * 1024

log = structlog.get_logger()


class SecretPlace(Protocol):
    """The part of `ports.Vault` that is needed."""

    def get(self, name: str) -> bytes | None:
        """Return a secret."""

    def put(self, name: str, value: bytes) -> None:
        """Store a secret."""


class Pins:
    """The case's pinned identities, and the identity lent for one text to an unpinned person."""

    def __init__(self, server: Homeserver, machine: Machine) -> None:
        self._server = server
        self._machine = machine
        self._pinned: dict[str, str] = {}
        self._lent: dict[str, str] = {}
        self._lock = asyncio.Lock()

    def pin(self, pins: Mapping[UserId, str]) -> None:
        """Replace all pins: Matrix ID -> master key (unpadded base64)."""
        self._pinned = {str(user): master for user, master in pins.items()}
        self._machine.set_pins(self._lent | self._pinned)

    def pinned(self, users: frozenset[UserId]) -> frozenset[UserId]:
        """Return those who are pinned; only they may get a compartment's key."""
        return frozenset(user for user in users if user in self._pinned)

    def changed(self) -> dict[UserId, str]:
        """Return whose identity is no longer the pinned one, as far as asked, and the new one."""
        judged = {user: self._machine.judgement(user) for user in self._pinned}
        return {
            UserId(user): judgement.master
            for user, judgement in judged.items()
            if judgement is not None and judgement.state == "changed" and judgement.master
        }

    @asynccontextmanager
    async def lend(self, user: UserId) -> AsyncIterator[None]:
        """Let an unpinned person's current identity count until the block ends.

        The block is for sharing and sealing in that person's direct room only; compartments ask
        `pinned`, which never counts what is lent. Raises `HomeserverUnreachable`.
        """
        async with self._lock:
            judged = (await self._machine.refresh(self._server, [user])).get(user)
            if judged is not None and judged.state == "chained" and judged.master:
                self._lent = {user: judged.master}
                self._machine.set_pins(self._lent | self._pinned)
            try:
                yield
            finally:
                self._lent = {}
                self._machine.set_pins(self._pinned)


class Directs:
    """Finds or makes the direct room of a person."""

    def __init__(
        self,
        server: Homeserver,
        rooms: SeenRooms,
        machine: Machine,
        vault: SecretPlace,
        *,
        bot: UserId,
        offload: Offload,
    ) -> None:
        self._server = server
        self._rooms = rooms
        self._machine = machine
        self._vault = vault
        self._bot = bot
        self._offload = offload
        self._room_of: dict[UserId, RoomId] = {}
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Read the bindings and follow everybody in them, so that their keys reach us."""
        raw = await self._offload(lambda: self._vault.get(BINDINGS))
        if raw is None:
            return
        try:
            bound = loads(raw, limit=BINDINGS_LIMIT)
        except BadJson:
            log.warning("directs_unreadable")
            return
        self._room_of = {UserId(u): RoomId(r) for u, r in bound.items() if isinstance(r, str)}
        self._machine.track(self._room_of)

    def person(self, room: RoomId) -> UserId | None:
        """Return whose direct room this is, None if it is none."""
        return next((user for user, bound in self._room_of.items() if bound == room), None)

    async def room(self, user: UserId) -> RoomId:
        """Return the direct room with a person: the one there is, or a new one.

        A person who left is invited again: the bot has something to say to them. A room that is
        no longer fit (somebody else is there, the bot is not) is abandoned. Raises
        `HomeserverRefused` (no such person), `HomeserverUnreachable`.
        """
        async with self._lock:
            self._machine.track([user])
            bound = self._room_of.get(user)
            facts = await self._rooms.now(bound) if bound is not None else None
            if bound is None or facts is None or not self._fit(facts, user):
                return await self._make(user)
            if user not in facts.present():
                await self._server.invite(bound, user)
                self._rooms.doubt(bound)
            return bound

    def _fit(self, facts: RoomFacts, user: UserId) -> bool:
        seen = facts.seen()
        return (
            self._bot in seen.joined()
            and seen.members() <= {self._bot, user}
            and seen.encryption == ENCRYPTION
            and seen.join_rule == "invite"
            and not seen.tombstone
        )

    async def _make(self, user: UserId) -> RoomId:
        made = RoomId(await self._server.create_room(creation(None, [user], direct=True)))
        bound = self._room_of | {user: made}
        sealed = json.dumps(bound).encode()
        await self._offload(lambda: self._vault.put(BINDINGS, sealed))
        self._room_of = bound
        await self._tell_clients()
        return made

    async def _tell_clients(self) -> None:
        """List the rooms as direct ones, for people who look at the bot's account. Best effort."""
        listed: JsonObject = {user: [room] for user, room in self._room_of.items()}
        try:
            await self._server.account_data(self._bot, "m.direct", listed)
        except (HomeserverRefused, HomeserverUnreachable):
            log.info("direct_list_not_set")
