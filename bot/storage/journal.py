"""The journal: records under their keys, each a leaf of the installation's tree.

Refuses to append where another writer was first (`HeadMoved`), and to read on where a record
is not what was written (`Damaged`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, delete, func, select

from bot.domain.bodies import CaseOpened, PartyAdded, SeatAdded
from bot.domain.codec import BadForm
from bot.domain.ids import CaseId, CompartmentId, RecordId
from bot.domain.records import Record
from bot.ledger.disclosure import Disclosure
from bot.ledger.encoding import FormatError
from bot.ledger.leaf import message_of, sign_leaf
from bot.ledger.record import SealedRecord, open_record, seal
from bot.policy.label import Label
from bot.ports import Batch, HeadMoved
from bot.storage.database import Database, Row, adding
from bot.storage.forms import forms_of, names_one, prose_of, record_of
from bot.storage.keyring import Keyring
from bot.storage.log import LogKeys
from bot.storage.part import Part
from bot.storage.sealing import SCHEMA, Lock, Seals, derived
from bot.storage.tables import CASES, CONTENTS, FILES, HANDLED, RECORD_KEYS, RECORDS
from bot.storage.verdicts import Damaged

_CASES = (
    select(CASES.c.case_digest, CASES.c.sealed)
    .join(RECORDS, RECORDS.c.case_number == CASES.c.number)
    .where(RECORDS.c.seq == 1)
    .order_by(RECORDS.c.number)
)
_HEAD = select(func.max(RECORDS.c.seq)).where(RECORDS.c.case_number == bindparam("number"))
_LOAD = (
    select(RECORDS.c.seq, RECORDS.c.record_digest, RECORDS.c.skeleton)
    .where(
        RECORDS.c.case_number == bindparam("number"),
        RECORDS.c.seq > bindparam("after"),
        RECORDS.c.seq <= bindparam("until"),
    )
    .order_by(RECORDS.c.seq)
)
_LAST_SEQ = 2**63 - 1
_ONE = select(
    RECORDS.c.case_number,
    RECORDS.c.seq,
    RECORDS.c.record_digest,
    RECORDS.c.skeleton,
    RECORDS.c.jwt,
    RECORDS.c.number,
).where(RECORDS.c.record_digest == bindparam("record"))
_CONTENT = (
    select(CONTENTS.c.content, RECORD_KEYS.c.wrapped)
    .join(RECORD_KEYS, RECORD_KEYS.c.number == CONTENTS.c.number)
    .where(CONTENTS.c.number == bindparam("number"))
)
_NUMBER = select(RECORDS.c.number).where(RECORDS.c.record_digest == bindparam("record"))
_ADD_RECORD = adding(RECORDS, "case_number", "seq", "record_digest", "jwt", "skeleton", "entry")
_ADD_CONTENT = adding(CONTENTS, "number", "content")
_ADD_KEY = adding(RECORD_KEYS, "number", "wrapped")
_ERASE_CONTENT = delete(CONTENTS).where(CONTENTS.c.number == bindparam("number"))
_ERASE_KEY = delete(RECORD_KEYS).where(RECORD_KEYS.c.number == bindparam("number"))
_FILE = (
    select(FILES.c.sealed, RECORD_KEYS.c.wrapped)
    .join(RECORD_KEYS, RECORD_KEYS.c.number == FILES.c.number)
    .where(FILES.c.number == bindparam("number"))
)
_ADD_FILE = adding(FILES, "number", "sealed")
_ERASE_FILE = delete(FILES).where(FILES.c.number == bindparam("number"))
_KEY = select(RECORD_KEYS.c.wrapped).where(RECORD_KEYS.c.number == bindparam("number"))
# Records whose only prose is a name. Names stand in almost every sentence; what people said does
# not, and is opened anew each time.
_NAMING = (CaseOpened, PartyAdded, SeatAdded)
_HANDLED = select(HANDLED.c.event_digest).where(HANDLED.c.event_digest == bindparam("event"))
_ADD_HANDLED = adding(HANDLED, "event_digest")


class SqlJournal(Part):
    """The records of `ports.Journal` on SQL; checkpoints and receipts are in `proofs`."""

    def __init__(self, database: Database, seals: Seals, keys: LogKeys) -> None:
        super().__init__(database, seals)
        self._keys = keys
        self._ring = Keyring(database, seals)
        # What was opened, beside the very bytes it was opened from: erased bytes open nothing.
        self._names: dict[RecordId, tuple[Row, tuple[Label, Mapping[str, str]]]] = {}

    def cases(self) -> tuple[CaseId, ...]:
        """Return all cases, in the order they were opened."""
        return tuple(self._ring.opened_name(*row) for row in self._db.rows(_CASES))

    def load(self, case: CaseId, after: int = 0, most: int | None = None) -> tuple[Record, ...]:
        """Return a case's records after a head, at most so many, in order, prose fields empty."""
        key = self._ring.case(case)
        if key is None:
            return ()
        until = _LAST_SEQ if most is None else after + most
        rows = self._db.rows(_LOAD, number=key.number, after=after, until=until)
        if [row[0] for row in rows] != list(range(after + 1, after + 1 + len(rows))):
            raise Damaged("records of a case are missing")
        return tuple(self._record(case, seq, digest, sealed) for seq, digest, sealed in rows)

    def prose(self, record: RecordId) -> tuple[Label, Mapping[str, str]] | None:
        """Open a record's prose; no fields if it was erased, None if there is no such record."""
        row = self._find(record)
        if row is None:
            return None
        stored = self._whole(row)
        known = self._names.get(record)
        if known is not None and known[0] == stored:
            return known[1]
        self._names.pop(record, None)
        opened = self._open(stored)
        if opened is None:
            number, seq, digest, skeleton = stored[:4]
            return self._record(self._ring.case_name(number), seq, digest, skeleton).label, {}
        found, disclosures = opened
        shown = {d.name: d.value for d in disclosures}
        prose = found.label, prose_of(type(found.body), shown)
        if isinstance(found.body, _NAMING):
            self._names[record] = (stored, prose)
        return prose

    def handled(self, event: str) -> bool:
        """Tell whether an event was committed before."""
        return self._db.row(_HANDLED, event=self._seals.digest("handled", event)) is not None

    def jwt(self, record: RecordId) -> bytes | None:
        """Return a record's JWT; None if there is no such record."""
        row = self._find(record)
        return None if row is None else bytes(row[4])

    def records_in(
        self, case: CaseId, compartment: CompartmentId, after: int = 0, most: int | None = None
    ) -> tuple[RecordId, ...]:
        """Return those of a case's `most` records after a head that are a compartment's, in order."""
        return tuple(r.id for r in self.load(case, after, most) if r.compartment == compartment)

    def file(self, record: RecordId) -> bytes | None:
        """Open the file sealed with a record; None if there is none, or it was erased."""
        row = self._find(record)
        found = None if row is None else self._db.row(_FILE, number=row[-1])
        if row is None or found is None:
            return None
        return self._file_lock(row, found[1]).open(found[0], "file", row[2])

    def _keep_file(self, record: RecordId, content: bytes) -> None:
        row = self._find(record)
        key = None if row is None else self._db.row(_KEY, number=row[-1])
        if row is None or key is None:
            raise Damaged("a file's record is not there")
        sealed = self._file_lock(row, key[0]).seal(content, "file", row[2])
        self._db.run(_ADD_FILE, number=row[-1], sealed=sealed)

    def _file_lock(self, row: Row, wrapped: bytes) -> Lock:
        """Return the lock of a record's file: a key of its own that follows from the record's."""
        number, seq, digest, skeleton = row[:4]
        case = self._ring.case_name(number)
        record = self._record(case, seq, digest, skeleton)
        lock = self._ring.compartment(case, record.compartment)
        if lock is None:
            raise Damaged("a record belongs to no compartment")
        key = lock.unwrap(wrapped, case, digest, SCHEMA, seq)
        return self._seals.lock(derived(key, b"parley/file"))

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

    def _erase(self, records: Sequence[RecordId]) -> None:
        """Destroy the keys and contents of records; skeletons, JWTs and leaves stay."""
        for record in records:
            self._names.pop(record, None)
            row = self._db.row(_NUMBER, record=self._seals.digest("record", record))
            if row is not None:
                self._db.run(_ERASE_CONTENT, number=row[0])
                self._db.run(_ERASE_KEY, number=row[0])
                self._db.run(_ERASE_FILE, number=row[0])

    def _note_handled(self, events: Iterable[str]) -> None:
        digest = self._seals.digest
        self._db.run_many(_ADD_HANDLED, [{"event_digest": digest("handled", e)} for e in events])

    def _head(self, case: CaseId) -> int:
        key = self._ring.case(case)
        row = None if key is None else self._db.row(_HEAD, number=key.number)
        return 0 if row is None or row[0] is None else int(row[0])

    def _append(self, batch: Batch) -> None:
        if self._head(batch.case) != batch.head:
            raise HeadMoved("another writer appended to the case first")
        if not batch.records:
            return
        number = self._ring.case_or_new(batch.case).number
        for seq, record in enumerate(batch.records, start=batch.head + 1):
            if record.case != batch.case:
                raise ValueError("a batch holds a record of another case")
            self._write(record, number, seq)

    def _write(self, record: Record, number: int, seq: int) -> None:
        case = self._ring.case_or_new(record.case)
        digest = self._seals.digest("record", record.id)
        place = (record.case, digest, SCHEMA, seq)
        lock = self._ring.compartment_or_new(record.case, record.compartment)
        key, wrapped = lock.new_key(*place)
        skeleton, fields = forms_of(record)
        sealed: SealedRecord = seal(fields, key, self._keys.submit)
        self._db.run(
            _ADD_RECORD,
            case_number=number,
            seq=seq,
            record_digest=digest,
            jwt=sealed.jwt,
            skeleton=case.lock.seal(skeleton, "skeleton", *place),
            entry=sign_leaf(message_of(sealed.jwt), self._keys.submit).encode(),
        )
        row = self._db.row(_NUMBER, record=digest)
        if row is None:
            raise Damaged("a record that was just written is not there")
        self._db.run(_ADD_CONTENT, number=row[0], content=sealed.content)
        self._db.run(_ADD_KEY, number=row[0], wrapped=wrapped)

    def _find(self, record: RecordId) -> Row | None:
        return self._db.row(_ONE, record=self._seals.digest("record", record))

    def _whole(self, row: Row) -> Row:
        """Return a row of `_ONE` with its content and key, None in their place once erased."""
        return (*row, self._db.row(_CONTENT, number=row[-1]))

    def _open(self, stored: Row) -> tuple[Record, Sequence[Disclosure]] | None:
        """Open what `_whole` found: the record and all its fields; None once it was erased."""
        number, seq, digest, skeleton, jwt, _, content = stored
        case = self._ring.case_name(number)
        record = self._record(case, seq, digest, skeleton)
        lock = self._ring.compartment(case, record.compartment)
        if content is None or lock is None:
            return None
        key = lock.unwrap(content[1], case, digest, SCHEMA, seq)
        try:
            return record, open_record(jwt, content[0], key)
        except FormatError:
            raise Damaged("a record's content is not what was written") from None

    def _record(self, case: CaseId, seq: int, digest: bytes, sealed: bytes) -> Record:
        key = self._ring.case(case)
        if key is None:
            raise Damaged("a record belongs to no case")
        try:
            return record_of(case, key.lock.open(sealed, "skeleton", case, digest, SCHEMA, seq))
        except BadForm:
            raise Damaged("a record's skeleton is not what was written") from None
