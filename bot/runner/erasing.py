"""Which records an erasure is about: the engine reads no words, so the shell looks."""

from __future__ import annotations

from bot.domain.ids import CaseId, RecordId
from bot.domain.vocabulary import ErasureKind
from bot.engine.effects import Erase
from bot.ports import Store


def found_for(store: Store, case: CaseId, wish: Erase) -> tuple[RecordId, ...]:
    """Return the records that an erasure is about; to be called on the storage thread."""
    match wish.kind:
        case ErasureKind.RECORD:
            return wish.records
        case ErasureKind.COMPARTMENT:
            if wish.compartment is None:
                return ()
            return store.records_in(case, wish.compartment)
        case ErasureKind.PERSON:
            return store.naming(case, (wish.what, *_also(store, wish)))


def _also(store: Store, wish: Erase) -> tuple[str, ...]:
    opened = store.prose(wish.also.record) if wish.also is not None else None
    if opened is None or wish.also is None:
        return ()
    names = opened[1].get(wish.also.field, "").split(",")
    return tuple(name.strip() for name in names if name.strip())
