"""The states of a watch as data: what can happen in each, and what then waits for its time.

The fold, the engine and the diagram in the documents read this one table. What has no row
changes nothing: a watch that has ended is beyond everything, and nobody can acknowledge what is
not due.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.vocabulary import WatchState as S


class Happening(StrEnum):
    """What can happen to a watch, in the words of its story."""

    SET = "set"
    REMINDED = "due time came"
    RAISED = "level raised"
    ACKED = "acknowledged"
    PROVED = "satisfied"
    WEAK = "too weak a report"
    SUSPENDED = "suspended by two"
    RESUMED = "suspension over"
    RESUMED_LATE = "suspension over, was overdue"
    LADDER = "ladder changed"
    MOVED = "its event was set or moved"
    REJECTED = "its evidence was rejected"
    ENDED = "ended by two"


class Waits(StrEnum):
    """What a watch waits for, which is always one thing."""

    DUE = "its due time"
    LEVEL = "the next level, or the last again"
    ACK_END = "the end of the acknowledgement"
    SUSPENSION_END = "the end of the suspension"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Row:
    """In `state`, `happening` leads to `to`; `told` says who hears of it."""

    state: S
    happening: Happening
    to: S
    told: str


H = Happening
_ROOM, _LEVEL, _BOTH = "its room", "the level's rooms", "its room and the desk"

TABLE: Final[tuple[Row, ...]] = (
    Row(S.SCHEDULED, H.REMINDED, S.GRACE, _ROOM),
    Row(S.SCHEDULED, H.RAISED, S.OVERDUE, _LEVEL),
    Row(S.SCHEDULED, H.PROVED, S.SCHEDULED, _ROOM),
    Row(S.SCHEDULED, H.WEAK, S.SCHEDULED, _ROOM),
    Row(S.SCHEDULED, H.SUSPENDED, S.SUSPENDED, _BOTH),
    Row(S.SCHEDULED, H.LADDER, S.SCHEDULED, _ROOM),
    Row(S.SCHEDULED, H.MOVED, S.SCHEDULED, _ROOM),
    Row(S.SCHEDULED, H.REJECTED, S.SCHEDULED, _ROOM),
    Row(S.SCHEDULED, H.ENDED, S.ENDED, _BOTH),
    Row(S.GRACE, H.REMINDED, S.GRACE, _ROOM),
    Row(S.GRACE, H.RAISED, S.OVERDUE, _LEVEL),
    Row(S.GRACE, H.ACKED, S.ACKED, _ROOM),
    Row(S.GRACE, H.PROVED, S.SCHEDULED, _ROOM),
    Row(S.GRACE, H.WEAK, S.GRACE, _ROOM),
    Row(S.GRACE, H.SUSPENDED, S.SUSPENDED, _BOTH),
    Row(S.GRACE, H.LADDER, S.GRACE, _ROOM),
    Row(S.GRACE, H.MOVED, S.SCHEDULED, _ROOM),
    Row(S.GRACE, H.REJECTED, S.GRACE, _ROOM),
    Row(S.GRACE, H.ENDED, S.ENDED, _BOTH),
    Row(S.OVERDUE, H.RAISED, S.OVERDUE, _LEVEL),
    Row(S.OVERDUE, H.ACKED, S.ACKED, _ROOM),
    Row(S.OVERDUE, H.PROVED, S.SCHEDULED, _ROOM),
    Row(S.OVERDUE, H.WEAK, S.OVERDUE, _ROOM),
    Row(S.OVERDUE, H.SUSPENDED, S.SUSPENDED, _BOTH),
    Row(S.OVERDUE, H.LADDER, S.OVERDUE, _ROOM),
    Row(S.OVERDUE, H.MOVED, S.SCHEDULED, _ROOM),
    Row(S.OVERDUE, H.REJECTED, S.OVERDUE, _ROOM),
    Row(S.OVERDUE, H.ENDED, S.ENDED, "every level's rooms"),
    # The clock was set back: what was acknowledged within its grace is due again.
    Row(S.ACKED, H.REMINDED, S.GRACE, _ROOM),
    Row(S.ACKED, H.RAISED, S.OVERDUE, _LEVEL),
    Row(S.ACKED, H.ACKED, S.ACKED, _ROOM),
    Row(S.ACKED, H.PROVED, S.SCHEDULED, _ROOM),
    Row(S.ACKED, H.WEAK, S.ACKED, _ROOM),
    Row(S.ACKED, H.SUSPENDED, S.SUSPENDED, _BOTH),
    Row(S.ACKED, H.LADDER, S.ACKED, _ROOM),
    Row(S.ACKED, H.MOVED, S.SCHEDULED, _ROOM),
    Row(S.ACKED, H.REJECTED, S.ACKED, _ROOM),
    Row(S.ACKED, H.ENDED, S.ENDED, "every level's rooms"),
    # Evidence is kept, and the suspension stands: only its end or a person ends it.
    Row(S.SUSPENDED, H.PROVED, S.SUSPENDED, _ROOM),
    Row(S.SUSPENDED, H.WEAK, S.SUSPENDED, _ROOM),
    Row(S.SUSPENDED, H.SUSPENDED, S.SUSPENDED, _BOTH),
    Row(S.SUSPENDED, H.RESUMED, S.SCHEDULED, _BOTH),
    Row(S.SUSPENDED, H.RESUMED_LATE, S.OVERDUE, _BOTH),
    Row(S.SUSPENDED, H.LADDER, S.SUSPENDED, _ROOM),
    Row(S.SUSPENDED, H.MOVED, S.SUSPENDED, _ROOM),
    Row(S.SUSPENDED, H.REJECTED, S.SUSPENDED, _ROOM),
    Row(S.SUSPENDED, H.ENDED, S.ENDED, "every level's rooms"),
)

WAITS: Final[dict[S, Waits]] = {
    S.SCHEDULED: Waits.DUE,
    S.GRACE: Waits.LEVEL,
    S.OVERDUE: Waits.LEVEL,
    S.ACKED: Waits.ACK_END,
    S.SUSPENDED: Waits.SUSPENSION_END,
    S.ENDED: Waits.NOTHING,
}
"""What is armed in each state: exactly one thing, until the watch has ended."""

_BY_PAIR: Final[dict[tuple[S, Happening], S]] = {(r.state, r.happening): r.to for r in TABLE}


def leads_to(state: S, happening: Happening) -> S | None:
    """Return the state that something leads to; None if it cannot happen there."""
    return _BY_PAIR.get((state, happening))
