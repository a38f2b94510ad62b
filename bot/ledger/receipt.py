"""The file a party keeps: everything needed to prove one record without us.

A receipt is plain text. Its head names the keys and carries the record with the fields its
holder may have; its tail, after the first blank line, is a C2SP tlog-proof file as it stands.
Refuses what does not round-trip, and judges nothing: that is `verify`.
docs/spec/ledger.md sections 7 and 10.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from bot.ledger.checkpoint import Checkpoint, cosignature_time, parse_checkpoint, signatures_by
from bot.ledger.disclosure import Disclosure, parse_disclosure
from bot.ledger.encoding import FormatError, from_base64, sized, to_base64
from bot.ledger.keys import KEY_SIZE, LOG_KEY, PublicKey, parse_vkey
from bot.ledger.leaf import LEAF_SIZE, parse_leaf
from bot.ledger.party import PartySignature, parse_party_line
from bot.ledger.proof import TlogProof, parse_tlog_proof
from bot.ledger.record import SLOTS, parse_jwt, presentation

MAGIC = "parley-receipt/v1"
MAX_RECEIPT = 256 * 1024
MAX_PARTIES = 8
_FIXED_LINES = 4


@dataclass(frozen=True, slots=True)
class Receipt:
    """One record with its proof.

    `log` is the log's key, `submit` the 32-byte key that signed record and leaf, `proof.extra`
    the 128-byte leaf. `before` is the last checkpoint that did not yet hold the entry.
    """

    log: PublicKey
    submit: bytes
    jwt: bytes
    disclosures: tuple[Disclosure, ...]
    proof: TlogProof
    parties: tuple[PartySignature, ...] = ()
    before: Checkpoint | None = None

    def text(self) -> str:
        """Return the receipt file."""
        parties = [party.line() for party in self.parties]
        before = [f"before {to_base64(self.before.text().encode())}"] if self.before else []
        head = [
            MAGIC,
            f"log {self.log.vkey()}",
            f"submit {to_base64(self.submit)}",
            f"record {presentation(self.jwt, self.disclosures)}",
        ]
        return "\n".join([*head, *parties, *before]) + "\n\n" + self.proof.text()


def parse_receipt(text: str) -> Receipt:
    """Read a receipt; FormatError unless it is exactly what `Receipt.text` writes."""
    if len(text) > MAX_RECEIPT:
        raise FormatError("the receipt is too long")
    head, _, tail = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != MAGIC or len(lines) < _FIXED_LINES:
        raise FormatError("the receipt does not begin as a receipt does")
    _, log, submit, record, *optional = lines
    before = None
    if optional and optional[-1].startswith("before "):
        before = _parse_before(_after("before ", optional.pop()))
    if len(optional) > MAX_PARTIES:
        raise FormatError("the receipt carries too many signatures of parties")
    jwt, disclosures = _parse_record(_after("record ", record))
    receipt = Receipt(
        log=parse_vkey(_after("log ", log)),
        submit=sized(from_base64(_after("submit ", submit)), KEY_SIZE),
        jwt=jwt,
        disclosures=disclosures,
        proof=parse_tlog_proof(tail),
        parties=tuple(_parse_party(line) for line in optional),
        before=before,
    )
    if receipt.log.kind != LOG_KEY or len(receipt.proof.extra) != LEAF_SIZE:
        raise FormatError("the receipt lacks a log key or a leaf")
    if receipt.text() != text:
        raise FormatError("the receipt does not round-trip")
    return receipt


def sigsum_proof(receipt: Receipt, witnesses: Iterable[PublicKey] = ()) -> str:
    """Write the same proof as a Sigsum proof, version 2, for `sigsum-verify`.

    The message it proves is SHA-256 of the record's JWT. Cosignatures are named by key hash
    there, so only those of the given witnesses can be carried over.
    FormatError if one of those does not verify or the log did not sign.
    """
    leaf, checkpoint = parse_leaf(receipt.proof.extra), receipt.proof.checkpoint
    signatures = signatures_by(checkpoint, receipt.log)
    if not signatures:
        raise FormatError("the log's key did not sign the checkpoint of the receipt")
    text = "version=2\n"
    text += f"log={_key_hash(receipt.log.public)}\n"
    text += f"leaf={leaf.key_hash.hex()} {leaf.signature.hex()}\n\n"
    text += f"size={checkpoint.size}\nroot_hash={checkpoint.root.hex()}\n"
    text += f"signature={signatures[0].hex()}\n"
    for witness in witnesses:
        if cosignature_time(checkpoint, witness) is None:
            continue
        blob = signatures_by(checkpoint, witness)[0]
        time = int.from_bytes(blob[:8], "big")
        text += f"cosignature={_key_hash(witness.public)} {time} {blob[8:].hex()}\n"
    if checkpoint.size > 1:
        text += f"\nleaf_index={receipt.proof.index}\n"
        text += "".join(f"node_hash={step.hex()}\n" for step in receipt.proof.path)
    return text


def _key_hash(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise FormatError("a line of the receipt is missing, unknown or out of place")
    return line.removeprefix(word)


def _parse_record(text: str) -> tuple[bytes, tuple[Disclosure, ...]]:
    jwt, *shown = text.split("~")
    if not shown or shown.pop() or len(shown) > SLOTS:
        raise FormatError("the record of the receipt is not an SD-JWT presentation")
    parse_jwt(raw := jwt.encode("ascii", "replace"))
    disclosures = tuple(parse_disclosure(d) for d in shown)
    names = [d.name for d in disclosures]
    if names != sorted(set(names)):
        raise FormatError("the fields shown are not in the order of their names")
    return raw, disclosures


def _parse_party(text: str) -> PartySignature:
    _after("party ", text)
    return parse_party_line(text)


def _parse_before(text: str) -> Checkpoint:
    try:
        return parse_checkpoint(from_base64(text).decode())
    except UnicodeDecodeError:
        raise FormatError("the earlier checkpoint is not text") from None
