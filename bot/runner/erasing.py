"""Which records an erasure is about: the engine reads no words, so the shell looks."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import Final

from bot.domain.bodies import Erased
from bot.domain.ids import CaseId, Prose, RecordId
from bot.domain.records import Record
from bot.domain.vocabulary import ErasureKind
from bot.engine.effects import Erase
from bot.ports import Store

MOST: Final = 512
"""Records that one `Erased` names: its list must fit into one field of the ledger (32 kB)."""


LOOKED_AT: Final = 100
"""Records that are opened on end to see whether they are meant."""


def in_parts(record: Record) -> tuple[Record, ...]:
    """Return a record as it is written: an erasure of very many as several, the first with why."""
    body = record.body
    if not isinstance(body, Erased) or len(body.records) <= MOST:
        return (record,)
    parts = [body.records[at : at + MOST] for at in range(0, len(body.records), MOST)]
    first = replace(record, body=replace(body, records=parts[0]))
    return (first, *(_later(record, body, part, n) for n, part in enumerate(parts[1:], 1)))


def _later(record: Record, body: Erased, part: tuple[RecordId, ...], number: int) -> Record:
    # Follows from the first: the same event decided again gives the same records.
    name = blake2b(f"{record.id}\n{number}".encode(), digest_size=16, person=b"parley-part/1")
    said = replace(body, records=part, reason=Prose(""))
    return replace(record, id=RecordId(name.hexdigest()), body=said)


def found_for(
    store: Store, case: CaseId, wish: Erase, after: int = 0, most: int | None = None
) -> tuple[RecordId, ...]:
    """Return those of a case's `most` records after a head that an erasure is about.

    To be called on the storage thread, a part at a time: deadlines wait for the same thread.
    """
    match wish.kind:
        case ErasureKind.RECORD:
            return wish.records if not after else ()
        case ErasureKind.COMPARTMENT:
            if wish.compartment is None:
                return ()
            return store.records_in(case, wish.compartment, after, most)
        case ErasureKind.PERSON:
            return store.naming(case, (wish.what, *_also(store, wish)), after, most)


def _also(store: Store, wish: Erase) -> tuple[str, ...]:
    opened = store.prose(wish.also.record) if wish.also is not None else None
    if opened is None or wish.also is None:
        return ()
    names = opened[1].get(wish.also.field, "").split(",")
    return tuple(name.strip() for name in names if name.strip())
