"""The states of a promise as data: what can happen in each, and who hears of it.

The fold, the engine and the diagram in the documents read this one table. What has no row
changes nothing: nobody fulfils what was never accepted, and what was withdrawn stays so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.vocabulary import CommitmentState as S


class Happening(StrEnum):
    """What can happen to a promise. The values are on disk: never changed."""

    REWORDED = "reworded"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    ACCEPTED_IF = "accepted, condition open"
    CONDITION_HELD = "condition held"
    REMINDED = "reminded"
    DUE_CAME = "due time came"
    GRACE_OVER = "grace over"
    MOVED = "date moved"
    MINIMUM = "minimum claimed"
    PARTIAL = "part claimed"
    FULL = "full claimed"
    KEPT = "verdict kept"
    PARTLY = "verdict partly"
    BROKEN = "verdict broken"
    DISPUTED = "disputed"
    SETTLED = "dispute settled"
    END_ASKED = "end asked"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Row:
    """In `state`, `happening` leads to `to`; None is where it was before. `told` hears of it."""

    state: S
    happening: Happening
    to: S | None
    told: str


H = Happening
OWN, BOTH = "the obligor's room", "both sides, and the verifier's room"
OFFERED = "both sides' rooms that it was offered in"

OPEN: Final = (S.IN_FORCE, S.DUE, S.LATE)
"""In force, and nothing was done yet."""
CLAIMED: Final = (S.MINIMUM, S.PARTIAL, S.FULFILLED)
"""Fulfilled so far as the obligor says, or as a verifier found."""
KEPT: Final = frozenset({S.MINIMUM, S.FULFILLED})
"""What counts as kept: the least that was promised, or all of it."""
BINDING: Final = frozenset({S.ACCEPTED, *OPEN, *CLAIMED, S.BROKEN, S.DISPUTED})
"""Accepted on both sides, and not taken back by either."""
ENDED: Final = frozenset({S.SUPERSEDED, S.WITHDRAWN, S.LAPSED})
"""Beyond everything: no row leads out."""

CLAIM_ROWS: Final = ((H.MINIMUM, S.MINIMUM), (H.PARTIAL, S.PARTIAL), (H.FULL, S.FULFILLED))
VERDICT_ROWS: Final = ((H.KEPT, S.FULFILLED), (H.PARTLY, S.PARTIAL), (H.BROKEN, S.BROKEN))
_ENDS: Final = ((H.WITHDRAWN, S.WITHDRAWN), (H.SUPERSEDED, S.SUPERSEDED))

TABLE: Final[tuple[Row, ...]] = (
    Row(S.READ_BACK, H.REWORDED, S.READ_BACK, OWN),
    Row(S.READ_BACK, H.CONFIRMED, S.CONFIRMED, OWN),
    Row(S.READ_BACK, H.MOVED, S.READ_BACK, OWN),
    *(Row(S.READ_BACK, h, to, OWN) for h, to in _ENDS),
    Row(S.CONFIRMED, H.ACCEPTED, S.IN_FORCE, BOTH),
    Row(S.CONFIRMED, H.ACCEPTED_IF, S.ACCEPTED, BOTH),
    Row(S.CONFIRMED, H.MOVED, S.CONFIRMED, OFFERED),
    *(Row(S.CONFIRMED, h, to, OFFERED) for h, to in (*_ENDS, (H.LAPSED, S.LAPSED))),
    Row(S.ACCEPTED, H.CONDITION_HELD, S.IN_FORCE, BOTH),
    Row(S.ACCEPTED, H.LAPSED, S.LAPSED, BOTH),
    Row(S.ACCEPTED, H.MOVED, S.ACCEPTED, BOTH),
    Row(S.IN_FORCE, H.REMINDED, S.IN_FORCE, OWN),
    Row(S.IN_FORCE, H.DUE_CAME, S.DUE, BOTH),
    Row(S.IN_FORCE, H.GRACE_OVER, S.LATE, BOTH),
    Row(S.DUE, H.GRACE_OVER, S.LATE, BOTH),
    # A part is not the whole: what is left of it is late like all of it.
    Row(S.PARTIAL, H.GRACE_OVER, S.LATE, BOTH),
    *(Row(state, H.MOVED, S.IN_FORCE, BOTH) for state in OPEN),
    *(Row(state, H.MOVED, state, BOTH) for state in (*CLAIMED, S.BROKEN, S.DISPUTED)),
    *(Row(state, h, to, BOTH) for state in (S.ACCEPTED, *OPEN, *CLAIMED) for h, to in CLAIM_ROWS),
    *(
        Row(state, h, to, BOTH)
        for state in (*OPEN, *CLAIMED, S.BROKEN, S.DISPUTED)
        for h, to in VERDICT_ROWS
    ),
    *(Row(s, H.DISPUTED, S.DISPUTED, BOTH) for s in (S.ACCEPTED, *OPEN, *CLAIMED, S.BROKEN)),
    Row(S.DISPUTED, H.SETTLED, None, BOTH),
    *(
        Row(state, h, to, BOTH)
        for state in (S.ACCEPTED, *OPEN, S.PARTIAL, S.BROKEN, S.DISPUTED)
        for h, to in ((H.END_ASKED, state), *_ENDS)
    ),
)

_BY_PAIR: Final[dict[tuple[S, Happening], S | None]] = {
    (row.state, row.happening): row.to for row in TABLE
}


def can(state: S, happening: Happening) -> bool:
    """Tell whether something can happen to a promise in a state."""
    return (state, happening) in _BY_PAIR


def leads_to(state: S, happening: Happening, before: S | None = None) -> S | None:
    """Return the state that something leads to; None if it cannot happen there.

    `before` is where a disputed promise was: there it is again once the dispute is settled.
    """
    if not can(state, happening):
        return None
    return _BY_PAIR[state, happening] or before or S.IN_FORCE
