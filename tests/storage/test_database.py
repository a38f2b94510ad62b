from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement, Dialect, Executable
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.storage import (
    audit,
    deadlines,
    growth,
    inbox,
    journal,
    keyring,
    outbox,
    proofs,
    store,
    vault,
)
from bot.storage.database import Conflict, adding, open_database, putting
from bot.storage.store import SqlStore
from bot.storage.tables import META, METADATA, VAULT
from bot.storage.verdicts import OtherSchema, StoreFailed
from tests.storage.filled import edit
from tests.storage.samples import CASE, MASTER, batch, item

POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
MODULES = (audit, deadlines, growth, inbox, journal, keyring, outbox, proofs, store, vault)
STATEMENTS = [
    (f"{module.__name__}.{name}", value)
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, Executable)
]


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_every_statement_is_also_one_of_postgresql(name: str, statement: Executable) -> None:
    assert isinstance(statement, ClauseElement)
    compiled = statement.compile(dialect=POSTGRESQL)
    assert str(compiled).split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}, name


def test_every_table_is_also_one_of_postgresql() -> None:
    for table in METADATA.sorted_tables:
        text = str(CreateTable(table).compile(dialect=POSTGRESQL))
        assert "ROWID" not in text
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=POSTGRESQL))


def test_sqlite_is_told_to_lose_and_to_show_nothing(tmp_path: Path) -> None:
    store_ = SqlStore.open(tmp_path / "store.db", MASTER)
    asked = {
        name: store_._db._cursor.execute(f"PRAGMA {name}").fetchall()[0][0]
        for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
    }
    store_.close()
    assert asked == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


def test_another_schema_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    SqlStore.open(path, MASTER).close()
    edit(path, "UPDATE meta SET value=x'33' WHERE name='schema'")
    with pytest.raises(OtherSchema, match="schema 3; this program reads schema 2"):
        SqlStore.open(path, MASTER)


@pytest.mark.parametrize("sql", ["CREATE TABLE t (a)", "CREATE TABLE meta (name TEXT, value BLOB)"])
def test_a_database_of_something_else_is_refused(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "store.db"
    edit(path, sql)
    with pytest.raises(OtherSchema):
        SqlStore.open(path, MASTER)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database" * 400)
    with pytest.raises(StoreFailed) as wrong:
        SqlStore.open(path, MASTER)
    assert "not a database" not in str(wrong.value)


def test_a_store_without_a_file_is_refused() -> None:
    with pytest.raises(OtherSchema):
        SqlStore.open("sqlite://", MASTER)


def test_a_url_opens_the_same_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = SqlStore.open(path, MASTER)
    first.put("name", b"value")
    again = SqlStore.open(f"sqlite:///{path}", MASTER)
    assert again.get("name") == b"value"
    first.close()
    again.close()


def test_an_interrupted_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path / "store.db")
    with database.writing():
        database.make_tables()
    put = putting(VAULT, "name_digest", "sealed")
    forgot: list[bool] = []
    database.on_rollback(lambda: forgot.append(True))

    def interrupted() -> None:
        with database.writing():
            database.run(put, name_digest=b"x", sealed=b"y")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert forgot == [True]
    assert database.rows(VAULT.select()) == []
    with database.writing():
        database.run(put, name_digest=b"x", sealed=b"y")
    assert database.rows(VAULT.select()) == [(b"x", b"y")]
    database.close()


def test_a_conflict_says_nothing_of_the_row(tmp_path: Path) -> None:
    database = open_database(tmp_path / "store.db")
    with database.writing():
        database.make_tables()
    add = adding(META, "name", "value")
    with database.writing():
        database.run(add, name="secret", value=b"")
    with pytest.raises(Conflict) as wrong, database.writing():
        database.run(add, name="secret", value=b"")
    assert "secret" not in str(wrong.value)
    assert wrong.value.__suppress_context__
    database.close()


def test_a_store_may_be_opened_in_one_thread_and_used_in_another(tmp_path: Path) -> None:
    opened = SqlStore.open(tmp_path / "store.db", MASTER)
    worker = threading.Thread(target=opened.commit, args=[batch("e1", 0, item("r1"))])
    worker.start()
    worker.join()
    assert len(opened.load(CASE)) == 1
    opened.close()


def test_two_openings_at_once_make_one_store(tmp_path: Path) -> None:
    opened: list[SqlStore] = []
    path = tmp_path / "store.db"
    threads = [
        threading.Thread(target=lambda: opened.append(SqlStore.open(path, MASTER)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    assert len({found.log_key() for found in opened}) == 1
    for found in opened:
        found.close()
