"""Backups: they restore what stands, and bring back nothing that was erased."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.ids import RecordId
from bot.storage.backup import KEYS, back_up, newest, restore
from bot.storage.store import SqlStore
from bot.storage.verdicts import Damaged, OtherSchema, StoreFailed
from tests.storage.filled import PLAIN, cells, everything_planted, fill, reopen
from tests.storage.samples import CASE, MASTER, NOON, batch, erasing, item
from tests.storage.test_erasure import blocks, keyed, traces

BIRCH = RecordId("record-birch")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with something in every table, closed."""
    made = tmp_path / "state" / "parley.db"
    made.parent.mkdir()
    store = SqlStore.open(made, MASTER)
    fill(store)
    store.close()
    return made


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def raw(directory: Path) -> bytes:
    return b"\0".join(p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file())


def later(days: int = 1) -> datetime:
    return NOON + timedelta(days=days)


def erases(path: Path, head: int = 3) -> dict[tuple[str, int], bytes]:
    """Erase a record; the cells that went with it."""
    before = keyed(path)
    store = SqlStore.open(path, MASTER)
    store.commit(erasing(f"erase-{head}", head, BIRCH))
    store.close()
    after = keyed(path)
    gone = {name: cell for name, cell in before.items() if name not in after}
    assert {table for table, _ in gone} == {"contents", "record_keys"}
    return gone


def prose(path: Path, record: RecordId = BIRCH) -> list[str]:
    store = SqlStore.open(path, MASTER)
    try:
        found = store.prose(record)
        assert found is not None
        return list(found[1].values())
    finally:
        store.close()


def everything(path: Path) -> Iterator[str]:
    connection = sqlite3.connect(path)
    yield from sorted(connection.iterdump())
    connection.close()


def test_a_backup_restores_all_of_the_store_and_passes_its_audit(
    path: Path, kept: Path, tmp_path: Path
) -> None:
    copy = back_up(path, kept, NOON)
    assert sorted(p.name for p in kept.iterdir()) == [KEYS, copy.name]
    assert copy.name == "parley-2026-11-22T120000Z.db"
    anew = tmp_path / "anew.db"
    assert restore(kept, anew) == copy
    assert list(everything(anew)) == list(everything(path))
    reopen(anew)
    assert prose(anew) == prose(path) != []


def test_a_running_store_is_backed_up_as_it_is_at_one_moment(path: Path, kept: Path) -> None:
    store = SqlStore.open(path, MASTER)
    store.commit(batch("e9", 3, item("record-elder")))
    back_up(path, kept, NOON)
    store.commit(batch("e10", 4, item("record-fir")))
    anew = kept / "anew.db"
    restore(kept, anew)
    assert len(SqlStore.open(anew, MASTER).load(CASE)) == 4
    assert len(store.load(CASE)) == 5
    store.close()


def test_a_dated_copy_holds_no_key_and_nothing_that_was_typed_a_moment_ago(
    path: Path, kept: Path
) -> None:
    copy = back_up(path, kept, NOON)
    for table in ("record_keys", "inbox", "outbox"):
        assert cells(path, f"SELECT count(*) FROM {table}") != [(0,)]  # noqa: S608
        assert cells(copy, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
    bytes_ = copy.read_bytes()
    keys = {name: cell for name, cell in keyed(path).items() if name[0] == "record_keys"}
    waiting = cells(path, "SELECT sealed FROM inbox UNION SELECT sealed FROM outbox")
    assert traces(keys, bytes_) == set()
    assert traces(keys, raw(kept)) == set(keys)
    assert not any(block in bytes_ for (cell,) in waiting for block in blocks(cell))


def test_no_word_and_no_master_key_is_in_a_backup(path: Path, kept: Path) -> None:
    back_up(path, kept, NOON)
    found = raw(kept)
    assert not [secret for secret in everything_planted() | {PLAIN[4].encode()} if secret in found]


def test_what_is_erased_opens_from_no_file_once_the_next_backup_is_made(
    path: Path, kept: Path, tmp_path: Path
) -> None:
    first = back_up(path, kept, NOON)
    old_keys = (kept / KEYS).open("rb")
    gone = erases(path)
    keys = {name: cell for name, cell in gone.items() if name[0] == "record_keys"}
    assert traces(keys, raw(kept)) == set(keys)

    back_up(path, kept, later())

    assert traces(keys, raw(kept)) == set()
    # Nor in the file that lost its name: whoever finds its blocks on the disk finds zeros.
    assert set(old_keys.read()) == {0}
    old_keys.close()
    # The old copy keeps the ciphertext, which nothing opens any more.
    assert traces(gone, first.read_bytes()) == set(gone) - set(keys)
    with pytest.raises(Damaged, match="1 records of this copy have no key"):
        restore(kept, tmp_path / "old.db", first)
    assert not (tmp_path / "old.db").exists()
    anew = tmp_path / "anew.db"
    restore(kept, anew)
    reopen(anew)
    assert prose(anew) == []


def test_an_older_copy_restores_where_nothing_was_erased_since(
    path: Path, kept: Path, tmp_path: Path
) -> None:
    first = back_up(path, kept, NOON)
    store = SqlStore.open(path, MASTER)
    store.commit(batch("e9", 3, item("record-elder")))
    store.close()
    second = back_up(path, kept, later())
    assert newest(kept) == second
    anew = tmp_path / "anew.db"
    restore(kept, anew, first)
    reopen(anew)
    assert prose(anew) == prose(path)
    assert cells(anew, "SELECT count(*) FROM outbox") == [(0,)]
    assert cells(anew, "SELECT count(*) FROM record_keys") == [(3,)]


def test_nothing_is_overwritten(path: Path, kept: Path, tmp_path: Path) -> None:
    copy = back_up(path, kept, NOON)
    before = raw(kept)
    with pytest.raises(StoreFailed, match="this very second"):
        back_up(path, kept, NOON)
    assert raw(kept) == before
    with pytest.raises(StoreFailed, match="nothing was overwritten"):
        restore(kept, path)
    lone = tmp_path / "lone.db"
    for end in ("-wal", "-journal"):
        part = lone.with_name(lone.name + end)
        part.write_bytes(b"")
        with pytest.raises(StoreFailed, match="nothing was overwritten"):
            restore(kept, lone)
        part.unlink()
    assert copy.read_bytes() in before


def test_what_is_no_backup_and_no_store_is_refused(path: Path, kept: Path, tmp_path: Path) -> None:
    with pytest.raises(OtherSchema, match="no backup here"):
        restore(kept, tmp_path / "anew.db")
    with pytest.raises(OtherSchema, match="no SQLite store"):
        back_up(tmp_path / "none.db", kept, NOON)
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(OtherSchema, match="not a store"):
        back_up(other, kept, NOON)
    other.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreFailed, match="DatabaseError"):
        back_up(other, kept, NOON)
    assert list(kept.iterdir()) == []
    back_up(path, kept, NOON)


def test_a_backup_that_breaks_off_leaves_the_one_before_whole(
    path: Path, kept: Path, tmp_path: Path
) -> None:
    back_up(path, kept, NOON)
    before = {p.name: p.read_bytes() for p in kept.iterdir()}
    store = sqlite3.connect(path)
    store.execute("ALTER TABLE contents RENAME TO lost")
    store.commit()
    store.close()
    with pytest.raises(OtherSchema):
        back_up(path, kept, later())
    assert {p.name: p.read_bytes() for p in kept.iterdir()} == before
    restore(kept, tmp_path / "anew.db")
    reopen(tmp_path / "anew.db")


def test_keys_older_than_the_copy_are_refused(path: Path, kept: Path, tmp_path: Path) -> None:
    """As a backup leaves them that was broken off after the copy was there."""
    back_up(path, kept, NOON)
    keys = (kept / KEYS).read_bytes()
    store = SqlStore.open(path, MASTER)
    store.commit(batch("e9", 3, item("record-elder")))
    store.close()
    back_up(path, kept, later())
    (kept / KEYS).write_bytes(keys)
    with pytest.raises(Damaged, match="no key"):
        restore(kept, tmp_path / "anew.db")
    restore(kept, tmp_path / "anew.db", min(kept.glob("parley-*")))
    reopen(tmp_path / "anew.db")


def test_every_file_of_a_backup_is_private(path: Path, kept: Path, tmp_path: Path) -> None:
    back_up(path, kept, NOON)
    restore(kept, tmp_path / "anew.db")
    for made in (*kept.iterdir(), tmp_path / "anew.db"):
        assert made.stat().st_mode & 0o777 == 0o600
    assert kept.stat().st_mode & 0o777 == 0o700
