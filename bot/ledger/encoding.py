"""Strict text encodings: one text for one value, so that nothing signed has two spellings.

Refuses to be lenient: a decoder that accepts two spellings of one value lets somebody change
a receipt without changing what it proves. Source: docs/spec/ledger.md section 1.
"""

import base64
import binascii
import re

MAX_DECIMAL = 2**63 - 1
_URL = bytes.maketrans(b"+/", b"-_")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class FormatError(Exception):
    """A text does not have the form its format prescribes. Never contains the text itself."""


def to_base64(raw: bytes) -> str:
    """Encode bytes in standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(raw).decode("ascii")


def from_base64(text: str) -> bytes:
    """Decode canonical standard base64; FormatError for any other spelling."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise FormatError("a base64 value is damaged") from None
    if to_base64(raw) != text:
        raise FormatError("a base64 value is not in its one canonical spelling")
    return raw


def to_base64url(raw: bytes) -> str:
    """Encode bytes in base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(raw, newline=False).translate(_URL, b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Decode canonical unpadded base64url; FormatError for any other spelling."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise FormatError("a base64url value is damaged") from None
    if to_base64url(raw) != text:
        raise FormatError("a base64url value is not in its one canonical spelling")
    return raw


def from_decimal(text: str) -> int:
    """Read a non-negative decimal below 2**63 without leading zeroes; else FormatError."""
    if _DECIMAL.fullmatch(text) is None or (value := int(text)) > MAX_DECIMAL:
        raise FormatError("a number is not a plain decimal below 2^63")
    return value


def sized(raw: bytes, length: int) -> bytes:
    """Return `raw` if it has exactly `length` bytes; else FormatError."""
    if len(raw) != length:
        raise FormatError("a value has the wrong length")
    return raw
