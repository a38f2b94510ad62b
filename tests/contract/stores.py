"""What the law suites share: which stores there are, and a receipt checked as a party would."""

from __future__ import annotations

from bot.ledger.receipt import parse_receipt
from bot.ledger.record import verify_disclosures
from bot.ledger.tree import leaf_hash, verify_inclusion
from bot.ports import Receipt
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore

AnyStore = SqlStore | MemoryStore


def proved(receipt: Receipt) -> dict[str, object]:
    """Check a receipt as a party would, and return the fields it shows."""
    assert receipt.text is not None
    read = parse_receipt(receipt.text)
    proof = read.proof
    verify_inclusion(
        leaf_hash(proof.extra),
        proof.index,
        proof.checkpoint.size,
        proof.path,
        proof.checkpoint.root,
    )
    return dict(verify_disclosures(read.jwt, read.disclosures))
