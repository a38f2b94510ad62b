"""Assessments of the talks: what somebody judges, on a scale, at a time, with a grade.

Refuses to make one number of several people's: each assessor has a row of points of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.ids import Code, SeatId
from bot.domain.items import Item

POINTS: Final = 5
"""So many points of one assessor are shown as a trend."""


class AssessmentKind(StrEnum):
    """What is judged. How held persons are, and what each side conceded, are kept elsewhere."""

    RELEASE = "release"
    SUPPORT = "support"
    MEDIA = "media"
    RELATIONS = "relations"


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high` inclusive, in `unit`; a point older than `stale` is marked so."""

    low: int
    high: int
    unit: str
    stale: timedelta

    def holds(self, value: int) -> bool:
        """Tell whether a value is on the scale."""
        return self.low <= value <= self.high


SCALES: Final[dict[AssessmentKind, Scale]] = {
    AssessmentKind.RELEASE: Scale(0, 100, " %", timedelta(days=3)),
    AssessmentKind.SUPPORT: Scale(0, 10, " of 10", timedelta(days=14)),
    AssessmentKind.MEDIA: Scale(0, 10, " of 10", timedelta(days=2)),
    AssessmentKind.RELATIONS: Scale(-5, 5, "", timedelta(days=30)),
}
"""Release probability; international support; media exposure; impact on relations, worse to better."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One judgement by one person. `about` is the code of a watch, promise or item, if any.

    `embargo` is until when the media were asked to keep silent, `leak` that they did not.
    """

    item: Item
    kind: AssessmentKind
    by: SeatId
    value: int
    about: Code | None = None
    source: str = ""
    info: str = ""
    embargo: datetime | None = None
    leak: bool = False


Row = tuple[Assessment, ...]
"""One assessor's points on one matter, oldest first."""


def rows(found: tuple[Assessment, ...]) -> tuple[Row, ...]:
    """Group judgements by kind, matter and assessor: in the order of kinds, then as begun."""
    by: dict[tuple[int, str, SeatId], list[Assessment]] = {}
    order = list(AssessmentKind)
    for one in sorted(found, key=lambda a: a.item.recorded_at):
        by.setdefault((order.index(one.kind), one.about or "", one.by), []).append(one)
    return tuple(tuple(points) for _, points in sorted(by.items(), key=lambda pair: pair[0][:2]))
