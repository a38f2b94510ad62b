"""What the runner needs of the world, as Protocols; every port has an in-memory twin.

No library type or exception crosses a port. Storage calls are synchronous and run on the
storage thread; Matrix calls are coroutines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from bot.domain.ids import (
    CaseId,
    CompartmentId,
    EventId,
    MasterKey,
    RecordId,
    RoomId,
    UserId,
)
from bot.domain.records import Record
from bot.engine.effects import Outgoing
from bot.policy.guard import SeenRoom
from bot.policy.guard import Why as Why
from bot.policy.label import Label
from bot.policy.release import Cleared as Cleared
from bot.policy.release import Denied as Denied
from bot.policy.release import Labelled as Labelled
from bot.policy.release import Room as Room
from bot.policy.release import release as release
from bot.words.message import Message


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One raw item of a `/sync` answer, stored before anything looked inside.

    `kind` is "timeline", "state", "to_device", "invite", "left" or "case_file"; `key` is the event
    id where there is one, else a digest. `raw` is the JSON text as received.
    """

    number: int
    kind: str
    key: str
    room: RoomId | None
    raw: str


@dataclass(frozen=True, slots=True)
class NewItem:
    """An inbox item before it has a number."""

    kind: str
    key: str
    room: RoomId | None
    raw: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing to be sent. `id` is the Matrix transaction id, derived from its cause."""

    id: str
    case: CaseId
    number: int
    effect: Outgoing
    urgent: bool
    made_at: datetime
    state: str = "waiting"


@dataclass(frozen=True, slots=True)
class DueRow:
    """Something that waits for a time. `key` starts with the code of what waits."""

    case: CaseId
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one event causes, committed together or not at all.

    `head` is the number of records the case had when it was decided; if it has more by now
    the commit is refused (`HeadMoved`) and nothing happened.
    """

    event: str
    case: CaseId
    head: int
    records: tuple[Record, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    arm: tuple[DueRow, ...] = ()
    disarm: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    inbox_done: tuple[int, ...] = ()


class HeadMoved(Exception):
    """Another writer appended to the case first; decide again on the new case."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt file, or `text` None while no checkpoint covers the record yet."""

    text: str | None
    late: bool = False


class Journal(Protocol):
    """Records, their keys and the tree over them."""

    def cases(self) -> tuple[CaseId, ...]:
        """Return all cases, in the order they were opened."""

    def load(self, case: CaseId, after: int = 0) -> tuple[Record, ...]:
        """Return a case's records after a head, in order, prose fields empty."""

    def prose(self, record: RecordId) -> tuple[Label, Mapping[str, str]] | None:
        """Open a record's prose, with its label; no fields if it was erased.

        None if there is no such record.
        """

    def commit(self, batch: Batch) -> None:
        """Write a batch in one transaction. Raises `HeadMoved`."""

    def handled(self, event: str) -> bool:
        """Tell whether an event was committed before."""

    def checkpoint(self, now: datetime) -> str | None:
        """Sign the tree as it is; return the new checkpoint, None if it has not grown."""

    def log_vkey(self) -> str:
        """Return the verifier key of the log, as `parley verify --trust` takes it."""

    def receipt(self, record: RecordId) -> Receipt:
        """Return the receipt file of a record with every disclosure its label's readers hold."""


class Inbox(Protocol):
    """What came from the homeserver, and how far we have read it."""

    def take(self, token: str, items: Sequence[NewItem]) -> int:
        """Store the items of one sync answer and its token in one transaction.

        Returns how many were new: an item whose (kind, key) is known is stored once.
        """

    def token(self) -> str | None:
        """Return the sync token to go on from."""

    def hand_in(self, item: NewItem) -> None:
        """Store an item that did not come from the homeserver (an operator's case file)."""

    def pending(self, limit: int = 1000) -> tuple[InboxItem, ...]:
        """Return items not done yet, oldest first."""

    def done(self, numbers: Iterable[int]) -> None:
        """Mark items as dealt with."""

    def wait_for_key(self, number: int, room: RoomId, session: str, since: datetime) -> None:
        """Set an undecryptable item aside until its room key comes."""

    def key_came(self, room: RoomId, session: str) -> int:
        """Make items waiting for this key pending again; return how many."""

    def retry_unreadable(self) -> int:
        """Make every item set aside pending again, as at a start; return how many."""

    def overdue_unreadable(self, before: datetime) -> tuple[InboxItem, ...]:
        """Return items set aside before an instant that nobody was told of; marks them told."""

    def first_uses(self, uses: Sequence[tuple[str, int, str]]) -> tuple[bool, ...]:
        """Durably claim message indexes, each (session, index, event), in their order.

        False for each that another event used (a replay). One transaction for all of them.
        """


class Outbox(Protocol):
    """What is still to be sent."""

    def waiting(self, limit: int = 500, each: int = 20) -> tuple[OutboxRow, ...]:
        """Return rows to send: urgent first, then in order of making, few of each room.

        So what piles up for one room never hides what another room waits for.
        """

    def sent(self, row: str, event: str) -> None:
        """Mark a row as sent, with the Matrix event id, and forget its content."""

    def park(self, row: str, why: str) -> None:
        """Keep a denied row aside until its compartment is cleared."""

    def unpark(self, case: CaseId, compartment: CompartmentId) -> int:
        """Make a compartment's parked rows waiting again; return how many."""

    def was_sent(self, event: str) -> bool:
        """Tell whether a Matrix event id is one of ours."""


class Deadlines(Protocol):
    """Due times: the only place where anything waits for the clock."""

    def due(self, now: datetime, limit: int = 1000) -> tuple[DueRow, ...]:
        """Return rows whose time has come, oldest first."""

    def next_at(self) -> datetime | None:
        """Return the earliest waiting time."""

    def beat(self, now: datetime) -> datetime | None:
        """Note that the bot is alive at `now`; return the previous beat."""


class Vault(Protocol):
    """Small sealed secrets of the installation: seeds, tokens, bindings."""

    def get(self, name: str) -> bytes | None:
        """Return a secret."""

    def put(self, name: str, value: bytes) -> None:
        """Store a secret, replacing an old one."""


class Store(Journal, Inbox, Outbox, Deadlines, Vault, Protocol):
    """Everything that lasts, behind one transaction boundary."""

    def close(self) -> None:
        """Release the database."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to give to a room."""

    name: str
    mime: str
    content: bytes


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
    `master`. `origin_ts` (ms) and `reply_to` are the homeserver's word.
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness said to one add-checkpoint body.

    `status` as over HTTP (C2SP tlog-witness). `lines` is the signature lines of a 200, each with
    its newline. `size` and `checkpoint` are what it says it keeps; neither is checked yet.
    """

    status: int
    lines: str = ""
    size: int | None = None
    checkpoint: str | None = None


class Unanswered(Exception):
    """A witness gave no answer. `reason` is one word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"unanswered: {reason}")
        self.reason = reason


class Asked(Protocol):
    """A witness that can be asked, on whatever road."""

    async def ask(self, body: str) -> Answer:
        """Send an add-checkpoint body and return what is answered to it. Raises `Unanswered`."""
        ...
