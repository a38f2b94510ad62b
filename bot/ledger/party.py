"""A party's own signature under a record: the only proof of who, beyond the bot's word.

Refuses to say whose key it is: that comes from a registration the verifier trusts.
docs/spec/ledger.md section 9.
"""

import hashlib
from dataclasses import dataclass

from nacl.signing import SigningKey

from bot.ledger.encoding import MAX_DECIMAL
from bot.ledger.keys import signature_holds

_PREFIX = b"nl/ack/v1\x00"


@dataclass(frozen=True, slots=True)
class PartySignature:
    """Ed25519 key (32 bytes), POSIX time as the signer claims it, signature (64 bytes)."""

    public: bytes
    time: int
    signature: bytes


def sign_record(jwt: bytes, time: int, signer: SigningKey) -> PartySignature:
    """Sign a record with a party's own key at a claimed POSIX `time` in seconds."""
    signature = signer.sign(_signed(jwt, time)).signature
    return PartySignature(bytes(signer.verify_key), time, signature)


def party_signature_holds(jwt: bytes, party: PartySignature) -> bool:
    """Tell whether the signature is over exactly this record and this time."""
    return signature_holds(party.public, party.signature, _signed(jwt, party.time))


def _signed(jwt: bytes, time: int) -> bytes:
    if not 0 <= time <= MAX_DECIMAL:
        raise ValueError("a signature time lies outside 0 .. 2^63-1")
    return _PREFIX + time.to_bytes(8, "big") + hashlib.sha256(jwt).digest()
