"""The audit of the log by itself: every record, leaf, node and checkpoint against each other.

For the start and once a day, a part at a time, so that nothing waits long for it. Refuses to
go on from what is not what was written, and names the record and the damage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import bindparam, func, select

from bot.domain.bodies import Body, Erased, EvidenceGiven
from bot.domain.ids import RecordId
from bot.domain.records import Record
from bot.ledger.leaf import checksum_of, message_of, sign_leaf
from bot.ledger.record import content_opens
from bot.ledger.tree import HASH_SIZE, leaf_hash
from bot.storage.database import Row
from bot.storage.growth import hashes, ties_of
from bot.storage.proofs import SqlProofs
from bot.storage.sealing import DIGEST_SIZE, SCHEMA
from bot.storage.tables import BATCHES, CASES, CONTENTS, FILES, PLACES, RECORD_KEYS, RECORDS
from bot.storage.verdicts import Damaged

_PART = 256
_BATCHES = (
    select(BATCHES.c.size, BATCHES.c.made_at, BATCHES.c.note, BATCHES.c.leaves, BATCHES.c.ties)
    .where(BATCHES.c.size > bindparam("behind"))
    .order_by(BATCHES.c.size)
    .limit(_PART)
)
_PLACED = (
    select(PLACES.c.leaf, RECORDS.c.case_number, RECORDS.c.seq, RECORDS.c.entry, PLACES.c.number)
    .select_from(PLACES.outerjoin(RECORDS, RECORDS.c.number == PLACES.c.number))
    .where(PLACES.c.leaf >= bindparam("first"), PLACES.c.leaf < bindparam("until"))
)
_RECORDS = (
    select(
        RECORDS.c.number,
        RECORDS.c.case_number,
        RECORDS.c.seq,
        RECORDS.c.record_digest,
        RECORDS.c.skeleton,
        RECORDS.c.jwt,
        RECORDS.c.entry,
        PLACES.c.leaf,
        CONTENTS.c.content,
        RECORD_KEYS.c.wrapped,
    )
    .select_from(
        RECORDS.outerjoin(PLACES, PLACES.c.number == RECORDS.c.number)
        .outerjoin(CONTENTS, CONTENTS.c.number == RECORDS.c.number)
        .outerjoin(RECORD_KEYS, RECORD_KEYS.c.number == RECORDS.c.number)
    )
    .where(RECORDS.c.number > bindparam("behind"))
    .order_by(RECORDS.c.number)
    .limit(_PART)
)
_STRAY = select(func.count()).select_from(PLACES).where(PLACES.c.leaf >= bindparam("until"))
# What came before a record in the log came into the log before it.
_OVERLOOKED = (
    select(func.count())
    .select_from(RECORDS)
    .where(
        RECORDS.c.number <= select(func.coalesce(func.max(PLACES.c.number), 0)).scalar_subquery(),
        RECORDS.c.number.not_in(select(PLACES.c.number)),
    )
)
_FILED = select(FILES.c.number)
_KEY = select(RECORD_KEYS.c.number).where(RECORD_KEYS.c.number == bindparam("number"))
_ORPHANS = select(
    select(func.count())
    .select_from(CONTENTS)
    .where(CONTENTS.c.number.not_in(select(RECORDS.c.number)))
    .scalar_subquery(),
    select(func.count())
    .select_from(CASES)
    .where(CASES.c.number.not_in(select(RECORDS.c.case_number)))
    .scalar_subquery(),
)


class SqlAudit(SqlProofs):
    """Checks a store against itself."""

    def audit(self) -> int:
        """Check everything; return the number of leaves. Raises `Damaged`."""
        for _ in self.audit_parts():
            pass
        return self._tree.size()

    def audit_parts(self) -> Iterator[None]:
        """Check everything, a part at each step. Raises `Damaged`."""
        self._catch_up()
        yield from self._audit_records()
        yield from self._audit_batches()
        self._audit_rest()

    def _audit_batches(self) -> Iterator[None]:
        size = 0
        while part := self._db.rows(_BATCHES, behind=size):
            for until, made_at, note, leaves, ties in part:
                if len(leaves) != HASH_SIZE * (until - size) or until <= size:
                    raise Damaged(f"the leaves from {size} on are missing or too many")
                if len(ties) != DIGEST_SIZE * (until - size):
                    raise Damaged(f"the ties of the leaves from {size} on are missing")
                if until > self._tree.size():
                    return  # grown since the audit began
                batch = hashes(leaves), ties_of(ties)
                self._audit_batch(size, until, made_at, batch)
                if note != self._keys.sign(until, self._tree):
                    raise Damaged(f"the checkpoint of size {until} was edited")
                size = until
            yield
        if size != self._tree.size():
            raise Damaged(f"the leaves from {size} on are missing")
        if self._db.row(_STRAY, until=size) != (0,):
            raise Damaged("a record stands at a place that the log does not have")

    def _audit_batch(
        self, size: int, until: int, made_at: int, batch: tuple[list[bytes], list[bytes]]
    ) -> None:
        placed: Mapping[int, Row] = {
            row[0]: row for row in self._db.rows(_PLACED, first=size, until=until)
        }
        for leaf, (digest, tie) in enumerate(zip(*batch, strict=True), start=size):
            row = placed.get(leaf)
            if row is not None and row[1] is None:
                raise Damaged(f"the record of leaf {leaf} is missing")
            stands_for = () if row is None else (row[1], row[2])
            if tie != self._tie(leaf, made_at, *stands_for):
                what = "is missing or stands elsewhere" if row is None else "was swapped"
                raise Damaged(f"{self._named(row) or f'the record of leaf {leaf}'} {what}")
            if row is not None and digest != leaf_hash(row[3]):
                raise Damaged(f"{self._named(row)} is not the one in the log (leaf {leaf})")
        if not self._tree.holds(size, batch[0]):
            raise Damaged(
                f"the tree's file was edited near leaf {size}; it can be made anew:"
                " move it away and start again"
            )

    def _audit_records(self) -> Iterator[None]:
        behind, heads, wordless = 0, dict[int, int](), dict[RecordId, str]()
        there = {number for (number,) in self._db.rows(_FILED)}
        filed = dict[int, tuple[RecordId, str]]()
        while part := self._db.rows(_RECORDS, behind=behind):
            for row in part:
                record, which = self._audit_record(row)
                heads[row[1]] = heads.get(row[1], 0) + 1
                if heads[row[1]] != row[2]:
                    raise Damaged(f"records of case {record.case} are missing, before {which}")
                if row[-1] is None:
                    wordless[record.id] = which
                elif row[0] in there or _has_file(record.body):
                    filed[row[0]] = record.id, which
                if isinstance(record.body, Erased):
                    # It comes after what it erased.
                    self._audit_erased(record.body)
                    for name in record.body.records:
                        wordless.pop(name, None)
                    yield  # one names up to 512 records
            behind = int(part[-1][0])
            yield
        for which in wordless.values():
            raise Damaged(f"{which} has lost its words, and nobody erased them")
        if there - filed.keys():
            raise Damaged("a file has lost its record, or was erased and is there again")
        yield from self._audit_files(filed)

    def _audit_files(self, filed: Mapping[int, tuple[RecordId, str]]) -> Iterator[None]:
        """Open each file under its record; one at a step, because they are large."""
        for number, (record, which) in filed.items():
            try:
                found = self.file(record)
            except Damaged:
                raise Damaged(f"the file of {which} was edited or swapped") from None
            if found is None and self._db.row(_KEY, number=number) is not None:
                raise Damaged(f"{which} has lost its file")
            yield

    def _audit_erased(self, body: Erased) -> None:
        for name in body.records:
            row = self._find(name)
            if row is not None and self._whole(row)[-1] is not None:
                which = f"record {row[1]} of case {self._ring.case_name(row[0])}"
                raise Damaged(f"the words of {which} were erased, and are there again")

    def _audit_record(self, row: Row) -> tuple[Record, str]:
        _, number, seq, digest, skeleton, jwt, entry, leaf, content, wrapped = row
        case = self._ring.case_name(number)
        which = f"record {seq} of case {case}"
        try:
            record = self._record(case, seq, digest, skeleton)
        except Damaged:
            raise Damaged(f"the skeleton of {which} was edited or swapped") from None
        said = message_of(jwt)
        if entry[:HASH_SIZE] != checksum_of(said) or (
            # A leaf in the tree is compared with the tree.
            leaf is None and entry != sign_leaf(said, self._keys.submit).encode()
        ):
            raise Damaged(f"the signed form of {which} was edited")
        if (content is None) != (wrapped is None):
            raise Damaged(f"{which} has lost its {'words' if content is None else 'key'}")
        if content is None or wrapped is None:
            return record, which
        lock = self._ring.compartment(case, record.compartment)
        if lock is None:
            raise Damaged(f"the compartment key of {which} is missing")
        try:
            opens = content_opens(jwt, content, lock.unwrap(wrapped, case, digest, SCHEMA, seq))
        except Damaged:
            opens = False
        if not opens:
            raise Damaged(f"the words of {which} were edited or swapped")
        return record, which

    def _audit_rest(self) -> None:
        if self._db.row(_OVERLOOKED) != (0,):
            raise Damaged("a record was moved to where the log has passed it by")
        contents, cases = self._db.rows(_ORPHANS)[0]
        if contents:
            raise Damaged("words have lost their record")
        if cases:
            raise Damaged("a case has lost its records")

    def _named(self, row: Row | None) -> str:
        if row is None:
            return ""
        return f"record {row[2]} of case {self._ring.case_name(row[1])}"


def _has_file(body: Body) -> bool:
    return isinstance(body, EvidenceGiven) and bool(body.kind)
