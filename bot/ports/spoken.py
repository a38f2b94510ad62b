"""What the runner needs of Matrix: the way in and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from bot.domain.ids import EventId, MasterKey, RoomId, UserId
from bot.policy.guard import SeenRoom
from bot.policy.release import Cleared
from bot.ports.filed import Attached
from bot.ports.stored import InboxItem
from bot.words.message import Message


@dataclass(frozen=True, slots=True)
class File:
    """A file to give to a room, and what is said with it (a caption)."""

    name: str
    mime: str
    content: bytes
    caption: str = ""


class NotSent(Exception):
    """A cleared text did not go out; trying again with the same transaction id is safe.

    `reason` is one word for the log. Never holds the text.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"not sent: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Line:
    """A text typed by the owner of a chained device, used for the first time.

    `master` is the identity that device chains from (compare it with the pin before it may bind
    anybody), `fingerprint` its Ed25519 key. `vouched` says that this very device signed
    `master`. `origin_ts` (ms) and `reply_to` are the homeserver's word. `notice`: a program says
    so (`m.notice`); never a command, and read of witnesses only. `file`: sent with it; the text is
    then its caption, and empty where an older message is read that has none.
    """

    event_id: EventId
    room: RoomId
    sender: UserId
    master: MasterKey
    fingerprint: str
    text: str = field(repr=False)
    origin_ts: int
    reply_to: EventId | None
    vouched: bool = False
    notice: bool = False
    file: Attached | None = None


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A room is not as it was: look at it again before anything is said there."""

    room: RoomId


@dataclass(frozen=True, slots=True)
class KeyCame:
    """A room key is on disk: items that wait for it are worth another try."""

    room: RoomId
    session: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that could not be opened. With `may_heal` it is worth waiting for its key."""

    event_id: EventId
    room: RoomId
    sender: UserId | None
    session: str
    reason: str
    may_heal: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """An item that asks for nothing; one word why (a closed list, for the log)."""

    reason: str


Heard: TypeAlias = Line | StateChanged | KeyCame | Unreadable | Nothing


class Listener(Protocol):
    """The way in: what stored items mean."""

    async def look_ahead(self, items: Sequence[InboxItem]) -> None:
        """Open items that `read` will be asked for next, in this order: one claim for all of them.

        Only a failing store raises. What cannot be opened now is left to `read`.
        """

    async def read(self, item: InboxItem) -> Heard:
        """Say what an item means. Hostile content never raises.

        A failing store or an unreachable homeserver raises (`OSError`): the item stays pending.
        """

    async def quoted(self, room: RoomId, event_id: EventId) -> Line | None:
        """Return an older message of a room as its owner typed it, None if it is none."""


class Speaker(Protocol):
    """The way out. Only what `policy.release` cleared can be sent."""

    async def seen(self, room: RoomId) -> SeenRoom | None:
        """Return what is known of a room now; None if the bot has never seen it."""

    async def direct_room(self, user: UserId) -> RoomId:
        """Return the bot's direct room with a person, made and encrypted if need be."""

    async def say(self, message: Cleared[Message], txn: str) -> str:
        """Send a message; return its event id. The same `txn` never sends twice."""

    async def give(self, file: Cleared[File], txn: str) -> str:
        """Upload a file encrypted and send it; return its event id."""

    async def drop_session(self, room: RoomId) -> None:
        """Discard a room's group session so that the next send shares a new one."""


class Outsider(Protocol):
    """The ways to people outside Matrix, by name. They carry no content."""

    async def alert(self, channel: str, text: str) -> None:
        """Call somebody through a channel: "Parley: case CODE needs you", nothing else.

        Raises `NotSent`; trying again is safe.
        """
