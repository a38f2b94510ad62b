"""A room that keeps every rule, and for each rule the ways to break that rule alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.policy.guard import ENCRYPTION, RoomId, Rule, SeenRoom, UserId, WantedRoom

ROOM = RoomId("!heron:parley.example")
BOT = UserId("@parley:parley.example")
ROWAN = UserId("@rowan:lowland.example")
SORREL = UserId("@sorrel:lowland.example")
STRANGER = UserId("@stranger:elsewhere.example")
ROSTER = frozenset({ROWAN, SORREL})
WANTED = WantedRoom(ROOM, BOT, ROSTER)
SOUND = SeenRoom(
    room=ROOM,
    encryption=ENCRYPTION,
    present=frozenset({(BOT, "join"), (ROWAN, "join"), (SORREL, "invite")}),
    join_rule="invite",
    guest_access="forbidden",
    history="joined",
)

Break = Callable[[SeenRoom], SeenRoom]


def _encryption(value: str | None) -> Break:
    return lambda seen: replace(seen, encryption=value)


def _join_rule(value: str | None) -> Break:
    return lambda seen: replace(seen, join_rule=value)


def _guests(value: str) -> Break:
    return lambda seen: replace(seen, guest_access=value)


def _history(value: str | None) -> Break:
    return lambda seen: replace(seen, history=value)


def _stranger(membership: str) -> Break:
    return lambda seen: replace(seen, present=seen.present | {(STRANGER, membership)})


def _power(user: UserId, level: int) -> Break:
    return lambda seen: replace(seen, powers=seen.powers | {(user, level)})


def _control(level: int) -> Break:
    return lambda seen: replace(seen, lowest_control_level=level)


def _default(level: int) -> Break:
    return lambda seen: replace(seen, default_user_level=level)


def _bot(*memberships: str) -> Break:
    return lambda seen: replace(
        seen,
        present=frozenset((u, m) for u, m in seen.present if u != BOT)
        | {(BOT, membership) for membership in memberships},
    )


BREAKS: dict[Rule, tuple[Break, ...]] = {
    Rule.ENCRYPTED: tuple(
        map(_encryption, (None, "", "m.megolm.v2.aes-sha2", "M.MEGOLM.V1.AES-SHA2", "malformed"))
    ),
    Rule.MEMBERS: tuple(map(_stranger, ("join", "invite", "knock"))),
    Rule.DEVICES: (lambda seen: replace(seen, unchained=frozenset({(ROWAN, "PHONE")})),),
    Rule.JOIN_RULE: tuple(map(_join_rule, (None, "", "public", "knock", "restricted", "Invite"))),
    Rule.GUESTS: tuple(map(_guests, ("can_join", "malformed", "", "Forbidden"))),
    Rule.HISTORY: tuple(map(_history, (None, "", "shared", "invited", "world_readable"))),
    Rule.UNLISTED: (
        lambda seen: replace(seen, listed=True),
        lambda seen: replace(seen, aliases=("#talks:parley.example",)),
    ),
    Rule.POWER: (
        _power(ROWAN, 1),
        _power(STRANGER, 100),
        *map(_control, (99, 50, 0, -1)),
        *map(_default, (1, 100, -1)),
    ),
    Rule.TOMBSTONE: (lambda seen: replace(seen, tombstone=True),),
    Rule.WIDGETS: (lambda seen: replace(seen, widgets=1),),
    Rule.THIRD_PARTY_INVITES: (lambda seen: replace(seen, third_party_invites=1),),
    Rule.BOT_PRESENT: (_bot(), _bot("invite"), _bot("knock")),
}


def broken_room(rules: frozenset[Rule]) -> SeenRoom:
    """Return a room that breaks these rules and keeps all others."""
    seen = SOUND
    for rule in Rule:
        if rule in rules:
            seen = BREAKS[rule][0](seen)
    return seen
