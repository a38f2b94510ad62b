"""Events: everything that can happen to a case, as frozen facts with their time.

One road for commands, membership changes and the clock. An event carries all that a
decision needs and cannot compute: its time, drawn codes, what was seen of the rooms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from bot.domain.bodies import Body
from bot.domain.ids import (
    CaseId,
    Code,
    CompartmentId,
    EventId,
    MasterKey,
    RecordId,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.ladder import Ladder
from bot.domain.questions import Hashed, Weighed
from bot.policy.guard import Finding, SeenRoom
from bot.policy.wall import Sitting


class SwitchFault(StrEnum):
    """Why the dead-man switch does not hold; or that it held, and the bot is back."""

    ABSENT = "absent"
    SHORT = "short"
    LIMITED = "limited"
    FULL = "full"
    SPOKE = "spoke"


@dataclass(frozen=True, slots=True)
class FileOffered:
    """A file that a line came with: its own (`own`), or that of the message replied to.

    `sealed`: it was sent encrypted. `by` is who sent it, None if nobody who sits here did.
    """

    own: bool
    sealed: bool
    by: SeatId | None


@dataclass(frozen=True, slots=True)
class FileRead:
    """What the shell found out of a file: SHA-256 in hexadecimal, kind, bytes.

    `cleanable`: a version without metadata can be made of it.
    """

    sha256: str = field(repr=False)
    kind: str
    size: int
    cleanable: bool


@dataclass(frozen=True, slots=True)
class FileRefused:
    """Why a file is not taken: a sentence of the catalogue and its safe arguments."""

    key: str
    args: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Sifted:
    """Records of the names that words hold; None if they could not be looked for."""

    found: tuple[RecordId, ...] | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """Masked words: what was replaced, by kind and count, and the table of stand-ins now."""

    text: str = field(repr=False)
    replaced: tuple[tuple[str, int], ...]
    numbers: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """One typed line from a chained device of a seated person, in a compartment's room.

    `said_at` is the sender's server's claim. `quoted` is the event replied to, whose text (if
    it was said in this very room) is `quoted_text`; a relation alone never means anything.
    `weighed`, `fetched` and `sifted` are what the shell found out for a line that asked it to
    (`effects.Hash`, `Weigh`, `Fetch`, `Sift`, `Propose`).
    """

    id: EventId
    at: datetime
    compartment: CompartmentId
    seat: SeatId
    text: str
    said_at: datetime
    quoted: EventId | None = None
    quoted_text: str | None = None
    quoted_by: SeatId | None = None
    weighed: Hashed | Weighed | None = None
    file: FileOffered | None = None
    fetched: FileRead | FileRefused | None = None
    sifted: Sifted | Proposed | None = None


@dataclass(frozen=True, slots=True)
class DirectReceived:
    """A typed line in the bot's own direct room with a person, who may not be enrolled yet.

    `master` is the identity that vouches for the sending device; `fingerprint` is the Ed25519
    key of that device, which the person's client shows. `vouched`: that device itself signed
    `master`; without that, comparing its fingerprint would say nothing about the identity.
    """

    id: EventId
    at: datetime
    user: UserId
    master: MasterKey
    fingerprint: str
    text: str
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """The guard's findings on a compartment's room after something changed there."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PersonEntered:
    """A person joined a compartment's room."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    user: UserId


@dataclass(frozen=True, slots=True)
class RoomMade:
    """The bot created the room of a compartment."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    room: RoomId


@dataclass(frozen=True, slots=True)
class IdentitySeen:
    """The homeserver shows a master key other than the pinned one for a seated person."""

    id: EventId
    at: datetime
    user: UserId
    master: MasterKey


@dataclass(frozen=True, slots=True)
class DevicesExcluded:
    """Devices of seated people that get no key: (Matrix ID, device id)."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    devices: tuple[tuple[UserId, str], ...]


@dataclass(frozen=True, slots=True)
class MessageUnreadable:
    """A message in a compartment's room stayed unreadable for a while."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    seat: SeatId | None


@dataclass(frozen=True, slots=True)
class SendDenied:
    """The gate denied a text; its row is parked. Says why in a word, never what."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    why: str


@dataclass(frozen=True, slots=True)
class BothSaid:
    """Two texts that go together were said; `recall` names them, `apart` is the time between.

    `at_most`: the sending was interrupted, and less may lie between them.
    """

    id: EventId
    at: datetime
    recall: str
    apart: timedelta
    at_most: bool


@dataclass(frozen=True, slots=True)
class DigestGiven:
    """Every part of a digest is in its reader's room."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    code: Code
    as_of: datetime


@dataclass(frozen=True, slots=True)
class DigestStopped:
    """A digest was dropped before any part of it was sent: `why` is "late", or the gate's word."""

    id: EventId
    at: datetime
    compartment: CompartmentId
    code: Code
    why: str


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """A due row came up: `key` names what waits (`effects.Arm`, `Lay`), `bundle` all that lies in it."""

    id: EventId
    at: datetime
    key: str
    due: datetime
    bundle: tuple[str, ...] = ()

    def rows(self) -> tuple[DeadlineReached, ...]:
        """Return the due rows that came up."""
        return (self,)

    def each(self) -> tuple[str, ...]:
        """Return the keys of what came up."""
        return self.bundle or (self.key,)

    def only(self, key: str) -> DeadlineReached:
        """Return the event of one of its keys alone."""
        return DeadlineReached(self.id, self.at, key, self.due)


@dataclass(frozen=True, slots=True)
class DeadlinesReached:
    """Deadlines of watches of one compartment that came up together, oldest first.

    `at` is that of each of them.
    """

    id: EventId
    at: datetime
    due: tuple[DeadlineReached, ...]

    def rows(self) -> tuple[DeadlineReached, ...]:
        """Return the due rows that came up."""
        return self.due


@dataclass(frozen=True, slots=True)
class BotReturned:
    """The bot was away between two instants."""

    id: EventId
    at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class ClockSet:
    """The wall clock was set: it would have shown `since`, and shows `at`."""

    id: EventId
    at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class AlertFailed:
    """A channel outside could not be used; `channel` is its name in a ladder."""

    id: EventId
    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class CaseFileTaken:
    """An operator handed in a case file: the bodies that `plan` showed, in their order.

    `widens` says whether it lets anyone read more than before: then a mediator approves it at
    the desk, unless the case is new and nobody could. `digest` names exactly this change.
    """

    id: EventId
    at: datetime
    bodies: tuple[tuple[CompartmentId, Body], ...]
    widens: bool
    digest: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogContradicted:
    """Somebody holds a checkpoint signed by our log that our log does not lead to.

    `why` is "larger" (a log that was put back to an older state) or "fork"; `size` is that of
    their checkpoint, `ours` of our newest. Or it is `engine.proof.DAMAGED`: the daily audit found
    the bot's own store edited. Nothing is signed any more.
    """

    id: EventId
    at: datetime
    why: str
    size: int
    ours: int


@dataclass(frozen=True, slots=True)
class SwitchSeen:
    """What the homeserver would say for a silent bot has changed: `fault`, or None if it holds."""

    id: EventId
    at: datetime
    fault: SwitchFault | None


Event: TypeAlias = (
    CommandReceived
    | DirectReceived
    | RoomSeen
    | PersonEntered
    | RoomMade
    | IdentitySeen
    | DevicesExcluded
    | MessageUnreadable
    | SendDenied
    | BothSaid
    | DigestGiven
    | DigestStopped
    | DeadlineReached
    | DeadlinesReached
    | BotReturned
    | ClockSet
    | AlertFailed
    | CaseFileTaken
    | LogContradicted
    | SwitchSeen
)


@dataclass(frozen=True, slots=True)
class Draw:
    """Randomness, drawn beforehand: record ids, short codes, one-time codes."""

    records: tuple[RecordId, ...]
    codes: tuple[Code, ...]
    long_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds a case when an event is handled.

    `rooms` is what was last seen of each compartment's room; `history` spans all cases;
    `log_key` is the verifier key of the installation's log, which belongs to nobody, and
    `checkpoint` its newest checkpoint with the lines of every witness: show a room its own only. `ladders` are
    the installation's, by name.
    """

    case: CaseId
    bot: UserId
    rooms: dict[CompartmentId, SeenRoom] = field(default_factory=dict)
    history: frozenset[Sitting] = frozenset()
    log_key: str = ""
    checkpoint: str = ""
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
