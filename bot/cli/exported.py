"""What `parley export` writes of a case: each record a party may hold, and where things stand.

Every field comes out of the receipt that proves it, so that nothing stands in the files that a
receipt would not show. Refuses, as `Damaged`, what the store refuses. docs/spec/export.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.digest.holding import held_in, own_compartments, promises_held, watches_held
from bot.domain.case import Case, Commitment, Offer, Watch
from bot.domain.ids import CompartmentId, PartyId, RecordId
from bot.domain.records import Record
from bot.engine.levels import level_of_commitment, level_of_offer
from bot.ledger.disclosure import Value
from bot.ledger.keys import PublicKey
from bot.ledger.receipt import Receipt, parse_receipt, sigsum_proof
from bot.ports import Journal
from bot.runner.receipts import signatures_under, witnesses_of
from bot.storage.forms import KIND, MOMENT, ledger_fields, shown_in_receipt
from bot.storage.verdicts import Damaged

FORMAT: Final = "parley-export/1"
LOGGED, ERASED, WAITING = "logged", "erased", "not logged yet"
_CODES = ("code", "offer")
_CODE = re.compile(r"[0-9A-Z-]{1,16}")
_TRIES = 3

Keep = Callable[[str, bytes], None]
"""Takes a file's name, with slashes, and what is in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. Names of files are relative to the directory; `fields` are the receipt's."""

    number: int
    status: str
    kind: str | None = None
    code: str | None = None
    recorded_at: str | None = None
    late: bool = False
    fields: Mapping[str, Value] | None = None
    receipt: str | None = None
    sha256: str | None = None
    sigsum: str | None = None
    checkpoint: int | None = None
    stamp: str | None = None
    stamped_receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise as the party knows it; `records` are the numbers of records under its code."""

    code: str
    obligor: str
    obligee: str
    due: str
    state: str
    level: str
    records: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A watch as the party knows it."""

    code: str
    kind: str
    state: str
    level: int
    due: str
    acknowledged_until: str | None
    last_report: str | None
    last_strength: str | None
    records: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """`case.json`, as docs/spec/export.md 3 has it."""

    format: str
    party: str
    written_at: str
    log: str
    log_in_doubt: bool
    parties: Mapping[str, str]
    records: tuple[Entry, ...]
    promises: tuple[Promise, ...]
    watches: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A party's part of a case: the records it may hold, in order."""

    case: Case
    party: PartyId
    records: tuple[Record, ...]


def holding(case: Case, records: Iterable[Record], party: PartyId) -> Holding:
    """Pick what a party may hold out of all records of a case."""
    own = own_compartments(case, party)
    return Holding(case, party, tuple(r for r in records if held_in(case, r, own)))


def collect(
    store: Journal, part: Holding, now: datetime, keep: Keep, tick: Callable[[], None]
) -> Exported:
    """Hand the proof of each record to `keep`; return what goes into `case.json`.

    `tick` is called after each record.
    """
    case = part.case
    own = own_compartments(case, part.party)
    numbers: dict[RecordId, int] = {}
    entries: list[Entry] = []
    stamps: set[int] = set()
    for number, record in enumerate(part.records, start=1):
        places = held_in(case, record, own)
        proving = _Proving(store, case, record, _witnesses(case, places))
        entries.append(_entry(proving, number, keep, stamps))
        numbers[record.id] = number
        tick()
    by_code = _by_code(entries)
    made, offered = promises_held(case, own)
    return Exported(
        FORMAT,
        part.party,
        moment(now),
        store.log_vkey(),
        store.doubted() is not None,
        {p.id: _name(store, p.record) for _, p in sorted(case.parties.items())},
        tuple(entries),
        (
            *(_promise(case, found, by_code) for found in made),
            *(_offer(case, found, by_code) for found in offered),
        ),
        tuple(_check(found, by_code, numbers) for found in watches_held(case, own)),
    )


@dataclass(frozen=True, slots=True)
class _Proving:
    """A record, and whose lines its receipt may carry."""

    store: Journal
    case: Case
    record: Record
    witnesses: tuple[PublicKey, ...]

    def receipt(self, under: int | None = None) -> tuple[str | None, bool]:
        """Return the receipt's text, and whether it is late.

        A checkpoint that the running bot signs at this very moment is no damage: it is asked again.
        """
        parties = signatures_under(self.case, self.record.id)
        for again in range(_TRIES):
            try:
                found = self.store.receipt(self.record.id, self.witnesses, parties, under)
            except Damaged:
                if again + 1 == _TRIES:
                    raise
            else:
                return found.text, found.late
        raise AssertionError


def _entry(proving: _Proving, number: int, keep: Keep, stamps: set[int]) -> Entry:
    text, late = proving.receipt()
    if text is None:
        return _waiting(proving, number, late=late)
    read = parse_receipt(text)
    fields = {d.name: d.value for d in read.disclosures}
    name = f"{number:04}-{_called(fields)}"
    receipt, sigsum = f"receipts/{name}.parley", f"sigsum/{name}.proof"
    keep(receipt, text.encode())
    keep(sigsum, sigsum_proof(read, proving.witnesses).encode())
    stamp, stamped = _stamp(proving, read, receipt, keep, stamps)
    return Entry(
        number=number,
        status=LOGGED if fields else ERASED,
        kind=_text(fields.get(KIND)),
        code=_code(fields),
        recorded_at=_text(fields.get(MOMENT)),
        fields=fields or None,
        receipt=receipt,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        sigsum=sigsum,
        checkpoint=read.proof.checkpoint.size,
        stamp=stamp,
        stamped_receipt=stamped,
    )


def _stamp(
    proving: _Proving, read: Receipt, receipt: str, keep: Keep, stamps: set[int]
) -> tuple[str | None, str | None]:
    """Keep the first time stamp over an entry; return its file, and that of the receipt it dates.

    A stamp dates one checkpoint: where the receipt shows another, there is a second receipt.
    """
    found = proving.store.stamp_over(read.proof.index)
    if found is None:
        return None, None
    size, token = found
    if size != read.proof.checkpoint.size:
        text, _ = proving.receipt(under=size)
        if text is None:
            return None, None
        receipt = receipt.replace("receipts/", "stamped/")
        keep(receipt, text.encode())
    file = f"stamps/{size}.tsr"
    if size not in stamps:
        keep(file, token)
        stamps.add(size)
    return file, receipt


def _waiting(proving: _Proving, number: int, *, late: bool) -> Entry:
    """List a record that nothing proves yet, without its words."""
    record = proving.record
    if record.id in proving.case.erased:
        return Entry(number, ERASED, late=late)
    every = ledger_fields(record)
    shown = {name: every[name] for name in shown_in_receipt(type(record.body), every)}
    kind, at = _text(shown.get(KIND)), _text(shown.get(MOMENT))
    return Entry(number, WAITING, kind, _code(shown), at, late=late)


def _witnesses(case: Case, places: Iterable[CompartmentId]) -> tuple[PublicKey, ...]:
    """Return the witnesses whose lines one of these compartments may see, each once."""
    found = {key.vkey(): key for place in places for key in witnesses_of(case, place)}
    return tuple(key for _, key in sorted(found.items()))


def _called(fields: Mapping[str, Value]) -> str:
    """Return what a file is called: the code, else the kind of record."""
    kind = _text(fields.get(KIND))
    if kind is None:
        return "erased"
    return _code(fields) or re.sub("[^a-z]+", "-", kind.partition("/")[0])


def _code(fields: Mapping[str, Value]) -> str | None:
    for name in _CODES:
        found = fields.get(name)
        if isinstance(found, str) and _CODE.fullmatch(found):
            return found
    return None


def _by_code(entries: Iterable[Entry]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for entry in entries:
        if entry.code is not None:
            found[entry.code] = (*found.get(entry.code, ()), entry.number)
    return found


def _promise(case: Case, found: Commitment, by_code: Mapping[str, tuple[int, ...]]) -> Promise:
    level = level_of_commitment(case, found)
    return _owed(found, found.state.value, level.value, by_code)


def _offer(case: Case, found: Offer, by_code: Mapping[str, tuple[int, ...]]) -> Promise:
    state = "accepted" if found.accepted else "refused" if found.refused else "offered"
    return _owed(found, state, level_of_offer(case, found).value, by_code)


def _owed(
    found: Commitment | Offer, state: str, level: str, by_code: Mapping[str, tuple[int, ...]]
) -> Promise:
    code, due = found.item.code, moment(found.due)
    return Promise(code, found.obligor, found.obligee, due, state, level, by_code.get(code, ()))


def _check(
    found: Watch, by_code: Mapping[str, tuple[int, ...]], numbers: Mapping[RecordId, int]
) -> Check:
    told = found.last_report in numbers
    return Check(
        found.item.code,
        found.kind.value,
        found.state.value,
        found.level,
        moment(found.occurrence),
        moment(found.acked_until) if found.acked_until else None,
        moment(found.last_at) if told and found.last_at else None,
        found.last_strength.value if told and found.last_strength else None,
        by_code.get(found.item.code, ()),
    )


def _name(store: Journal, record: RecordId) -> str:
    opened = store.prose(record)
    return opened[1].get("name", "") if opened else ""


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def moment(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC, as records have it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
