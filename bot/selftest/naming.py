"""Ids and codes that follow from what happened in one place, and from nothing else.

The bot draws them at random. Here they are a function of the event that needs them, which is named
after its own room and its own number there: so two histories that differ elsewhere draw the same,
and a difference that shows is a leak and not chance. Codes of the hidden side begin with a letter of
their own half of the alphabet, so that no two histories run into each other by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

from bot.domain.enrolment import RANDOM_BYTES, new_code
from bot.domain.ids import CODE_ALPHABET, Code, RecordId
from bot.engine.events import Draw
from bot.runner import cases
from bot.runner.drawing import records_for

HIDDEN: Final = "$hidden"
"""Events that happen in one history only are named so."""
CODES: Final = 8
MOST_RECORDS: Final = 200
_NUMBERS: Final = tuple(f"{number:04x}" for number in range(MOST_RECORDS))
_HALF = len(CODE_ALPHABET) // 2


def code_drawn(event: str, number: int = 0) -> Code:
    """Return the code that an event draws first, second, and so on."""
    digest = blake2b(f"{event} code {number}".encode(), digest_size=4).digest()
    half = CODE_ALPHABET[_HALF:] if event.startswith(HIDDEN) else CODE_ALPHABET[:_HALF]
    return Code(
        half[digest[0] % len(half)]
        + "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in digest[1:])
    )


def is_hidden(code: str) -> bool:
    """Tell whether a code was drawn by an event of one history only."""
    return code[:1] in CODE_ALPHABET[_HALF:]


def named(event: str, records: int) -> Draw:
    """Return ids and codes for an event."""
    of = blake2b(event.encode(), digest_size=14).hexdigest()
    long = blake2b(f"{event} long".encode(), digest_size=RANDOM_BYTES).digest()
    return Draw(
        tuple(RecordId(of + number) for number in _NUMBERS[:records]),
        tuple(code_drawn(event, number) for number in range(CODES)),
        (new_code(long),),
    )


@contextmanager
def drawing() -> Iterator[None]:
    """Let ids and codes follow from the events while the block lasts."""
    names = vars(cases)
    at_random = names["drawn_for"]
    names["drawn_for"] = lambda event: named(event.id, min(records_for(event), MOST_RECORDS))
    try:
        yield
    finally:
        names["drawn_for"] = at_random
