"""One-time codes: how a person proves possession of the card handed over out of band.

A code is eight characters, shown `7Q4K-X2MN`, worth 38 bits. It refuses to keep codes: the
journal has only a digest bound to the seat, so a code of one seat never opens another. The
digest hides the code from a reader, not from somebody who can search 2^38 values; what
protects a code is that it dies with its first use and after few wrong attempts.
"""

from __future__ import annotations

import unicodedata
from hashlib import blake2b
from hmac import compare_digest

from bot.domain.ids import CODE_ALPHABET, SeatId

CODE_LENGTH = 8
RANDOM_BYTES = 32
"""Enough random bytes for one code: on average 8.4 of them are used."""

_PERSON = b"parley-enrol/1"
_UNBIASED = 256 - 256 % len(CODE_ALPHABET)
_LOOK_ALIKES = {"B": "8", "Z": "2"}
"""The alphabet keeps one of each pair; who reads the other one off a card means that one."""


def new_code(random: bytes) -> str:
    """Return a code `XXXX-XXXX`; every code is equally likely if the bytes are random.

    Bytes that would favour the first letters of the alphabet are skipped. Raises ValueError
    if too few bytes are left; `RANDOM_BYTES` of them never are, in practice (p < 1e-20).
    """
    usable = [byte for byte in random if byte < _UNBIASED]
    if len(usable) < CODE_LENGTH:
        raise ValueError("too few random bytes for a code")
    letters = "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in usable[:CODE_LENGTH])
    return f"{letters[:4]}-{letters[4:]}"


def normalise(typed: str) -> str | None:
    """Return what a person typed as `XXXX-XXXX`, or None if it cannot be a code.

    Takes lower case, any kind of dash or none, spaces anywhere, full-width letters.
    """
    letters = [
        letter
        for letter in unicodedata.normalize("NFKC", typed).upper()
        if unicodedata.category(letter) not in ("Pd", "Zs", "Cf") and not letter.isspace()
    ]
    plain = "".join(_LOOK_ALIKES.get(letter, letter) for letter in letters)
    if len(plain) != CODE_LENGTH or any(letter not in CODE_ALPHABET for letter in plain):
        return None
    return f"{plain[:4]}-{plain[4:]}"


def code_digest(code: str, seat: SeatId) -> str:
    """Return the hex digest (64 characters) that the journal keeps of a seat's code.

    Raises ValueError for what cannot be a code; the message does not repeat it.
    """
    plain = normalise(code)
    if plain is None:
        raise ValueError("not a one-time code")
    return blake2b(f"{plain}\n{seat}".encode(), digest_size=32, person=_PERSON).hexdigest()


def code_matches(typed: str, seat: SeatId, digest: str) -> bool:
    """Tell whether a typed code is the seat's. An empty digest (code used up) matches nothing."""
    return normalise(typed) is not None and compare_digest(code_digest(typed, seat), digest)
