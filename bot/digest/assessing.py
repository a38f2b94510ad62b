"""Assessments as readers see them: one line an assessor, with age, grade and trend.

By inclusion, as a digest is made. Refuses to average: several assessors stand beside each other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.domain.assessments import POINTS, SCALES, Row, rows
from bot.domain.case import Case
from bot.domain.ids import CompartmentId, RecordId
from bot.domain.vocabulary import CommitmentState
from bot.words.phrase import Fact, Moment, Phrase, Ref, SeatName, phrase

NOTHING: Final = phrase("nothing")
STALLED: Final = timedelta(days=7)
"""So long without a promise or an offer that the reader may read is called a stall."""
_QUIET: Final = frozenset({CommitmentState.READ_BACK})


def assessments(case: Case, here: CompartmentId, now: datetime) -> tuple[Phrase, ...]:
    """Return a line for each row of points that a compartment may read; none if there are none."""
    read = tuple(one for one in case.assessments.values() if case.shows(one.item, here))
    return tuple(_line(row, now) for row in rows(read))


def _line(row: Row, now: datetime) -> Phrase:
    last = row[-1]
    record = last.item.record
    scale = SCALES[last.kind]
    age = now - last.item.recorded_at
    return phrase(
        "assess.line",
        code=last.item.code,
        kind=phrase(f"assessed.{last.kind.value}"),
        about=phrase("assess.about", code=last.about) if last.about else NOTHING,
        value=Fact(record, f"{last.value}{scale.unit}"),
        by=SeatName(last.by),
        age=Fact(record, age),
        stale=phrase("assess.stale") if age > scale.stale else NOTHING,
        grades=graded(last.source, last.info),
        trend=_trend(row),
        media=_media(record, now, last.embargo, leak=last.leak),
        text=Ref(record, "text"),
    )


def graded(source: str, info: str) -> Phrase:
    """Return what is said of how source and information are graded."""
    if source and info:
        return phrase("report.graded", source=source, info=info)
    if source:
        return phrase("report.graded_source", source=source)
    return phrase("report.graded_info", info=info) if info else NOTHING


def _trend(row: Row) -> Phrase:
    """Name the last points, each with its own label: a reader of all of them sees all of them."""
    if len(row) == 1:
        return NOTHING
    # One fact a point, or a point of a stricter label would be read under the last one's.
    return phrase(
        "assess.trend",
        points=tuple(
            phrase("assess.point", value=Fact(one.item.record, one.value)) for one in row[-POINTS:]
        ),
    )


def _media(record: RecordId, now: datetime, embargo: datetime | None, *, leak: bool) -> Phrase:
    if leak:
        return phrase("assess.leak")
    if embargo is None:
        return NOTHING
    key = "assess.embargo" if embargo > now else "assess.embargo_over"
    return phrase(key, until=Fact(record, embargo))


def progress(case: Case, here: CompartmentId, now: datetime) -> Phrase:
    """Say how long the talks last, and since when nothing moved that a compartment may read."""
    moves = [(c.item.recorded_at, c.item) for c in case.commitments.values()]
    moves = [m for m in moves if case.commitments[m[1].code].state not in _QUIET]
    moves += [(o.item.recorded_at, o.item) for o in case.offers.values()]
    moves += [(c.accepted_at, c.item) for c in case.commitments.values() if c.accepted_at]
    seen = [(at, item) for at, item in moves if case.shows(item, here)]
    day = (now - (case.opened_at or now)).days + 1
    if not seen:
        return phrase("assess.no_move", day=day)
    at, item = max(seen, key=lambda move: move[0])
    return phrase(
        "assess.stalled" if now - at > STALLED else "assess.moving",
        day=day,
        age=Fact(item.record, now - at),
        now=Moment(now),
    )
