"""The journal of the twin in memory: records, the tree over them, receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.domain.ids import CaseId, CompartmentId, RecordId
from bot.domain.records import PLANS, Record
from bot.ledger.checkpoint import parse_checkpoint
from bot.ledger.keys import PublicKey
from bot.ledger.leaf import message_of, sign_leaf
from bot.ledger.party import PartySignature
from bot.ledger.record import SealedRecord, disclose, seal
from bot.ledger.tree import MemoryNodes, NodeReader, consistency_path, root_at
from bot.ledger.witness import Submission
from bot.policy.label import Label
from bot.ports import Receipt
from bot.storage.forms import (
    ledger_fields,
    names_one,
    record_of,
    shown_in_receipt,
    skeleton_of,
)
from bot.storage.log import (
    NEAR,
    Entry,
    arranged,
    batch_size,
    is_late,
    log_keys,
    most_seen,
    receipt_text,
    seen_by,
    with_lines,
)
from bot.storage.sealing import KEY_SIZE, Entropy


class MemoryJournal:
    """`ports.Journal` in memory, but for `commit`, which touches everything."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._keys = log_keys(entropy(KEY_SIZE), entropy(KEY_SIZE))
        self._cases: dict[CaseId, list[Record]] = {}
        self._records: dict[RecordId, Record] = {}
        # As they come back from a disk: written once and read once.
        self._opened: dict[RecordId, Record] = {}
        self._erased: set[RecordId] = set()
        self._handled: set[str] = set()
        self._files: dict[RecordId, bytes] = {}
        # Records are sealed when somebody asks: most tests never sign the tree.
        self._sealed_records: dict[RecordId, SealedRecord] = {}
        self._unplaced: list[RecordId] = []
        self._leaf: dict[RecordId, int] = {}
        self._lines: dict[int, tuple[str, ...]] = {}
        self._stamps: dict[int, bytes] = {}
        self._nodes = MemoryNodes()
        self._notes: list[tuple[int, datetime, str]] = []
        self._beat: datetime | None = None
        self._vault: dict[str, bytes] = {}

    def cases(self) -> tuple[CaseId, ...]:
        """Return all cases, in the order they were opened."""
        return tuple(self._cases)

    def load(self, case: CaseId, after: int = 0, most: int | None = None) -> tuple[Record, ...]:
        """Return a case's records after a head, at most so many, in order, prose fields empty."""
        found = self._cases.get(case, [])[after : None if most is None else after + most]
        for record in found:
            if record.id not in self._opened:
                self._opened[record.id] = record_of(case, skeleton_of(record))
        return tuple(self._opened[record.id] for record in found)

    def prose(self, record: RecordId) -> tuple[Label, Mapping[str, str]] | None:
        """Open a record's prose; no fields if it was erased, None if there is no such record."""
        found = self._records.get(record)
        if found is None:
            return None
        if record in self._erased:
            return found.label, {}
        body = found.body
        return found.label, {name: getattr(body, name) for name in PLANS[type(body)].prose}

    def file(self, record: RecordId) -> bytes | None:
        """Open the file sealed with a record; None if there is none, or it was erased."""
        return None if record in self._erased else self._files.get(record)

    def handled(self, event: str) -> bool:
        """Tell whether an event was committed before."""
        return event in self._handled

    def jwt(self, record: RecordId) -> bytes | None:
        """Return a record's JWT; None if there is no such record."""
        return self._sealed(record).jwt if record in self._records else None

    def records_in(
        self, case: CaseId, compartment: CompartmentId, after: int = 0, most: int | None = None
    ) -> tuple[RecordId, ...]:
        """Return those of a case's `most` records after a head that are a compartment's, in order."""
        return tuple(r.id for r in self.load(case, after, most) if r.compartment == compartment)

    def naming(
        self, case: CaseId, names: Sequence[str], after: int = 0, most: int | None = None
    ) -> tuple[RecordId, ...]:
        """Return those of a case's `most` records after a head whose words hold one of the names."""
        found = []
        for record in self.load(case, after, most):
            opened = self.prose(record.id)
            if opened is not None and names_one(opened[1].values(), names):
                found.append(record.id)
        return tuple(found)

    def log_key(self) -> PublicKey:
        """Return the log's public key."""
        return self._keys.public()

    def log_vkey(self) -> str:
        """Return the log's verifier key as a text."""
        return self._keys.public().vkey()

    def submit_key(self) -> bytes:
        """Return the 32-byte public key that signs records and leaves."""
        return bytes(self._keys.submit.verify_key)

    def nodes(self) -> NodeReader:
        """Return the tree's nodes."""
        return self._nodes

    def checkpoint(self, now: datetime) -> str | None:
        """Put the next batch on the tree and sign it; None while the log is in doubt."""
        if self.doubted() is not None:
            return None
        size = batch_size(len(self._unplaced))
        taken, self._unplaced = self._unplaced[:size], self._unplaced[size:]
        waiting = [(self._entry(record), record) for record in taken]
        batch = arranged(waiting, size, self._keys.submit, self._entropy)
        for leaf, (_, record) in enumerate(batch, start=self._nodes.size):
            if record is not None:
                self._leaf[record] = leaf
        self._nodes.extend(digest for digest, _ in batch)
        note = self._keys.sign(self._nodes.size, self._nodes)
        self._notes.append((self._nodes.size, now, note))
        return note

    def last_checkpoint(self) -> str | None:
        """Return the newest checkpoint with all the cosignature lines it has got."""
        if not self._notes:
            return None
        size, _, note = self._notes[-1]
        return with_lines(note, self._lines.get(size, ()))

    def submission(self, old: int) -> str | None:
        """Return the newest checkpoint as an add-checkpoint body from size `old`."""
        if not self._notes or not 0 <= old <= self._nodes.size:
            return None
        path = consistency_path(self._nodes, old, self._nodes.size)
        return Submission(old, path, parse_checkpoint(self._notes[-1][2])).text()

    def take_cosignature(self, size: int, line: str) -> None:
        """Keep a witness's signature line under the checkpoint of a size; twice is once."""
        self._lines[size] = tuple(dict.fromkeys((*self._lines.get(size, ()), line)))

    def leads_to(self, size: int, root: bytes) -> bool:
        """Tell whether our tree has that root at that size; no if it is smaller."""
        return size <= self._nodes.size and root_at(size, self._nodes) == root

    def doubt(self, why: str) -> None:
        """Stop signing for good."""
        self._vault.setdefault("log.doubt", why.encode())

    def doubted(self) -> str | None:
        """Return why nothing is signed any more, None if all is well."""
        why = self._vault.get("log.doubt")
        return None if why is None else why.decode()

    def take_stamp(self, size: int, token: bytes) -> None:
        """Keep a time stamp of the checkpoint of a size."""
        self._stamps[size] = token

    def stamp_over(self, leaf: int) -> tuple[int, bytes] | None:
        """Return the first time stamp over a leaf: the checkpoint's size, the token."""
        return min(((s, t) for s, t in self._stamps.items() if s > leaf), default=None)

    def receipt(
        self,
        record: RecordId,
        witnesses: Sequence[PublicKey] = (),
        parties: Sequence[PartySignature] = (),
        under: int | None = None,
    ) -> Receipt:
        """Return a record's receipt; LookupError if there is no such record."""
        found = self._records.get(record)
        if found is None:
            raise LookupError("no such record")
        leaf = self._leaf.get(record)
        if leaf is None:
            return Receipt(None, is_late(found.at, self._beat))
        sealed = self._sealed(record)
        every = () if record in self._erased else sealed.disclosures
        shown = disclose(every, shown_in_receipt(type(found.body), (d.name for d in every)))
        signed = [
            seen_by(note, at, self._lines.get(size, ()), witnesses)
            for size, at, note in self._notes
        ]
        after = [one for one in signed if one.note.size > leaf]
        exactly = [one for one in after if one.note.size == under]
        covering = most_seen(after[:NEAR] if under is None else exactly)
        before = most_seen([one for one in reversed(signed) if one.note.size <= leaf][:NEAR])
        if covering is None:
            return Receipt(None, is_late(found.at, self._beat))
        text = receipt_text(
            self._keys,
            Entry(sealed.jwt, self._entry(record), leaf),
            shown=shown,
            nodes=self._nodes,
            covering=covering.note,
            before=None if before is None else before.note,
            parties=parties,
        )
        late = is_late(found.at, covering.made_at)
        return Receipt(text, late, covering.made_at, covering.witnessed)

    def settle(self) -> None:
        """Do nothing: there is no file."""

    def audit_parts(self) -> Iterator[None]:
        """Check nothing: nothing lies where anybody could have edited it."""
        yield

    def _sealed(self, record: RecordId) -> SealedRecord:
        if record not in self._sealed_records:
            fields = ledger_fields(self._records[record])
            made = seal(fields, self._entropy(KEY_SIZE), self._keys.submit)
            self._sealed_records[record] = made
        return self._sealed_records[record]

    def _entry(self, record: RecordId) -> bytes:
        return sign_leaf(message_of(self._sealed(record).jwt), self._keys.submit).encode()
