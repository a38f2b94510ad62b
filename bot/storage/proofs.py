"""What the log says to others: checkpoints, receipts, and the audit of itself.

Refuses to sign or to start on a tree that is not the one it signed before.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select

from bot.domain.ids import RecordId
from bot.ledger.checkpoint import log_signature_holds, parse_checkpoint
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey
from bot.ledger.leaf import checksum_of, message_of
from bot.ledger.record import disclose
from bot.ledger.tree import HASH_SIZE, NodeReader, leaf_hash, nodes_added, root_at
from bot.ports import Receipt
from bot.storage.database import adding
from bot.storage.deadlines import SqlDeadlines
from bot.storage.forms import instant, micros, shown_in_receipt
from bot.storage.journal import SqlJournal
from bot.storage.log import PADDING, Entry, decoys, is_late, receipt_text
from bot.storage.tables import CHECKPOINTS, LEAVES, NODES, RECORDS
from bot.storage.verdicts import Damaged

_LAST = select(CHECKPOINTS.c.size, CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.size.desc()).limit(1)
_COVERING = (
    select(CHECKPOINTS.c.note, CHECKPOINTS.c.made_at)
    .where(CHECKPOINTS.c.size > bindparam("leaf"))
    .order_by(CHECKPOINTS.c.size)
    .limit(1)
)
_BEFORE = (
    select(CHECKPOINTS.c.note)
    .where(CHECKPOINTS.c.size <= bindparam("leaf"))
    .order_by(CHECKPOINTS.c.size.desc())
    .limit(1)
)
_ADD = adding(CHECKPOINTS, "size", "made_at", "note")
_LEAF = select(LEAVES.c.leaf).where(LEAVES.c.number == bindparam("number"))
_PART = 1_000
_ENTRIES = (
    select(
        LEAVES.c.number,
        LEAVES.c.leaf,
        LEAVES.c.tie,
        RECORDS.c.case_number,
        RECORDS.c.seq,
        RECORDS.c.jwt,
    )
    .select_from(LEAVES.outerjoin(RECORDS, RECORDS.c.leaf == LEAVES.c.number))
    .where(LEAVES.c.number >= bindparam("first"))
    .order_by(LEAVES.c.number)
).limit(bindparam("most"))
_HOW_MANY = select(
    select(func.count()).select_from(LEAVES).scalar_subquery(),
    select(func.count()).select_from(RECORDS).scalar_subquery(),
)
_NODES = select(NODES.c.level, NODES.c.number, NODES.c.hash).order_by(NODES.c.level, NODES.c.number)


class SqlProofs(SqlJournal, SqlDeadlines):
    """The proofs of `ports.Journal` on SQL. The last beat tells what is late."""

    def log_key(self) -> PublicKey:
        """Return the log's public key."""
        return self._keys.public()

    def log_vkey(self) -> str:
        """Return the log's verifier key as a text."""
        return self.log_key().vkey()

    def submit_key(self) -> bytes:
        """Return the 32-byte public key that signs records and leaves."""
        return bytes(self._keys.submit.verify_key)

    def nodes(self) -> NodeReader:
        """Return the tree's nodes, for consistency proofs to witnesses."""
        return self._tree

    def last_checkpoint(self) -> str | None:
        """Return the newest checkpoint."""
        last = self._db.row(_LAST)
        return None if last is None else str(last[1])

    def checkpoint(self, now: datetime) -> str | None:
        """Sign the tree, filled up with decoys; None if it has not grown."""
        with self._db.writing():
            last, size = self._db.row(_LAST), self._tree.size()
            signed = 0 if last is None else int(last[0])
            if size == signed:
                return None
            fill = decoys(size, signed, PADDING, self._keys.submit, self._seals.random)
            ties = [(leaf, self._tree.tie(size + n)) for n, leaf in enumerate(fill)]
            self._tree.append(size, ties)
            size += len(fill)
            note = self._keys.sign(size, self._tree)
            self._db.run(_ADD, size=size, made_at=micros(now), note=note)
        return note

    def receipt(self, record: RecordId) -> Receipt:
        """Return a record's receipt with the fields that its label's readers hold.

        LookupError if there is no such record. An erased record's receipt shows no field.
        """
        row = self._find(record)
        if row is None:
            raise LookupError("no such record")
        number, seq, digest, skeleton, jwt, leaf = row
        found = self._record(self._ring.case_name(number), seq, digest, skeleton)
        covering = self._db.row(_COVERING, leaf=leaf)
        if covering is None:
            return Receipt(None, is_late(found.at, self._last_beat()))
        opened = self._open(self._whole(row))
        every = () if opened is None else opened[1]
        shown = disclose(every, shown_in_receipt(type(found.body), (d.name for d in every)))
        entry, before = self._db.row(_LEAF, number=leaf), self._db.row(_BEFORE, leaf=leaf)
        if entry is None:
            raise Damaged("a record has no leaf")
        text = receipt_text(
            self._keys,
            Entry(jwt, entry[0], leaf),
            shown=shown,
            nodes=self._tree,
            covering=covering[0],
            before=None if before is None else before[0],
        )
        return Receipt(text, is_late(found.at, instant(covering[1])))

    def audit(self) -> int:
        """Check every leaf, node and tie against each other and the last signed root.

        Returns the number of leaves. Raises `Damaged`. Reads the whole log: for the start
        and once a day.
        """
        hashes = self._audit_leaves()
        nodes = nodes_added(0, hashes, self._tree)
        if sorted(nodes) != self._db.rows(_NODES):
            raise Damaged("the nodes of the tree are not those of its leaves")
        self._audit_note(len(hashes))
        return len(hashes)

    def _audit_leaves(self) -> list[bytes]:
        """Check leaves and records against each other, a part at a time; return the leaf hashes."""
        hashes: list[bytes] = []
        records = 0
        while part := self._db.rows(_ENTRIES, first=len(hashes), most=_PART):
            for expected, (number, leaf, tie, case, seq, jwt) in enumerate(part, len(hashes)):
                stands_for = () if case is None else (case, seq)
                if number != expected or tie != self._tree.tie(number, *stands_for):
                    raise Damaged("a leaf does not stand for what it was made for")
                if case is not None and not _is_of(leaf, jwt):
                    raise Damaged("a record is not the one in the log")
                records += case is not None
                hashes.append(leaf_hash(leaf))
        if self._db.row(_HOW_MANY) != (len(hashes), records):
            raise Damaged("a record has no leaf")
        return hashes

    def _audit_note(self, size: int) -> None:
        last = self._db.row(_LAST)
        if last is None:
            return
        try:
            note = parse_checkpoint(last[1])
        except FormatError:
            raise Damaged("the last checkpoint is not readable") from None
        if not log_signature_holds(note, self._keys.public()) or note.size != last[0]:
            raise Damaged("the last checkpoint is not signed by this log")
        if note.size > size or root_at(note.size, self._tree) != note.root:
            raise Damaged("the log is not the one that was signed")


def _is_of(leaf: bytes, jwt: bytes) -> bool:
    # The rest of the leaf is held by the tree's nodes.
    return leaf[:HASH_SIZE] == checksum_of(message_of(jwt))
