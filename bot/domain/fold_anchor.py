"""The fold of anchor events and of the checks that move with them. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain import anchor_bodies as a
from bot.domain.case import Anchor, Case, Watch
from bot.domain.growing import put
from bot.domain.records import Record
from bot.domain.vocabulary import WatchState as S

MOVED: Final[dict[S, S]] = {
    S.SCHEDULED: S.SCHEDULED,
    S.GRACE: S.SCHEDULED,
    S.OVERDUE: S.SCHEDULED,
    S.ACKED: S.SCHEDULED,
    # What two people quietened stays quiet until its end.
    S.SUSPENDED: S.SUSPENDED,
}
"""The state of a watch once its check has moved to another time; one that has ended is not moved."""


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
    if old.state is S.ENDED or body.due == old.occurrence:
        return replace(old, schedule=body.schedule)
    return replace(
        old,
        schedule=body.schedule,
        state=MOVED[old.state],
        occurrence=body.due,
        # Keys are counted from here: a check moved back to an earlier time is a new one.
        since=record.id,
        level=0,
        repeat=0,
        acked_until=None,
        raised_at=None,
        skipped=frozenset(),
    )
