"""The fold of anchor events and of the checks that move with them. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import anchor_bodies as a
from bot.domain.case import Anchor, Case, Watch
from bot.domain.growing import put
from bot.domain.records import Record
from bot.domain.watch_states import Happening, leads_to
from bot.domain.watch_story import Turn, told


def anchor(case: Case, record: Record, body: a.AnchorBody) -> Case:
    """Return the case after one record of its anchor events."""
    match body:
        case a.AnchorSet():
            event = Anchor(body.name, body.at, record.id)
            return replace(case, anchors=put(case.anchors, body.name, event))
        case a.WatchMoved():
            moved = _moved(case.watches[body.code], record, body)
            return replace(case, watches=put(case.watches, body.code, moved))


def _moved(old: Watch, record: Record, body: a.WatchMoved) -> Watch:
    state = leads_to(old.state, Happening.MOVED)
    if state is None or body.due == old.occurrence:
        return replace(old, schedule=body.schedule)
    return replace(
        old,
        schedule=body.schedule,
        state=state,
        occurrence=body.due,
        story=told(old.story, Turn(Happening.MOVED, record.id, record.at, body.due)),
        # Keys are counted from here: a check moved back to an earlier time is a new one.
        since=record.id,
        level=0,
        repeat=0,
        acked_until=None,
        raised_at=None,
        skipped=frozenset(),
    )
