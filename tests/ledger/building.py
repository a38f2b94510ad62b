"""A small but real log to take receipts from: every byte comes from the code under test."""

import hashlib
from collections.abc import Mapping

from nacl.signing import SigningKey

from bot.ledger.checkpoint import Checkpoint, sign_checkpoint
from bot.ledger.disclosure import Value
from bot.ledger.keys import PublicKey, log_key, witness_key
from bot.ledger.leaf import message_of, sign_leaf
from bot.ledger.proof import TlogProof
from bot.ledger.receipt import Receipt
from bot.ledger.record import SealedRecord, disclose, seal
from bot.ledger.tree import MemoryNodes, inclusion_path, leaf_hash, root_at

FIELDS: Mapping[str, Value] = {
    "ack": "recorded",
    "by": "North",
    "case": "ORCHID",
    "code": "K7QF",
    "recorded_at": "2027-03-05T11:02:07Z",
    "said_at": "2027-03-05T11:01:00Z",
    "text": "release ten wounded prisoners — إطلاق سراح عشرة جرحى",
    "to": "South",
    "type": "commitment",
}


def key(name: str) -> SigningKey:
    return SigningKey(hashlib.sha256(name.encode()).digest())


def rk(number: int) -> bytes:
    return hashlib.sha256(b"record key %d" % number).digest()


class SmallLog:
    """A log that grows by sealed records."""

    def __init__(self, name: str = "ledger.example/bot1") -> None:
        self.name = name
        self.signer, self.submit = key("log " + name), key("submit " + name)
        self.nodes = MemoryNodes()
        self.records: list[SealedRecord] = []
        self.leaves: list[bytes] = []

    @property
    def public(self) -> PublicKey:
        return log_key(self.name, self.signer)

    def append(self, fields: Mapping[str, Value] = FIELDS) -> int:
        record = seal(fields, rk(len(self.records)), self.submit)
        leaf = sign_leaf(message_of(record.jwt), self.submit).encode()
        self.records.append(record)
        self.leaves.append(leaf)
        self.nodes.extend([leaf_hash(leaf)])
        return len(self.records) - 1

    def grow(self, size: int) -> "SmallLog":
        while len(self.records) < size:
            self.append({**FIELDS, "code": f"C{len(self.records)}"})
        return self

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        size = self.nodes.size if size is None else size
        return sign_checkpoint(self.name, size, root_at(size, self.nodes), self.signer)

    def receipt(
        self, index: int, names: tuple[str, ...] = tuple(FIELDS), size: int | None = None
    ) -> Receipt:
        checkpoint = self.checkpoint(size)
        record = self.records[index]
        path = inclusion_path(self.nodes, index, checkpoint.size)
        return Receipt(
            log=self.public,
            submit=bytes(self.submit.verify_key),
            jwt=record.jwt,
            disclosures=disclose(record.disclosures, names),
            proof=TlogProof(self.leaves[index], index, path, checkpoint),
        )


def witness(name: str) -> PublicKey:
    return witness_key(name, key(name))
