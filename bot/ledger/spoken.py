"""A checkpoint read out over the telephone: digits that two people compare by voice.

Refuses to be shorter than 128 bits: who forges a history must not be able to search for one
that sounds the same. docs/spec/ledger.md section 4.4.
"""

import hashlib

DIGITS = 40
GROUP = 5
_PREFIX = b"nl/spoken/v1\x00"


def spoken_digits(note_text: str) -> str:
    """Return 8 groups of 5 digits for the three lines of a checkpoint, each with its line end."""
    digest = hashlib.sha256(_PREFIX + note_text.encode()).digest()
    digits = f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}}"
    return " ".join(digits[at : at + GROUP] for at in range(0, DIGITS, GROUP))
