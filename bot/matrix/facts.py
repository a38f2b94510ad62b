"""What a room's raw state events say, reduced to what the guard's rules need.

It exists so that one small pure fold stands between hostile state and `policy.guard`. It refuses
to give anything malformed the benefit of the doubt: what cannot be read is read as the unsafe
value, and what must be there and is missing counts as unsafe too. Nothing here decides.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from bot.matrix.strict_json import JsonObject, JsonValue, array, integer, obj, sound, text
from bot.policy.guard import BOT_LEVEL, RoomId, SeenRoom, UserId

MALFORMED: Final = "malformed"
ABOVE_ALL: Final = 2**53 - 1
"""The power of a creator in room version 12: no level reaches it, no event takes it away."""

WIDGETS: Final = frozenset({"im.vector.modular.widgets", "m.widget"})
THIRD_PARTY: Final = "m.room.third_party_invite"
PRESENT: Final = frozenset({"join", "invite", "knock"})
ABSENT: Final = frozenset({"leave", "ban"})

# What the levels are where `m.room.power_levels` leaves them out (Client-Server API).
_LEFT_OUT: Final = {"invite": 0, "kick": 50, "ban": 50, "redact": 50, "state_default": 50}


class RoomFacts:
    """The state of one room as far as it was seen; feed it raw state events in their order.

    Only state from `/sync` and `GET /state` may be fed. Encryption is sticky: once an encryption
    event was seen, leaving it out of a later answer hides nothing.
    """

    def __init__(self, room: RoomId) -> None:
        self.room: Final = room
        self.listed = False
        self._encryption: str | None = None
        self._membership: dict[str, str] = {}
        self._left_by_own_will: set[str] = set()
        self._words: dict[str, str | None] = {}
        self._aliases: tuple[str, ...] = ()
        self._power: JsonObject | None = None
        self._creators: frozenset[str] | None = None
        self._tombstone = False
        self._clutter: set[tuple[str, str]] = set()

    def take(self, event: Mapping[str, JsonValue]) -> bool:
        """Fold one raw state event; tell whether it was one that the rules look at.

        Anything without a `state_key` is no state and changes nothing.
        """
        kind, key = text(event, "type"), text(event, "state_key")
        if kind is None or key is None or not sound(kind) or not sound(key):
            return False
        content = obj(event, "content")
        if content is not None and not sound(content):
            content = None
        if kind == "m.room.member":
            self._member(key, content, text(event, "sender"))
        elif kind in WIDGETS or kind == THIRD_PARTY:
            self._piece_of_clutter(kind, key, content)
        elif key:
            return False
        elif kind == "m.room.create":
            self._creators = _creators(text(event, "sender"), content)
        elif kind == "m.room.tombstone":
            self._tombstone = True
        elif kind in _BY_KIND:
            _BY_KIND[kind](self, content)
        else:
            return False
        return True

    def renewed(self, events: Iterable[JsonValue]) -> "RoomFacts":
        """Return facts from a full `GET /state` answer; encryption once seen stays seen."""
        fresh = RoomFacts(self.room)
        fresh.listed = self.listed
        fresh._encryption = self._encryption
        for event in events:
            if isinstance(event, dict):
                fresh.take(event)
        return fresh

    def gone(self, user: UserId) -> None:
        """Note that somebody is out, whatever the state events said (`/sync` said "leave")."""
        self._membership[user] = "leave"

    def present(self) -> frozenset[UserId]:
        """Return everybody joined, invited or knocking."""
        return frozenset(UserId(u) for u, m in self._membership.items() if m in PRESENT)

    def out(self) -> frozenset[UserId]:
        """Return everybody who was here, or invited, and is not any more."""
        return frozenset(UserId(u) for u, m in self._membership.items() if m not in PRESENT)

    def left_by_own_will(self) -> frozenset[UserId]:
        """Return who left or declined by themselves, or is banned: nobody to invite again."""
        return frozenset(UserId(u) for u in self._left_by_own_will)

    def clutter(self) -> frozenset[tuple[str, str]]:
        """Return (type, state key) of widgets and third-party invites that stand in the room."""
        return frozenset(self._clutter)

    def seen(self, unchained: Iterable[tuple[UserId, str]] = ()) -> SeenRoom:
        """Return what the guard's rules need; `unchained` are devices that get no key."""
        return SeenRoom(
            room=self.room,
            encryption=self._encryption,
            present=frozenset((UserId(u), m) for u, m in self._membership.items() if m in PRESENT),
            join_rule=self._words.get("m.room.join_rules"),
            guest_access=self._words.get("m.room.guest_access"),
            history=self._words.get("m.room.history_visibility"),
            aliases=self._aliases,
            listed=self.listed,
            powers=self._powers(),
            lowest_control_level=self._lowest_control_level(),
            default_user_level=0 if self._power is None else _trusted(self._power, "users_default"),
            tombstone=self._tombstone,
            widgets=sum(kind in WIDGETS for kind, _ in self._clutter),
            third_party_invites=sum(kind == THIRD_PARTY for kind, _ in self._clutter),
            unchained=frozenset(unchained),
        )

    def _member(self, user: str, content: JsonObject | None, sender: str | None) -> None:
        membership = text(content or {}, "membership")
        if membership not in PRESENT | ABSENT:
            membership = "join"  # an unreadable membership may hide a reader
        self._membership[user] = membership
        if membership == "ban" or (membership == "leave" and sender == user):
            self._left_by_own_will.add(user)
        else:
            self._left_by_own_will.discard(user)

    def _piece_of_clutter(self, kind: str, key: str, content: JsonObject | None) -> None:
        if content == {}:
            self._clutter.discard((kind, key))
        else:
            self._clutter.add((kind, key))

    def _take_encryption(self, content: JsonObject | None) -> None:
        self._encryption = text(content or {}, "algorithm") or MALFORMED

    def _take_aliases(self, content: JsonObject | None) -> None:
        if content is None:
            self._aliases = (MALFORMED,)
            return
        others = content.get("alt_aliases", [])
        named = [content.get("alias"), *(others if isinstance(others, list) else [MALFORMED])]
        self._aliases = tuple(
            alias if isinstance(alias, str) else MALFORMED
            for alias in named
            if alias is not None and alias != ""
        )

    def _take_power(self, content: JsonObject | None) -> None:
        self._power = {"users_default": MALFORMED} if content is None else content

    def _powers(self) -> frozenset[tuple[UserId, int]]:
        levels: dict[str, int] = {}
        users = (self._power or {}).get("users", {})
        if isinstance(users, dict):
            levels = {user: _trusted(users, user) for user in users}
        levels.update(dict.fromkeys(self._creators or (), ABOVE_ALL))
        return frozenset((UserId(user), level) for user, level in levels.items())

    def _lowest_control_level(self) -> int:
        """Return the lowest level that may change any state, invite, kick, ban or redact.

        A level under `events` counts whatever the type is called: every type can be sent as
        state. Without a creator or power levels in sight the answer is 0.
        """
        if self._power is None or self._creators is None:
            return 0
        power = self._power
        levels = [_doubted(power, key, default) for key, default in _LEFT_OUT.items()]
        events = power.get("events", {})
        if not isinstance(events, dict) or not isinstance(power.get("users", {}), dict):
            return 0
        return min(levels + [_doubted(events, kind, 0) for kind in events])


def _word(kind: str, field: str) -> Callable[[RoomFacts, JsonObject | None], None]:
    def take(facts: RoomFacts, content: JsonObject | None) -> None:
        facts._words[kind] = text(content or {}, field) or MALFORMED  # noqa: SLF001

    return take


_BY_KIND: Final[Mapping[str, Callable[[RoomFacts, JsonObject | None], None]]] = {
    "m.room.encryption": RoomFacts._take_encryption,  # noqa: SLF001
    "m.room.canonical_alias": RoomFacts._take_aliases,  # noqa: SLF001
    "m.room.power_levels": RoomFacts._take_power,  # noqa: SLF001
    "m.room.join_rules": _word("m.room.join_rules", "join_rule"),
    "m.room.guest_access": _word("m.room.guest_access", "guest_access"),
    "m.room.history_visibility": _word("m.room.history_visibility", "history_visibility"),
}

STATE_TYPES: Final = (
    "m.room.create",
    "m.room.member",
    "m.room.tombstone",
    THIRD_PARTY,
    *sorted(WIDGETS),
    *_BY_KIND,
)
"""Every state type the rules look at; `/sync` is asked for these."""


def _creators(sender: str | None, content: JsonObject | None) -> frozenset[str] | None:
    """Return who created the room: the sender and, since version 12, whoever it named."""
    if sender is None or content is None:
        return None
    added = array(content, "additional_creators")
    if added is None:
        return frozenset({sender, *([MALFORMED] if "additional_creators" in content else [])})
    return frozenset({sender, *(name if isinstance(name, str) else MALFORMED for name in added)})


def _trusted(levels: Mapping[str, JsonValue], who: str) -> int:
    """Return a person's level; an unreadable one is read as the bot's."""
    level = integer(levels, who)
    return level if level is not None else (BOT_LEVEL if who in levels else 0)


def _doubted(levels: Mapping[str, JsonValue], what: str, default: int) -> int:
    """Return the level an act needs; an unreadable one is read as none at all."""
    level = integer(levels, what)
    return level if level is not None else (0 if what in levels else default)
