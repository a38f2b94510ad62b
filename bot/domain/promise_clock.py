"""What a promise waits for, and when: a function of the promise and of the events that are set.

So what is armed can be checked and armed again at any time. One thing waits at a time, and no key
is ever used for two things: it names the record that it is counted from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ids import Code
from bot.domain.promise_states import Happening
from bot.domain.promises import Promise
from bot.domain.vocabulary import CommitmentState as S
from bot.domain.when_recurring import NEVER

KEY: Final = "promise:"
LAPSE, EVENT, REMIND, DUE, LATE = "lapse", "event", "remind", "due", "late"
BEFORE: Final = timedelta(hours=24)
"""The longest time before the due time at which the obligor is reminded."""
_BEGINS: Final = frozenset(
    {Happening.ACCEPTED, Happening.CONDITION_HELD, Happening.MOVED, Happening.SETTLED}
)


def key_of(code: Code, lead: Promise, stage: str) -> str:
    """Return the due key of a stage; `code` names the promise, `lead` is the side it is read from."""
    since = lead.since or lead.item.record
    due = int(lead.due.timestamp())
    return f"{KEY}{code}:{since}:{due}:{stage}"


def waits_for(
    found: Promise, events: Mapping[str, datetime], now: datetime
) -> tuple[str, datetime] | None:
    """Return the stage that a promise waits for, and its time; None if it waits for no time."""
    dated = found.due < NEVER
    late = found.due + found.terms.grace if dated else NEVER
    match found.state:
        case S.CONFIRMED if dated:
            return LAPSE, found.due
        case S.ACCEPTED:
            return _condition(found, events, now)
        case S.IN_FORCE if dated:
            return (DUE, found.due) if found.reminded else (REMIND, remind_at(found))
        case S.DUE:
            return LATE, late
        # A part that was reported after the time is not late a second time.
        case S.PARTIAL if dated and late > found.story[-1].at:
            return LATE, late
        case _:
            return None


def _condition(
    found: Promise, events: Mapping[str, datetime], now: datetime
) -> tuple[str, datetime] | None:
    """A condition that time brings about, or the end of waiting for it."""
    ahead = [
        at
        for condition in found.terms.conditions
        if (at := events.get(condition.event)) is not None and at > now
    ]
    if ahead and min(ahead) < found.due:
        return f"{EVENT}-{int(min(ahead).timestamp())}", min(ahead)
    return (LAPSE, found.due) if found.due < NEVER else None


def remind_at(found: Promise) -> datetime:
    """Return when the obligor is reminded: a day before, or half of the time if that is less."""
    begun = (step.at for step in reversed(found.story) if step.happening in _BEGINS)
    start = next(begun, found.item.recorded_at)
    return found.due - min(BEFORE, max(timedelta(0), (found.due - start) / 2))
