"""The installation's log, wherever its nodes are kept: keys, leaves, checkpoints, receipts.

Shared by the SQL store and its twin. Refuses to sign a tree it has not been given whole.
docs/spec/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nacl.signing import SigningKey

from bot.ledger.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from bot.ledger.disclosure import Disclosure
from bot.ledger.keys import PublicKey, log_key
from bot.ledger.leaf import origin_of, parse_leaf, sign_leaf
from bot.ledger.proof import TlogProof
from bot.ledger.receipt import Receipt as LedgerReceipt
from bot.ledger.tree import NodeReader, inclusion_path, root_at
from bot.storage.sealing import Entropy

PADDING = 16
"""Every checkpoint's size is a multiple of this many leaves beyond the last: the number of
entries in a minute must not show how busy anybody was."""

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


def decoys(size: int, last: int, padding: int, submit: SigningKey, entropy: Entropy) -> list[bytes]:
    """Return the leaves that fill the tree up before it is signed, of unknowable messages."""
    missing = -(size - last) % padding
    return [sign_leaf(entropy(32), submit).encode() for _ in range(missing)]


def receipt_text(
    keys: LogKeys,
    entry: Entry,
    *,
    shown: Iterable[Disclosure],
    nodes: NodeReader,
    covering: str,
    before: str | None,
) -> str:
    """Write a receipt under the first checkpoint that covers the entry and the last without it."""
    checkpoint = parse_checkpoint(covering)
    parse_leaf(entry.leaf)
    earlier: Checkpoint | None = None if before is None else parse_checkpoint(before)
    return LedgerReceipt(
        log=keys.public(),
        submit=bytes(keys.submit.verify_key),
        jwt=entry.jwt,
        disclosures=tuple(sorted(shown, key=lambda d: d.name)),
        proof=TlogProof(
            extra=entry.leaf,
            index=entry.number,
            path=inclusion_path(nodes, entry.number, checkpoint.size),
            checkpoint=checkpoint,
        ),
        before=earlier,
    ).text()


def is_late(recorded: datetime, known: datetime | None) -> bool:
    """Tell whether too long has passed, up to an instant known, without a checkpoint."""
    return known is not None and known - recorded > LATE
