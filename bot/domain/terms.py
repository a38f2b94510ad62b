"""What a promise says besides its words: when, on what condition, and who sees that it is kept.

Refuses to hold words: a method or an agreed wording is prose, and stands in the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ids import Code, PartyId, SeatId

GRACE: Final = timedelta(hours=1)
"""How long after its time a promise is called due and not yet late, unless it says another."""
NOBODY_PARTY, NO_CODE = PartyId(""), Code("")


@dataclass(frozen=True, slots=True)
class Condition:
    """`promise` is fulfilled, or `event` has come; neither named where a room has no code for it."""

    promise: Code = NO_CODE
    event: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """`language` is that of the words as said, a tag such as `ar`.

    `opens` is the start of a window that ends at the due time. `hangs` is the normal form of a
    due time that counts from an event (`EIF+21d`). The verifier is a party, or one seat of it.
    `agreed` and `method` tell whether the record has such words.
    """

    language: str = ""
    opens: datetime | None = None
    hangs: str = ""
    conditions: tuple[Condition, ...] = ()
    guarantor: PartyId = NOBODY_PARTY
    verifier: PartyId = NOBODY_PARTY
    verifier_seat: SeatId | None = None
    date_agreed: bool = False
    grace: timedelta = GRACE
    agreed: bool = False
    method: bool = False


NO_TERMS: Final = Terms()
