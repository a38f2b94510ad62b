"""What the ledger does that must last, against the disk's own smallest promise.

Everything is done in turn, on one disk: whatever drifts falls on all.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pymerkle import SqliteTree

from bot.storage.store import SqlStore
from tests.bench.grown import Grown, entries
from tests.storage.samples import MASTER, NOON, batch, item, row

BLOCK = 8_192
HUNDRED = 100
ONE_ROUND = 500
"""So many appends of three pages each, and SQLite's write-ahead log of a thousand pages has gone
round: from then on it writes over itself."""


def commits(folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Return seconds of single commits, and of writing 8 kB with fdatasync, in turn."""
    store = SqlStore.open(folder / "commits.db", MASTER)
    plain = os.open(folder / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    block = secrets.token_bytes(BLOCK)
    ours: list[float] = []
    bare: list[float] = []
    try:
        for number in range(count):
            one = replace(
                batch(f"event {number}", number, item(f"record {number}")),
                outbox=(row(f"row {number}"),),
            )
            began = time.perf_counter()
            store.commit(one)
            between = time.perf_counter()
            os.write(plain, block)
            os.fdatasync(plain)
            ours.append(between - began)
            bare.append(time.perf_counter() - between)
    finally:
        os.close(plain)
        store.close()
    return ours, bare


@dataclass(slots=True)
class Appends:
    """Seconds of each: an append, the bare write after it, and what is done less often."""

    one: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    hundred: list[float] = field(default_factory=list)
    other_one: list[float] = field(default_factory=list)
    other_hundred: list[float] = field(default_factory=list)


def appends(folder: Path, ours: Grown, other: SqliteTree, count: int) -> tuple[Appends, Appends]:
    """Time `count` appends with all they stand beside.

    Return those before the write-ahead log has gone round for the first time, then the others.
    """
    early, later = Appends(), Appends()
    plain = os.open(folder / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    block = secrets.token_bytes(BLOCK)

    def bare() -> None:
        os.write(plain, block)
        os.fdatasync(plain)

    def others(some: list[bytes]) -> None:
        other.append_entries(some)
        other.get_root()

    try:
        others(entries(1))  # its first root after opening reads every leaf
        for number in range(ONE_ROUND + count):
            found = early if number < ONE_ROUND else later
            one, many = entries(1), entries(HUNDRED)
            turns: list[tuple[list[float], Callable[[], object]]] = [
                (found.one, partial(ours.append, one, NOON)),
                (found.bare, bare),
            ]
            if found is later and number % 10 == 0:
                turns += [
                    (found.hundred, partial(ours.append, many, NOON)),
                    (found.other_one, partial(others, one)),
                    (found.other_hundred, partial(others, many)),
                ]
            for seconds, do in turns if number % 2 else reversed(turns):
                seconds.append(_timed(do))
    finally:
        os.close(plain)
    return early, later


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began
