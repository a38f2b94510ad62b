"""The Merkle tree that makes one order of entries undeniable.

RFC 6962 section 2.1 over SHA-256; docs/spec/ledger.md section 2. Indices count from 0, hashes
are 32 raw bytes, paths run from the leaf's sibling upwards. It refuses to keep nodes:
storage does, behind `NodeReader`, and only whole (complete) subtrees are ever asked for.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

HASH_SIZE = 32
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
_BITS = tuple(1 << level for level in range(MAX_SIZE.bit_length()))


class ProofError(Exception):
    """A proof does not show what it claims to show. Contains no content."""


class NodeReader(Protocol):
    """Where the hashes of complete subtrees are kept."""

    def node(self, level: int, index: int) -> bytes:
        """Hash of the complete subtree over leaves [index * 2**level, (index + 1) * 2**level)."""
        ...


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry as a leaf: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children into their parent: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the complete subtrees that make up a tree, largest (leftmost) first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier with one more leaf hash: O(log n) at worst, O(1) on average."""
        peaks, below = list(self.peaks), self.size
        while below & 1:
            leaf = node_hash(peaks.pop(), leaf)
            below >>= 1
        return Frontier(self.size + 1, (*peaks, leaf))

    def root(self) -> bytes:
        """Root hash of the tree at this size."""
        return _fold(self.peaks)


class MemoryNodes:
    """An in-memory `NodeReader`: the twin storage is tested against."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], bytes] = {}
        self.size = 0

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete subtree; KeyError if the tree has not grown that far."""
        return self._nodes[level, index]

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaf hashes in order."""
        leaves = list(leaf_hashes)
        self._nodes |= {(lv, ix): h for lv, ix, h in nodes_added(self.size, leaves, self)}
        self.size += len(leaves)


def frontier_at(size: int, reader: NodeReader) -> Frontier:
    """Read the frontier of the tree of `size` leaves: one node per bit set in `size`."""
    return Frontier(size, tuple(reader.node(lv, ix) for lv, ix in _cover(0, size)))


def root_at(size: int, reader: NodeReader) -> bytes:
    """Root of the tree over the first `size` leaves."""
    return frontier_at(size, reader).root()


def nodes_added(
    size_before: int, leaf_hashes: Sequence[bytes], reader: NodeReader
) -> list[tuple[int, int, bytes]]:
    """Every complete subtree that appending `leaf_hashes` completes, as (level, index, hash).

    Level 0 rows are the leaf hashes themselves. `reader` is asked only for nodes that were
    complete at `size_before`. The rows come in an order in which children precede parents.
    """
    peaks = list(frontier_at(size_before, reader).peaks)
    added: list[tuple[int, int, bytes]] = []
    for index, leaf in enumerate(leaf_hashes, start=size_before):
        level, digest = 0, leaf
        added.append((0, index, digest))
        while (index >> level) & 1:
            digest = node_hash(peaks.pop(), digest)
            level += 1
            added.append((level, index >> level, digest))
        peaks.append(digest)
    return added


def inclusion_path(reader: NodeReader, index: int, size: int) -> tuple[bytes, ...]:
    """Audit path of leaf `index` in the tree of `size` leaves (RFC 6962 section 2.1.1).

    Raises ValueError if there is no such leaf: that is a bug of the caller.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ValueError("no such leaf in a tree of that size")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(_range_root(reader, middle, end))
            end = middle
        else:
            path.append(_range_root(reader, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_path(reader: NodeReader, old_size: int, new_size: int) -> tuple[bytes, ...]:
    """Prove that the first `old_size` leaves of a tree are the older tree (RFC 6962 2.1.2).

    Empty when `old_size` is 0 or equals `new_size`. Raises ValueError for sizes out of order.
    """
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise ValueError("the sizes are out of order")
    if old_size in (0, new_size):
        return ()
    start, end, whole, path = 0, new_size, True, []
    while old_size != end:
        middle = start + split(end - start)
        if old_size <= middle:
            path.append(_range_root(reader, middle, end))
            end = middle
        else:
            path.append(_range_root(reader, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(reader, start, end))
    return tuple(reversed(path))


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Root that `path` leads to from a leaf hash (RFC 9162 section 2.1.3.2).

    Raises ProofError if the path cannot belong to that index and size.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("the index lies outside the tree")
    lefts, digest = _lefts(index, size - 1, len(path)), leaf
    for step, bit in zip(path, _BITS):  # noqa: B905  # `strict` costs half a hash
        if len(step) != HASH_SIZE:
            raise ProofError("a step of the path is not a SHA-256 hash")
        # `node_hash` written out: calling it costs a twentieth more.
        if lefts & bit:
            digest = hashlib.sha256(b"\x01" + step + digest).digest()
        else:
            digest = hashlib.sha256(b"\x01" + digest + step).digest()
    return digest


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofError unless `path` shows the leaf hash at `index` of the tree with `root`."""
    if root_from_path(leaf, index, size, path) != root:
        raise ProofError("the path does not lead to the root")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise ProofError unless the older tree is a prefix of the newer (RFC 9162 2.1.4.2)."""
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise ProofError("the sizes are out of order")
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if path or old_root != expected:
            raise ProofError("the older root is not the beginning of the newer tree")
        return
    if not path or any(len(step) != HASH_SIZE for step in path):
        raise ProofError("the consistency path is malformed")
    # A complete old tree is itself the first step; RFC 9162 leaves it out of the proof.
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    lefts = _lefts(node, last, len(steps) - 1)
    for step, bit in zip(steps[1:], _BITS, strict=False):
        if lefts & bit:
            old, new = node_hash(step, old), node_hash(step, new)
        else:
            new = node_hash(new, step)
    if old != old_root or new != new_root:
        raise ProofError("the older root is not the beginning of the newer tree")


def _lefts(node: int, last: int, steps: int) -> int:
    """Return which steps up from `node` have their sibling on the left: bit n for step n.

    Below where the ways of `node` and of the row's end, `last`, meet, the bits of `node` say so.
    From there on all siblings lie to the left, one for each bit that is set. The shape is fixed
    by the two numbers alone, so a path of any other length is a ProofError.
    """
    meeting = (node ^ last).bit_length()
    if steps != meeting + (node >> meeting).bit_count():
        raise ProofError("the path is too long or too short for its place in the tree")
    return node | -1 << meeting


def split(width: int) -> int:
    """Return the largest power of two strictly below `width`, 2 or more (RFC 6962 section 2.1)."""
    return 1 << ((width - 1).bit_length() - 1)


def _cover(start: int, end: int) -> list[tuple[int, int]]:
    """Complete subtrees, as (level, index), that tile [start, end) from left to right.

    `start` must be a multiple of the largest power of two not above the width, which
    every range of RFC 6962 is.
    """
    tiles = []
    while start < end:
        level = (end - start).bit_length() - 1
        tiles.append((level, start >> level))
        start += 1 << level
    return tiles


def _range_root(reader: NodeReader, start: int, end: int) -> bytes:
    width = end - start
    if width.bit_count() == 1:
        level = width.bit_length() - 1
        return reader.node(level, start >> level)
    return _fold([reader.node(level, index) for level, index in _cover(start, end)])


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    digest = peaks[-1]
    for peak in reversed(peaks[:-1]):
        digest = node_hash(peak, digest)
    return digest
