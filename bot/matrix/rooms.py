"""Rooms as the case wants them: made encrypted from the first event, and put back when changed.

It exists so that "what should be" is compared with "what was seen" in one pure function, and the
rest is patience. It refuses to invite anybody who left by their own will until they are seated
anew, to let anybody but the bot change anything in a room, and to repeat an act that the
homeserver refused until something has changed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import structlog

from bot.domain.ids import RoomId, UserId
from bot.matrix.facts import RoomFacts
from bot.matrix.http import HomeserverRefused, HomeserverUnreachable, path_of
from bot.matrix.strict_json import JsonObject, JsonValue, text
from bot.policy.guard import BOT_LEVEL, ENCRYPTION, Rule, SeenRoom, WantedRoom, inspect

ROOM_VERSION: Final = "12"
NOT_SEATED: Final = "not seated here"

ENCRYPTED: Final[JsonObject] = {"algorithm": ENCRYPTION}
JOIN_RULES: Final[JsonObject] = {"join_rule": "invite"}
HISTORY: Final[JsonObject] = {"history_visibility": "joined"}
GUESTS: Final[JsonObject] = {"guest_access": "forbidden"}
# In version 12 the creator stands above every level and may not be listed, so nobody is.
POWER: Final[JsonObject] = {
    "users": {},
    "users_default": 0,
    "events": {},
    "events_default": 0,
    "state_default": BOT_LEVEL,
    "invite": BOT_LEVEL,
    "kick": BOT_LEVEL,
    "ban": BOT_LEVEL,
    "redact": BOT_LEVEL,
    "notifications": {"room": BOT_LEVEL},
}

log = structlog.get_logger()


class RoomServer(Protocol):
    """The part of `Homeserver` that makes and mends rooms."""

    async def create_room(self, body: JsonObject) -> str:
        """Create a room, return its id."""

    async def invite(self, room: str, user: str) -> None:
        """Invite one user."""

    async def kick(self, room: str, user: str, reason: str = "") -> None:
        """Remove one user."""

    async def put_state(self, room: str, kind: str, state_key: str, content: JsonObject) -> str:
        """Set a state event."""

    async def state(self, room: str) -> list[JsonValue]:
        """Return every current state event."""

    async def call(self, method: str, path: str, *, body: JsonObject | None = None) -> JsonObject:
        """Send one request."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Invite a seated person."""

    room: RoomId
    user: UserId


@dataclass(frozen=True, slots=True)
class Kick:
    """Remove somebody who is not seated here: joined, invited or knocking."""

    room: RoomId
    user: UserId
    reason: str = NOT_SEATED


@dataclass(frozen=True, slots=True)
class ResetState:
    """Put one state event back."""

    room: RoomId
    kind: str
    state_key: str

    def content(self) -> JsonObject:
        """Return what belongs there; widgets, invitations by address and aliases are blanked."""
        return _BELONGS.get(self.kind, {})


@dataclass(frozen=True, slots=True)
class Unlist:
    """Take the room off the public directory."""

    room: RoomId


RoomAct: TypeAlias = Kick | ResetState | Unlist | Invite

_BELONGS: Final[Mapping[str, JsonObject]] = {
    "m.room.encryption": ENCRYPTED,
    "m.room.join_rules": JOIN_RULES,
    "m.room.history_visibility": HISTORY,
    "m.room.guest_access": GUESTS,
    "m.room.power_levels": POWER,
}
_MENDED_BY: Final = (
    (Rule.POWER, "m.room.power_levels"),
    (Rule.JOIN_RULE, "m.room.join_rules"),
    (Rule.HISTORY, "m.room.history_visibility"),
    (Rule.GUESTS, "m.room.guest_access"),
    (Rule.ENCRYPTED, "m.room.encryption"),
)


def creation(
    name: str | None, invite: Collection[UserId] = (), *, direct: bool = False
) -> JsonObject:
    """Return the body of `POST /createRoom` (Client-Server API) for a room of the bot's.

    Everything the guard asks for stands in the first events, before anybody can be there.
    """
    initial: list[JsonValue] = [
        {"type": kind, "state_key": "", "content": content} for kind, content in _BELONGS.items()
    ]
    body: JsonObject = {
        "room_version": ROOM_VERSION,
        # Not "trusted_private_chat": every invited person would become a creator for ever.
        "preset": "private_chat",
        "visibility": "private",
        "is_direct": direct,
        "invite": [str(user) for user in invite],
        "initial_state": initial,
    }
    return body if name is None else body | {"name": name}


async def create(server: RoomServer, name: str) -> RoomId:
    """Make a compartment's room, empty but for the bot. `name` must tell nothing of the case."""
    return RoomId(await server.create_room(creation(name)))


def plan(
    wanted: WantedRoom,
    seen: SeenRoom | None,
    invitable: frozenset[UserId],
    clutter: frozenset[tuple[str, str]] = frozenset(),
) -> tuple[RoomAct, ...]:
    """Return what must be done to make the room as wanted: out first, then rules, then in.

    `invitable` is who may be invited now; `clutter` names state events to blank as (type, key).
    Nothing is planned for a room never seen, or that the bot is not in: it could do nothing.
    """
    if seen is None or wanted.bot not in seen.joined():
        return ()
    broken = {finding.rule for finding in inspect(wanted, seen) if not finding.holds}
    intruders = sorted(seen.members() - wanted.roster - {wanted.bot})
    missing = sorted((wanted.roster & invitable) - seen.members() - {wanted.bot})
    resets = [(kind, "") for rule, kind in _MENDED_BY if rule in broken]
    resets += [("m.room.canonical_alias", "")] if seen.aliases else []
    return (
        *(Kick(wanted.room, user) for user in intruders),
        *(ResetState(wanted.room, kind, key) for kind, key in (*resets, *sorted(clutter))),
        *((Unlist(wanted.room),) if seen.listed else ()),
        *(Invite(wanted.room, user) for user in missing),
    )


def directory_path(room: RoomId) -> str:
    """Return the path of a room's visibility in the public directory."""
    return path_of("directory", "list", "room", room)


class SeenRooms:
    """What was seen of every room, and whether it must be looked at again.

    State events of `/sync` are folded at once; whatever changed a room also makes it doubted, and
    a doubted room is read in full before anybody relies on it.
    """

    def __init__(self, server: RoomServer) -> None:
        self._server = server
        self._facts: dict[RoomId, RoomFacts] = {}
        self._doubted: set[RoomId] = set()
        self._left: set[RoomId] = set()
        self._departed: set[RoomId] = set()

    def take(self, room: RoomId, event: JsonObject) -> bool:
        """Fold one raw state event; tell whether the rules look at it."""
        facts = self._facts.setdefault(room, RoomFacts(room))
        before = facts.present()
        changed = facts.take(event)
        if before - facts.present():
            self._departed.add(room)
        if changed:
            self.doubt(room)
            self._left.discard(room)
        return changed

    def left(self, room: RoomId) -> None:
        """Note that the bot is out of a room (removed, or the room is gone)."""
        self._left.add(room)

    def somebody_left(self, room: RoomId) -> bool:
        """Tell, once, whether anybody went out since this was asked last, back again or not."""
        departed = room in self._departed
        self._departed.discard(room)
        return departed

    def doubt(self, room: RoomId) -> None:
        """Read the room in full before it is relied on again."""
        self._doubted.add(room)

    def known(self, room: RoomId) -> RoomFacts | None:
        """Return what is known without asking."""
        return self._facts.get(room)

    async def now(self, room: RoomId) -> RoomFacts | None:
        """Return the room's facts, read in full if in doubt; None if the bot is not in it.

        Raises `HomeserverUnreachable` while a doubt cannot be settled.
        """
        if room in self._left:
            return None
        facts = self._facts.get(room)
        if facts is not None and room not in self._doubted:
            return facts
        # Taken off first: what changes while the answer is under way is a new doubt.
        self._doubted.discard(room)
        try:
            state = await self._server.state(room)
            listed = await self._listed(room)
        except HomeserverRefused as refused:
            log.warning("room_refused", room=room, status=refused.status, errcode=refused.errcode)
            self._doubted.add(room)
            return None
        except BaseException:
            self._doubted.add(room)
            raise
        renewed = (facts or RoomFacts(room)).renewed(state)
        renewed.listed = listed
        if facts is not None and facts.present() - renewed.present():
            self._departed.add(room)
        self._facts[room] = renewed
        return renewed

    async def _listed(self, room: RoomId) -> bool:
        """Tell whether the public directory shows the room; anything but "private" counts."""
        try:
            answer = await self._server.call("GET", directory_path(room))
        except HomeserverRefused as refused:
            # A server without this endpoint has no directory.
            return refused.errcode != "M_UNRECOGNIZED"
        return text(answer, "visibility") != "private"


class RoomKeeper:
    """Keeps each compartment's room as its case wants it.

    `track` (`Machine.track`) is told whom to follow before anybody is invited: a room key from
    somebody not followed would be ignored.

    Whoever left, declined, or was banned is not invited again (their will, or an intruder's)
    until `want` names them in `again`, which the caller does for a new seating.
    """

    def __init__(
        self,
        server: RoomServer,
        rooms: SeenRooms,
        track: Callable[[Collection[str]], None] = lambda _users: None,
    ) -> None:
        self._server = server
        self._rooms = rooms
        self._track = track
        self._wanted: dict[RoomId, WantedRoom] = {}
        self._may_enter: dict[RoomId, frozenset[UserId]] = {}
        self._again: dict[RoomId, set[UserId]] = {}
        self._refused: dict[RoomId, set[RoomAct]] = {}

    def want(
        self,
        wanted: WantedRoom,
        again: Collection[UserId] = (),
        *,
        may_enter: frozenset[UserId] | None = None,
    ) -> None:
        """Set what a room must look like; people in `again` are invited even if they left.

        Only `may_enter` are invited (None: everybody on the roster): a person who is seated but
        not enrolled is no intruder and no guest yet.
        """
        self._track(wanted.roster)
        if self._wanted.get(wanted.room) != wanted or again:
            self._refused.pop(wanted.room, None)
        self._wanted[wanted.room] = wanted
        self._may_enter[wanted.room] = wanted.roster if may_enter is None else may_enter
        self._again.setdefault(wanted.room, set()).update(again)

    def forget(self, room: RoomId) -> None:
        """Stop keeping a room (its compartment was closed)."""
        for table in (self._wanted, self._may_enter, self._again, self._refused):
            table.pop(room, None)

    def changed(self, room: RoomId) -> None:
        """Note that a room changed: what was refused may succeed now."""
        self._refused.pop(room, None)

    async def tend(self, room: RoomId) -> bool:
        """Do what the plan says for one room; True if nothing is left to do.

        A refused act is logged and left out from then on; on an unreachable or rate-limiting
        server the rest waits for the next call (the request itself was already patient).
        """
        wanted = self._wanted.get(room)
        try:
            facts = await self._rooms.now(room)
        except HomeserverUnreachable:
            return False
        if wanted is None or facts is None:
            return True
        again = self._again.get(room, set())
        entering = self._may_enter[room]
        invitable = entering - (facts.left_by_own_will() - again)
        acts = plan(wanted, facts.seen(), frozenset(invitable), facts.clutter())
        refused = self._refused.setdefault(room, set())
        for act in acts:
            if act in refused:
                continue
            self._rooms.doubt(room)
            try:
                await self._do(act)
            except HomeserverRefused as no:
                refused.add(act)
                log.warning(
                    "act_refused",
                    room=room,
                    act=type(act).__name__,
                    status=no.status,
                    errcode=no.errcode,
                )
            except HomeserverUnreachable as away:
                log.warning("act_waits", room=room, act=type(act).__name__, reason=away.reason)
                return False
            else:
                if isinstance(act, Invite):
                    again.discard(act.user)
        return True

    async def tend_all(self) -> bool:
        """Tend every room; True if nothing is left to do. One room's trouble costs no other."""
        done = [await self.tend(room) for room in tuple(self._wanted)]
        return all(done)

    async def _do(self, act: RoomAct) -> None:
        match act:
            case Invite(room, user):
                await self._server.invite(room, user)
            case Kick(room, user, reason):
                await self._server.kick(room, user, reason)
            case ResetState(room, kind, state_key):
                await self._server.put_state(room, kind, state_key, act.content())
            case Unlist(room):
                private: JsonObject = {"visibility": "private"}
                await self._server.call("PUT", directory_path(room), body=private)
