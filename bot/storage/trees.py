"""The tree's leaves and nodes in SQL; nodes are never changed once they are complete."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select
from typing_extensions import override

from bot.ledger.tree import leaf_hash, nodes_added
from bot.storage.database import Values, adding
from bot.storage.part import Part
from bot.storage.tables import LEAVES, NODES
from bot.storage.verdicts import Damaged

_SIZE = select(func.max(LEAVES.c.number))
_NODE = select(NODES.c.hash).where(
    NODES.c.level == bindparam("level"), NODES.c.number == bindparam("number")
)
_ADD_LEAF = adding(LEAVES, "number", "leaf", "tie")
_ADD_NODE = adding(NODES, "level", "number", "hash")
_CACHED = 4096


class SqlTree(Part):
    """A `tree.NodeReader` over the tables, and the only writer of leaves."""

    def size(self) -> int:
        """Return the number of leaves."""
        found = self._db.row(_SIZE)
        return 0 if found is None or found[0] is None else int(found[0]) + 1

    def node(self, level: int, index: int) -> bytes:
        """Hash of a complete subtree; `Damaged` if it is not there."""
        found = self._nodes.get((level, index))
        if found is None:
            row = self._db.row(_NODE, level=level, number=index)
            if row is None:
                raise Damaged("a node of the tree is missing")
            found = bytes(row[0])
            self._remember(level, index, found)
        return found

    def append(self, size: int, leaves: Sequence[tuple[bytes, bytes]]) -> None:
        """Append leaves (128 bytes) with their ties to the tree of `size`; inside `writing`."""
        rows: list[Values] = [
            {"number": number, "leaf": leaf, "tie": tie}
            for number, (leaf, tie) in enumerate(leaves, start=size)
        ]
        added = nodes_added(size, [leaf_hash(leaf) for leaf, _ in leaves], self)
        self._db.run_many(_ADD_LEAF, rows)
        nodes: list[Values] = [{"level": v, "number": n, "hash": h} for v, n, h in added]
        self._db.run_many(_ADD_NODE, nodes)
        for level, number, digest in added:
            self._remember(level, number, digest)

    def tie(self, number: int, *stands_for: int) -> bytes:
        """Return the proof that a leaf stands for this case number and seq, or for nothing."""
        return self._seals.digest("tie", number, *stands_for)

    @override
    def _forget(self) -> None:
        self._nodes: dict[tuple[int, int], bytes] = {}

    def _remember(self, level: int, index: int, digest: bytes) -> None:
        if len(self._nodes) >= _CACHED:
            self._nodes.clear()
        self._nodes[level, index] = digest
