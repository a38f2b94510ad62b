"""The story of a watch: what happened to it, kept within the case so that one alarm can be told.

Bounded: a last level that repeats for a month is one line with a count, and what is older than
the last entries is on the journal only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.ids import Code, CompartmentId, RecordId, SeatId
from bot.domain.vocabulary import Strength
from bot.domain.watch_states import Happening

LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happened. `code` is that of evidence. `times` counts repeats of one level, `last` is the latest of them."""

    what: Happening
    record: RecordId
    at: datetime
    due: datetime
    level: int = 0
    times: int = 1
    last: datetime | None = None
    until: datetime | None = None
    by: SeatId | None = None
    approver: SeatId | None = None
    strength: Strength | None = None
    code: Code | None = None
    skipped: tuple[int, ...] = ()
    rooms: tuple[CompartmentId, ...] = ()
    told: tuple[SeatId, ...] = ()
    outside: tuple[str, ...] = ()
    away: tuple[datetime, datetime] | None = None


Story = tuple[Turn, ...]


def told(story: Story, turn: Turn) -> Story:
    """Return the story with one more turn; a level said again is counted, not told again."""
    last = story[-1] if story else None
    raised = turn.what is Happening.RAISED
    if last is not None and raised and last.what is turn.what and last.level == turn.level:
        again = replace(last, times=last.times + 1, last=turn.at, told=turn.told)
        return (*story[:-1], again)
    return (*story[1 - LONGEST :], turn) if len(story) >= LONGEST else (*story, turn)


def of_alarm(story: Story) -> Story:
    """Return the turns of the current alarm, or of the last one: from when it was due on."""
    begins = 0
    for number, turn in enumerate(story):
        starts = turn.what in (Happening.REMINDED, Happening.RAISED)
        before = story[number - 1].what if number else None
        if starts and before not in _WITHIN:
            begins = number
    return story[begins:]


_WITHIN: Final = frozenset(
    {
        Happening.REMINDED,
        Happening.RAISED,
        Happening.ACKED,
        Happening.WEAK,
        Happening.LADDER,
        Happening.SUSPENDED,
        Happening.RESUMED,
        Happening.RESUMED_LATE,
        Happening.REJECTED,
    }
)
"""What stands between two raises of one alarm."""
