"""The guard's rules: what a compartment's room must look like, and where it does not.

Pure comparison of the wanted room (from the case) with the seen room (from raw events).
A finding names a rule and gives its evidence; it never decides what to do. Room state is
the homeserver's word, so the wanted side never comes from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

RoomId = NewType("RoomId", str)
UserId = NewType("UserId", str)

ENCRYPTION = "m.megolm.v1.aes-sha2"
BOT_LEVEL = 100
"""Power only the bot holds. In version 12 the creator stands above every level."""


class Rule(StrEnum):
    """One thing that must be true of a compartment's room; each is shown by `!guard status`."""

    ENCRYPTED = "encrypted"
    MEMBERS = "members"
    DEVICES = "devices"
    JOIN_RULE = "join_rule"
    GUESTS = "guests"
    HISTORY = "history"
    UNLISTED = "unlisted"
    POWER = "power"
    TOMBSTONE = "tombstone"
    WIDGETS = "widgets"
    THIRD_PARTY_INVITES = "third_party_invites"
    BOT_PRESENT = "bot_present"


class Why(StrEnum):
    """Why a text was not cleared."""

    HELD = "held"
    LABEL = "label"
    BREACH = "breach"
    UNKNOWN_ROOM = "unknown_room"
    NO_READERS = "no_readers"


WORDS = frozenset(
    {"public", "invite", "knock", "restricted", "knock_restricted", "private"}
    | {"can_join", "forbidden", "world_readable", "shared", "invited", "joined", ENCRYPTION}
)
"""The Matrix specification's words for these settings. Any other text in their place was made
up by somebody, and evidence does not repeat it to the mediators' desk."""

BREACHES = frozenset(Rule) - {Rule.DEVICES}
"""Rules whose failure holds the compartment. An un-chained device is excluded and reported
instead: it gets no key, and one bad device must not silence everybody else."""


@dataclass(frozen=True, slots=True)
class SeenRoom:
    """What raw state events say of a room, already reduced to what the rules need.

    `present` maps each Matrix ID to "join", "invite" or "knock"; `powers` maps Matrix IDs to
    power levels; `send_state_level` is the lowest level that may change any state, invite,
    kick or ban.
    """

    room: RoomId
    encryption: str | None
    present: frozenset[tuple[UserId, str]]
    join_rule: str | None
    guest_access: str | None
    history: str | None
    aliases: tuple[str, ...] = ()
    listed: bool = False
    powers: frozenset[tuple[UserId, int]] = frozenset()
    lowest_control_level: int = BOT_LEVEL
    default_user_level: int = 0
    tombstone: bool = False
    widgets: int = 0
    third_party_invites: int = 0
    unchained: frozenset[tuple[UserId, str]] = frozenset()
    """Devices of present people that are excluded from keys: (Matrix ID, device id)."""

    def members(self) -> frozenset[UserId]:
        """Everybody who is joined, invited or knocking."""
        return frozenset(user for user, _ in self.present)

    def joined(self) -> frozenset[UserId]:
        """Everybody who is joined."""
        return frozenset(user for user, membership in self.present if membership == "join")


@dataclass(frozen=True, slots=True)
class WantedRoom:
    """What the case says of a compartment: the bot and the people seated there."""

    room: RoomId
    bot: UserId
    roster: frozenset[UserId]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's outcome. `evidence` is for the mediators' desk and holds no content."""

    rule: Rule
    holds: bool
    evidence: str
    intruders: frozenset[UserId] = frozenset()


def inspect(wanted: WantedRoom, seen: SeenRoom) -> tuple[Finding, ...]:
    """Return one finding for every rule, in the order of `Rule`."""
    intruders = seen.members() - wanted.roster - {wanted.bot}
    strong = frozenset(u for u, level in seen.powers if level > 0 and u != wanted.bot)
    controlled = seen.lowest_control_level >= BOT_LEVEL and seen.default_user_level == 0
    return (
        Finding(Rule.ENCRYPTED, seen.encryption == ENCRYPTION, _word(seen.encryption)),
        Finding(
            Rule.MEMBERS,
            not intruders,
            f"{len(seen.members())} present, {len(intruders)} not seated here",
            intruders,
        ),
        Finding(Rule.DEVICES, not seen.unchained, f"{len(seen.unchained)} devices get no key"),
        Finding(Rule.JOIN_RULE, seen.join_rule == "invite", _word(seen.join_rule)),
        # Where nothing was said, the specification says: forbidden.
        Finding(
            Rule.GUESTS,
            seen.guest_access in ("forbidden", None),
            _word("forbidden" if seen.guest_access is None else seen.guest_access),
        ),
        Finding(Rule.HISTORY, seen.history == "joined", _word(seen.history)),
        Finding(
            Rule.UNLISTED,
            not seen.aliases and not seen.listed,
            f"{len(seen.aliases)} aliases, {'listed' if seen.listed else 'not listed'}",
        ),
        Finding(
            Rule.POWER,
            not strong and controlled,
            f"{len(strong)} people with power; control needs level {seen.lowest_control_level}",
        ),
        Finding(Rule.TOMBSTONE, not seen.tombstone, "tombstone" if seen.tombstone else "none"),
        Finding(Rule.WIDGETS, seen.widgets == 0, f"{seen.widgets} widgets"),
        Finding(
            Rule.THIRD_PARTY_INVITES,
            seen.third_party_invites == 0,
            f"{seen.third_party_invites} invitations by address",
        ),
        Finding(
            Rule.BOT_PRESENT,
            wanted.bot in seen.joined(),
            "joined" if wanted.bot in seen.joined() else "not in the room",
        ),
    )


def breaches(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that hold a compartment."""
    return tuple(f for f in findings if not f.holds and f.rule in BREACHES)


def _word(seen: str | None) -> str:
    if seen is None:
        return "none"
    return seen if seen in WORDS else "something else"
