"""A million entries in Parley's log, and in the tree of another library, quickly made.

The leaves go through the very code that signs a batch; only their order of arrival is made up.
The other library is pymerkle with its SQLite tree, as it comes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pymerkle import SqliteTree

from bot.ledger.leaf import LEAF_SIZE
from bot.ledger.tree import HASH_SIZE, leaf_hash
from bot.storage.growth import Placed
from bot.storage.log import PADDING
from bot.storage.store import SqlStore
from tests.storage.samples import MASTER, NOON

_AT_ONCE = 1_000


class Grown(SqlStore):
    """A store whose tree also grows by entries from nowhere."""

    def append(self, entries: Sequence[bytes], now: datetime) -> str:
        """Put ready entries (128 bytes each) on the tree in one batch; return the checkpoint.

        Each has a place, as the entry of a record has.
        """
        with self._db.writing():
            self._catch_up()
            numbers = range(self._tree.size() + 1, self._tree.size() + 1 + len(entries))
            batch: list[tuple[bytes, Placed | None]] = [
                (leaf_hash(entry), (number, 1, number))
                for number, entry in zip(numbers, entries, strict=True)
            ]
            return self._put(batch, now)

    def fill(self, size: int) -> None:
        """Grow the tree to `size` leaves: batches of the usual length, nothing but padding."""
        batches = (size - self._tree.size()) // PADDING
        for begun in range(0, batches, _AT_ONCE):
            with self._db.writing():
                for _ in range(begun, min(begun + _AT_ONCE, batches)):
                    self._put([(secrets.token_bytes(HASH_SIZE), None)] * PADDING, NOON)


def entries(count: int) -> list[bytes]:
    """Return entries that are ready to be put on a tree."""
    return [secrets.token_bytes(LEAF_SIZE) for _ in range(count)]


def open_ours(path: Path) -> Grown:
    """Open Parley's store."""
    return Grown.open(path, MASTER)


def open_other(path: Path) -> SqliteTree:
    """Open the other library's tree."""
    return SqliteTree(str(path))


def fill_both(ours: Path, other: Path, size: int) -> None:
    """Make both as large as asked for."""
    store = open_ours(ours)
    try:
        store.fill(size)
    finally:
        store.close()
    tree = open_other(other)
    try:
        tree.append_entries(entries(size))
    finally:
        tree.close()
