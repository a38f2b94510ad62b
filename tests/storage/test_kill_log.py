"""`kill -9` at every moment of recording, signing, publishing and erasing.

Whatever lasts changes at a statement that is not a SELECT, at a write of the tree's file or when
somebody outside is given something. Before every one of these is a moment, and to die after one
is to die before the next. Afterwards the tree, the database and all that was ever given away agree.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import RecordId
from bot.storage import tree_file
from bot.storage.database import Database
from bot.storage.store import SqlStore
from tests.storage.filled import cells
from tests.storage.outside import Outside, erased, live, publish, victims
from tests.storage.samples import CASE, LABEL, MASTER, TEXT

BASELINE_ROUNDS = 3
Cells = dict[tuple[str, int], bytes]


class Doom:
    """Kills this process at its n-th moment."""

    def __init__(self, moments: int) -> None:
        self._left = moments

    def here(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Cursor:
    """A cursor with a moment before each statement that changes anything, COMMIT among them."""

    def __init__(self, cursor: Any, doom: Doom) -> None:
        self._cursor = cursor
        self._doom = doom

    def execute(self, sql: str, *values: Any) -> None:
        if not sql.startswith("SELECT"):
            self._doom.here()
        self._cursor.execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> None:
        self._doom.here()
        self._cursor.executemany(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def haunted(monkeypatch: pytest.MonkeyPatch, doom: Doom) -> None:
    """Give every statement and every write of the tree's file its moments."""
    made, pwrite, ftruncate = Database.__init__, os.pwrite, os.ftruncate

    def database(self: Any, engine: Any) -> None:
        made(self, engine)
        self._cursor = Cursor(self._cursor, doom)

    def torn(file: int, rows: bytes, at: int) -> int:
        for part in (0, len(rows) // 2, len(rows) - 7, len(rows)):
            pwrite(file, rows[:part], at)
            doom.here()
        return len(rows)

    def longer(file: int, length: int) -> None:
        doom.here()
        ftruncate(file, length)
        doom.here()

    monkeypatch.setattr(Database, "__init__", database)
    monkeypatch.setattr(os, "pwrite", torn)
    monkeypatch.setattr(os, "ftruncate", longer)


def forked(life: Callable[[], None]) -> int:
    """Return the child's process id; its exit code is 0 when its life came to an end by itself."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            life()
            code = 0
        except BaseException:  # noqa: BLE001  # nothing of the test runner may go on in here
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def was_killed(child: int) -> bool:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, -signal.SIGKILL}
    return code == -signal.SIGKILL


def opened(place: Path) -> tuple[SqlStore, Outside]:
    store = SqlStore.open(place / "store.db", MASTER)
    return store, Outside(place, store)


@pytest.fixture(autouse=True)
def _a_tree_that_grows_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_file, "_STEP", 2048)


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """A bot that lived for some rounds."""
    place = tmp_path / "baseline"
    place.mkdir()
    store, outside = opened(place)
    for _ in range(BASELINE_ROUNDS):
        live(store, outside)
    store.close()
    return place


def secret_cells(path: Path) -> Cells:
    """Return each content and each wrapped key, by table and number of the record."""
    tables = {"contents": "content", "record_keys": "wrapped"}
    return {
        (table, number): cell
        for table, column in tables.items()
        for number, cell in cells(path, f"SELECT number, {column} FROM {table}")  # noqa: S608
    }


def traces(found: Cells, raw: bytes) -> set[tuple[str, int]]:
    """Return of which cells any 16 bytes are in the files."""
    return {
        name
        for name, cell in found.items()
        if any(cell[n : n + 16] in raw for n in range(0, len(cell) - 15, 16))
    }


def agreed(place: Path, doomed: dict[RecordId, Cells]) -> None:
    """Restart; check that everything agrees; publish once more, which is accepted.

    `doomed` are the records that may have been erased, with what there was of them.
    """
    store, outside = opened(place)
    raw = b"\0".join(p.read_bytes() for p in sorted(place.iterdir()) if "store" in p.name)
    store.audit()
    outside.agrees()
    gone = erased(store)
    for name, found in doomed.items():
        assert traces(found, raw) == (set() if name in gone else set(found))
    assert len(gone & set(doomed)) in {0, len(doomed)}
    records = [r.id for r in store.load(CASE)]
    rounds_agree(store, records)
    for name in records:
        if not name.startswith("of "):
            assert store.prose(name) == (LABEL, {} if name in gone else {"text": TEXT})
    publish(store, outside)
    outside.agrees()
    assert all(store.receipt(name).text is not None for name in records)
    store.close()


def rounds_agree(store: SqlStore, records: list[RecordId]) -> None:
    """Check that each batch is there with all it caused, or not at all."""
    waiting = {r.id for r in store.waiting(10_000, 10_000)}
    pending = {i.key for i in store.pending()}
    head = 0
    while store.handled(f"event {head}"):
        assert records[head : head + 3] == [f"record {head}.{n}" for n in range(3)]
        assert f"row {head}" in waiting
        assert f"$event-{head}" not in pending
        said = store.handled(f"erase {head}")
        assert (f"of erase {head}" in records) == said
        head += 4 if said else 3
    assert len(records) == head
    assert f"row {head}" not in waiting
    assert (f"$event-{head}" in pending) == (store.token() == f"token {head}")


def doomed_in(place: Path) -> dict[RecordId, Cells]:
    """Return what the next round erases."""
    store, _ = opened(place)
    path = place / "store.db"
    numbers = {r.id: n for n, r in enumerate(store.load(CASE), start=1)}
    found = {
        name: {k: v for k, v in secret_cells(path).items() if k[1] == numbers[name]}
        for name in victims(store)
    }
    store.close()
    assert [len(parts) for parts in found.values()] == [2, 2]
    return found


def copies(baseline: Path) -> Iterator[Path]:
    for number in count():
        place = baseline.parent / f"life {number}"
        shutil.copytree(baseline, place)
        yield place
        shutil.rmtree(place)


def lives(place: Path, monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    doom = Doom(moment)
    haunted(monkeypatch, doom)
    store, outside = opened(place)
    live(store, outside, doom.here)


def test_killed_at_any_moment_of_a_round_everything_that_was_ever_given_away_agrees(
    baseline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doomed = doomed_in(baseline)
    for moment, place in enumerate(copies(baseline)):
        killed = was_killed(forked(partial(lives, place, monkeypatch, moment)))
        agreed(place, doomed)
        if not killed:
            assert moment > 60, moment
            return


def test_killed_at_any_moment_of_a_new_store_it_is_made_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    for moment, place in zip(range(40), copies(nothing), strict=False):
        assert was_killed(forked(partial(lives, place, monkeypatch, moment)))
        agreed(place, {})


def lives_for_ever(place: Path) -> None:
    store, outside = opened(place)
    while True:
        live(store, outside)


def test_killed_in_the_middle_of_anything_again_and_again_everything_agrees(
    baseline: Path,
) -> None:
    for _ in range(8):
        child = forked(partial(lives_for_ever, baseline))
        time.sleep(0.05 + secrets.randbelow(100_000) / 1_000_000)
        os.kill(child, signal.SIGKILL)
        assert was_killed(child)
        agreed(baseline, {})
