"""The alarm: looks for due rows, and makes each an event on its case's road.

Rows are looked for at a steady pace rather than slept towards: a timer can be stalled by a
clock step or a locked database, a query cannot. A row stays due until the event it became is
committed, so a crash or an error loses nothing. What is due is looked through in parts, each
behind the one before: rows that cannot be settled hide none of those behind them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.domain.ids import CaseId, EventId
from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from bot.ports import DueRow, Store
from bot.scheduling.clock import Clock

PART: Final = 1000
"""So many rows are looked at together."""

log = structlog.get_logger()


class Alarm:
    """Raises what is due. `submit` queues an event; `offload` runs storage calls.

    `stepped` is called when the wall clock was set, before anything else. `taken` returns once
    most of what was submitted is settled.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        offload: Callable[[Callable[[], object]], Awaitable[object]],
        submit: Callable[[CaseId, DeadlineReached | BotReturned | ClockSet], None],
        cases: Callable[[], tuple[CaseId, ...]],
        outage: timedelta,
        stepped: Callable[[], None] = lambda: None,
        taken: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._offload = offload
        self._submit = submit
        self._cases = cases
        self._outage = outage
        self._stepped = stepped
        self._taken = taken
        self._behind: DueRow | None = None

    async def returned(self) -> None:
        """Tell every case how long the bot was away, before anything overdue is raised."""
        now = self._clock.now()
        before = await self._offload(lambda: self._store.beat(now))
        if isinstance(before, datetime) and before - now >= self._outage:
            self._tell_step(before, now)
        elif isinstance(before, datetime) and now - before >= self._outage:
            log.warning("bot_was_away", seconds=round((now - before).total_seconds()))
            for case in self._cases():
                event = EventId(f"returned:{case}:{now.isoformat()}")
                self._submit(case, BotReturned(event, now, before))

    def _tell_step(self, since: datetime, now: datetime) -> None:
        """Tell every case of a step: an event of its own, for nothing was missed by it."""
        log.warning("clock_was_set", seconds=round((now - since).total_seconds()))
        for case in self._cases():
            event = EventId(f"clock:{case}:{since.isoformat()}:{now.isoformat()}")
            self._submit(case, ClockSet(event, now, since))

    async def look(self) -> int:
        """Raise what is due now, oldest first, at most a part of it; return how much.

        The next look goes on behind a whole part, and starts anew behind the last one.
        """
        stepped = self._clock.stepped()
        if stepped is not None:
            self._behind = None
            self._stepped()
            self._tell_step(stepped.before, stepped.after)
        now, behind = self._clock.now(), self._behind
        found = await self._offload(lambda: self._store.due(now, PART, behind))
        rows: tuple[DueRow, ...] = found if isinstance(found, tuple) else ()
        # At one instant by name: the order of arming would tell what else was armed.
        for row in sorted(rows, key=_in_order):
            self._submit(row.case, event_of(row, now))
        self._behind = rows[-1] if len(rows) == PART else None
        return len(rows)

    async def run(self, tick_s: float) -> None:
        """Look for ever, at a steady pace; through a whole part at the pace it is settled at."""
        while True:
            try:
                await self.look()
                now = self._clock.now()
                await self._offload(lambda: self._store.beat(now))  # noqa: B023
            except OSError as failed:
                self._behind = None
                log.warning("alarm_waits", error=type(failed).__name__)
            await self._pause(tick_s)

    async def _pause(self, tick_s: float) -> None:
        if self._behind is None or self._taken is None:
            await asyncio.sleep(tick_s)
            return
        # What the store refuses is not settled for long: others wait no longer than a tick.
        with suppress(TimeoutError):
            async with asyncio.timeout(tick_s):
                await self._taken()


def event_of(row: DueRow, now: datetime) -> DeadlineReached:
    """Return the event that a due row becomes; what lies in a bundle goes by name."""
    name = EventId(f"due:{row.case}:{row.key}")
    return DeadlineReached(name, now, row.key, row.at, tuple(sorted(row.keys)))


def _in_order(row: DueRow) -> tuple[datetime, str, str, int]:
    """Sort by name; bundles of one place, that nobody else sees, as they were filled."""
    return row.at, row.case, row.place or row.key, row.number if row.place else 0
