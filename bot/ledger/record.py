"""A record sealed so that each field can be shown alone and the whole can be erased.

What goes on record is a signed SD-JWT (RFC 9901) that says nothing but sixteen digests;
the fields lie beside it, encrypted under a key of their own. Destroying that key erases the
content and leaves every proof standing. It refuses to invent randomness: the 32-byte record
key `rk` is handed in, fresh for each record. docs/spec/ledger.md sections 5.2 and 5.3.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from bot.ledger.disclosure import Disclosure, Value, make_disclosure, parse_disclosure
from bot.ledger.encoding import FormatError, from_base64url, sized, to_base64url
from bot.ledger.keys import SIGNATURE_SIZE, signature_holds

RK_SIZE = 32
SLOTS = 16
BLOCK = 2048
MAX_CONTENT = 64 * BLOCK
_TAG_SIZE = 16
_NONCE_SIZE = 24
_LENGTH_SIZE = 4
_MAX_JWT = 2048
_HEADER = to_base64url(b'{"alg":"EdDSA","typ":"nl-record+sd-jwt"}')
_DIGEST = r'"[A-Za-z0-9_-]{43}"'
_PAYLOAD = re.compile(
    rf'\{{"_sd":\[(?P<digests>{_DIGEST}(?:,{_DIGEST}){{{SLOTS - 1}}})\],"_sd_alg":"sha-256"\}}'
)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """The JWT (kept for ever), the encrypted content (may be erased), the fields in clear."""

    jwt: bytes
    content: bytes
    disclosures: tuple[Disclosure, ...]


@dataclass(frozen=True, slots=True)
class RecordJwt:
    """A JWT that was read: its sixteen digests, what was signed, and the signature."""

    digests: tuple[str, ...]
    signed: bytes
    signature: bytes


def seal(fields: Mapping[str, Value], rk: bytes, issuer: SigningKey) -> SealedRecord:
    """Seal up to sixteen fields under a fresh 32-byte `rk`, signed by the submit key.

    The same arguments give the same bytes. FormatError for fields a record cannot carry.
    """
    disclosures, digests = _prepare(fields, rk)
    payload = json.dumps({"_sd": digests, "_sd_alg": "sha-256"}, separators=(",", ":"))
    signed = f"{_HEADER}.{to_base64url(payload.encode())}".encode()
    jwt = signed + b"." + to_base64url(issuer.sign(signed).signature).encode()
    return SealedRecord(jwt, _encrypt(jwt, disclosures, rk), disclosures)


def open_record(jwt: bytes, content: bytes, rk: bytes) -> tuple[Disclosure, ...]:
    """Decrypt the fields of a record, ordered by name.

    FormatError if anything differs from what `seal` would have written for these fields
    and this key: damaged content, another record's content, a digest that is no field of it.
    """
    digests = parse_jwt(jwt).digests
    plain = _decrypted(jwt, content, rk)
    if plain is None:
        raise FormatError("the content does not open under this key")
    end = _LENGTH_SIZE + int.from_bytes(plain[:_LENGTH_SIZE], "big")
    try:
        texts = plain[_LENGTH_SIZE:end].decode("ascii").split("~")
    except UnicodeDecodeError:
        raise FormatError("the content is not a list of disclosures") from None
    shown = [parse_disclosure(text) for text in texts]
    disclosures, expected = _prepare({d.name: d.value for d in shown}, rk)
    if _padded(disclosures) != plain or tuple(expected) != digests:
        raise FormatError("the content does not belong to this record")
    return disclosures


def content_opens(jwt: bytes, content: bytes, rk: bytes) -> bool:
    """Tell whether a content is, byte for byte, what was sealed for this record and key.

    For whoever sealed it: a tenth of the cost of `open_record`, which looks inside as well.
    """
    return _decrypted(jwt, content, rk) is not None


def disclose(disclosures: Iterable[Disclosure], names: Iterable[str]) -> tuple[Disclosure, ...]:
    """Pick the named fields, ordered by name; KeyError for a field the record does not have."""
    by_name = {d.name: d for d in disclosures}
    return tuple(by_name[name] for name in sorted(set(names)))


def presentation(jwt: bytes, disclosures: Iterable[Disclosure]) -> str:
    """Join them as SD-JWT tools expect it: `jwt~disclosure~...~` (RFC 9901 section 4)."""
    return "~".join([jwt.decode("ascii"), *(d.text for d in disclosures), ""])


def parse_jwt(jwt: bytes) -> RecordJwt:
    """Read a record's JWT without judging its signature; FormatError unless it round-trips."""
    try:
        header, payload, signature = jwt[: _MAX_JWT + 1].decode("ascii").split(".")
        match = _PAYLOAD.fullmatch(from_base64url(payload).decode("ascii"))
    except ValueError:
        raise FormatError("the record is not a signed SD-JWT") from None
    if len(jwt) > _MAX_JWT or header != _HEADER or match is None:
        raise FormatError("the record is not an SD-JWT of sixteen digests")
    digests = tuple(match["digests"].replace('"', "").split(","))
    if list(digests) != sorted(set(digests)):
        raise FormatError("the digests of the record are not sorted and distinct")
    return RecordJwt(
        digests=digests,
        signed=f"{header}.{payload}".encode(),
        signature=sized(from_base64url(signature), SIGNATURE_SIZE),
    )


def record_signature_holds(jwt: RecordJwt, issuer_pub: bytes) -> bool:
    """Tell whether the record was signed by the submit key (32 bytes)."""
    return signature_holds(issuer_pub, jwt.signature, jwt.signed)


def verify_disclosures(
    jwt: bytes, disclosures: Iterable[Disclosure], required: Iterable[str] = ()
) -> dict[str, Value]:
    """Return the fields shown, each proved to be a field of this record.

    FormatError if one is not, if a name comes twice, or if a required name is missing:
    nothing is ever dropped in silence. The JWT's signature is judged separately.
    """
    digests = set(parse_jwt(jwt).digests)
    fields: dict[str, Value] = {}
    for disclosure in disclosures:
        if disclosure.digest() not in digests:
            raise FormatError("a field shown is not a field of this record")
        if disclosure.name in fields:
            raise FormatError("a field is shown twice")
        fields[disclosure.name] = disclosure.value
    if not fields.keys() >= set(required):
        raise FormatError("a required field is not shown")
    return fields


def _decrypted(jwt: bytes, content: bytes, rk: bytes) -> bytes | None:
    sized(rk, RK_SIZE)
    if len(content) > MAX_CONTENT + _TAG_SIZE:
        raise FormatError("the content is too long")
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(
            content, _bound_to(jwt), _nonce(rk, jwt), _content_key(rk)
        )
    except (CryptoError, ValueError):
        return None


def _encrypt(jwt: bytes, disclosures: tuple[Disclosure, ...], rk: bytes) -> bytes:
    plain = _padded(disclosures)
    if len(plain) > MAX_CONTENT:
        raise FormatError("the fields of a record are too long together")
    return crypto_aead_xchacha20poly1305_ietf_encrypt(
        plain, _bound_to(jwt), _nonce(rk, jwt), _content_key(rk)
    )


def _padded(disclosures: tuple[Disclosure, ...]) -> bytes:
    body = "~".join(d.text for d in disclosures).encode("ascii")
    framed = len(body).to_bytes(_LENGTH_SIZE, "big") + body
    return framed + bytes(-len(framed) % BLOCK)


def _prepare(fields: Mapping[str, Value], rk: bytes) -> tuple[tuple[Disclosure, ...], list[str]]:
    """Disclosures by name, and the sixteen sorted digests: theirs and the decoys'."""
    sized(rk, RK_SIZE)
    if not 0 < len(fields) <= SLOTS:
        raise FormatError("a record has between one and sixteen fields")
    disclosures = tuple(make_disclosure(n, fields[n], _salt(rk, n)) for n in sorted(fields))
    decoys = (
        to_base64url(_derive(rk, b"nl/decoy/v1", bytes([slot]), 32))
        for slot in range(SLOTS - len(disclosures))
    )
    return disclosures, sorted([*(d.digest() for d in disclosures), *decoys])


def _salt(rk: bytes, name: str) -> bytes:
    return _derive(rk, b"nl/salt/v1", name.encode(), 16)


def _content_key(rk: bytes) -> bytes:
    return _derive(rk, b"nl/enc/v1", b"", 32)


def _nonce(rk: bytes, jwt: bytes) -> bytes:
    # The JWT commits to the whole content, so two contents never share a nonce even if a
    # caller, against the rule, used one rk twice.
    return _derive(rk, b"nl/nonce/v1", _bound_to(jwt), _NONCE_SIZE)


def _bound_to(jwt: bytes) -> bytes:
    return hashlib.sha256(jwt).digest()


def _derive(rk: bytes, purpose: bytes, subject: bytes, length: int) -> bytes:
    return hashlib.blake2b(subject, digest_size=length, key=rk, person=purpose).digest()
