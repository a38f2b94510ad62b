"""Backups that can forget: dated copies of a SQLite store without its keys, and one file of keys.

A copy holds what is sealed under keys of its own, and none of those keys; `keys.db` holds the
present ones, and what people typed a moment ago (inbox, outbox). Each backup replaces `keys.db`,
so what was erased opens from no file of the directory, however old the copy.

Refuses to overwrite anything, to join a copy with keys that do not fit it, and to back up a
database that is not a SQLite file: its own tools would keep the keys of what was erased.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.storage.verdicts import Damaged, OtherSchema, StoreFailed

KEYS = "keys.db"
_PRESENT = ("record_keys", "inbox", "outbox")
"""Tables whose rows are in no dated copy: once erased, or done, nothing of them may live on."""
_NAME = "parley-%Y-%m-%dT%H%M%SZ.db"
_PATTERN = "parley-*Z.db"
_SCHEMA = (
    "SELECT type, name, sql FROM live.sqlite_master"
    " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name"
)
_LACKING = (
    "SELECT count(*) FROM main.contents WHERE number NOT IN (SELECT number FROM keys.record_keys)"
)
_JOIN_KEYS = (
    "INSERT INTO main.record_keys SELECT * FROM keys.record_keys"
    " WHERE number IN (SELECT number FROM main.contents)"
)


def back_up(store: Path, directory: Path, at: datetime) -> Path:
    """Write a dated copy and replace the keys, from one moment of a store that may be in use.

    Return the copy. Raises `StoreFailed` for a disk that refuses and for a copy that is there
    already, `OtherSchema` where there is no store.
    """
    if not store.is_file():
        raise OtherSchema("there is no SQLite store to back up")
    copy = directory / at.astimezone(UTC).strftime(_NAME)
    with _verdicts():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.path.lexists(copy):
            raise StoreFailed("there is a copy of this very second already")
        new_copy, new_keys = _beginning(copy), _beginning(directory / KEYS)
        try:
            with closing(_opened(new_copy)) as made:
                _attach(made, "live", store)
                _attach(made, "keys", new_keys)
                made.execute("BEGIN")
                _copy(made, copy.name)
                made.execute("COMMIT")
            # The copy first: broken off in between, the copy before still fits the keys.
            _publish(new_copy, copy)
            _replace_keys(new_keys, directory / KEYS)
        finally:
            new_copy.unlink(missing_ok=True)
            new_keys.unlink(missing_ok=True)
    return copy


def restore(directory: Path, store: Path, copy: Path | None = None) -> Path:
    """Join a copy (the newest, if none is named) with the keys into a new store; return the copy.

    What had come in or was to be sent is joined to the copy it was saved with, and to no other.
    Raises `StoreFailed` where a store or a part of one is in the way, `OtherSchema` where there is
    no backup, `Damaged` where copy and keys do not fit. Whoever calls audits what came out.
    """
    copy = copy or newest(directory)
    keys = directory / KEYS
    if copy is None or not copy.is_file() or not keys.is_file():
        raise OtherSchema(f"there is no backup here: it takes a dated copy and {KEYS}")
    beside = (store.with_name(store.name + end) for end in ("-wal", "-shm", "-journal"))
    if any(os.path.lexists(path) for path in (store, store.with_suffix(".tree"), *beside)):
        raise StoreFailed("there is a store, or a part of one, already; nothing was overwritten")
    with _verdicts():
        new = _beginning(store)
        try:
            shutil.copyfile(copy, new)
            with closing(_opened(new)) as made:
                _attach(made, "keys", keys)
                made.execute("BEGIN")
                _join(made, copy.name)
                made.execute("COMMIT")
            _publish(new, store)
        finally:
            new.unlink(missing_ok=True)
    return copy


def newest(directory: Path) -> Path | None:
    """Return the newest dated copy, None if there is none."""
    return max(directory.glob(_PATTERN), default=None)


def _copy(made: sqlite3.Connection, name: str) -> None:
    """Copy everything, as it is at one moment, to where it belongs."""
    found = made.execute(_SCHEMA).fetchall()
    tables = [table for kind, table, _ in found if kind == "table"]
    if not {*_PRESENT, "contents"} <= set(tables):
        raise OtherSchema("the database is not a store of this program")
    for kind, table, sql in found:
        made.execute(sql)
        if kind == "table" and table not in _PRESENT:
            made.execute(f"INSERT INTO main.{table} SELECT * FROM live.{table}")  # noqa: S608
    # Numbers that were used once are not used again.
    made.execute("DELETE FROM main.sqlite_sequence")
    made.execute("INSERT INTO main.sqlite_sequence SELECT * FROM live.sqlite_sequence")
    for table in _PRESENT:
        made.execute(f"CREATE TABLE keys.{table} AS SELECT * FROM live.{table}")  # noqa: S608
    made.execute("CREATE TABLE keys.saved_with AS SELECT ? AS copy", (name,))


def _join(made: sqlite3.Connection, name: str) -> None:
    """Put the keys to their contents; contents without a key were erased since, and are refused."""
    (lacking,) = made.execute(_LACKING).fetchone()
    if lacking:
        raise Damaged(
            f"{lacking} records of this copy have no key: they were erased after it was made, or"
            " the last backup was broken off. Take the newest copy, or the one before it"
        )
    made.execute(_JOIN_KEYS)
    if made.execute("SELECT copy FROM keys.saved_with").fetchone() == (name,):
        for table in ("inbox", "outbox"):
            made.execute(f"INSERT INTO main.{table} SELECT * FROM keys.{table}")  # noqa: S608


def _beginning(path: Path) -> Path:
    """Make an empty private file beside the one that is to be."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return new


def _opened(path: Path) -> sqlite3.Connection:
    made = sqlite3.connect(path, isolation_level=None)
    # A journal in a file would outlive what is in it.
    made.execute("PRAGMA journal_mode=MEMORY")
    made.execute("PRAGMA temp_store=MEMORY")
    return made


def _attach(made: sqlite3.Connection, name: str, path: Path) -> None:
    made.execute(f"ATTACH ? AS {name}", (str(path),))
    if name == "keys":
        made.execute("PRAGMA keys.journal_mode=MEMORY")


def _publish(new: Path, path: Path) -> None:
    """Give a finished file its name, durably."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _replace_keys(new: Path, path: Path) -> None:
    """Put new keys in the place of the old ones, whose bytes are written over."""
    try:
        old = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        _publish(new, path)
        return
    try:
        _publish(new, path)
        os.pwrite(old, bytes(os.fstat(old).st_size), 0)
        os.fsync(old)
    finally:
        os.close(old)


@contextmanager
def _verdicts() -> Iterator[None]:
    """Say what went wrong without the driver's words."""
    try:
        yield
    except sqlite3.DatabaseError as wrong:
        raise StoreFailed(f"the database failed: {type(wrong).__name__}") from None
    except StoreFailed:
        raise
    except OSError as wrong:
        raise StoreFailed(f"the disk refused: {os.strerror(wrong.errno or 0)}") from None
