"""The store's twin in memory: the same laws, nothing sealed, nothing kept.

For tests that need a store and not its durability. Refuses what `SqlStore` refuses.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.ids import CaseId, CompartmentId, RecordId, RoomId
from bot.domain.records import Record
from bot.ledger.keys import PublicKey
from bot.ledger.leaf import message_of, sign_leaf
from bot.ledger.record import SealedRecord, disclose, seal
from bot.ledger.tree import MemoryNodes, NodeReader, leaf_hash
from bot.policy.label import Label
from bot.ports import Batch, DueRow, HeadMoved, InboxItem, NewItem, OutboxRow, Receipt
from bot.storage.forms import ledger_fields, prose_of, record_of, shown_in_receipt, skeleton_of
from bot.storage.log import PADDING, Entry, decoys, is_late, log_keys, receipt_text
from bot.storage.outbox import place_of
from bot.storage.sealing import KEY_SIZE, Entropy
from bot.storage.verdicts import StoreFailed


@dataclass(slots=True)
class _Held:
    """An inbox item and where it stands: pending, done, or waiting for a room key."""

    item: InboxItem
    state: str = "pending"
    key: tuple[RoomId, str] | None = None
    since: datetime | None = None
    told: bool = False


class MemoryStore:
    """`ports.Store` in memory."""

    def __init__(self, entropy: Entropy = secrets.token_bytes) -> None:
        self._entropy = entropy
        self._keys = log_keys(entropy(KEY_SIZE), entropy(KEY_SIZE))
        self._cases: dict[CaseId, list[Record]] = {}
        self._records: dict[RecordId, Record] = {}
        self._erased: set[RecordId] = set()
        self._handled: set[str] = set()
        # Records are sealed when the tree is signed: most tests never sign it.
        self._unsealed: list[Record] = []
        self._entries: dict[RecordId, tuple[Entry, SealedRecord]] = {}
        self._nodes = MemoryNodes()
        self._notes: list[tuple[int, datetime, str]] = []
        self._inbox: dict[int, _Held] = {}
        self._known: set[tuple[str, str]] = set()
        self._token: str | None = None
        self._uses: dict[tuple[str, int], str] = {}
        self._outbox: dict[str, OutboxRow] = {}
        self._ours: dict[str, str] = {}
        self._due: dict[tuple[CaseId, str], datetime | None] = {}
        self._beat: datetime | None = None
        self._vault: dict[str, bytes] = {}

    # Journal

    def cases(self) -> tuple[CaseId, ...]:
        """Return all cases, in the order they were opened."""
        return tuple(self._cases)

    def load(self, case: CaseId, after: int = 0) -> tuple[Record, ...]:
        """Return a case's records after a head, in order, prose fields empty."""
        return tuple(record_of(case, skeleton_of(r)) for r in self._cases.get(case, [])[after:])

    def prose(self, record: RecordId) -> tuple[Label, Mapping[str, str]] | None:
        """Open a record's prose; no fields if it was erased, None if there is no such record."""
        found = self._records.get(record)
        if found is None:
            return None
        if record in self._erased:
            return found.label, {}
        return found.label, prose_of(type(found.body), ledger_fields(found))

    def commit(self, batch: Batch) -> None:
        """Write a batch: all of it, or nothing. Raises `HeadMoved`."""
        if batch.event not in self._handled:
            self._check(batch)
            if batch.records:
                self._cases.setdefault(batch.case, []).extend(batch.records)
            self._records |= {r.id: r for r in batch.records}
            self._unsealed += batch.records
            for row in batch.outbox:
                self._outbox.setdefault(row.id, row)
            self._turn(batch)
            self._handled.add(batch.event)
        self.done(batch.inbox_done)

    def handled(self, event: str) -> bool:
        """Tell whether an event was committed before."""
        return event in self._handled

    def erase(self, record: RecordId) -> bool:
        """Forget a record's prose; False if there was nothing left to erase."""
        if record not in self._records or record in self._erased:
            return False
        self._erased.add(record)
        return True

    def log_key(self) -> PublicKey:
        """Return the log's public key."""
        return self._keys.public()

    def submit_key(self) -> bytes:
        """Return the 32-byte public key that signs records and leaves."""
        return bytes(self._keys.submit.verify_key)

    def nodes(self) -> NodeReader:
        """Return the tree's nodes."""
        return self._nodes

    def last_checkpoint(self) -> str | None:
        """Return the newest checkpoint."""
        return self._notes[-1][2] if self._notes else None

    def checkpoint(self, now: datetime) -> str | None:
        """Sign the tree, filled up with decoys; None if it has not grown."""
        if not self._unsealed:
            return None
        for record in self._unsealed:
            sealed = seal(ledger_fields(record), self._entropy(KEY_SIZE), self._keys.submit)
            leaf = sign_leaf(message_of(sealed.jwt), self._keys.submit).encode()
            self._entries[record.id] = (Entry(sealed.jwt, leaf, self._nodes.size), sealed)
            self._nodes.extend([leaf_hash(leaf)])
        self._unsealed = []
        signed = self._notes[-1][0] if self._notes else 0
        fill = decoys(self._nodes.size, signed, PADDING, self._keys.submit, self._entropy)
        self._nodes.extend(leaf_hash(leaf) for leaf in fill)
        note = self._keys.sign(self._nodes.size, self._nodes)
        self._notes.append((self._nodes.size, now, note))
        return note

    def log_vkey(self) -> str:
        """Return the log's verifier key as a text."""
        return self._keys.public().vkey()

    def receipt(self, record: RecordId) -> Receipt:
        """Return a record's receipt; LookupError if there is no such record."""
        found = self._records.get(record)
        if found is None:
            raise LookupError("no such record")
        if record not in self._entries:
            return Receipt(None, is_late(found.at, self._beat))
        entry, sealed = self._entries[record]
        every = () if record in self._erased else sealed.disclosures
        shown = disclose(every, shown_in_receipt(type(found.body), (d.name for d in every)))
        made_at, covering = next((at, n) for size, at, n in self._notes if size > entry.number)
        before = [note for size, _, note in self._notes if size <= entry.number]
        text = receipt_text(
            self._keys,
            entry,
            shown=shown,
            nodes=self._nodes,
            covering=covering,
            before=before[-1] if before else None,
        )
        return Receipt(text, is_late(found.at, made_at))

    # Inbox

    def take(self, token: str, items: Sequence[NewItem]) -> int:
        """Store the items of one sync answer and its token."""
        before = len(self._inbox)
        for item in items:
            self.hand_in(item)
        self._token = token
        return len(self._inbox) - before

    def hand_in(self, item: NewItem) -> None:
        """Store an item that did not come from the homeserver."""
        if (item.kind, item.key) not in self._known:
            self._known.add((item.kind, item.key))
            number = len(self._inbox) + 1
            kept = InboxItem(number, item.kind, item.key, item.room, item.raw)
            self._inbox[number] = _Held(kept)

    def token(self) -> str | None:
        """Return the sync token to go on from."""
        return self._token

    def pending(self, limit: int = 1000) -> tuple[InboxItem, ...]:
        """Return items not done yet, oldest first."""
        return tuple(h.item for h in self._inbox.values() if h.state == "pending")[:limit]

    def done(self, numbers: Iterable[int]) -> None:
        """Mark items as dealt with."""
        for number in numbers:
            if number in self._inbox:
                self._inbox[number].state = "done"

    def wait_for_key(self, number: int, room: RoomId, session: str, since: datetime) -> None:
        """Set an undecryptable item aside until its room key comes."""
        held = self._inbox.get(number)
        if held is not None and held.state != "done":
            held.state, held.key, held.since = "waiting", (room, session), since

    def key_came(self, room: RoomId, session: str) -> int:
        """Make items waiting for this key pending again; return how many."""
        woken = [
            h for h in self._inbox.values() if h.state == "waiting" and h.key == (room, session)
        ]
        for held in woken:
            held.state = "pending"
        return len(woken)

    def retry_unreadable(self) -> int:
        """Make every item set aside pending again; return how many."""
        woken = [held for held in self._inbox.values() if held.state == "waiting"]
        for held in woken:
            held.state = "pending"
        return len(woken)

    def overdue_unreadable(self, before: datetime) -> tuple[InboxItem, ...]:
        """Return items set aside before an instant that nobody was told of; marks them told."""
        found = [
            h
            for h in self._inbox.values()
            if h.state == "waiting" and not h.told and h.since is not None and h.since < before
        ]
        for held in found:
            held.told = True
        return tuple(h.item for h in found)

    def first_uses(self, uses: Sequence[tuple[str, int, str]]) -> tuple[bool, ...]:
        """Claim message indexes; False for each that another event used (a replay)."""
        return tuple(
            self._uses.setdefault((session, index), event) == event
            for session, index, event in uses
        )

    # Outbox

    def waiting(self, limit: int = 500, each: int = 20) -> tuple[OutboxRow, ...]:
        """Return rows to send: urgent first, then in order of making, few of each room."""
        rows = [row for row in self._outbox.values() if row.state == "waiting"]
        taken: Counter[tuple[CaseId, str]] = Counter()
        found: list[OutboxRow] = []
        for row in sorted(rows, key=lambda row: not row.urgent):
            taken[row.case, place_of(row)] += 1
            if taken[row.case, place_of(row)] <= each:
                found.append(row)
        return tuple(found[:limit])

    def sent(self, row: str, event: str) -> None:
        """Mark a row as sent, with the Matrix event id."""
        if row in self._outbox:
            self._outbox[row] = replace(self._outbox[row], state="sent")
            self._ours[row] = event

    def park(self, row: str, why: str) -> None:  # noqa: ARG002 - nobody reads it here
        """Keep a denied row aside until its compartment is cleared."""
        if row in self._outbox and self._outbox[row].state == "waiting":
            self._outbox[row] = replace(self._outbox[row], state="parked")

    def unpark(self, case: CaseId, compartment: CompartmentId) -> int:
        """Make a compartment's parked rows waiting again; return how many."""
        parked = [
            row
            for row in self._outbox.values()
            if row.state == "parked" and row.case == case and place_of(row) == compartment
        ]
        self._outbox |= {row.id: replace(row, state="waiting") for row in parked}
        return len(parked)

    def was_sent(self, event: str) -> bool:
        """Tell whether a Matrix event id is one of ours."""
        return event in self._ours.values()

    # Deadlines

    def due(self, now: datetime, limit: int = 1000) -> tuple[DueRow, ...]:
        """Return rows whose time has come, oldest first."""
        rows = [DueRow(c, k, at) for (c, k), at in self._due.items() if at is not None]
        return tuple(sorted((r for r in rows if r.at <= now), key=lambda r: r.at))[:limit]

    def next_at(self) -> datetime | None:
        """Return the earliest waiting time."""
        return min((at for at in self._due.values() if at is not None), default=None)

    def beat(self, now: datetime) -> datetime | None:
        """Note that the bot is alive at `now`; return the previous beat."""
        before, self._beat = self._beat, now
        return before

    # Vault

    def get(self, name: str) -> bytes | None:
        """Return a secret."""
        return self._vault.get(name)

    def put(self, name: str, value: bytes) -> None:
        """Store a secret, replacing an old one."""
        self._vault[name] = value

    def close(self) -> None:
        """Release nothing."""

    def _check(self, batch: Batch) -> None:
        if len(self._cases.get(batch.case, [])) != batch.head:
            raise HeadMoved("another writer appended to the case first")
        if any(record.case != batch.case for record in batch.records):
            raise ValueError("a batch holds a record of another case")
        ids = [record.id for record in batch.records]
        if len(set(ids)) != len(ids) or any(i in self._records for i in ids):
            raise StoreFailed("the batch contradicts what is stored")

    def _turn(self, batch: Batch) -> None:
        """Fire, disarm, arm, in this order."""
        for key in batch.fired:
            self._due[batch.case, key] = None
        for case, key in list(self._due):
            waits = self._due[case, key] is not None
            if waits and case == batch.case and batch.disarm and key.startswith(batch.disarm):
                del self._due[case, key]
        for row in batch.arm:
            if self._due.get((row.case, row.key), row.at) is not None:
                self._due[row.case, row.key] = row.at
