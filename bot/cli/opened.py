"""The store as a command sees it: opened with the master key, read, closed again.

It refuses to make a store: looking at an installation must not change it. One more reader
beside a running bot is harmless; writing is the bot's, so commands write nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.case import Case
from bot.domain.fold import replay, sittings
from bot.domain.ids import CaseId
from bot.policy.wall import Sitting
from bot.settings import Settings, read_master_key

if TYPE_CHECKING:
    from bot.storage.store import SqlStore


@dataclass(frozen=True, slots=True)
class Known:
    """One case as the journal has it (None: not opened yet), and who sat with whom in all."""

    case: Case | None
    history: frozenset[Sitting]


@contextmanager
def opened(settings: Settings) -> Iterator[SqlStore | None]:
    """Open the store; None while the bot has not made one. Raises the store's verdicts."""
    from bot.storage.store import SqlStore  # noqa: PLC0415  # most commands need no database

    key = read_master_key(settings)
    where = settings.store.database
    if isinstance(where, Path) and not where.exists():
        yield None
        return
    store = SqlStore.open(where, key)
    try:
        yield store
    finally:
        store.close()


def known(settings: Settings, case: CaseId) -> Known:
    """Fold one case, and the wall's memory over all of them."""
    with opened(settings) as store:
        if store is None:
            return Known(None, frozenset())
        cases = {id_: replay(Case(id_), store.load(id_)) for id_ in store.cases()}
    history = frozenset[Sitting]().union(*(sittings(one) for one in cases.values()))
    return Known(cases.get(case), history)
