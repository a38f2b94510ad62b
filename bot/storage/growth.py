"""The growth of the log: batches of leaves, the checkpoints over them, who cosigned those.

Refuses to sign while the log is in doubt, and to open a tree that does not lead to what was
signed last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select

from bot.ledger.checkpoint import Checkpoint, log_signature_holds, parse_checkpoint
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey
from bot.ledger.tree import HASH_SIZE, NodeReader, consistency_path, root_at
from bot.ledger.witness import Submission
from bot.storage.database import Database, Row, adding, adding_once, putting
from bot.storage.deadlines import SqlDeadlines
from bot.storage.forms import instant, micros
from bot.storage.journal import SqlJournal
from bot.storage.log import (
    NEAR,
    LogKeys,
    Signed,
    arranged,
    batch_size,
    most_seen,
    seen_by,
    with_lines,
)
from bot.storage.sealing import DIGEST_SIZE, Seals
from bot.storage.tables import BATCHES, COSIGNATURES, PLACES, RECORDS, STAMPS
from bot.storage.tree_file import TreeFile
from bot.storage.vault import SqlVault
from bot.storage.verdicts import Damaged

_LAST = (
    select(BATCHES.c.size, BATCHES.c.note, BATCHES.c.made_at)
    .order_by(BATCHES.c.size.desc())
    .limit(1)
)
_COVERING = (
    select(BATCHES.c.size, BATCHES.c.note, BATCHES.c.made_at)
    .where(BATCHES.c.size > bindparam("leaf"))
    .order_by(BATCHES.c.size)
    .limit(NEAR)
)
_EXACTLY = select(BATCHES.c.size, BATCHES.c.note, BATCHES.c.made_at).where(
    BATCHES.c.size > bindparam("leaf"), BATCHES.c.size == bindparam("size")
)
_BEFORE = (
    select(BATCHES.c.size, BATCHES.c.note, BATCHES.c.made_at)
    .where(BATCHES.c.size <= bindparam("leaf"))
    .order_by(BATCHES.c.size.desc())
    .limit(NEAR)
)
_LEAVES = (
    select(BATCHES.c.size, BATCHES.c.leaves)
    .where(BATCHES.c.size > bindparam("behind"))
    .order_by(BATCHES.c.size)
    .limit(1_000)
)
# A power cut can take back what the tree's file got since it was flushed: the last batch, and
# one more whose flush failed. Those are written again at every opening.
_FLUSHED = select(BATCHES.c.size).order_by(BATCHES.c.size.desc()).limit(1).offset(2)
_PLACED = select(func.coalesce(func.max(PLACES.c.number), 0)).scalar_subquery()
_HOW_MANY = select(func.count()).select_from(RECORDS).where(RECORDS.c.number > _PLACED)
_WAITING = (
    select(RECORDS.c.entry, RECORDS.c.number, RECORDS.c.case_number, RECORDS.c.seq)
    .where(RECORDS.c.number > _PLACED)
    .order_by(RECORDS.c.number)
    .limit(bindparam("most"))
)
_ADD = adding(BATCHES, "size", "made_at", "note", "leaves", "ties")
_ADD_PLACE = adding(PLACES, "leaf", "number")
_ADD_LINE = adding_once(COSIGNATURES, "size", "line")
_LINES = select(COSIGNATURES.c.line).where(COSIGNATURES.c.size == bindparam("size"))
_ADD_STAMP = putting(STAMPS, "size", "token")
_STAMP = (
    select(STAMPS.c.size, STAMPS.c.token)
    .where(STAMPS.c.size > bindparam("leaf"))
    .order_by(STAMPS.c.size)
    .limit(1)
)
_DOUBT = "log.doubt"
_MOST_LINES = 1_000
"""Of one checkpoint. A note has room for 32; a receipt shows those of its own room's witnesses,
and no other case's may crowd them out."""


Placed = tuple[int, int, int]
"""What a leaf stands for: a record's number, its case's number, its seq in the case."""


class SqlGrowth(SqlJournal, SqlDeadlines, SqlVault):
    """The tree, and what is signed of it."""

    def __init__(self, database: Database, seals: Seals, keys: LogKeys, tree: TreeFile) -> None:
        super().__init__(database, seals, keys)
        self._tree = tree
        self._stand()

    def log_key(self) -> PublicKey:
        """Return the log's public key."""
        return self._keys.public()

    def log_vkey(self) -> str:
        """Return the log's verifier key as a text."""
        return self.log_key().vkey()

    def submit_key(self) -> bytes:
        """Return the 32-byte public key that signs records and leaves."""
        return bytes(self._keys.submit.verify_key)

    def leaves(self) -> int:
        """Return the number of leaves of the signed tree."""
        return self._tree.size()

    def nodes(self) -> NodeReader:
        """Return the tree's nodes."""
        return self._tree

    def checkpoint(self, now: datetime) -> str | None:
        """Put the next batch on the tree and sign it; None while the log is in doubt."""
        if self.doubted() is not None:
            return None
        before = self._tree.size()
        try:
            with self._db.writing():
                self._catch_up()
                before = self._tree.size()
                return self._grow(now)
        except BaseException:
            self._tree.stands_at(before)
            raise

    def settle(self) -> None:
        """Flush the tree's file, so that a power cut costs no more than the last batch of it.

        Apart from the checkpoint, which is durable without it: the file can be made anew.
        """
        self._tree.flush()

    def _grow(self, now: datetime) -> str:
        ((waiting,),) = self._db.rows(_HOW_MANY)
        size = batch_size(waiting)
        rows = self._db.rows(_WAITING, most=size)
        batch = arranged(
            [(row[0], row[1:]) for row in rows], size, self._keys.submit, self._seals.random
        )
        return self._put(batch, now)

    def _put(self, batch: Sequence[tuple[bytes, Placed | None]], now: datetime) -> str:
        """Put leaf hashes on the tree, each with what it stands for, and sign; in `writing`."""
        before, at = self._tree.size(), micros(now)
        ties, places = b"", []
        for leaf, (_, which) in enumerate(batch, start=before):
            stands_for = () if which is None else which[1:]
            ties += self._tie(leaf, at, *stands_for)
            if which is not None:
                places.append({"leaf": leaf, "number": which[0]})
        leaves, size = [leaf for leaf, _ in batch], before + len(batch)
        self._tree.write(before, leaves)
        note = self._keys.sign(size, self._tree)
        self._db.run(_ADD, size=size, made_at=at, note=note, leaves=b"".join(leaves), ties=ties)
        self._db.run_many(_ADD_PLACE, places)
        return note

    def _tie(self, leaf: int, made_at: int, *stands_for: int) -> bytes:
        """Return the proof that a leaf stands for this case number and seq, or for nothing.

        `made_at`, in microseconds, is when its batch was signed: no signature covers that.
        """
        return self._seals.digest("tie", leaf, made_at, *stands_for)

    def last_checkpoint(self) -> str | None:
        """Return the newest checkpoint with all the cosignature lines it has got."""
        last = self._db.row(_LAST)
        return None if last is None else with_lines(last[1], self._lines(last[0]))

    def submission(self, old: int) -> str | None:
        """Return the newest checkpoint as an add-checkpoint body from size `old`."""
        self._catch_up()
        last = self._db.row(_LAST)
        if last is None or not 0 <= old <= last[0]:
            return None
        path = consistency_path(self._tree, old, last[0])
        return Submission(old, path, parse_checkpoint(last[1])).text()

    def take_cosignature(self, size: int, line: str) -> None:
        """Keep a witness's signature line under the checkpoint of a size; twice is once."""
        with self._db.writing():
            if len(self._lines(size)) < _MOST_LINES:
                self._db.run(_ADD_LINE, size=size, line=line)

    def leads_to(self, size: int, root: bytes) -> bool:
        """Tell whether our tree has that root at that size; no if it is smaller."""
        self._catch_up()
        return size <= self._tree.size() and root_at(size, self._tree) == root

    def doubt(self, why: str) -> None:
        """Stop signing for good."""
        if self.doubted() is None:
            self.put(_DOUBT, why.encode())

    def doubted(self) -> str | None:
        """Return why nothing is signed any more, None if all is well."""
        why = self.get(_DOUBT)
        return None if why is None else why.decode()

    def take_stamp(self, size: int, token: bytes) -> None:
        """Keep a time stamp of the checkpoint of a size."""
        with self._db.writing():
            self._db.run(_ADD_STAMP, size=size, token=token)

    def stamp_over(self, leaf: int) -> tuple[int, bytes] | None:
        """Return the first time stamp over a leaf: the checkpoint's size, the token."""
        row = self._db.row(_STAMP, leaf=leaf)
        return None if row is None else (int(row[0]), bytes(row[1]))

    def _covering(
        self, leaf: int, witnesses: Sequence[PublicKey], under: int | None = None
    ) -> Signed | None:
        if under is None:
            rows = self._db.rows(_COVERING, leaf=leaf)
        else:
            rows = self._db.rows(_EXACTLY, leaf=leaf, size=under)
        return most_seen(self._signed(row, witnesses) for row in rows)

    def _before(self, leaf: int, witnesses: Sequence[PublicKey]) -> Checkpoint | None:
        rows = self._db.rows(_BEFORE, leaf=leaf)
        found = most_seen(self._signed(row, witnesses) for row in rows)
        return None if found is None else found.note

    def _signed(self, row: Row, witnesses: Sequence[PublicKey]) -> Signed:
        size, note, at = row
        return seen_by(note, instant(at), self._lines(size), witnesses)

    def _lines(self, size: int) -> list[str]:
        return [str(line) for (line,) in self._db.rows(_LINES, size=size)]

    def _stand(self) -> None:
        """Open the tree at what was signed last; make its file anew where it does not lead there."""
        last = self._db.row(_LAST)
        if last is None:
            self._tree.stands_at(0)
            return
        note = self._own(last[1])
        if note.size != last[0]:
            raise Damaged("the last checkpoint is not the one that was signed")
        flushed = self._db.row(_FLUSHED)
        self._tree.stands_at(0 if flushed is None else flushed[0])
        self._catch_up()
        if root_at(note.size, self._tree) == note.root:
            return
        self._tree.stands_at(0)
        self._catch_up()
        if self._tree.size() != note.size or root_at(note.size, self._tree) != note.root:
            raise Damaged("the log is not the one that was signed")

    def _catch_up(self) -> None:
        """Write into the tree's file what the database has beyond it, from another process too."""
        while part := self._db.rows(_LEAVES, behind=self._tree.size()):
            for until, leaves in part:
                size = self._tree.size()
                if len(leaves) != HASH_SIZE * (until - size):
                    raise Damaged(f"the leaves from {size} on are not those that were signed")
                if self._tree.holds(size, hashes(leaves)):
                    self._tree.stands_at(until)
                else:
                    self._tree.write(size, hashes(leaves))

    def _own(self, text: str) -> Checkpoint:
        try:
            note = parse_checkpoint(text)
        except FormatError:
            raise Damaged("a checkpoint is not readable") from None
        if not log_signature_holds(note, self._keys.public()):
            raise Damaged("a checkpoint is not signed by this log")
        return note


def hashes(joined: bytes, size: int = HASH_SIZE) -> list[bytes]:
    """Return joined hashes, or ties, one by one."""
    return [joined[at : at + size] for at in range(0, len(joined), size)]


def ties_of(joined: bytes) -> list[bytes]:
    """Return joined ties one by one."""
    return hashes(joined, DIGEST_SIZE)
