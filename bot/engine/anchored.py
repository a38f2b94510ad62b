"""Checks that hang on an event: what they wait for, and how they move when it is set or moved.

A check whose new time is over is due at once, with its whole grace: an event that was set late
must not swallow it. An alarm whose check would still be over stays exactly as it is: nothing is
quietened by moving an event a little. Refuses to know more than the case: what each room is told
of its own watches is told by whoever set the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from bot.domain import bodies as b
from bot.domain.case import Case, Watch
from bot.domain.ids import Code, RecordId
from bot.domain.vocabulary import WatchState
from bot.domain.watch_clock import waits_for_event as waits_for_event
from bot.domain.when_schedule import Anchored, read_schedule
from bot.domain.when_types import up_to_minute
from bot.engine.ladder import arm
from bot.engine.pen import Pen

_LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)
"""Before every time that can be typed."""


def events_of(case: Case) -> dict[str, datetime]:
    """Return the events that are set, as `read_schedule` takes them."""
    return {name: event.at for name, event in case.anchors.items()}


def anchored_of(watch: Watch, events: Mapping[str, datetime] | None = None) -> Anchored | None:
    """Return the schedule of a watch if it hangs on an event, bound to its time in `events`."""
    found = read_schedule(watch.schedule, now=watch.occurrence, zone="UTC", anchors=events)
    return found if isinstance(found, Anchored) else None


def hanging_on(case: Case, name: str) -> tuple[Watch, ...]:
    """Return the watches that move with an event, by code: those neither ended nor erased."""
    return tuple(
        watch
        for _, watch in sorted(case.watches.items())
        if watch.state is not WatchState.ENDED and case.stands(watch.item) and _on(watch, name)
    )


def _on(watch: Watch, name: str) -> bool:
    schedule = anchored_of(watch)
    return schedule is not None and schedule.name == name


def rearm_anchored(case: Case, pen: Pen, name: str) -> tuple[tuple[Code, RecordId], ...]:
    """Move every check that hangs on an event of `case` to its new time, and arm it.

    Returns the codes of those watches, with the records of their moving.
    """
    moved = []
    for watch in hanging_on(case, name):
        code = watch.item.code
        schedule = anchored_of(watch, events_of(case))
        if schedule is None:
            continue
        due = _due(watch, schedule, pen.at)
        record = pen.append(
            watch.item.compartment,
            b.WatchMoved(code, name, watch.occurrence, due, schedule.normal()),
            label=watch.item.label,
        )
        if due != watch.occurrence:
            arm(pen, code)
        moved.append((code, record))
    return tuple(moved)


def _due(watch: Watch, schedule: Anchored, now: datetime) -> datetime:
    """Return when the check is due that follows the last evidence."""
    due = schedule.next_after(watch.last_at or _LONG_AGO)
    if due > now:
        return due
    raised = watch.level > 0 or watch.state in (WatchState.GRACE, WatchState.ACKED)
    return watch.occurrence if raised else up_to_minute(now)
