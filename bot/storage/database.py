"""One database, one connection, one thread; statements in SQLAlchemy Core, run by the driver.

A Core statement is compiled once for the dialect at hand and then run with named parameters:
the portability of Core without its cost per call. Refuses to let a driver's error out: those
carry values. SQLite now; a PostgreSQL URL takes the same statements.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Engine,
    Executable,
    Insert,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    make_url,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from bot.storage.tables import ADDED, METADATA
from bot.storage.verdicts import OtherSchema, StoreFailed

Row = tuple[Any, ...]
Value = bytes | str | int | None
Values = dict[str, Value]

_BUSY_TIMEOUT = "PRAGMA busy_timeout=5000"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    _BUSY_TIMEOUT,
    "PRAGMA temp_store=MEMORY",
    # In KiB: the pages that every message touches; the operating system keeps the rest.
    "PRAGMA cache_size=-768",
)


class Conflict(StoreFailed):
    """A row contradicts a unique key; the transaction was rolled back."""


class Database:
    """An open database. Reads run on their own; writes inside `writing`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._compiled: dict[Executable, tuple[str, dict[str, Value]]] = {}
        self._lite = engine.dialect.name == "sqlite"
        self._driver: Any = engine.dialect.loaded_dbapi
        self._closed = False
        # A process that was killed may have left erased bytes in the write-ahead log.
        self._log_remembers = self._lite
        self._forgetful: list[Callable[[], None]] = []
        with self._errors():
            self._connection = engine.raw_connection()
            self._cursor: Any = self._connection.cursor()

    def rows(self, statement: Executable, **values: Value) -> list[Row]:
        """Run a select; return its rows."""
        sql, fixed = self._text(statement)
        try:
            self._cursor.execute(sql, {**fixed, **values})
            return cast("list[Row]", self._cursor.fetchall())
        except self._driver.Error as wrong:
            raise self._verdict(wrong) from None

    def row(self, statement: Executable, **values: Value) -> Row | None:
        """Run a select; return its first row."""
        found = self.rows(statement, **values)
        return found[0] if found else None

    def run(self, statement: Executable, **values: Value) -> int:
        """Run a write; return how many rows it touched."""
        sql, fixed = self._text(statement)
        try:
            self._cursor.execute(sql, {**fixed, **values})
            return int(self._cursor.rowcount)
        except self._driver.Error as wrong:
            raise self._verdict(wrong) from None

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Value]]) -> int:
        """Run a write once for each row; return how many rows were touched in all."""
        if not rows:
            return 0
        sql, fixed = self._text(statement)
        try:
            self._cursor.executemany(sql, [{**fixed, **row} for row in rows])
            return int(self._cursor.rowcount)
        except self._driver.Error as wrong:
            raise self._verdict(wrong) from None

    def on_rollback(self, forget: Callable[[], None]) -> None:
        """Call `forget` whenever a transaction was rolled back."""
        self._forgetful.append(forget)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Run one transaction; any exception rolls it back and goes on."""
        with self._errors():
            self._cursor.execute("BEGIN IMMEDIATE" if self._lite else "BEGIN")
        try:
            yield
            with self._errors():
                self._cursor.execute("COMMIT")
        except BaseException:
            with suppress(self._driver.Error):
                self._cursor.execute("ROLLBACK")
            for forget in self._forgetful:
                forget()
            raise
        if self._log_remembers:
            # What was committed stands, whatever becomes of this: it is tried again next time.
            with suppress(StoreFailed):
                self._cut_log()

    def make_tables(self) -> None:
        """Create every table and index; to be called inside `writing`."""
        dialect = self._engine.dialect
        with self._errors():
            for table in METADATA.sorted_tables:
                self._cursor.execute(str(CreateTable(table).compile(dialect=dialect)))
                for index in sorted(table.indexes, key=lambda i: str(i.name)):
                    self._cursor.execute(str(CreateIndex(index).compile(dialect=dialect)))

    def add_tables(self) -> None:
        """Create the tables that an older program did not know; inside `writing`."""
        dialect = self._engine.dialect
        with self._errors():
            for table in ADDED:
                self._cursor.execute(
                    str(CreateTable(table, if_not_exists=True).compile(dialect=dialect))
                )

    def is_empty(self) -> bool:
        """Tell whether the database has no tables at all."""
        with self._errors():
            self._cursor.execute(
                "SELECT count(*) FROM sqlite_master"
                if self._lite
                else "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
            )
            return bool(self._cursor.fetchall()[0][0] == 0)

    def forget_log(self) -> None:
        """Have the write-ahead log cut off behind this transaction; erased bytes are gone from it then.

        While somebody else reads the database, a backup for instance, it is tried again behind
        every further one, without waiting.
        """
        self._log_remembers = self._lite

    def _cut_log(self) -> None:
        with self._errors():
            self._cursor.execute("PRAGMA busy_timeout=0")
            try:
                self._cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._log_remembers = bool(self._cursor.fetchall()[0][0])
            finally:
                self._cursor.execute(_BUSY_TIMEOUT)

    def close(self) -> None:
        """Release the database; closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        if self._lite:
            with suppress(StoreFailed):
                self._cut_log()
        self._cursor.close()
        self._connection.close()
        self._engine.dispose()

    def _text(self, statement: Executable) -> tuple[str, dict[str, Value]]:
        found = self._compiled.get(statement)
        if found is None:
            compiled = cast("Any", statement).compile(dialect=self._engine.dialect)
            given = compiled.params
            fixed = {name: given[name] for p, name in compiled.bind_names.items() if not p.required}
            found = self._compiled[statement] = (str(compiled), fixed)
        return found

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (self._driver.Error, SQLAlchemyError) as wrong:
            raise self._verdict(wrong) from None

    def _verdict(self, wrong: Exception) -> Exception:
        """Say what went wrong without the driver's words, which may hold values."""
        if isinstance(wrong, self._driver.IntegrityError):
            return Conflict("a row contradicts a unique key")
        return StoreFailed(f"the database failed: {type(wrong).__name__}")


def open_database(where: str | Path) -> Database:
    """Open a SQLite file (made with mode 0600 if new) or a database URL."""
    if isinstance(where, str) and "://" in where:
        url = make_url(where)
    else:
        url = make_url("sqlite://").set(database=str(where))
    if url.get_backend_name() != "sqlite":
        return Database(create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True))
    if url.database in (None, "", ":memory:"):
        raise OtherSchema("a store needs a file; the in-memory twin is MemoryStore")
    _made_private(Path(str(url.database)))
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        paramstyle="named",
        hide_parameters=True,
        # The store belongs to one thread, which need not be the one that opened it.
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _set_pragmas)
    return Database(engine)


def beside(where: str | Path) -> Path:
    """Return the file of the tree that belongs to a SQLite file; ValueError for another database."""
    if isinstance(where, str) and "://" in where:
        url = make_url(where)
        if url.get_backend_name() != "sqlite":
            raise ValueError("a store elsewhere needs a file for its tree here")
        where = str(url.database)
    return Path(where).with_suffix(".tree")


def adding(table: Table, *names: str) -> Insert:
    """Return an insert of the named columns."""
    values: dict[str, BindParameter[Value]] = {name: bindparam(name) for name in names}
    return insert(table).values(values).inline()


def adding_once(table: Table, *names: str) -> Insert:
    """Return an insert that leaves a row with the same unique key as it is."""
    return _on_conflict(adding(table, *names), "DO NOTHING")


def putting(table: Table, key: str, *names: str, anew: str = "", kept: str = "") -> Insert:
    """Return an insert that replaces the row with the same key.

    `anew` names the columns that are replaced (all, if empty), `kept` a condition of the old row
    under which it stays as it is.
    """
    columns = anew.split() or names
    setting = ", ".join(f"{name} = excluded.{name}" for name in columns)
    unless = f" WHERE NOT ({kept})" if kept else ""
    return _on_conflict(adding(table, key, *names), f"({key}) DO UPDATE SET {setting}{unless}")


def _on_conflict(made: Insert, what: str) -> Insert:
    """Say what to do about a row that is there, in the words both databases share.

    The dialects have inserts of their own for it; PostgreSQL's would load 2.4 MB of a database
    that is not used.
    """
    made._post_values_clause = text(f"ON CONFLICT {what}")  # noqa: SLF001  # as those inserts do
    return made


def _made_private(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma).fetchall()
