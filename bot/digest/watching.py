"""A watch as its readers see it: when it is due, how it stands, when somebody was last seen alive.

The same words on the board, in alarms and in digests. Refuses to call an assertion proof of life.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from bot.digest.lines import Line
from bot.domain.case import Case, Watch
from bot.domain.ids import CompartmentId
from bot.domain.vocabulary import Strength, WatchKind, WatchState
from bot.domain.watch_clock import waits_for_event
from bot.domain.when_schedule import NEVER
from bot.words.phrase import Fact, Phrase, Ref, phrase

PROOF = frozenset({Strength.LIVE, Strength.QUESTION, Strength.MEDIA})
"""What counts as proof of life: an assertion or a hearsay sighting never does."""
_PAPERS = frozenset({WatchKind.FAMILY_MESSAGE, WatchKind.LIST_DUE, WatchKind.CONTACT_GAP})
_ALARMED = (WatchState.OVERDUE, WatchState.ACKED)
_NEVER, _NO_REPORT = phrase("watch.never"), phrase("watch.no_report")


def needs_proof(kind: WatchKind) -> bool:
    """Tell whether only proof satisfies a watch: a letter or a list is no statement on a life."""
    return kind not in _PAPERS


def due_of(watch: Watch) -> Fact | Phrase:
    """Return when a watch is due, or why it has no time, as its readers may know it."""
    record = watch.item.record
    if watch.occurrence < NEVER:
        return Fact(record, watch.occurrence)
    name = waits_for_event(watch)
    return (
        phrase("watch.came_once")
        if name is None
        else phrase("anchor.waits", name=Fact(record, name))
    )


def state_of(watch: Watch) -> str:
    """Return a watch's state as people read it."""
    match watch.state:
        case WatchState.SCHEDULED:
            return "waiting"
        case WatchState.GRACE:
            return "due, nothing reported"
        case WatchState.OVERDUE:
            return f"overdue, level {watch.level}"
        case WatchState.ACKED:
            return "acknowledged, not reported"
        case WatchState.SUSPENDED:
            return "suspended by two people"
        case WatchState.ENDED:
            return "ended by two people"


def last_seen(watch: Watch, now: datetime) -> Phrase:
    """Say when the person was last verified alive: age, kind, strength."""
    alive = needs_proof(watch.kind)
    if watch.last_at is None or watch.last_report is None:
        return _NEVER if alive else _NO_REPORT
    if watch.last_strength is None:
        return phrase("watch.last_contact", age=Fact(watch.last_report, now - watch.last_at))
    return phrase(
        "watch.last" if alive else "watch.last_report",
        age=Fact(watch.last_report, now - watch.last_at),
        strength=Fact(watch.last_report, watch.last_strength.value),
    )


def watches_of(case: Case, here: CompartmentId) -> tuple[Watch, ...]:
    """Return the watches that a compartment may read: those in alarm first, then by due time."""
    found = (
        w
        for w in case.watches.values()
        if w.state is not WatchState.ENDED and case.shows(w.item, here)
    )
    return tuple(sorted(found, key=lambda w: (w.state not in _ALARMED, w.occurrence, w.item.code)))


def watch_lines(watched: Iterable[Watch], now: datetime) -> list[Line]:
    """Return a line for each watch: how it stands, and who was last verified alive, on what."""
    return [Line(w.item.label, partial(_line, w, now)) for w in watched]


def _line(watch: Watch, now: datetime) -> Phrase:
    return phrase(
        "digest.watch",
        code=watch.item.code,
        kind=watch.kind.value,
        person=Ref(watch.item.record, "person"),
        state=Fact(watch.item.record, state_of(watch)),
        due=due_of(watch),
        last=last_seen(watch, now),
    )
