"""What lasts: the store's ports, with what goes in and out of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.ids import (
    CaseId,
    CompartmentId,
    RecordId,
    RoomId,
)
from bot.domain.records import Record
from bot.engine.effects import Outgoing
from bot.ledger.keys import PublicKey
from bot.ledger.party import PartySignature
from bot.policy.label import Label


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
    """Something that waits for a time. `key` says what: kind, name and the rest, by colons.

    Armed with a `place`, it is laid into a bundle with others of this place and time, `keys` or the
    one key; what comes back then is the bundle, with all `keys` in it. `number` is where it stands
    among those of the same time, in the store that returned it.
    """

    case: CaseId
    key: str
    at: datetime
    number: int = field(default=0, compare=False)
    place: str = ""
    keys: tuple[str, ...] = ()

    def each(self) -> tuple[str, ...]:
        """Return the keys of all that waits here."""
        return self.keys or (self.key,)


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one event causes, committed together or not at all.

    `head` is the number of records the case had when it was decided; if it has more by now
    the commit is refused (`HeadMoved`) and nothing happened. `files` are sealed with records of
    this batch. `leave` are prefixes to be forgotten in the bundles of a place and time. `also` are other events that it settles. `recall` names outbox rows to take back; if one has left, the commit is refused
    (`HasLeft`).
    """

    event: str
    case: CaseId
    head: int
    records: tuple[Record, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    arm: tuple[DueRow, ...] = ()
    disarm: tuple[str, ...] = ()
    leave: tuple[tuple[str, str, datetime], ...] = ()
    fired: tuple[str, ...] = ()
    inbox_done: tuple[int, ...] = ()
    erase: tuple[RecordId, ...] = ()
    files: tuple[tuple[RecordId, bytes], ...] = field(default=(), repr=False)
    recall: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


class HasLeft(Exception):
    """What was to be taken back has left the outbox, or may have."""


class HeadMoved(Exception):
    """Another writer appended to the case first; decide again on the new case."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt file, or `text` None while no checkpoint covers the record yet.

    `made_at` is when that checkpoint was signed, `witnessed` how many of the witnesses that were
    asked for cosigned it.
    """

    text: str | None
    late: bool = False
    made_at: datetime | None = None
    witnessed: int = 0


class Journal(Protocol):
    """Records, their keys and the tree over them."""

    def cases(self) -> tuple[CaseId, ...]:
        """Return all cases, in the order they were opened."""

    def load(self, case: CaseId, after: int = 0, most: int | None = None) -> tuple[Record, ...]:
        """Return a case's records after a head, at most so many, in order, prose fields empty."""

    def prose(self, record: RecordId) -> tuple[Label, Mapping[str, str]] | None:
        """Open a record's prose, with its label; no fields if it was erased.

        None if there is no such record.
        """

    def file(self, record: RecordId) -> bytes | None:
        """Open the file sealed with a record; None if there is none, or it was erased."""

    def commit(self, batch: Batch) -> None:
        """Write a batch in one transaction. Raises `HeadMoved`."""

    def commit_all(self, batches: Sequence[Batch]) -> None:
        """Write batches in one transaction, as `commit` would one after another; or none of them."""

    def handled(self, event: str) -> bool:
        """Tell whether an event was committed before."""

    def checkpoint(self, now: datetime) -> str | None:
        """Put the next batch on the tree and sign it; None while the log is in doubt.

        A batch has the same number of leaves whatever happened, in an order that tells nothing:
        see docs/spec/ledger.md 3.
        """

    def last_checkpoint(self) -> str | None:
        """Return the newest checkpoint with all the cosignature lines it has got."""

    def submission(self, old: int) -> str | None:
        """Return the newest checkpoint as an add-checkpoint body from size `old`.

        None if there is no checkpoint yet, or `old` is larger than it.
        """

    def take_cosignature(self, size: int, line: str) -> None:
        """Keep a witness's signature line under the checkpoint of a size; twice is once."""

    def leads_to(self, size: int, root: bytes) -> bool:
        """Tell whether our tree has that root at that size; no if it is smaller."""

    def doubt(self, why: str) -> None:
        """Stop signing for good: somebody holds what our tree does not lead to."""

    def doubted(self) -> str | None:
        """Return why nothing is signed any more, None if all is well."""

    def take_stamp(self, size: int, token: bytes) -> None:
        """Keep a time stamp (RFC 3161) of the checkpoint of a size."""

    def stamp_over(self, leaf: int) -> tuple[int, bytes] | None:
        """Return the first time stamp over a leaf: the checkpoint's size, the token."""

    def jwt(self, record: RecordId) -> bytes | None:
        """Return a record's JWT, what a party signs; None if there is no such record."""

    def records_in(
        self, case: CaseId, compartment: CompartmentId, after: int = 0, most: int | None = None
    ) -> tuple[RecordId, ...]:
        """Return those of a case's `most` records after a head that are a compartment's, in order."""

    def naming(
        self, case: CaseId, names: Sequence[str], after: int = 0, most: int | None = None
    ) -> tuple[RecordId, ...]:
        """Return those of a case's `most` records after a head whose words hold one of the names.

        As whole words; upper and lower case are one. What is erased names nobody.
        """

    def log_vkey(self) -> str:
        """Return the verifier key of the log, as `parley verify --trust` takes it."""

    def receipt(
        self,
        record: RecordId,
        witnesses: Sequence[PublicKey] = (),
        parties: Sequence[PartySignature] = (),
        under: int | None = None,
    ) -> Receipt:
        """Return the receipt file of a record with every disclosure its label's readers hold.

        It carries the lines of these witnesses and no others, and these parties' signatures. Of
        the first checkpoints that cover the record it shows the one that most of them cosigned,
        or that of the size `under`, for a time stamp of it.
        """


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

    def departs(self, row: str, now: datetime) -> datetime | None:
        """Note durably that a row begins to leave; return when it first did so.

        None if it was taken back, or does not wait.
        """

    def was_sent(self, event: str) -> bool:
        """Tell whether a Matrix event id is one of ours."""


class Deadlines(Protocol):
    """Due times: the only place where anything waits for the clock."""

    def due(
        self, now: datetime, limit: int = 1000, after: DueRow | None = None
    ) -> tuple[DueRow, ...]:
        """Return rows whose time has come, oldest first.

        Only those behind `after`, a row that was returned before, whether it still waits or not.
        """

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
