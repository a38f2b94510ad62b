"""Two texts to two rooms, back to back: one row of the outbox, said as a whole or not at all.

Nothing is said before both rooms pass the gate. Said once is said: where the second room fails
after the first text went, or a crash lies between, the row is gone on with until both are said
(the homeserver takes a transaction once), and the time between is then told as a bound, not as a
measurement. Refuses to forget that time: the row is done when the case has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ids import CaseId, CompartmentId, EventId
from bot.engine.effects import GiveReceipt, Say, SayBoth
from bot.engine.events import BothSaid, SendDenied
from bot.ports import Cleared, OutboxRow, Speaker, Store, Why
from bot.runner.arrived import Arrived
from bot.runner.cases import Cases, Offload
from bot.runner.showing import place_of
from bot.words.message import Message

HOLD_NOBODY = (GiveReceipt, SayBoth)
"""What waits for more than its room, and so holds nothing behind it."""
STUCK: Final = timedelta(minutes=5)
"""After so long the desk is told that two texts still wait for their rooms."""

Clear = Callable[[CaseId, Say], Awaitable[Cleared[Message] | None]]
"""Pass a text through the gate as everything is now; None if it may not be said."""

_LOOKS, _LOOK_EVERY_S = 40, 0.05
"""How often and how far apart it is looked whether the case has taken what came of it."""
_FIRST, _SECOND = "", ".second"
_A_MOMENT: Final = timedelta(milliseconds=1)


class Delivering:
    """Says rows of `SayBoth`. `clocks` tell what time it is, and how many seconds went by."""

    def __init__(
        self,
        store: Store,
        offload: Offload,
        speaker: Speaker,
        cases: Cases,
        clocks: tuple[Callable[[], datetime], Callable[[], float]],
    ) -> None:
        self._store = store
        self._offload = offload
        self._speaker = speaker
        self._cases = cases
        self._now, self._monotonic = clocks

    async def send(self, row: OutboxRow, effect: SayBoth, clear: Clear) -> bool:
        """Say both; False if the row must wait. A row that was taken back is done."""
        if await self._offload(lambda: self._store.handled(_named(row))):
            # Said and on record, but not struck off before a crash.
            await self._offload(lambda: self._store.sent(row.id, ""))
            return True
        first, second = await clear(row.case, effect.first), await clear(row.case, effect.second)
        if first is None or second is None:
            self._tell_stuck(row)
            return False
        now = self._now()
        began = await self._offload(lambda: self._store.departs(row.id, now))
        if began is None:
            return True
        event = await self._speaker.say(first, row.id + _FIRST)
        after_first = self._monotonic()
        # The first took its time: the second room may have changed.
        second = await clear(row.case, effect.second)
        if second is None:
            return False
        await self._speaker.say(second, row.id + _SECOND)
        apart = timedelta(seconds=self._monotonic() - after_first)
        resumed = began < now
        if resumed:
            apart = self._now() - began
        if not await self._told(row, effect.recall, max(apart, _A_MOMENT), at_most=resumed):
            return False
        await self._offload(lambda: self._store.sent(row.id, event))
        return True

    async def taken_back(self, row: OutboxRow) -> bool:
        """Tell whether a text was taken back; if not, note durably that it leaves now."""
        effect, now = row.effect, self._now()
        if not isinstance(effect, Say) or not effect.recall:
            return False
        return await self._offload(lambda: self._store.departs(row.id, now)) is None

    def _tell_stuck(self, row: OutboxRow) -> None:
        """Tell the desk once; neither text was said."""
        now = self._now()
        if now - row.made_at >= STUCK:
            name, place = EventId(f"stuck:{row.id}"), CompartmentId(place_of(row))
            self._cases.submit(Arrived(row.case, SendDenied(name, now, place, Why.BREACH.value)))

    async def _told(self, row: OutboxRow, recall: str, apart: timedelta, *, at_most: bool) -> bool:
        """Have the case put on record how far apart they went; False if that takes too long."""
        name = _named(row)
        self._cases.submit(Arrived(row.case, BothSaid(name, self._now(), recall, apart, at_most)))
        for _ in range(_LOOKS):
            if await self._offload(lambda: self._store.handled(name)):
                return True
            await asyncio.sleep(_LOOK_EVERY_S)
        return False


def _named(row: OutboxRow) -> EventId:
    """Name what came of a row after it: told twice, it is one event."""
    return EventId(f"both:{row.id}")
