"""The store's twin in memory: the same laws, nothing sealed, nothing kept.

For tests that need a store and not its durability. Refuses what `SqlStore` refuses.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.ids import CaseId, CompartmentId, RecordId, RoomId
from bot.ports import Batch, DueRow, HasLeft, HeadMoved, InboxItem, NewItem, OutboxRow
from bot.storage.due_keys import LARGEST, bundle_key, by_slot, grown, laid, left, name_of, slot_name
from bot.storage.forms import micros
from bot.storage.memory_journal import MemoryJournal
from bot.storage.outbox import place_of
from bot.storage.sealing import Entropy
from bot.storage.verdicts import StoreFailed


@dataclass(slots=True)
class _Held:
    """An inbox item and where it stands: pending, or waiting for a room key."""

    item: InboxItem
    state: str = "pending"
    key: tuple[RoomId, str] | None = None
    since: datetime | None = None
    told: bool = False


class MemoryStore(MemoryJournal):
    """`ports.Store` in memory."""

    def __init__(self, entropy: Entropy = secrets.token_bytes) -> None:
        super().__init__(entropy)
        self._inbox: dict[int, _Held] = {}
        self._known: set[tuple[str, str]] = set()
        self._token: str | None = None
        self._uses: dict[tuple[str, int], str] = {}
        self._outbox: dict[str, OutboxRow] = {}
        self._ours: dict[str, str] = {}
        self._leaving: dict[str, datetime] = {}
        self._due: dict[tuple[CaseId, str], datetime] = {}
        self._places: dict[tuple[CaseId, str], int] = {}
        self._armed = 0
        self._fired: set[tuple[CaseId, str]] = set()
        self._bundles: dict[tuple[CaseId, str], tuple[str, ...]] = {}
        self._numbers: dict[tuple[CaseId, str], int] = {}

    def commit(self, batch: Batch) -> None:
        """Write a batch: all of it, or nothing. Raises `HeadMoved`."""
        self._commit((batch,))

    def commit_all(self, batches: Sequence[Batch]) -> None:
        """Write batches one after another: all of them, or nothing."""
        self._commit(batches)

    def _commit(self, batches: Sequence[Batch]) -> None:
        heads: dict[CaseId, int] = {}
        events: set[str] = set()
        records: set[RecordId] = set()
        for batch in batches:
            if batch.event not in self._handled and batch.event not in events:
                self._check(batch, heads.get(batch.case), records)
                if any(row not in self._outbox or row in self._leaving for row in batch.recall):
                    raise HasLeft("a row has left")
                heads[batch.case] = batch.head + len(batch.records)
                records |= {record.id for record in batch.records}
            events.add(batch.event)
        for batch in batches:
            self._write(batch)

    def _write(self, batch: Batch) -> None:
        if batch.event not in self._handled:
            if batch.records:
                self._cases.setdefault(batch.case, []).extend(batch.records)
            self._records |= {r.id: r for r in batch.records}
            self._unplaced += [r.id for r in batch.records]
            self._files |= dict(batch.files)
            self._erased |= {one for one in batch.erase if one in self._records}
            for gone in batch.recall:
                del self._outbox[gone]
                self._ours[gone] = ""
            for row in batch.outbox:
                if row.id not in self._ours:
                    self._outbox.setdefault(row.id, row)
            self._turn(batch)
            self._handled.update((batch.event, *batch.also))
        self.done(batch.inbox_done)

    # Inbox

    def take(self, token: str, items: Sequence[NewItem]) -> int:
        """Store the items of one sync answer and its token."""
        before = len(self._known)
        for item in items:
            self.hand_in(item)
        self._token = token
        return len(self._known) - before

    def hand_in(self, item: NewItem) -> None:
        """Store an item that did not come from the homeserver."""
        if (item.kind, item.key) not in self._known:
            self._known.add((item.kind, item.key))
            number = len(self._known)
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
            self._inbox.pop(number, None)

    def wait_for_key(self, number: int, room: RoomId, session: str, since: datetime) -> None:
        """Set an undecryptable item aside until its room key comes."""
        held = self._inbox.get(number)
        if held is not None:
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
        if self._outbox.pop(row, None) is not None or row in self._ours:
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

    def departs(self, row: str, now: datetime) -> datetime | None:
        """Note that a row begins to leave; return when it first did so, None if it does not."""
        waits = row in self._outbox and self._outbox[row].state == "waiting"
        return self._leaving.setdefault(row, now) if waits else None

    def was_sent(self, event: str) -> bool:
        """Tell whether a Matrix event id is one of ours."""
        return event in self._ours.values()

    # Deadlines

    def due(
        self, now: datetime, limit: int = 1000, after: DueRow | None = None
    ) -> tuple[DueRow, ...]:
        """Return rows whose time has come, oldest first; only those behind `after`."""
        rows = [
            DueRow(case, key, at, self._places[case, key], *self._bundle(case, key))
            for (case, key), at in self._due.items()
            if at <= now
        ]
        if after is not None:
            rows = [r for r in rows if (r.at, r.number) > (after.at, after.number)]
        return tuple(sorted(rows, key=lambda r: (r.at, r.number)))[:limit]

    def _bundle(self, case: CaseId, key: str) -> tuple[str, tuple[str, ...]]:
        keys = self._bundles.get((case, key), ())
        return (key.split(":")[1] if keys else "", keys)

    def next_at(self) -> datetime | None:
        """Return the earliest waiting time."""
        return min(self._due.values(), default=None)

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

    def _check(self, batch: Batch, head: int | None, known: set[RecordId]) -> None:
        if (len(self._cases.get(batch.case, [])) if head is None else head) != batch.head:
            raise HeadMoved("another writer appended to the case first")
        if any(record.case != batch.case for record in batch.records):
            raise ValueError("a batch holds a record of another case")
        ids = [record.id for record in batch.records]
        if len(set(ids)) != len(ids) or any(i in known or i in self._records for i in ids):
            raise StoreFailed("the batch contradicts what is stored")

    def _turn(self, batch: Batch) -> None:
        """Fire, disarm, arm, in this order."""
        for key in batch.fired:
            self._fire(batch.case, key)
        for case, key in list(self._due):
            if case != batch.case or not batch.disarm:
                continue
            if (case, key) in self._bundles:
                self._trim(case, key, tuple(p for p in batch.disarm if not name_of(p)))
            elif key.startswith(batch.disarm):
                del self._due[case, key], self._places[case, key]
        for prefix, place, at in batch.leave:
            for case, key in [one for one in self._bundles if one in self._due]:
                if case == batch.case and name_of(key) == slot_name(place, micros(at)):
                    self._trim(case, key, (prefix,))
        for row in batch.arm:
            if not row.place:
                self._put(row.case, row.key, row.at)
        for slot, keys in by_slot(batch.arm).items():
            self._lay(*slot, keys)

    def _fire(self, case: CaseId, key: str) -> None:
        self._due.pop((case, key), None)
        self._places.pop((case, key), None)
        self._fired.add((case, key))

    def _put(self, case: CaseId, key: str, at: datetime) -> None:
        if (case, key) not in self._fired:
            if (case, key) not in self._due:
                self._armed += 1
                self._places[case, key] = self._armed
            self._due[case, key] = at

    def _trim(self, case: CaseId, key: str, prefixes: tuple[str, ...]) -> None:
        stay = self._bundles[case, key] = left(self._bundles[case, key], prefixes)
        if not stay:
            self._fire(case, key)

    def _lay(self, case: CaseId, place: str, at: datetime, keys: Sequence[str]) -> None:
        slot = slot_name(place, micros(at))
        of_slot = [key for one, key in self._bundles if one == case and name_of(key) == slot]
        waiting = [key for key in of_slot if (case, key) in self._due]
        newest = max(waiting, key=lambda key: self._places[case, key], default="")
        held = self._bundles.get((case, newest), ())
        bundles = laid(held if len(held) < LARGEST else (), keys)
        if 0 < len(held) < LARGEST:
            first = bundles.pop(0)
            if first != held:
                self._grow(case, newest, first)
        count = self._numbers.get((case, slot), 0)
        for number, bundle in enumerate(bundles, count):
            self._bundles[case, bundle_key(slot, number)] = bundle
            self._put(case, bundle_key(slot, number), at)
        self._numbers[case, slot] = count + len(bundles)

    def _grow(self, case: CaseId, key: str, keys: tuple[str, ...]) -> None:
        more = grown(key)
        self._bundles[case, more] = keys
        self._due[case, more] = self._due.pop((case, key))
        self._places[case, more] = self._places.pop((case, key))
