"""Randomness for one event, drawn before anything is decided."""

from __future__ import annotations

import secrets

from bot.domain.enrolment import RANDOM_BYTES, new_code
from bot.domain.ids import CODE_ALPHABET, Code, RecordId
from bot.engine.events import Draw

SHORT = 4
RECORDS, CODES, LONG_CODES = 48, 16, 4
CASE_FILE_RECORDS = 2000


def draw(records: int = RECORDS) -> Draw:
    """Draw ids and codes for one decision; unused ones are forgotten."""
    return Draw(
        tuple(RecordId(secrets.token_hex(16)) for _ in range(records)),
        tuple(
            Code("".join(secrets.choice(CODE_ALPHABET) for _ in range(SHORT))) for _ in range(CODES)
        ),
        tuple(new_code(secrets.token_bytes(RANDOM_BYTES)) for _ in range(LONG_CODES)),
    )
