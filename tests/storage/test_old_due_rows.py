"""A store that the older program filled: each due key a row of its own, found and settled as ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from bot.domain.ids import CaseId
from bot.engine import ladder
from bot.runner import cases as road
from bot.storage.deadlines import _WAITING
from bot.storage.store import SqlStore
from tests.hostile.bundled import Lived, OlderMemory, OlderStore, Step, lived_on
from tests.hostile.test_watch_machine import LADDERS
from tests.storage.samples import MASTER, NOON, batch, due, steady

STORIES: tuple[tuple[Step, ...], ...] = (
    (("passes", 0, 200), ("ack", 3, 100), ("ack", 1, 60), ("comes", 0, 0), ("passes", 0, 90)),
    (("passes", 0, 200), ("report", 1, 3), ("report", 2, 3), ("passes", 0, 300)),
    (("end", 1, 1), ("end", 4, 1), ("passes", 0, 200), ("end", 5, 1), ("passes", 0, 300)),
    (("suspend", 1, 50), ("passes", 0, 150), ("suspend", 2, 90), ("resume", 2, 1), ("comes", 0, 0)),
    (("passes", 0, 200), ("ladder", 1, 2), ("ladder", 2, 3), ("passes", 0, 100), ("comes", 0, 0)),
    (("anchor", 0, 300), ("anchor", 0, 50), ("passes", 0, 100), ("anchor", 0, 390)),
    (("passes", 0, 250), ("ack", 1, 99), ("back", 0, 200), ("comes", 0, 0), ("passes", 0, 300)),
    (("person", 0, 1), ("person", 3, 1), ("erase", 5, 1), ("room", 0, 1), ("passes", 0, 400)),
    (("away", 0, 80), ("race ladder", 2, 60), ("race report", 1, 60), ("away", 0, 80)),
    (("race suspend", 1, 150), ("race anchor", 0, 200), ("restart", 0, 0), ("passes", 0, 300)),
)
"""What people and the clock do: (what, to which, how much), see `tests.hostile.bundled`."""


class OldestStore(OlderStore):
    """The store as a still older program filled it: every key under its case."""

    @override
    def _group(self, case: CaseId, name: str) -> bytes:
        return self._seals.digest("due case", case)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(road, "STORE_PAUSE_S", 0.0)
    monkeypatch.setattr(ladder, "AT_ONCE", 2)
    with capture_logs():
        yield


def filled(path: Path, older: type[OlderStore]) -> Lived:
    """Fill a store as the older program did, some rows fired already; return where it stands."""
    lived = Lived(older.open(path, MASTER, steady("older")))
    lived.cases.ladders = LADDERS

    async def fill() -> None:
        await lived.stands()
        await lived.lives(0, "anchor", 0, 300)
        await lived.lives(1, "passes", 0, 130)
        assert lived.waiting() == lived.awaited()

    asyncio.run(fill())
    return lived


async def lives_on(lived: Lived, story: tuple[Step, ...]) -> None:
    for number, step in enumerate(story):
        await lived.lives(100 + number, *step)
        assert lived.waiting() == lived.awaited(), step


def singles(store: SqlStore) -> int:
    """How many rows wait that lie in no bundle."""
    found = store._db.rows(_WAITING)
    return sum(not store._due_row(*row).keys for row in found)


@pytest.mark.parametrize("older", [OlderStore, OldestStore])
def test_what_the_older_program_armed_is_found_whatever_is_done_about_it(
    older: type[OlderStore], tmp_path: Path
) -> None:
    for number, story in enumerate(STORIES):
        path = tmp_path / f"{number}.db"
        first = filled(path, older)
        first.store.close()
        store = SqlStore.open(path, MASTER)
        assert singles(store) >= len(first.case.watches), "rows of the older program"
        opened = Lived(store)
        opened.now, opened.lines = first.now, first.lines
        opened.cases.ladders = LADDERS
        opened.cases.seen.update(first.cases.seen)
        asyncio.run(opened.cases.load())
        asyncio.run(lives_on(opened, story))
        # The same, had the older program gone on.
        twin = lived_on(older=True)
        assert isinstance(twin.store, OlderMemory)

        async def went_on(twin: Lived, story: tuple[Step, ...]) -> None:
            await twin.lives(0, "anchor", 0, 300)
            await twin.lives(1, "passes", 0, 130)
            await lives_on(twin, story)

        asyncio.run(went_on(twin, story))
        assert opened.outline() == twin.outline(), story
        store.close()


def test_a_row_of_the_older_program_is_sealed_as_case_and_key(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = OlderStore.open(path, MASTER, steady("older"))
    store.commit(replace(batch("e"), arm=(due("watch:A:1-r:0", 1),)))
    ((digest, at, sealed),) = store._db.rows(_WAITING)
    assert json.loads(store._seals.due.open(sealed, digest, at)) == [
        batch("x").case,
        "watch:A:1-r:0",
    ]
    store.close()
    (row,) = SqlStore.open(path, MASTER).due(NOON + timedelta(hours=1))
    assert (row.key, row.place, row.keys) == ("watch:A:1-r:0", "", ())
