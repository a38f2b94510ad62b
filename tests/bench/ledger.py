"""The ledger's figures in one run, beside pymerkle's SQLite tree and the disk itself.

A million entries, real tables, real signatures. Whatever is compared is done in turn. Refuses to
guess: each figure is a median of this run, and what its goal asks for is in `ledger_lines`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey
from pymerkle import SqliteTree

from bot.ledger.record import RK_SIZE, seal
from bot.ledger.tree import inclusion_path, leaf_hash, root_from_path, verify_inclusion
from bot.storage.forms import ledger_fields
from tests.bench.disk import Appends, appends, commits
from tests.bench.figures import in_turn
from tests.bench.grown import Grown, entries, fill_both, open_other, open_ours
from tests.bench.opening import Opened, opened
from tests.storage.samples import item

MILLION = 1_000_000
STEPS = 20
"""Of the path that is verified: the longest there is among a million entries."""
_INDEX = 333_333
_OPENINGS = 3
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Openings:
    """Openings of both in turn; one of ours with an audit, one that makes the tree's file anew."""

    ours: list[Opened]
    other: list[Opened]
    audited: Opened
    anew: Opened


@dataclass(frozen=True, slots=True)
class Proofs:
    """Seconds of each: a proof among a million, and its verification beside the bare hashes."""

    ours: list[float]
    other: list[float]
    verified: list[float]
    hashes: list[float]
    other_verified: list[float]


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured. `sealed` is in seconds of CPU, `load` before and after."""

    early: Appends
    later: Appends
    proofs: Proofs
    sealed: list[float]
    openings: Openings
    committed: list[float]
    plain: list[float]
    load: tuple[float, float]


def measure(folder: Path, count: int, tell: Callable[[str], None]) -> Found:
    """Measure everything, `count` times where something lasts milliseconds."""
    ours, other, before = folder / "million.db", folder / "other.db", os.getloadavg()[0]
    fill_both(ours, other, MILLION)
    tell(f"{MILLION:,} entries are in both logs")
    openings = _openings(ours, other)
    tell("both were opened, ours audited")
    store, tree = open_ours(ours), open_other(other)
    try:
        proofs = _proofs(store, tree, count)
        early, later = appends(folder, store, tree, count)
    finally:
        store.close()
        tree.close()
    committed, plain = commits(folder, count)
    load = (before, os.getloadavg()[0])
    return Found(early, later, proofs, _sealed(count), openings, committed, plain, load)


def _openings(ours: Path, other: Path) -> Openings:
    turns = [(opened("ours", ours), opened("other", other)) for _ in range(_OPENINGS)]
    audited = opened("ours", ours, audit=True)
    ours.with_suffix(".tree").unlink()
    return Openings([a for a, _ in turns], [b for _, b in turns], audited, opened("ours", ours))


def _proofs(store: Grown, tree: SqliteTree, count: int) -> Proofs:
    nodes, half = store.nodes(), count // (2 * _AT_ONCE)
    proved = in_turn(
        {
            "ours": lambda: inclusion_path(nodes, secrets.randbelow(MILLION), MILLION),
            "other": lambda: tree.prove_inclusion(secrets.randbelow(MILLION) + 1, MILLION),
        },
        2 * half,
        _AT_ONCE,
    )
    entry, path = entries(1)[0], inclusion_path(nodes, _INDEX, MILLION)
    if len(path) != STEPS:
        raise ValueError("the path is not as long as was said")
    root = root_from_path(leaf_hash(entry), _INDEX, MILLION, path)
    proof = tree.prove_inclusion(_INDEX + 1, MILLION)
    leaf, top = tree.get_leaf(_INDEX + 1), tree.get_root(MILLION)

    def hashes() -> None:
        digest = hashlib.sha256(b"\x00" + entry).digest()
        for step in path:
            digest = hashlib.sha256(b"\x01" + digest + step).digest()

    verified = in_turn(
        {
            "ours": lambda: verify_inclusion(leaf_hash(entry), _INDEX, MILLION, path, root),
            "hashes": hashes,
            "other": lambda: proof.verify(leaf, top),
        },
        count,
        _AT_ONCE,
    )
    # In the first half the other library still fills its cache.
    return Proofs(
        proved["ours"][half:], proved["other"][half:],
        verified["ours"], verified["hashes"], verified["other"],
    )  # fmt: skip


def _sealed(count: int) -> list[float]:
    """Seal the words of one message over and over, each time under a fresh key."""
    issuer, record = SigningKey.generate(), item("record")
    calls = {"seal": lambda: seal(ledger_fields(record), secrets.token_bytes(RK_SIZE), issuer)}
    return in_turn(calls, count, clock=time.thread_time)["seal"]
