"""The tree's file on a full disk, and after one: a checkpoint is signed whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.domain.ids import RecordId
from bot.ledger.verify import parse_trust, verify_receipt
from bot.storage import tree_file
from bot.storage.store import SqlStore
from bot.storage.tree_file import written
from bot.storage.verdicts import Damaged, StoreFailed
from tests.storage.samples import MASTER, NOON, batch, item

BATCHES = 7
HASH = 32


@pytest.fixture(autouse=True)
def _a_tree_that_grows_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_file, "_STEP", 2048)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    made = SqlStore.open(path, MASTER)
    for head in range(BATCHES):
        made.commit(batch(f"e{head}", head, item(f"r{head}")))
        made.checkpoint(NOON)
    yield made
    made.close()


def proves(store: SqlStore, records: int) -> None:
    """Check that every record has a receipt that convinces a stranger."""
    store.audit()
    trust = parse_trust(store.log_vkey())
    for n in range(records):
        text = store.receipt(RecordId(f"r{n}")).text
        assert text is not None
        assert verify_receipt(text, trust=trust).ok


def refused(store: SqlStore, path: Path, act: Callable[[], object]) -> None:
    """Try it on a full disk: it fails, and nothing changed, here or for whoever opens anew."""
    newest, size = store.last_checkpoint(), store._tree.size()
    with pytest.raises(StoreFailed):
        act()
    assert (store.last_checkpoint(), store._tree.size()) == (newest, size)
    proves(store, BATCHES)
    other = SqlStore.open(path, MASTER)
    assert (other.last_checkpoint(), other._tree.size()) == (newest, size)
    proves(other, BATCHES)
    other.close()


@pytest.mark.parametrize("room", [0, 1, 31, 32, 500, 1000])
def test_a_disk_that_takes_a_part_and_then_no_more_is_no_checkpoint(
    store: SqlStore, path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    pwrite, left = os.pwrite, room

    def full(file: int, rows: bytes, at: int) -> int:
        nonlocal left
        if left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = pwrite(file, rows[:left], at)
        left -= done
        return done

    store.commit(batch("late", BATCHES, item(f"r{BATCHES}")))
    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        refused(store, path, lambda: store.checkpoint(NOON))
        assert left == 0
    store.checkpoint(NOON)
    proves(store, BATCHES + 1)


def test_a_disk_that_takes_it_in_pieces_is_a_checkpoint(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwrite = os.pwrite
    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", lambda file, rows, at: pwrite(file, rows[:100], at))
        store.commit(batch("late", BATCHES, item(f"r{BATCHES}")))
        store.checkpoint(NOON)
    proves(store, BATCHES + 1)


def test_a_file_that_cannot_become_longer_is_no_checkpoint(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int, _length: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    room = os.fstat(store._tree._file).st_size // HASH
    while written(store._tree.size() + 16) <= room:
        store.checkpoint(NOON)
    size = store._tree.size()
    with monkeypatch.context() as disk:
        disk.setattr(os, "ftruncate", full)
        with pytest.raises(StoreFailed):
            store.checkpoint(NOON)
        proves(store, BATCHES)
        assert store._tree.size() == size
    store.checkpoint(NOON)
    proves(store, BATCHES)


def test_a_database_that_cannot_become_larger_changes_nothing(store: SqlStore, path: Path) -> None:
    def limit(pages: int) -> None:
        store._db._cursor.execute(f"PRAGMA max_page_count={pages}")
        store._db._cursor.fetchall()

    def records() -> None:
        store.commit(batch("late", BATCHES, *(item(f"r{BATCHES + n}") for n in range(20))))

    def signs_many() -> None:
        for _ in range(20):
            store.checkpoint(NOON)

    limit(1)  # it is never made smaller than it is
    refused(store, path, records)
    assert not store.handled("late")
    limit(100_000)
    records()
    limit(1)
    with pytest.raises(StoreFailed):
        signs_many()
    refused(store, path, lambda: store.checkpoint(NOON))
    limit(100_000)
    signs_many()
    proves(store, BATCHES + 20)


def test_a_shorter_file_is_made_whole_at_the_next_start(store: SqlStore, path: Path) -> None:
    store.close()
    tree = path.with_suffix(".tree")
    whole = tree.read_bytes()
    for cut in range(0, HASH * written(16 * BATCHES), 233):
        tree.write_bytes(whole[:cut])
        again = SqlStore.open(path, MASTER)
        proves(again, BATCHES)
        again.close()
        assert tree.read_bytes() == whole


def test_a_zeroed_or_torn_file_is_made_whole_or_named(store: SqlStore, path: Path) -> None:
    store.close()
    tree = path.with_suffix(".tree")
    whole = tree.read_bytes()
    length = HASH * written(16 * BATCHES)
    ends = []
    for start in range(0, length, 5 * HASH):
        for wrong in (bytes(5 * HASH), whole[HASH : 6 * HASH]):
            torn = whole[:start] + wrong + whole[start + 5 * HASH :]
            if torn[:length] == whole[:length]:
                continue
            tree.write_bytes(torn)
            again = SqlStore.open(path, MASTER)
            try:
                again.audit()
            except Damaged as told:
                assert "tree's file was edited" in str(told)  # noqa: PT017
                ends.append("named")
            else:
                assert tree.read_bytes()[:length] == whole[:length]
                ends.append("whole")
            again.close()
    assert {"named", "whole"} == set(ends)
    tree.write_bytes(whole)


def test_a_power_cut_that_takes_back_what_was_not_flushed_stops_no_start(
    store: SqlStore, path: Path
) -> None:
    store.settle()
    flushed = written(store._tree.size())
    store.checkpoint(NOON)
    store.checkpoint(NOON)
    store.close()
    tree = path.with_suffix(".tree")
    whole = tree.read_bytes()
    # A page in the middle was lost, the last one reached the disk: the root alone would not show it.
    lost = bytearray(whole)
    lost[HASH * flushed : HASH * (flushed + 8)] = bytes(8 * HASH)
    tree.write_bytes(bytes(lost))
    again = SqlStore.open(path, MASTER)
    again.audit()
    assert tree.read_bytes() == whole
    again.close()
