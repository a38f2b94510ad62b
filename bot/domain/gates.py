"""A gate as the case knows it: what must be verified before anything is offered.

Refuses to know more than a gate says: whom a watch is about stands in words, which no fold reads,
so a gate names one watch by its code or all that the room may read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.ids import Code, CompartmentId, RecordId
from bot.domain.vocabulary import WatchKind


@dataclass(frozen=True, slots=True)
class Gate:
    """Nothing is offered unless each watch it rests on was verified `within` so long.

    It rests on `watch`, or where that is None on every watch of `kind` that the room of the offer
    may read. `place` is the one room it stands in; None: every room.
    """

    code: Code
    kind: WatchKind
    within: timedelta
    watch: Code | None
    place: CompartmentId | None
    record: RecordId

    def stands_in(self, compartment: CompartmentId) -> bool:
        """Tell whether what is offered there must pass this gate."""
        return self.place in (None, compartment)
