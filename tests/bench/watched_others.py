"""What watches are measured beside: APScheduler with its SQLAlchemy store, and a bare indexed table.

All on SQLite with a write-ahead log and `synchronous=FULL`: what is said to be written survives a
power cut. The bare table writes a notice of its own for each deadline, that it has fired, and when
it comes again, in transactions of as many deadlines as Parley's, and does nothing else: no record,
no key, no signature, no decision, nothing sealed.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import create_engine, event

from bot.runner.turns import TOGETHER

DURABLE: Final = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")
QUICK: Final = "PRAGMA synchronous=OFF"
FAR: Final = timedelta(days=20)
OUTBOX: Final = "CREATE TABLE outbox (number INTEGER PRIMARY KEY, id TEXT UNIQUE, text BLOB)"
NOTICE: Final = 600
"""Bytes of a notice."""
_PATIENCE_S: Final = 900.0

ARMS = "INSERT INTO due (key, at, sealed) VALUES (?, ?, ?)"


class BareTable:
    """A table of deadlines with an index on their time, and the outbox that a firing writes to."""

    def __init__(self, path: Path) -> None:
        """Make it."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in DURABLE:
            self._connection.execute(pragma)
        for table in (
            "CREATE TABLE due (number INTEGER PRIMARY KEY, key BLOB UNIQUE, at INTEGER, sealed BLOB)",
            "CREATE INDEX due_at ON due (at)",
            OUTBOX,
        ):
            self._connection.execute(table)

    def arm_one(self, at: int, size: int) -> None:
        """Arm one deadline, durably."""
        self._connection.execute(ARMS, (secrets.token_bytes(16), at, secrets.token_bytes(size)))

    def arm(self, count: int, at: int, size: int) -> None:
        """Arm many together."""
        self._connection.execute("BEGIN")
        rows = ((secrets.token_bytes(16), at, secrets.token_bytes(size)) for _ in range(count))
        self._connection.executemany(ARMS, rows)
        self._connection.execute("COMMIT")

    def fire(self, now: int, size: int, together: int = TOGETHER) -> int:
        """Fire all that is due, oldest first, so many in a transaction; return how many."""
        fired, run = 0, self._connection.execute
        while True:
            rows = run(
                "SELECT number, key, at FROM due WHERE at <= ? ORDER BY at, number LIMIT ?",
                (now, together),
            ).fetchall()
            if not rows:
                return fired
            run("BEGIN IMMEDIATE")
            for number, key, at in rows:
                run(
                    "INSERT INTO outbox (id, text) VALUES (?, ?)",
                    (key.hex(), secrets.token_bytes(NOTICE)),
                )
                run("UPDATE due SET at = NULL, sealed = x'' WHERE number = ?", (number,))
                run(ARMS, (secrets.token_bytes(16), at + 10**12, secrets.token_bytes(size)))
            run("COMMIT")
            fired += len(rows)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class Notices:
    """The outbox that APScheduler's jobs write into, one durable row each."""

    def __init__(self, path: Path) -> None:
        """Make it."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in (*DURABLE, OUTBOX):
            self._connection.execute(statement)
        self._lock = threading.Lock()
        self.count = 0

    def write(self, name: str) -> None:
        """Write one notice."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO outbox (id, text) VALUES (?, ?)", (name, secrets.token_bytes(NOTICE))
            )
            self.count += 1

    def close(self) -> None:
        """Close it."""
        self._connection.close()


OPEN: dict[str, Notices] = {}
"""Where a job finds its outbox: APScheduler keeps a job's arguments, and no connection."""


def notice(folder: str, name: str) -> None:
    """Do what a due job does."""
    OPEN[folder].write(name)


class Scheduler:
    """APScheduler with its SQLAlchemy store, `misfire_grace_time` None."""

    def __init__(self, folder: Path) -> None:
        """Make it; nothing runs yet."""
        self._engine = create_engine(f"sqlite:///{folder / 'scheduler.db'}")
        self._sync = DURABLE[1]
        event.listen(self._engine, "connect", self._connected)
        event.listen(self._engine, "begin", self._began)
        self._store: Any = SQLAlchemyJobStore(engine=self._engine)
        self._scheduler: Any = BackgroundScheduler(
            jobstores={"default": self._store},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
            timezone=UTC,
        )
        self._folder = str(folder)
        self._made = 0
        OPEN[self._folder] = Notices(folder / "notices.db")
        self._scheduler.start(paused=True)

    def _connected(self, connection: Any, _record: object) -> None:
        connection.execute(DURABLE[0])

    def _began(self, connection: Any) -> None:
        connection.connection.driver_connection.execute(self._sync)

    def arm(self, count: int, at: datetime, *, durable: bool) -> None:
        """Add jobs, each in a transaction of its own as the store does it."""
        self._sync = DURABLE[1] if durable else QUICK
        for _ in range(count):
            self._made += 1
            name = f"job-{self._made}"
            self._scheduler.add_job(
                notice, "interval", hours=24, next_run_time=at, id=name, args=[self._folder, name]
            )
        self._sync = DURABLE[1]

    def copy(self, count: int) -> None:
        """Let the table hold so many more jobs, copies of the first one that are never due."""
        far = (datetime.now(UTC) + FAR).timestamp()  # noqa: TID251  # APScheduler reads it too
        with self._engine.begin() as connection:
            raw: Any = connection.connection.driver_connection
            state = raw.execute("SELECT job_state FROM apscheduler_jobs LIMIT 1").fetchone()[0]
            raw.executemany(
                "INSERT INTO apscheduler_jobs VALUES (?, ?, ?)",
                ((f"copy-{number}", far, state) for number in range(count)),
            )

    def fire(self, count: int) -> float:
        """Let it run; return the seconds until so many notices are durable."""
        began, found = time.monotonic(), OPEN[self._folder]
        self._scheduler.resume()
        while found.count < count and time.monotonic() - began < _PATIENCE_S:
            time.sleep(0.005)
        taken = time.monotonic() - began
        if found.count < count:
            raise TimeoutError("APScheduler did not fire all of them")
        return taken

    def close(self) -> None:
        """Let it end."""
        self._scheduler.shutdown()
        OPEN.pop(self._folder).close()
        self._engine.dispose()
