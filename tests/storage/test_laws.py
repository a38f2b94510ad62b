"""Laws of the store at rest: any rewrite is seen, erasing changes no case, sizes say nothing."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.bodies import Erased, EvidenceGiven
from bot.domain.case import Case
from bot.domain.fold import replay
from bot.domain.ids import CaseId
from bot.domain.records import PLANS, Record
from bot.ports import Batch
from bot.storage.forms import compact, ledger_fields
from bot.storage.store import SqlStore
from bot.storage.tree_file import written
from bot.storage.verdicts import Damaged
from tests.storage.filled import cells, edit
from tests.storage.samples import (
    MASTER,
    NOON,
    bare,
    batch,
    erasing,
    item,
    party,
    steady,
)
from tests.vectors.generated import journals

Cell = bytes | str | int
OTHER = CaseId("case-rowan")
COLUMNS = {
    "records": ("number", "case_number", "seq", "record_digest", "jwt", "skeleton", "entry"),
    "contents": ("number", "content"),
    "record_keys": ("number", "wrapped"),
    "places": ("leaf", "number"),
    "batches": ("size", "made_at", "note", "leaves", "ties"),
}
EVERY_COLUMN = [(table, name) for table, names in COLUMNS.items() for name in names]
KINDS = ("flip", "flip", "flip", "replace", "remove", "swap")
LAW = settings(max_examples=40, deadline=None)


# -- any rewrite is seen ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed store: two cases, three batches with records in each, erased and waiting ones."""
    path = tmp_path_factory.mktemp("laws") / "store.db"
    store = SqlStore.open(path, MASTER, steady("laws"))
    store.commit(batch("e1", 0, party("r1"), item("r2"), bare("r3"), item("r4")))
    store.checkpoint(NOON)
    store.commit(erasing("e2", 4, "r2"))
    store.commit(batch("o1", 0, item("o1", case=OTHER), item("o2", case=OTHER), case=OTHER))
    store.checkpoint(NOON)
    store.commit(batch("e3", 5, item("r6"), item("r7")))
    store.checkpoint(NOON)
    store.commit(batch("e4", 7, item("r8"), item("r9"), item("r10")))
    store.commit(erasing("e5", 10, "r8", "r4"))
    store.commit(batch("o2", 2, item("o3", case=OTHER), case=OTHER))
    store.close()
    reads_whole(path)
    return path


def reads_whole(path: Path) -> None:
    with closing(SqlStore.open(path, MASTER)) as store:
        store.audit()


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        for file in (path, path.with_suffix(".tree")):
            shutil.copy(file, place)
        yield Path(place) / path.name


def flipped(draw: st.DataObject, cell: Cell) -> Cell:
    if isinstance(cell, int):
        return cell ^ (1 << draw.draw(st.integers(0, 40), "bit"))
    raw = bytearray(cell.encode() if isinstance(cell, str) else cell)
    raw[draw.draw(st.integers(0, len(raw) - 1), "byte")] ^= 1 << draw.draw(st.integers(0, 7), "bit")
    try:
        return raw.decode() if isinstance(cell, str) else bytes(raw)
    except UnicodeDecodeError:
        assume(condition=False)
        raise


def replaced(draw: st.DataObject, cell: Cell) -> Cell:
    if isinstance(cell, int):
        return draw.draw(st.integers(-3, 200) | st.integers(-(2**63), 2**63 - 1), "number")
    if isinstance(cell, str):
        return draw.draw(st.text(max_size=40), "text")
    size = len(cell)
    any_size = st.binary(max_size=200) | st.binary(min_size=size, max_size=size)
    return draw.draw(any_size, "bytes")


def rewrite(path: Path, table: str, column: str, kind: str, draw: st.DataObject) -> None:
    """Damage one cell, two of one column, or one whole row."""
    with closing(sqlite3.connect(path)) as connection, connection:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        rows = [list(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608
        at, before = names.index(column), [list(row) for row in rows]
        row = draw.draw(st.integers(0, len(rows) - 1), "row")
        if kind == "flip":
            rows[row][at] = flipped(draw, rows[row][at])
        elif kind == "replace":
            rows[row][at] = replaced(draw, rows[row][at])
        elif kind == "remove":
            del rows[row]
        else:
            other = draw.draw(st.integers(0, len(rows) - 1), "other row")
            rows[row][at], rows[other][at] = rows[other][at], rows[row][at]
        assume(sorted(rows, key=repr) != sorted(before, key=repr))
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
        marks = ",".join("?" * len(names))
        try:
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
        except sqlite3.IntegrityError:
            assume(condition=False)


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN)
@LAW
@given(kind=st.sampled_from(KINDS), draw=st.data())
def test_any_rewrite_of_any_cell_is_seen(
    prepared: Path, table: str, column: str, kind: str, draw: st.DataObject
) -> None:
    with copied(prepared) as path:
        rewrite(path, table, column, kind, draw)
        with pytest.raises(Damaged):
            reads_whole(path)


@pytest.mark.parametrize("byte", [0, 31, 32, 95, 96, 127])
def test_a_leaf_that_waits_for_the_tree_is_bound_already(prepared: Path, byte: int) -> None:
    entries = "SELECT number, entry FROM records WHERE number > (SELECT max(number) FROM places)"
    waiting = cells(prepared, entries)
    assert len(waiting) == 5
    for number, entry in waiting:
        wrong = entry[:byte] + bytes([entry[byte] ^ 1]) + entry[byte + 1 :]
        with copied(prepared) as path:
            edit(path, f"UPDATE records SET entry=? WHERE number={number}", [wrong])  # noqa: S608
            with pytest.raises(Damaged, match="signed form"):
                reads_whole(path)


def test_erased_words_that_are_put_back_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(SqlStore.open(path, MASTER)) as store:
        store.commit(batch("e1", 0, item("r1")))
        kept = [cells(path, f"SELECT * FROM {table}") for table in ("contents", "record_keys")]  # noqa: S608
        store.commit(erasing("e2", 1, "r1"))
    for table, (row,) in zip(("contents", "record_keys"), kept, strict=True):
        edit(path, f"INSERT INTO {table} VALUES (?, ?)", row)  # noqa: S608
    with pytest.raises(Damaged, match="record 1 of case case-juniper were erased, and are there"):
        reads_whole(path)


def test_a_record_put_where_the_log_has_passed_by_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(SqlStore.open(path, MASTER)) as store:
        store.commit(batch("o1", 0, item("o1", case=OTHER), case=OTHER))
        store.commit(erasing("e1", 0, "o1"))
    edit(path, "UPDATE records SET number=-1 WHERE number=1")
    with pytest.raises(Damaged, match="where the log has passed it by"):
        reads_whole(path)


@settings(max_examples=60, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_of_the_trees_file_is_seen_or_mended(
    prepared: Path, where: float, bit: int
) -> None:
    with copied(prepared) as path:
        tree = path.with_suffix(".tree")
        whole = tree.read_bytes()
        wrong = bytearray(whole)
        wrong[int(where * 32 * written(48))] ^= 1 << bit
        tree.write_bytes(wrong)
        try:
            reads_whole(path)
        except Damaged as told:
            assert "tree's file was edited" in str(told)  # noqa: PT017
        else:
            assert tree.read_bytes() == whole


# -- erasing changes no case -----------------------------------------------------------------------


def is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int)


def unworded(record: Record) -> Record:
    words: dict[str, str] = dict.fromkeys(PLANS[type(record.body)].prose, "")
    return replace(record, body=replace(record.body, **words))  # type: ignore[arg-type]


def has_file(record: Record) -> bool:
    return isinstance(record.body, EvidenceGiven) and bool(record.body.kind)


@settings(max_examples=60, deadline=None)
@given(records=journals(longest=12), draw=st.data())
def test_erasing_prose_never_changes_the_case(
    records: Sequence[Record], draw: st.DataObject
) -> None:
    records = tuple(r for r in records if not isinstance(r.body, Erased))
    assume(all(abs(n) < 10**18 for r in records for n in ledger_fields(r).values() if is_int(n)))
    gone = draw.draw(st.lists(st.sampled_from(records), unique_by=id)) if records else []
    with tempfile.TemporaryDirectory() as place:
        store = SqlStore.open(Path(place) / "store.db", MASTER, steady("erasing"))
        case, head = CaseId("orchid"), 0
        while head < len(records):
            few = records[head : head + draw.draw(st.integers(1, 6))]
            files = tuple((r.id, b"a file") for r in few if has_file(r))
            store.commit(Batch(f"e{head}", case, head, few, files=files))
            if draw.draw(st.booleans()):
                store.checkpoint(NOON)
            head += len(few)
        before = store.load(case)
        assert before == tuple(map(unworded, records))
        (said,) = erasing("erasing", head, *(r.id for r in gone)).records
        said = replace(said, case=case)
        store.commit(Batch("erasing", case, head, (said,), erase=tuple(r.id for r in gone)))
        after = store.load(case)
        assert after == (*before, unworded(said))
        for record in records:
            found = store.prose(record.id)
            assert found is not None
            assert (found[1] == {}) == (record in gone or not PLANS[type(record.body)].prose)
            assert (store.file(record.id) is not None) == (has_file(record) and record not in gone)
        was = replay(Case(case), records)
        erased = frozenset(r.id for r in gone)
        assert replay(Case(case), after) == replace(
            was, head=was.head + 1, erased=was.erased | erased
        )
        store.audit()
        store.close()


# -- sizes say nothing -----------------------------------------------------------------------------


def sizes(place: Path, texts: Sequence[str]) -> list[tuple[int, ...]]:
    """Return the sizes of all that is stored of records with these words."""
    path = place / "store.db"
    store = SqlStore.open(path, MASTER, steady("sizes"))
    store.commit(batch("e1", 0, *(item(f"r{n:02}", text) for n, text in enumerate(texts))))
    store.checkpoint(NOON)
    store.close()
    return cells(
        path,
        "SELECT length(record_digest), length(jwt), length(skeleton), length(entry),"
        " length(content), length(wrapped) FROM records JOIN contents USING (number)"
        " JOIN record_keys USING (number) ORDER BY number",
    )


FITS = 900
"""Bytes of words that leave the other fields of a usual record their room in one block of 2 kB."""
WORDS = st.text(max_size=FITS // 4) | st.integers(0, FITS - 2).map(lambda size: "x" * size)


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS.filter(lambda t: len(compact([t])) <= FITS + 2), min_size=1, max_size=4))
def test_what_is_stored_of_a_record_has_one_size_whatever_the_words(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        (size,) = set(sizes(Path(place), ["", *texts]))
    assert size[-2:] == (2048 + 16, 72)


def test_longer_words_show_in_steps_of_two_kilobytes(tmp_path: Path) -> None:
    found = sizes(tmp_path, ["x" * n for n in (FITS, 2 * FITS, 5 * FITS)])
    assert [row[4] for row in found] == [2048 + 16, 2 * 2048 + 16, 4 * 2048 + 16]
    assert len({(*row[:4], *row[5:]) for row in found}) == 1
