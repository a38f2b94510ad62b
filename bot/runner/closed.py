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
from bot.domain.records import Record
from bot.engine.protected import Name, kept_from
from bot.policy.label import Label
from bot.ports import Journal
from bot.redaction.hits import Kind
from bot.redaction.identifiers import identifiers
from bot.redaction.protected import Protected, not_known, protect
from bot.redaction.views import views
from bot.runner.arrived import Offload
from bot.words.phrase import Ref

CHUNK: Final = 200
"""Records read in one storage call: a deadline waits for no more than that."""
Key = tuple[Kind, str]
Names = tuple[tuple[str, str], ...]
"""Pairs of a record and a spelling."""


@dataclass(frozen=True, slots=True, repr=False)
class _Entry:
    """The identifiers in the words of one record."""

    record: RecordId
    label: Label
    keys: frozenset[Key]


@dataclass(slots=True, repr=False)
class _Read:
    """A case as far as it was read. `released` are items made by release."""

    head: int = 0
    entries: list[_Entry] = field(default_factory=list)
    released: set[RecordId] = field(default_factory=set)
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
            wanted = await self._wanted(case, reader)
            made = self._cases[case.id].made
            known = made.get(reader)
            if known is None or known[0] != wanted:
                known = made[reader] = (wanted, await self._compiled(*wanted))
            return known[1]

    async def without(self, case: Case, reader: CompartmentId, texts: Iterable[str]) -> Protected:
        """Return the same but for what stands in these texts, which the reader has already."""
        protected = await self.to(case, reader)
        loop = asyncio.get_running_loop()
        said = tuple(texts)
        names, keys = await loop.run_in_executor(self._pool, _standing_in, said, protected)
        async with self._reading:
            wanted = await self._wanted(case, reader)
        rest = tuple(pair for pair in wanted[0] if pair[0] not in names)
        return await self._compiled(rest, wanted[1] - keys)

    async def _compiled(self, names: Names, keys: frozenset[Key]) -> Protected:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, protect, names, keys)

    async def _wanted(self, case: Case, reader: CompartmentId) -> tuple[Names, frozenset[Key]]:
        read = await self._read(case)
        kept = kept_from(case, reader)
        known = await self._spelled(kept.known)
        names = not_known(await self._spelled(kept.names), (name for _, name in known))
        return names, _closed_keys(case, read.entries, reader)

    async def _spelled(self, names: tuple[Name, ...]) -> Names:
        found: list[tuple[str, str]] = []
        for at in range(0, len(names), CHUNK):
            some = names[at : at + CHUNK]
            found += await self._offload(lambda: self._opened_names(some))  # noqa: B023
        return tuple(found)

    def _opened_names(self, names: tuple[Name, ...]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for name in names:
            spelled = name.spelling
            if isinstance(spelled, Ref):
                said = self._journal.prose(spelled.record)
                spelled = said[1].get(spelled.field, "") if said is not None else ""
            if spelled.strip():
                found.append((str(name.record), spelled.strip()))
        return found

    async def said_in(self, case: Case, place: CompartmentId) -> frozenset[Key]:
        """Return the identifiers in words that a compartment may read: they are masked in any form.

        Others are not, or what is masked would tell a room what stands in words closed to it.
        """
        async with self._reading:
            entries = (await self._read(case)).entries
        open_here = (e for e in entries if e.record not in case.erased and e.label.admits(place))
        return frozenset(key for entry in open_here for key in entry.keys)

    def is_foreign(self, case: Case, record: RecordId) -> bool:
        """Tell whether a record's words came by release, and its owners said nothing of names."""
        read = self._cases.get(case.id)
        return read is None or (record in read.released and record not in case.named)

    async def _read(self, case: Case) -> _Read:
        read = self._cases.setdefault(case.id, _Read())
        while True:
            after = read.head
            found = await self._offload(lambda: self._opened(case.id, after))  # noqa: B023
            if not found:
                return read
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._pool, _entries, found)
            read.entries += [entry for entry in made if entry.keys]
            read.released.update(one.id for one, _ in found if isinstance(one.body, b.ItemReleased))
            read.head += len(found)

    def _opened(self, case: CaseId, after: int) -> tuple[tuple[Record, dict[str, str]], ...]:
        records = self._journal.load(case, after, CHUNK)
        prose = ((one, self._journal.prose(one.id)) for one in records)
        return tuple((one, dict(said[1]) if said is not None else {}) for one, said in prose)


def _entries(found: Iterable[tuple[Record, dict[str, str]]]) -> list[_Entry]:
    return [_Entry(record.id, record.label, _identified(said)) for record, said in found]


def _identified(said: dict[str, str]) -> frozenset[Key]:
    return frozenset(key for words in said.values() for key in _keys_in(words))


def _keys_in(words: str) -> Iterator[Key]:
    """Yield the identifiers in words, also where they are spaced out, spoken or in a link."""
    for view in views(words):
        yield from ((hit.kind, hit.key) for hit in identifiers(view.text))


def _closed_keys(case: Case, entries: Iterable[_Entry], reader: CompartmentId) -> frozenset[Key]:
    """Return identifiers that stand in words closed to a compartment, and in no others."""
    hidden: set[Key] = set()
    known: set[Key] = set()
    for entry in entries:
        if entry.record not in case.erased:
            (known if entry.label.admits(reader) else hidden).update(entry.keys)
    return frozenset(hidden - known)


def _standing_in(
    texts: Iterable[str], protected: Protected
) -> tuple[frozenset[str], frozenset[Key]]:
    names: set[str] = set()
    keys: set[Key] = set()
    for text in texts:
        names |= {hit.key for view in views(text) for hit in protected.hits(view.text)}
        keys |= set(_keys_in(text))
    return frozenset(names), frozenset(keys)
