"""Names and keys of those who sign: the log (type 01) and its witnesses (type 04).

Refuses any key whose text does not round-trip. Source: C2SP signed-note and tlog-cosignature;
docs/spec/ledger.md section 4.1. Type 06 (ML-DSA-44) is reserved: not read here, and a note
that carries such a line is still read (section 4.2).
"""

import hashlib
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from bot.ledger.encoding import FormatError, from_base64, sized, to_base64

KEY_SIZE = 32
SIGNATURE_SIZE = 64
KEY_ID_SIZE = 4
LOG_KEY = 0x01
WITNESS_KEY = 0x04
MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A named Ed25519 key: `kind` is the C2SP signature type byte, `public` 32 bytes."""

    name: str
    kind: int
    public: bytes

    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256(name || 0x0A || type || public)."""
        preimage = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(preimage).digest()[:KEY_ID_SIZE]

    def vkey(self) -> str:
        """Text form `name+keyid+base64(type||public)`, as every C2SP tool takes it."""
        material = to_base64(bytes([self.kind]) + self.public)
        return f"{self.name}+{self.key_id().hex()}+{material}"


def log_key(name: str, signer: SigningKey) -> PublicKey:
    """Public side of a log's key under that name; FormatError for a bad name."""
    return PublicKey(checked_name(name), LOG_KEY, bytes(signer.verify_key))


def witness_key(name: str, signer: SigningKey) -> PublicKey:
    """Public side of a witness's key under that name; FormatError for a bad name."""
    return PublicKey(checked_name(name), WITNESS_KEY, bytes(signer.verify_key))


def parse_vkey(text: str) -> PublicKey:
    """Read a vkey text of type 01 or 04; FormatError for anything that does not round-trip."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise FormatError("a verifier key is not of the form name+id+key")
    name, key_id, material = parts
    raw = sized(from_base64(material), 1 + KEY_SIZE)
    if raw[0] not in (LOG_KEY, WITNESS_KEY):
        raise FormatError("a verifier key is of a type this program does not check")
    key = PublicKey(checked_name(name), raw[0], raw[1:])
    if key.key_id().hex() != key_id:
        raise FormatError("a verifier key does not match its own key id")
    return key


def checked_name(name: str) -> str:
    """Return a usable key name; FormatError for an empty one, spaces, plus or control characters."""
    if not name or len(name.encode("utf-8", "replace")) > MAX_NAME:
        raise FormatError("a key name is empty or too long")
    # What is printable here is what is neither a separator nor a control character, and " ".
    if "+" in name or " " in name or not name.isprintable():
        raise FormatError("a key name contains a character that is not allowed")
    return name


def signature_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Verify plain Ed25519 (RFC 8032); False for any malformed key or signature."""
    if len(public) != KEY_SIZE or len(signature) != SIGNATURE_SIZE:
        return False
    try:
        VerifyKey(public).verify(message, signature)
    except CryptoError:
        return False
    return True
