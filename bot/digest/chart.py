"""What the chart of a digest shows: values of records with their instants, before any drawing.

Every point is made of facts, so that the label of a picture is the join of all its points, as the
label of a text is. By inclusion, as the digest itself. Refuses to average: each assessor of a held
person's condition is a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.digest.conditions import points_of
from bot.digest.promising import promised
from bot.domain.case import Case
from bot.domain.ids import CompartmentId, RecordId
from bot.domain.vocabulary import WatchState
from bot.words.phrase import Fact, Phrase, Ref, SeatName, phrase

HIGHEST = 10
"""The best a held person's condition is said to be; the worst is 1."""


class Unit(StrEnum):
    """What the numbers of a series are; only series of one unit share an axis."""

    INDEX = "1 to 10"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Point:
    """One value (a whole number) at one instant (aware)."""

    at: Fact
    value: Fact


@dataclass(frozen=True, slots=True)
class Series:
    """One line of the chart, oldest point first; `name` is its caption."""

    name: Phrase
    unit: Unit
    low: int
    high: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All lines of one digest's chart. `series` may be empty: then there is nothing to draw."""

    as_of: datetime
    series: tuple[Series, ...] = ()


def chart(case: Case, here: CompartmentId, as_of: datetime) -> Chart:
    """Return the chart of the digest that `compose` makes of the same case and reader."""
    return Chart(as_of, (*_wellbeing(case, here), *_commitments(case, here)))


def in_words(drawn: Chart) -> Phrase:
    """Return the same values as a text: the label of the picture, and what stands for it."""
    lines = tuple(
        phrase(
            "chart.series",
            name=one.name,
            points=tuple(phrase("chart.point", value=p.value, at=p.at) for p in one.points),
        )
        for one in drawn.series
    )
    return phrase("chart", lines=lines or (phrase("chart.empty"),))


def _wellbeing(case: Case, here: CompartmentId) -> Iterable[Series]:
    for code in sorted(case.wellbeing):
        watch = case.watches[code]
        if watch.state is WatchState.ENDED or not case.shows(watch.item, here):
            continue
        for by, found in sorted(points_of(case, watch).items()):
            name = phrase(
                "chart.wellbeing",
                code=code,
                person=Ref(watch.item.record, "person"),
                by=SeatName(by),
            )
            made = tuple(_point(p.record, p.at, p.value) for p in found)
            yield Series(name, Unit.INDEX, 1, HIGHEST, made)


def _commitments(case: Case, here: CompartmentId) -> Iterable[Series]:
    """How many commitments stood, counted up in the order in which they were recorded."""
    found = sorted(promised(case, here), key=lambda p: (p.item.recorded_at, p.item.code))
    if found:
        made = tuple(_point(p.item.record, p.item.recorded_at, n) for n, p in enumerate(found, 1))
        yield Series(phrase("chart.commitments"), Unit.COUNT, 0, len(made), made)


def _point(record: RecordId, at: datetime, value: int) -> Point:
    return Point(Fact(record, at), Fact(record, value))
