"""OpenSSL, by way of `cryptography`, judges the signatures that have no verifier of their own here.

These are the Sigsum leaf (sections 3 and 5.2) and the parties' signatures (section 9). The rules are
spelled out once more from docs/spec/ledger.md; only the arithmetic is the third party's.
"""

import base64
import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.judges.reading import ACCEPTED, answer_all, parse_presented, text_of


def judge(question: Mapping[str, object]) -> str:
    receipt = parse_presented(text_of(question, "receipt"))
    submit = base64.b64decode(text_of(question, "submit"))
    message = hashlib.sha256(receipt.jwt).digest()
    leaf = receipt.proof.leaf
    checksum, signature, key_hash = leaf[:32], leaf[32:96], leaf[96:]
    if checksum != hashlib.sha256(message).digest():
        return "the leaf is of another record"
    if key_hash != hashlib.sha256(submit).digest():
        return "the leaf names another key"
    if not holds(submit, signature, b"sigsum.org/v1/tree-leaf\x00" + checksum):
        return "the leaf is not signed"
    for public, time, signed in receipt.parties:
        if not holds(public, signed, b"nl/ack/v1\x00" + time.to_bytes(8, "big") + message):
            return "a party did not sign"
    return ACCEPTED


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


if __name__ == "__main__":
    answer_all(judge)
