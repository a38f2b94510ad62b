"""How things are judged to be: held persons by their assessors, the talks by theirs. Never averaged."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bot.digest.assessing import assessments, progress
from bot.digest.lines import Line, joined
from bot.domain.assessments import POINTS, rows
from bot.domain.case import Case, Watch
from bot.domain.evidence import Wellbeing
from bot.domain.ids import CompartmentId, SeatId
from bot.domain.vocabulary import WatchState
from bot.policy.label import UNOWNED
from bot.words.phrase import Fact, Phrase, Ref, SeatName, phrase


def conditions(case: Case, here: CompartmentId, now: datetime) -> list[Line]:
    """Return how long the talks last, then each row of points that a compartment may read."""
    read = tuple(one for one in case.assessments.values() if case.shows(one.item, here))
    judged = zip(rows(read), assessments(case, here, now), strict=True)
    return [
        Line(UNOWNED, partial(progress, case, here, now)),
        *_persons(case, here, now),
        *(
            Line(joined(one.item.label for one in row[-POINTS:]), partial(_as_is, said))
            for row, said in judged
        ),
    ]


def points_of(case: Case, watch: Watch) -> dict[SeatId, list[Wellbeing]]:
    """Return the points of a held person's condition that stand, by assessor, oldest first."""
    found: dict[SeatId, list[Wellbeing]] = {}
    for point in case.wellbeing.get(watch.item.code, ()):
        if point.record not in case.erased:
            found.setdefault(point.by, []).append(point)
    return found


def _persons(case: Case, here: CompartmentId, now: datetime) -> list[Line]:
    lines = []
    for code in sorted(case.wellbeing):
        watch = case.watches[code]
        if watch.state is WatchState.ENDED or not case.shows(watch.item, here):
            continue
        for by, points in sorted(points_of(case, watch).items()):
            lines.append(Line(watch.item.label, partial(_person, watch, by, points, now)))
    return lines


def _person(watch: Watch, by: SeatId, points: list[Wellbeing], now: datetime) -> Phrase:
    last = points[-1]
    trend = tuple(phrase("digest.point", value=Fact(p.record, p.value)) for p in points[-POINTS:])
    return phrase(
        "digest.wellbeing",
        code=watch.item.code,
        person=Ref(watch.item.record, "person"),
        value=Fact(last.record, last.value),
        by=SeatName(by),
        age=Fact(last.record, now - last.at),
        trend=phrase("digest.trend", points=trend) if len(trend) > 1 else phrase("nothing"),
        needs=phrase("digest.needs", needs=Ref(last.record, "needs"))
        if last.named_needs
        else phrase("nothing"),
    )


def _as_is(said: Phrase) -> Phrase:
    return said
