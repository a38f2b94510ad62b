"""A disk image without the master key shows only sizes and counts; edited bytes are refused."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.bodies import EvidenceGiven
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
from tests.storage.samples import CASE, MASTER, NOON, TEXT, batch, erasing
from tests.vectors.story import SAMPLES


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
    assert modes == {
        "store.db": 0o600,
        "store.db-shm": 0o600,
        "store.db-wal": 0o600,
        "store.tree": 0o600,
    }


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
    gone = cells(made, "SELECT content FROM contents WHERE number=2")
    gone += cells(made, "SELECT wrapped FROM record_keys WHERE number=2")
    before = b"".join(files_of(made).values())
    assert all(cell[-64:] in before for (cell,) in kept)
    store.commit(erasing("e2", 3, "record-birch"))
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
    ("records", "jwt", "number=2"),
    ("records", "skeleton", "number=2"),
    ("records", "entry", "number=2"),
    ("records", "record_digest", "number=2"),
    ("contents", "content", "number=2"),
    ("record_keys", "wrapped", "number=2"),
    ("batches", "leaves", "size=16"),
    ("batches", "ties", "size=16"),
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
    ("sql", "verdict"),
    [
        ("DELETE FROM records WHERE number=2", "record of leaf|are missing"),
        ("DELETE FROM records WHERE number=3", "record of leaf|are missing"),
        ("DELETE FROM contents WHERE number=2", "record 2 of case case-juniper has lost its words"),
        (
            "DELETE FROM record_keys WHERE number=2",
            "record 2 of case case-juniper has lost its key",
        ),
        ("DELETE FROM compartments", "compartment key"),
        ("DELETE FROM places WHERE number=2", "missing or stands elsewhere"),
        ("UPDATE places SET leaf=leaf+100 WHERE number=2", "missing or stands elsewhere"),
        ("INSERT INTO places VALUES (99, 99)", "place that the log does not have"),
        ("INSERT INTO contents VALUES (99, x'00')", "lost their record"),
        ("INSERT INTO files VALUES (99, x'00')", "file has lost its record"),
        (
            "UPDATE files SET number=3",
            "file of record 3 of case case-juniper was edited or swapped",
        ),
        (
            "UPDATE files SET sealed=zeroblob(99)",
            "file of record 2 of case case-juniper was edited",
        ),
        ("UPDATE due SET at=at+1 WHERE at IS NOT NULL", "."),
        ("UPDATE outbox SET state=0", "."),
        ("UPDATE inbox SET state=0", "."),
        ("UPDATE records SET seq=9 WHERE seq=3", "edited or swapped"),
        ("UPDATE batches SET size=8", "not the one that was signed"),
        ("UPDATE batches SET note='x'", "not readable"),
        ("UPDATE batches SET note=replace(note, substr(note, -20, 4), 'AAAA')", "not signed"),
    ],
)
def test_a_moved_or_removed_row_is_refused_and_named(path: Path, sql: str, verdict: str) -> None:
    assert edit(path, sql) > 0
    with pytest.raises(Damaged, match=verdict):
        reopen(path)


def test_words_that_are_gone_without_an_erasure_are_missed(path: Path) -> None:
    edit(path, "DELETE FROM contents WHERE number=2")
    edit(path, "DELETE FROM record_keys WHERE number=2")
    with pytest.raises(Damaged, match="record 2 of case case-juniper has lost its words, and"):
        reopen(path)


@pytest.mark.parametrize(
    ("table", "column", "verdict"),
    [
        ("records", "skeleton", "skeleton of record 1 .* edited or swapped"),
        ("contents", "content", "words of record 1 .* edited or swapped"),
        ("record_keys", "wrapped", "words of record 1 .* edited or swapped"),
        ("records", "entry", "signed form of record 1"),
    ],
)
def test_swapped_cells_are_refused(path: Path, table: str, column: str, verdict: str) -> None:
    pairs = cells(path, f"SELECT number, {column} FROM {table} WHERE number IN (1, 2)")  # noqa: S608
    for (where, _), (_, other) in zip(pairs, reversed(pairs), strict=True):
        edit(path, f"UPDATE {table} SET {column}=? WHERE number=?", [other, where])  # noqa: S608
    with pytest.raises(Damaged, match=verdict):
        reopen(path)


def test_two_records_that_trade_places_in_the_log_are_told_apart(path: Path) -> None:
    places = dict(cells(path, "SELECT number, leaf FROM places"))
    edit(path, "UPDATE places SET leaf=-leaf-1")
    for number, other in ((1, 2), (2, 1), (3, 3)):
        edit(path, f"UPDATE places SET leaf={places[other]} WHERE number={number}")  # noqa: S608
    with pytest.raises(Damaged, match="swapped"):
        reopen(path)


def test_a_batch_that_was_cut_off_cannot_be_told_here_but_one_in_between_can(path: Path) -> None:
    # The last signed tree of all is what witnesses and rooms remember: see the anchors.
    store = SqlStore.open(path, MASTER)
    for _ in range(3):
        store.checkpoint(NOON)
    store.close()
    edit(path, "DELETE FROM batches WHERE size=64")
    reopen(path)
    edit(path, "DELETE FROM batches WHERE size=32")
    with pytest.raises(Damaged, match="from 16 on"):
        reopen(path)


def test_a_gap_in_a_case_is_refused_even_without_an_audit(path: Path) -> None:
    edit(path, "DELETE FROM records WHERE number=2")
    store = SqlStore.open(path, MASTER)
    with pytest.raises(Damaged, match="missing"):
        store.load(CASE)
    store.close()


def test_a_record_of_another_log_is_refused(path: Path) -> None:
    edit(path, "UPDATE records SET jwt=(SELECT jwt FROM records WHERE number=3) WHERE number=2")
    with pytest.raises(Damaged, match="signed form of record 2"):
        reopen(path)


def test_the_trees_file_is_made_anew_where_it_is_lost_and_told_where_it_was_edited(
    path: Path,
) -> None:
    store = SqlStore.open(path, MASTER)
    for _ in range(3):
        store.checkpoint(NOON)
    receipt = store.receipt(RecordId("record-birch"))
    store.close()
    tree = path.with_suffix(".tree")
    whole = tree.read_bytes()
    for lost in (b"", whole[:100], bytes(len(whole))):
        tree.write_bytes(lost)
        reopen(path)
        assert tree.read_bytes() == whole
    tree.unlink()
    store = SqlStore.open(path, MASTER)
    assert store.receipt(RecordId("record-birch")) == receipt
    store.close()
    edited = bytearray(whole)
    edited[40] ^= 1
    tree.write_bytes(bytes(edited))
    with pytest.raises(Damaged, match="tree's file was edited near leaf 0"):
        reopen(path)


def test_no_verdict_holds_a_value(path: Path) -> None:
    edit(path, "DROP TABLE vault")
    with pytest.raises(StoreFailed) as wrong:
        SqlStore.open(path, MASTER)
    assert str(wrong.value) == "the database failed: OperationalError"
    assert wrong.value.__cause__ is None
    assert wrong.value.__suppress_context__


def test_a_file_that_is_gone_from_its_evidence_is_missed(path: Path) -> None:
    given = replace(SAMPLES[EvidenceGiven], id=RecordId("evidence"), case=CASE)
    store = SqlStore.open(path, MASTER)
    files = ((RecordId("evidence"), b"a photograph"),)
    store.commit(replace(batch("e2", 3, given), files=files))
    store.audit()
    store.close()
    edit(path, "DELETE FROM files WHERE number=4")
    with pytest.raises(Damaged, match="record 4 of case case-juniper has lost its file"):
        reopen(path)
