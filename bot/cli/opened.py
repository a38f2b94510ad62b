"""The store as a command sees it: opened with the master key, read, closed again.

It refuses to make a store where it only looks: looking at an installation must not change it.
Beside a running bot a command writes one thing: a case file into the bot's inbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.case import Case
from bot.domain.casefile_change import Change
from bot.domain.fold import replay
from bot.domain.ids import CaseId, EventId
from bot.domain.sittings import sittings
from bot.engine.events import CaseFileTaken
from bot.policy.wall import Sitting
from bot.ports import InboxItem
from bot.settings import Settings, read_master_key

if TYPE_CHECKING:
    from bot.storage.store import SqlStore

_MANY = 1_000_000
"""All of them: a case file may wait behind a flood."""


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
    store = SqlStore.open(where, key, tree=settings.store.tree)
    try:
        yield store
    finally:
        store.close()


def hand_in(settings: Settings, case: CaseId, head: int, change: Change) -> bool:
    """Give a change to the bot; False if the case moved on since `head`, or a file still waits.

    Two files handed in side by side would both be taken, and the second one was compared with
    a case that the first one changes.
    """
    from bot.app import hand_in_case_file, open_store  # noqa: PLC0415
    from bot.scheduling.clock import wall  # noqa: PLC0415

    store = open_store(settings)
    try:
        waits = any(_is_file_of(item, case) for item in store.pending(_MANY))
        if waits or store.load(case, head):
            return False
        event = EventId(f"handed-in:{change.digest}")
        taken = CaseFileTaken(
            event, wall(), change.bodies, change.widens, change.digest, change.lines
        )
        hand_in_case_file(store, case, taken)
    finally:
        store.close()
    return True


def _is_file_of(item: InboxItem, case: CaseId) -> bool:
    return item.kind == "case_file" and json.loads(item.raw).get("case") == case


def known(settings: Settings, case: CaseId) -> Known:
    """Fold one case, and the wall's memory over all of them."""
    with opened(settings) as store:
        if store is None:
            return Known(None, frozenset())
        cases = {id_: replay(Case(id_), store.load(id_)) for id_ in store.cases()}
    history = frozenset[Sitting]().union(*(sittings(one) for one in cases.values()))
    return Known(cases.get(case), history)
