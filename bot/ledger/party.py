"""A party's own signature under a record: the only proof of who, beyond the bot's word.

Refuses to say whose key it is: that comes from a registration the verifier trusts.
Refuses a key file in which a letter was changed: another key would sign without a word.
docs/spec/ledger.md section 9.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.signing import SigningKey

from bot.ledger.encoding import (
    MAX_DECIMAL,
    FormatError,
    from_base64,
    from_decimal,
    sized,
    to_base64,
)
from bot.ledger.keys import KEY_SIZE, SIGNATURE_SIZE, signature_holds

KEY_MAGIC = "parley-party-key/v1"
MAX_PARTY_NAME = 255
_KEY_LENGTH = len(to_base64(bytes(KEY_SIZE)))
_PREFIX = b"nl/ack/v1\x00"


@dataclass(frozen=True, slots=True)
class PartySignature:
    """Ed25519 key (32 bytes), POSIX time as the signer claims it, signature (64 bytes)."""

    public: bytes
    time: int
    signature: bytes

    def line(self) -> str:
        """Return the line of a receipt: `party KEY TIME SIGNATURE`."""
        key, signature = to_base64(self.public), to_base64(self.signature)
        return f"party {key} {self.time} {signature}"


def parse_party_line(text: str) -> PartySignature:
    """Read the line of a receipt; FormatError unless it is what `line` writes."""
    words = text.split(" ")
    if len(words) != 4 or words[0] != "party":
        raise FormatError("a party's signature is malformed")
    _, public, time, signature = words
    return PartySignature(
        public=sized(from_base64(public), KEY_SIZE),
        time=from_decimal(time),
        signature=sized(from_base64(signature), SIGNATURE_SIZE),
    )


def parse_public(text: str) -> bytes:
    """Read a party's public key in base64; FormatError for what no signature could verify under.

    Such are points off the curve and those of small order, under which anything verifies.
    """
    public = sized(from_base64(text), KEY_SIZE)
    if not crypto_core_ed25519_is_valid_point(public):
        raise FormatError("the key is not a point of the curve")
    return public


def sign_record(jwt: bytes, time: int, signer: SigningKey) -> PartySignature:
    """Sign a record with a party's own key at a claimed POSIX `time` in seconds."""
    signature = signer.sign(_signed(jwt, time)).signature
    return PartySignature(bytes(signer.verify_key), time, signature)


def party_signature_holds(jwt: bytes, party: PartySignature) -> bool:
    """Tell whether the signature is over exactly this record and this time."""
    return signature_holds(party.public, party.signature, _signed(jwt, party.time))


def key_file(signer: SigningKey) -> str:
    """Return the file that keeps a party's secret key; the public one stands in it as a check."""
    public = to_base64(bytes(signer.verify_key))
    return f"{KEY_MAGIC}\nsecret {to_base64(bytes(signer))}\npublic {public}\n"


def parse_key_file(text: str) -> SigningKey:
    """Read a key file; FormatError, which never holds any of it, unless it round-trips."""
    lines = text.split("\n")
    if lines[0] != KEY_MAGIC or len(lines) != 4 or not lines[1].startswith("secret "):
        raise FormatError("the file is not a party's key")
    signer = SigningKey(sized(from_base64(lines[1].removeprefix("secret ")), KEY_SIZE))
    if key_file(signer) != text:
        raise FormatError("the two halves of the key do not belong together")
    return signer


def parse_party(text: str) -> tuple[str, bytes]:
    """Read `NAME=KEY`: a party's name as records have it, its public key in base64.

    The name ends at the last place it can: a name may hold an equals sign, as base64 does.
    """
    name, key = text[: -_KEY_LENGTH - 1], text[-_KEY_LENGTH:]
    if not name or text[len(name)] != "=" or len(name) > MAX_PARTY_NAME:
        raise FormatError("a party's key must be given with its name: NAME=KEY")
    return name, sized(from_base64(key), KEY_SIZE)


def one_party_per_key(parties: Iterable[tuple[str, bytes]]) -> tuple[tuple[str, bytes], ...]:
    """Return registered keys, each once; FormatError if two parties are given the same one."""
    owners: dict[bytes, str] = {}
    for name, key in parties:
        if owners.setdefault(key, name) != name:
            raise FormatError("one key is given for two parties")
    return tuple((name, key) for key, name in owners.items())


def _signed(jwt: bytes, time: int) -> bytes:
    if not 0 <= time <= MAX_DECIMAL:
        raise ValueError("a signature time lies outside 0 .. 2^63-1")
    return _PREFIX + time.to_bytes(8, "big") + hashlib.sha256(jwt).digest()
