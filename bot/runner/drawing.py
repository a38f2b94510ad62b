"""Randomness for one event, drawn before anything is decided.

Drawn in few large pieces, because asking the system for each letter costs more than the decision.
"""

from __future__ import annotations

import secrets
from typing import TypeVar

from bot.domain.enrolment import RANDOM_BYTES, new_code
from bot.domain.ids import CODE_ALPHABET, Code, RecordId
from bot.engine.events import (
    BotReturned,
    CaseFileTaken,
    ClockSet,
    DeadlineReached,
    DeadlinesReached,
    Draw,
    Event,
)

Raw = TypeVar("Raw", bytes, str)

SHORT = 4
RECORDS, CODES, LONG_CODES = 200, 16, 4
CASE_FILE_RECORDS = 2000
DEADLINE_RECORDS = 20
"""A deadline writes a record or two; more are drawn for what may be thought of later."""

LOT_RECORDS = 2
"""So many more for each deadline of a lot."""
LARGE = (CaseFileTaken, BotReturned, ClockSet)
"""What may be about everything that a case holds."""

_ID_BYTES = 16
_UNBIASED = 256 - 256 % len(CODE_ALPHABET)
_LETTER_OF = "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in range(256)).encode()
_BIASED = bytes(range(_UNBIASED, 256))
"""Bytes that would favour the first letters of the alphabet: left out."""


def drawn_for(event: Event) -> Draw:
    """Draw what an event may need."""
    many = records_for(event)
    return draw_records(many) if _is_lot(event) else draw(many)


def records_for(event: Event) -> int:
    """Return how many ids of records an event may need."""
    if isinstance(event, DeadlinesReached | DeadlineReached):
        return DEADLINE_RECORDS + (LOT_RECORDS * _count(event) if _is_lot(event) else 0)
    return CASE_FILE_RECORDS if isinstance(event, LARGE) else RECORDS


def _is_lot(event: Event) -> bool:
    return isinstance(event, DeadlinesReached | DeadlineReached) and _count(event) > 1


def _count(event: DeadlinesReached | DeadlineReached) -> int:
    return sum(len(row.each()) for row in event.rows())


def draw_records(records: int) -> Draw:
    """Draw ids of records for a decision that gives out no codes; unused ones are forgotten."""
    ids = secrets.token_bytes(records * _ID_BYTES).hex()
    return Draw(tuple(map(RecordId, _cut(ids, 2 * _ID_BYTES))), (), ())


def draw(records: int = RECORDS) -> Draw:
    """Draw ids and codes for one decision; unused ones are forgotten."""
    letters = _letters(CODES * SHORT)
    long = secrets.token_bytes(LONG_CODES * RANDOM_BYTES)
    return Draw(
        draw_records(records).records,
        tuple(Code(part.decode()) for part in _cut(letters, SHORT)),
        tuple(new_code(part) for part in _cut(long, RANDOM_BYTES)),
    )


def _letters(count: int) -> bytes:
    """Return letters of the alphabet, every one equally likely."""
    found = b""
    while len(found) < count:
        found += secrets.token_bytes(2 * count).translate(_LETTER_OF, _BIASED)
    return found[:count]


def _cut(raw: Raw, size: int) -> tuple[Raw, ...]:
    return tuple([raw[at : at + size] for at in range(0, len(raw), size)])
