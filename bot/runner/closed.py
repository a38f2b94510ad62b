"""What a case says that a compartment must not read: names, and identifiers in its words.

The engine reads no words, so this is the shell's to know. Read from the journal as it grows, kept in
memory only, and judged by the labels as they are now. Refuses to hand out a word: what leaves this
room is compiled for searching.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CaseId, CompartmentId, RecordId
from bot.domain.records import PLANS, Record
from bot.policy.label import Label
from bot.ports import Journal
from bot.redaction.folding import fold
from bot.redaction.hits import Kind
from bot.redaction.identifiers import identifiers
from bot.redaction.protected import Protected, protect
from bot.runner.arrived import Offload

CHUNK: Final = 200
"""Records read in one storage call: a deadline waits for no more than that."""
_NAMES: Final = frozenset({"name", "person", "named"})
_MANY_NAMES: Final = frozenset({"names"})
"""With commas between."""
_KNOWN: Final = (b.CaseOpened, b.PartyAdded)
"""Their names are known to every compartment."""

Key = tuple[Kind, str]


@dataclass(frozen=True, slots=True, repr=False)
class _Entry:
    """What one record holds: names as they are spelled, and identifiers."""

    record: RecordId
    label: Label
    names: tuple[str, ...]
    keys: frozenset[Key]


@dataclass(slots=True, repr=False)
class _Read:
    """A case as far as it was read. `released` are items made by release, with their names or not."""

    head: int = 0
    entries: list[_Entry] = field(default_factory=list)
    released: dict[RecordId, bool] = field(default_factory=dict)
    made: dict[CompartmentId, tuple[object, Protected]] = field(default_factory=dict)


class Closed:
    """Knows for each compartment what is closed to it. One case is read by one caller at a time."""

    def __init__(self, journal: Journal, offload: Offload) -> None:
        self._journal = journal
        self._offload = offload
        self._cases: dict[CaseId, _Read] = {}
        self._reading = asyncio.Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="closed")

    async def to(self, case: Case, reader: CompartmentId) -> Protected:
        """Return what a compartment must not read, compiled. `OSError` from a failing store."""
        async with self._reading:
            read = await self._read(case)
            hidden, open_ = _parted(case, read.entries, reader)
            names = _names(hidden, open_)
            keys = frozenset(_keys(hidden)) - frozenset(_keys(open_))
            wanted = (names, keys)
            known = read.made.get(reader)
            if known is not None and known[0] == wanted:
                return known[1]
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._pool, protect, names, keys)
            read.made[reader] = (wanted, made)
            return made

    async def without(self, case: Case, reader: CompartmentId, texts: Iterable[str]) -> Protected:
        """Return the same but for what stands in these texts, which the reader has already."""
        protected = await self.to(case, reader)
        loop = asyncio.get_running_loop()
        said = tuple(texts)
        known = await loop.run_in_executor(self._pool, _standing_in, said, protected)
        hidden, open_ = _parted(case, self._cases[case.id].entries, reader)
        names = tuple(pair for pair in _names(hidden, open_) if pair[0] not in known[0])
        keys = frozenset(_keys(hidden)) - frozenset(_keys(open_)) - known[1]
        return await loop.run_in_executor(self._pool, protect, names, keys)

    def is_foreign(self, case: CaseId, record: RecordId) -> bool:
        """Tell whether a record's words came by release, and its owners said nothing of names."""
        read = self._cases.get(case)
        return read is None or not read.released.get(record, True)

    async def _read(self, case: Case) -> _Read:
        read = self._cases.setdefault(case.id, _Read())
        while True:
            after = read.head
            found = await self._offload(lambda: self._opened(case.id, after))  # noqa: B023
            if not found:
                return read
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._pool, _entries, found)
            read.entries += [entry for entry in made if entry.names or entry.keys]
            for record, _ in found:
                if isinstance(record.body, b.ItemReleased):
                    read.released[record.id] = record.body.named
            read.head += len(found)

    def _opened(self, case: CaseId, after: int) -> tuple[tuple[Record, dict[str, str]], ...]:
        records = self._journal.load(case, after, CHUNK)
        prose = ((one, self._journal.prose(one.id)) for one in records)
        return tuple((one, dict(said[1]) if said is not None else {}) for one, said in prose)


def _entries(found: Iterable[tuple[Record, dict[str, str]]]) -> list[_Entry]:
    return [
        _Entry(record.id, record.label, tuple(_named(record, said)), _identified(said))
        for record, said in found
    ]


def _named(record: Record, said: dict[str, str]) -> Iterator[str]:
    if isinstance(record.body, _KNOWN):
        return
    for name in PLANS[type(record.body)].prose:
        words = said.get(name, "")
        if name in _NAMES and words.strip():
            yield words.strip()
        elif name in _MANY_NAMES:
            yield from (one.strip() for one in words.split(",") if one.strip())


def _identified(said: dict[str, str]) -> frozenset[Key]:
    return frozenset((hit.kind, hit.key) for words in said.values() for hit in identifiers(words))


def _parted(
    case: Case, entries: Iterable[_Entry], reader: CompartmentId
) -> tuple[list[_Entry], list[_Entry]]:
    """Part what stands into what a compartment may not read and what it may."""
    seats = {seat.record: seat.id for seat in (*case.seats.values(), *case.removed.values())}
    hidden: list[_Entry] = []
    open_: list[_Entry] = []
    for entry in entries:
        if entry.record in case.erased:
            continue
        seat = seats.get(entry.record)
        label = case.label_of_seat(seat) if seat is not None else entry.label
        (open_ if label.admits(reader) else hidden).append(entry)
    return hidden, open_


def _names(hidden: list[_Entry], open_: list[_Entry]) -> tuple[tuple[str, str], ...]:
    """Return (id, spelling) pairs; a name that is spelled alike where it may be read is none."""
    known = {fold(name).text for entry in open_ for name in entry.names}
    return tuple(
        (f"{entry.record}:{number}", name)
        for entry in hidden
        for number, name in enumerate(entry.names)
        if fold(name).text not in known
    )


def _keys(entries: Iterable[_Entry]) -> Iterator[Key]:
    for entry in entries:
        yield from entry.keys


def _standing_in(
    texts: Iterable[str], protected: Protected
) -> tuple[frozenset[str], frozenset[Key]]:
    names: set[str] = set()
    keys: set[Key] = set()
    for text in texts:
        names |= {hit.key for hit in protected.hits(text)}
        keys |= {(hit.kind, hit.key) for hit in identifiers(text)}
    return frozenset(names), frozenset(keys)
