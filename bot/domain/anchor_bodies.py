"""Record bodies of anchor events: when one is, and which checks moved with it.

Same rules as `bodies`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.ids import Code, SeatId


@dataclass(frozen=True, slots=True)
class AnchorSet:
    """Two people said when an event is, for the first time or again; every room may know it.

    `name` is as `when_anchored.read_anchor_name` gives it, `at` a whole minute.
    """

    TAG: ClassVar = "anchor.set/1"
    name: str
    at: datetime
    by: SeatId
    approved_by: SeatId


@dataclass(frozen=True, slots=True)
class WatchMoved:
    """A check hangs on an event that was set: `schedule` now names its time.

    `was_due` and `due` are `when_recurring.NEVER` where there was or is no time; the same instant
    twice means that the check, or its alarm, stays as it was.
    """

    TAG: ClassVar = "watch.moved/1"
    code: Code
    anchor: str
    was_due: datetime
    due: datetime
    schedule: str


AnchorBody: TypeAlias = AnchorSet | WatchMoved
