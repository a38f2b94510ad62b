"""An outside clock's word: that an RFC 3161 authority saw a checkpoint, and when.

What is stamped is the note text that the log signs, so the stamp dates every entry under it. It
refuses to believe an authority because the token names it: certificates are brought along. They
are judged at the time of the stamp, so that a token outlives them. docs/spec/ledger.md section 14.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cryptography.x509 import (
    Certificate,
    DuplicateExtension,
    InvalidVersion,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)
from cryptography.x509.oid import NameOID
from rfc3161_client import (
    Accuracy,
    PKIStatus,
    TimeStampResponse,
    TimeStampTokenInfo,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from bot.ledger.encoding import FormatError
from bot.ledger.verdict import Fault, Stamped, StampFalse

MAX_TOKEN = 64 * 1024
MAX_ROOTS = 1024 * 1024
_PEM = b"-----BEGIN CERTIFICATE-----"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
"""Object identifiers of NIST's registry; SHA-1 is not among them."""

_MEANINGS = (
    ("certificate purpose", Fault.STAMP_PURPOSE),
    ("EKU", Fault.STAMP_PURPOSE),
    ("has expired", Fault.STAMP_EXPIRED),
    ("not yet valid", Fault.STAMP_EXPIRED),
    ("certificate verify error", Fault.STAMP_AUTHORITY),
    ("certificate not found", Fault.STAMP_AUTHORITY),
)
"""OpenSSL's words for what it refused. They choose the sentence; that it is false stands already."""


def parse_roots(files: Sequence[bytes]) -> tuple[Certificate, ...]:
    """Read trusted certificates, each file PEM (one or more) or DER; FormatError if one is neither.

    At least one file, each of at most MAX_ROOTS bytes.
    """
    found: list[Certificate] = []
    for raw in files:
        if len(raw) > MAX_ROOTS:
            raise FormatError("a file of certificates is too large")
        try:
            # A bundle may begin with words for people.
            found += (
                load_pem_x509_certificates(raw) if _PEM in raw else [load_der_x509_certificate(raw)]
            )
        except ValueError:
            raise FormatError("a certificate is neither PEM nor DER") from None
    if not found:
        raise FormatError("no certificate is given")
    return tuple(found)


def verify_stamp(note: bytes, token: bytes, roots: Sequence[bytes]) -> Stamped:
    """Judge a time stamp (a DER TimeStampResp, RFC 3161 section 2.4.2) of a checkpoint's note text.

    Raises StampFalse, or FormatError if `roots` (see `parse_roots`) cannot be read.
    """
    trusted = parse_roots(roots)
    answer = _decoded(token)
    told = answer.tst_info
    digest = _DIGESTS.get(told.message_imprint.hash_algorithm.dotted_string)
    if digest is None:
        raise StampFalse(Fault.STAMP_DIGEST)
    if told.message_imprint.message != digest(note).digest():
        raise StampFalse(Fault.STAMP_OTHER)
    signer = _signer(answer)
    try:
        VerifierBuilder(roots=list(trusted)).build().verify_message(answer, note)
    except VerificationError as wrong:
        raise StampFalse(_meaning(str(wrong))) from None
    except (ValueError, DuplicateExtension):
        raise StampFalse(Fault.STAMP_MALFORMED) from None
    return _stamped(told, _name(signer))


def _decoded(token: bytes) -> TimeStampResponse:
    if len(token) > MAX_TOKEN:
        raise StampFalse(Fault.STAMP_MALFORMED)
    try:
        answer = decode_timestamp_response(token)
        refused = PKIStatus(answer.status) is not PKIStatus.GRANTED
        # The parts are read when they are asked for; a refusal has none.
        _ = refused or (answer.tst_info, answer.signed_data)
    except ValueError:
        raise StampFalse(Fault.STAMP_MALFORMED) from None
    if refused:
        raise StampFalse(Fault.STAMP_REFUSED)
    return answer


def _signer(answer: TimeStampResponse) -> Certificate:
    """Return the one certificate that the token's one signature names.

    Nothing signs the list of certificates. With two of one issuer and number in it, the name
    told could be that of another than the one who signed.
    """
    try:
        (signer,) = answer.signed_data.signer_infos
        carried = [load_der_x509_certificate(raw) for raw in answer.signed_data.certificates]
        place = (signer.issuer, signer.serial_number)
        named = [one for one in carried if (one.issuer, one.serial_number) == place]
    except (ValueError, LookupError, InvalidVersion):
        raise StampFalse(Fault.STAMP_MALFORMED) from None
    if len(named) != 1:
        raise StampFalse(Fault.STAMP_AUTHORITY)
    return named[0]


def _meaning(words: str) -> Fault:
    return next((fault for part, fault in _MEANINGS if part in words), Fault.STAMP_SIGNATURE)


def _stamped(told: TimeStampTokenInfo, name: str) -> Stamped:
    """Count the accuracy against the reader: the time proved is the last one possible."""
    # The library's types do not say it, but a token need not state an accuracy.
    loose: Accuracy | None = told.accuracy
    at, second = told.gen_time - _EPOCH, timedelta(seconds=1)
    parts = (loose.seconds, loose.millis, loose.micros) if loose is not None else (0, 0, 0)
    seconds, millis, micros = (part or 0 for part in parts)
    try:
        latest = at + timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)
    except OverflowError:
        raise StampFalse(Fault.STAMP_MALFORMED) from None
    return Stamped(name, at // second, -(-latest // second), told.nonce)


def _name(signer: Certificate) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for part in signer.subject.get_attributes_for_oid(kind):
            return str(part.value)
    return signer.subject.rfc4514_string()
