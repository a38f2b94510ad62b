"""One field of a record, in the form that can be shown alone and checked alone.

A disclosure is the base64url text of a JSON array `[salt, name, value]` (RFC 9901 section
4.2.1). Refuses nested values, fractions, and every spelling but one: what does not
round-trip is not a disclosure. docs/spec/ledger.md section 5.1.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from bot.ledger.encoding import FormatError, from_base64url, sized, to_base64url

Value = str | int | None
SALT_SIZE = 16
MAX_VALUE = 32 * 1024
MAX_INT = 10**18 - 1
_MAX_ENCODED = 2 * MAX_VALUE
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# The whole grammar, before any JSON reader sees it: no nesting, no fraction, no long number.
_ARRAY = re.compile(
    r'\["(?P<salt>[A-Za-z0-9_-]{22})","(?P<name>[a-z][a-z0-9_]{0,63})",'
    r'(?P<value>null|-?[0-9]{1,18}|"(?:[^"\\\x00-\x1f]|\\.)*")\]'
)
# Made once: json.dumps with options makes one at each call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A field: its name, its value, the 16-byte salt, and the text that is digested."""

    name: str
    value: Value
    salt: bytes
    text: str

    def digest(self) -> str:
        """Digest as it stands in the record: base64url(SHA-256(text)) (RFC 9901 4.2.3)."""
        return to_base64url(hashlib.sha256(self.text.encode("ascii")).digest())


def make_disclosure(name: str, value: Value, salt: bytes) -> Disclosure:
    """Write one field; FormatError for a name or value that a record cannot carry."""
    if _NAME.fullmatch(name) is None:
        raise FormatError("a field name is not lower case letters, digits and underscores")
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) > MAX_INT):
        raise FormatError("a field holds a number that a record cannot carry")
    try:
        array = [to_base64url(sized(salt, SALT_SIZE)), name, value]
        raw = _ENCODER.encode(array).encode()
    except UnicodeEncodeError:
        raise FormatError("a field holds text that is not Unicode") from None
    if len(raw) > MAX_VALUE:
        raise FormatError("a field is too long")
    return Disclosure(name, value, salt, to_base64url(raw))


def parse_disclosure(text: str) -> Disclosure:
    """Read one disclosure; FormatError unless it is exactly what `make_disclosure` writes."""
    if len(text) > _MAX_ENCODED:
        raise FormatError("a disclosure is too long")
    try:
        match = _ARRAY.fullmatch(from_base64url(text).decode())
        if match is None:
            raise FormatError("a disclosure is not a salt, a name and a plain value")
        value: Value = json.loads(match["value"])
    except ValueError:
        raise FormatError("a disclosure is not readable") from None
    again = make_disclosure(match["name"], value, from_base64url(match["salt"]))
    if again.text != text:
        raise FormatError("a disclosure does not round-trip")
    return again
