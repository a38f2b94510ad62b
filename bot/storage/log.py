"""The installation's log, wherever its nodes are kept: keys, leaves, checkpoints, receipts.

Shared by the SQL store and its twin. Refuses to sign a tree it has not been given whole.
docs/spec/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from nacl.signing import SigningKey

from bot.ledger.checkpoint import (
    Checkpoint,
    NoteLine,
    cosignature_time,
    parse_checkpoint,
    sign_checkpoint,
)
from bot.ledger.disclosure import Disclosure
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey, log_key
from bot.ledger.leaf import origin_of, parse_leaf, sign_leaf
from bot.ledger.party import PartySignature
from bot.ledger.proof import TlogProof
from bot.ledger.receipt import Receipt as LedgerReceipt
from bot.ledger.tree import NodeReader, inclusion_path, leaf_hash, root_at
from bot.storage.sealing import Entropy

T = TypeVar("T")

PADDING = 16
"""Every batch has this many leaves, whether anything happened or not: the size of the tree must
not show how busy anybody was."""

PATIENCE = 4
"""Over how many batches a rush is spread. Only a greater one makes a batch larger, by a whole
multiple."""

LATE = timedelta(minutes=10)
"""A receipt that no checkpoint covers by then is shown as not logged."""


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The key that signs checkpoints and the key that signs records and leaves."""

    log: SigningKey
    submit: SigningKey

    def public(self) -> PublicKey:
        """Return the log's public key under the name Sigsum prescribes."""
        return log_key(origin_of(bytes(self.log.verify_key)), self.log)

    def sign(self, size: int, nodes: NodeReader) -> str:
        """Sign the tree of `size` leaves as it stands in `nodes`."""
        return sign_checkpoint(self.public().name, size, root_at(size, nodes), self.log).text()


@dataclass(frozen=True, slots=True)
class Entry:
    """A record's place in the log: its JWT, its 128-byte leaf, its number from 0."""

    jwt: bytes
    leaf: bytes
    number: int


def log_keys(log_seed: bytes, submit_seed: bytes) -> LogKeys:
    """Make the keys from two 32-byte seeds."""
    return LogKeys(SigningKey(log_seed), SigningKey(submit_seed))


def batch_size(waiting: int) -> int:
    """Return how many leaves the next batch has while so many entries wait."""
    return PADDING * max(1, -(-waiting // (PADDING * PATIENCE)))


def arranged(
    waiting: Sequence[tuple[bytes, T]], size: int, submit: SigningKey, entropy: Entropy
) -> list[tuple[bytes, T | None]]:
    """Return a batch of `size` leaf hashes: what waits (128-byte entries), and padding.

    Ordered by hash: an entry's place says nothing of who wrote before it, and what is padding
    is nobody's to know (docs/spec/ledger.md 3).
    """
    real: list[tuple[bytes, T | None]] = [(leaf_hash(entry), which) for entry, which in waiting]
    padding = (sign_leaf(entropy(32), submit).encode() for _ in range(size - len(real)))
    return sorted([*real, *((leaf_hash(entry), None) for entry in padding)], key=lambda p: p[0])


def receipt_text(
    keys: LogKeys,
    entry: Entry,
    *,
    shown: Iterable[Disclosure],
    nodes: NodeReader,
    covering: Checkpoint,
    before: Checkpoint | None,
    parties: Iterable[PartySignature] = (),
) -> str:
    """Write a receipt under a checkpoint that covers the entry, with one that does not yet."""
    parse_leaf(entry.leaf)
    return LedgerReceipt(
        log=keys.public(),
        submit=bytes(keys.submit.verify_key),
        jwt=entry.jwt,
        disclosures=tuple(sorted(shown, key=lambda d: d.name)),
        proof=TlogProof(
            extra=entry.leaf,
            index=entry.number,
            path=inclusion_path(nodes, entry.number, covering.size),
            checkpoint=covering,
        ),
        parties=tuple(parties),
        before=before,
    ).text()


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint, when it was signed, and how many of the witnesses asked for cosigned it."""

    note: Checkpoint
    made_at: datetime
    witnessed: int


NEAR = 16
"""How many checkpoints next to an entry are looked at for the one most witnesses cosigned."""


def seen_by(
    note: str, made_at: datetime, lines: Iterable[str], witnesses: Sequence[PublicKey]
) -> Signed:
    """Return a checkpoint with the lines of these witnesses and no others, one of each.

    A line that does not hold is left out: what a disk did to it must not spoil the rest.
    """
    found = parse_checkpoint(note)
    seen: dict[str, NoteLine] = {}
    for line in lines:
        try:
            one = parse_checkpoint(note + line)
            signer = next((w for w in witnesses if cosignature_time(one, w) is not None), None)
        except FormatError:
            continue
        if signer is not None:
            seen.setdefault(signer.vkey(), one.lines[-1])
    return Signed(replace(found, lines=(*found.lines, *seen.values())), made_at, len(seen))


def with_lines(note: str, lines: Iterable[str]) -> str:
    """Return a checkpoint with its cosignature lines; one that is none is left out."""
    for line in lines:
        try:
            note = parse_checkpoint(note + line).text()
        except FormatError:
            continue
    return note


def most_seen(found: Iterable[Signed]) -> Signed | None:
    """Return the first of those that most witnesses cosigned."""
    return max(found, key=lambda one: one.witnessed, default=None)


def is_late(recorded: datetime, known: datetime | None) -> bool:
    """Tell whether too long has passed, up to an instant known, without a checkpoint."""
    return known is not None and known - recorded > LATE
