"""A disk image without the master key shows only sizes and counts; edited bytes are refused."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot.domain.ids import RecordId
from bot.storage.store import SqlStore
from bot.storage.verdicts import Damaged, StoreFailed, WrongMasterKey
from tests.storage.filled import (
    cells,
    edit,
    everything_planted,
    files_of,
    fill,
    read_everything,
    reopen,
)
from tests.storage.samples import CASE, MASTER, TEXT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A filled store, closed."""
    made = tmp_path / "store.db"
    store = SqlStore.open(made, MASTER)
    fill(store)
    store.close()
    return made


def leaks(files: dict[str, bytes], planted: set[bytes]) -> list[tuple[str, bytes]]:
    forms = {
        form
        for secret in planted
        for form in (
            secret,
            secret.decode("latin1").encode("utf-16-le"),
            base64.b64encode(secret).rstrip(b"=")[:-1],
            secret.hex().encode(),
        )
    }
    return [(name, form) for name, raw in files.items() for form in forms if form in raw]


def test_nothing_planted_lies_in_the_files_of_an_open_store(tmp_path: Path) -> None:
    made = tmp_path / "store.db"
    store = SqlStore.open(made, MASTER)
    fill(store)
    read_everything(store)
    files = files_of(made)
    assert set(files) == {"store.db", "store.db-shm", "store.db-wal"}
    assert len(files["store.db-wal"]) > 10_000
    assert leaks(files, everything_planted()) == []
    store.close()


def test_nothing_planted_lies_in_the_file_of_a_closed_store(path: Path) -> None:
    files = files_of(path)
    assert set(files) == {"store.db"}
    assert leaks(files, everything_planted()) == []


def test_the_search_finds_what_is_there(path: Path) -> None:
    edit(path, "INSERT INTO meta VALUES ('note', ?)", [TEXT.encode()])
    assert leaks(files_of(path), everything_planted()) == [("store.db", TEXT.encode())]


def test_every_table_was_filled(path: Path) -> None:
    names = [
        str(name) for (name,) in cells(path, "SELECT name FROM sqlite_master WHERE type='table'")
    ]
    empty = [name for name in names if cells(path, f"SELECT count(*) FROM {name}") == [(0,)]]  # noqa: S608
    assert empty == []


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    made = tmp_path / "store.db"
    store = SqlStore.open(made, MASTER)
    fill(store)
    modes = {f.name: f.stat().st_mode & 0o777 for f in tmp_path.iterdir()}
    store.close()
    assert modes == {"store.db": 0o600, "store.db-shm": 0o600, "store.db-wal": 0o600}


def test_another_master_key_is_refused(path: Path) -> None:
    with pytest.raises(WrongMasterKey):
        SqlStore.open(path, bytes(32))
    with pytest.raises(WrongMasterKey):
        SqlStore.open(path, MASTER[:16])


def test_two_stores_have_nothing_in_common(tmp_path: Path) -> None:
    digests = []
    for name in ("one.db", "two.db"):
        store = SqlStore.open(tmp_path / name, MASTER)
        fill(store)
        store.close()
        digests.append(cells(tmp_path / name, "SELECT record_digest FROM records"))
    assert not set(digests[0]) & set(digests[1])


def test_what_is_erased_leaves_the_files(tmp_path: Path) -> None:
    made = tmp_path / "store.db"
    store = SqlStore.open(made, MASTER)
    fill(store)
    kept = cells(made, "SELECT content FROM contents") + cells(
        made, "SELECT wrapped FROM record_keys"
    )
    gone = cells(made, "SELECT content FROM contents WHERE leaf=1")
    gone += cells(made, "SELECT wrapped FROM record_keys WHERE leaf=1")
    before = b"".join(files_of(made).values())
    assert all(cell[-64:] in before for (cell,) in kept)
    store.erase(RecordId("record-birch"))
    after = b"".join(files_of(made).values())
    assert not any(cell[-64:] in after for (cell,) in gone)
    assert all(cell[-64:] in after for (cell,) in kept if (cell,) not in gone)
    store.close()


# What must not be edited, cell by cell. A due time stands in clear and is bound all the same.
GUARDED = [
    ("meta", "value", "name='sync token'"),
    ("cases", "case_digest", "1"),
    ("cases", "sealed", "1"),
    ("cases", "wrapped", "1"),
    ("compartments", "wrapped", "1"),
    ("records", "jwt", "leaf=1"),
    ("records", "skeleton", "leaf=1"),
    ("contents", "content", "leaf=1"),
    ("record_keys", "wrapped", "leaf=1"),
    ("leaves", "leaf", "number=1"),
    ("leaves", "leaf", "number=9"),
    ("leaves", "tie", "number=1"),
    ("leaves", "tie", "number=9"),
    ("nodes", "hash", "level=2 AND number=1"),
    ("inbox", "key_digest", "state<>1"),
    ("inbox", "sealed", "state<>1"),
    ("outbox", "row_digest", "state<>1"),
    ("outbox", "sealed", "state<>1"),
    ("due", "key_digest", "at IS NOT NULL"),
    ("due", "sealed", "at IS NOT NULL"),
    ("vault", "sealed", "1"),
]


@pytest.mark.parametrize(("table", "column", "where"), GUARDED)
def test_an_edited_cell_is_refused(path: Path, table: str, column: str, where: str) -> None:
    ((cell,), *_) = cells(path, f"SELECT {column} FROM {table} WHERE {where}")  # noqa: S608
    for wrong in (cell[:-1] + bytes([cell[-1] ^ 1]), b"", cell[:-1]):
        edit(path, f"UPDATE {table} SET {column}=? WHERE {column}=?", [wrong, cell])  # noqa: S608
        with pytest.raises(Damaged):
            reopen(path)
        edit(path, f"UPDATE {table} SET {column}=? WHERE {column}=?", [cell, wrong])  # noqa: S608
    reopen(path)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM records WHERE leaf=1",
        "DELETE FROM records WHERE leaf=2",
        "DELETE FROM leaves WHERE number=15",
        "DELETE FROM nodes WHERE level=1 AND number=0",
        "DELETE FROM nodes WHERE level=3",
        "INSERT INTO nodes VALUES (9, 9, x'00')",
        "UPDATE due SET at=at+1 WHERE at IS NOT NULL",
        "UPDATE outbox SET state=0",
        "UPDATE inbox SET state=0",
        "UPDATE records SET seq=9 WHERE seq=3",
        "UPDATE checkpoints SET size=8",
        "UPDATE checkpoints SET note='x'",
        "UPDATE checkpoints SET note=replace(note, substr(note, -20, 4), 'AAAA')",
    ],
)
def test_a_moved_or_removed_row_is_refused(path: Path, sql: str) -> None:
    assert edit(path, sql) > 0
    with pytest.raises(Damaged):
        reopen(path)


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [
        ("records", "skeleton", "leaf"),
        ("contents", "content", "leaf"),
        ("record_keys", "wrapped", "leaf"),
    ],
)
def test_swapped_rows_are_refused(path: Path, table: str, column: str, key: str) -> None:
    pairs = cells(path, f"SELECT {key}, {column} FROM {table} WHERE {key} IN (1, 2)")  # noqa: S608
    for (where, _), (_, other) in zip(pairs, reversed(pairs), strict=True):
        edit(path, f"UPDATE {table} SET {column}=? WHERE {key}=?", [other, where])  # noqa: S608
    with pytest.raises(Damaged):
        reopen(path)


def test_a_truncated_log_is_not_the_one_that_was_signed(path: Path) -> None:
    edit(path, "DELETE FROM nodes WHERE number >= (16 >> level) OR (level=0 AND number>14)")
    edit(path, "DELETE FROM nodes WHERE (number + 1) << level > 15")
    edit(path, "DELETE FROM leaves WHERE number > 14")
    with pytest.raises(Damaged, match="signed"):
        SqlStore.open(path, MASTER).audit()


def test_a_gap_in_a_case_is_refused_even_without_an_audit(path: Path) -> None:
    edit(path, "DELETE FROM records WHERE leaf=1")
    store = SqlStore.open(path, MASTER)
    with pytest.raises(Damaged, match="missing"):
        store.load(CASE)
    store.close()


@pytest.mark.parametrize(
    ("sql", "verdict"),
    [
        (
            "UPDATE records SET jwt=(SELECT jwt FROM records WHERE leaf=2) WHERE leaf=1",
            "in the log",
        ),
        (
            "INSERT INTO records SELECT 99, 1, 4, x'00', jwt, skeleton FROM records WHERE leaf=1",
            "no leaf",
        ),
        ("INSERT INTO leaves SELECT -1, leaf, tie FROM leaves WHERE number=1", "no leaf"),
    ],
)
def test_a_record_that_is_not_in_the_log_is_refused(path: Path, sql: str, verdict: str) -> None:
    assert edit(path, sql) > 0
    store = SqlStore.open(path, MASTER)
    with pytest.raises(Damaged, match=verdict):
        store.audit()
    store.close()


def test_no_verdict_holds_a_value(path: Path) -> None:
    edit(path, "DROP TABLE vault")
    with pytest.raises(StoreFailed) as wrong:
        SqlStore.open(path, MASTER)
    assert str(wrong.value) == "the database failed: OperationalError"
    assert wrong.value.__cause__ is None
    assert wrong.value.__suppress_context__
