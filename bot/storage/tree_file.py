"""The nodes of the tree in one file beside the database, so that proofs need no queries.

The file is made from the leaves in the database and can be made again at any time: nothing waits
for it to be flushed, and what it says is checked against the last signed root when it is opened.
Refuses to hand out a node that the tree it was told of does not have.

The hashes stand in the order in which they become complete: each leaf, then every subtree that
it completes (as in Go's `sumdb/tlog`, StoredHashIndex).
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.ledger.tree import HASH_SIZE, nodes_added
from bot.storage.verdicts import Damaged, StoreFailed

_STEP = 1 << 20


class TreeFile:
    """A `tree.NodeReader` over a file, and the only writer of it."""

    def __init__(self, path: Path) -> None:
        self._size = 0
        with _failing():
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self._map = self._mapped(max(os.fstat(self._file).st_size, _STEP))

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete subtree; `Damaged` beyond the tree."""
        if (index + 1) << level > self._size:
            raise Damaged("a node was asked for that the tree does not have")
        at = HASH_SIZE * position(level, index)
        return self._map[at : at + HASH_SIZE]

    def size(self) -> int:
        """Return the number of leaves that may be asked for."""
        return self._size

    def stands_at(self, size: int) -> None:
        """Say how many leaves count; what stands behind them is written over."""
        if HASH_SIZE * written(size) > len(self._map):
            with _failing():
                old, self._map = self._map, self._mapped(HASH_SIZE * written(size))
            old.close()
        self._size = size

    def write(self, size: int, leaves: Sequence[bytes]) -> None:
        """Write leaf hashes behind `size` leaves; StoreFailed if the disk is full."""
        self.stands_at(size)
        rows = b"".join(digest for _, _, digest in nodes_added(size, leaves, self))
        at = HASH_SIZE * written(size)
        with _failing():
            while rows:
                # Not through the map: a full disk would kill the process there. Here it first
                # takes a part, without a word, and refuses the rest.
                done = os.pwrite(self._file, rows, at)
                rows, at = rows[done:], at + done
        self.stands_at(size + len(leaves))

    def holds(self, size: int, leaves: Sequence[bytes]) -> bool:
        """Tell whether the file says of these leaves behind `size` what it must say."""
        rows = b"".join(digest for _, _, digest in nodes_added(size, leaves, self))
        at = HASH_SIZE * written(size)
        return self._map[at : at + len(rows)] == rows

    def flush(self) -> None:
        """Bring the file to the disk."""
        with _failing():
            os.fdatasync(self._file)

    def close(self) -> None:
        """Release the file; closing twice is harmless."""
        self._map.close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _mapped(self, least: int) -> mmap.mmap:
        """Map the file, made longer if need be: in large steps, with holes that take no room."""
        length = -(-least // _STEP) * _STEP
        if os.fstat(self._file).st_size < length:
            os.ftruncate(self._file, length)
        return mmap.mmap(self._file, length, access=mmap.ACCESS_READ)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise StoreFailed(f"the tree's file failed: {type(wrong).__name__}") from None


def written(size: int) -> int:
    """Return how many hashes a tree of `size` leaves has."""
    return 2 * size - size.bit_count()


def position(level: int, index: int) -> int:
    """Return the place of a complete subtree's hash, counted in hashes from 0."""
    last = ((index + 1) << level) - 1
    return written(last) + level
