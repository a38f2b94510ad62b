"""One entry of the tree: a Sigsum leaf, so that Sigsum's own tools check our log.

A leaf carries no content, only a doubly hashed fingerprint of a record and the submitter's
signature. Refuses anything but exactly 128 bytes. Source: Sigsum `log.md` (tree leaf);
docs/spec/ledger.md section 3.
"""

import hashlib
from dataclasses import dataclass

from nacl.signing import SigningKey

from bot.ledger.encoding import sized
from bot.ledger.keys import KEY_SIZE, signature_holds

LEAF_SIZE = 128
_NAMESPACE = b"sigsum.org/v1/tree-leaf\x00"
_ORIGIN = "sigsum.org/v1/tree/"


@dataclass(frozen=True, slots=True)
class Leaf:
    """checksum[32], the submitter's signature[64], and SHA-256 of the submitter's key[32]."""

    checksum: bytes
    signature: bytes
    key_hash: bytes

    def encode(self) -> bytes:
        """Return the 128 bytes that `tree.leaf_hash` is applied to."""
        return self.checksum + self.signature + self.key_hash


def message_of(jwt: bytes) -> bytes:
    """Sigsum message of a record: SHA-256 of the exact JWT bytes."""
    return hashlib.sha256(jwt).digest()


def checksum_of(message: bytes) -> bytes:
    """Sigsum checksum of a 32-byte message: its SHA-256."""
    return hashlib.sha256(message).digest()


def sign_leaf(message: bytes, submit: SigningKey) -> Leaf:
    """Make the leaf for a 32-byte message.

    A padding (decoy) leaf is the same call with 32 fresh random bytes as the message:
    nobody without a matching record can tell it from a real one.
    """
    checksum = checksum_of(sized(message, 32))
    return Leaf(
        checksum=checksum,
        signature=submit.sign(_NAMESPACE + checksum).signature,
        key_hash=hashlib.sha256(bytes(submit.verify_key)).digest(),
    )


def parse_leaf(raw: bytes) -> Leaf:
    """Read the 128 bytes of a leaf; FormatError for any other length."""
    sized(raw, LEAF_SIZE)
    return Leaf(checksum=raw[:32], signature=raw[32:96], key_hash=raw[96:])


def leaf_signature_holds(leaf: Leaf, submit_pub: bytes) -> bool:
    """Tell whether the leaf was signed by this submit key (32 bytes) and names it."""
    return leaf.key_hash == hashlib.sha256(submit_pub).digest() and signature_holds(
        submit_pub, leaf.signature, _NAMESPACE + leaf.checksum
    )


def origin_of(log_pub: bytes) -> str:
    """Origin line and key name of the log with this Ed25519 key, as Sigsum prescribes."""
    return _ORIGIN + hashlib.sha256(sized(log_pub, KEY_SIZE)).hexdigest()
