"""Calls people outside Matrix, by channels that carry a code and nothing else.

A channel that is not there, or stays shut, is told to the desk. Refuses to call anybody for what
was dealt with meanwhile, or twice for what one call has said already.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from typing_extensions import override

from bot.domain.ids import CaseId, Code, EventId
from bot.domain.vocabulary import WatchState
from bot.engine.effects import Alert
from bot.engine.events import AlertFailed
from bot.ports import NotSent, OutboxRow, Outsider, Store
from bot.runner.cases import Arrived, Cases, Offload

STUCK: Final = timedelta(minutes=5)
"""A channel that takes nothing for so long is told to the desk."""
NO_CHANNEL: Final = "no_channel"

log = structlog.get_logger()


class NoChannels(Outsider):
    """An installation without ways outside."""

    @override
    async def alert(self, channel: str, text: str) -> None:
        """Refuse: there is no such channel."""
        raise NotSent(NO_CHANNEL)


class Alerting:
    """Sends alerts from the outbox. `now` is the clock it is given."""

    def __init__(
        self,
        store: Store,
        offload: Offload,
        outsider: Outsider,
        cases: Cases,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._offload = offload
        self._outsider = outsider
        self._cases = cases
        self._now = now
        self._called: dict[tuple[CaseId, Code, str], datetime] = {}

    async def send(self, row: OutboxRow, effect: Alert) -> bool:
        """Call a channel for one row; True if the row is dealt with. Raises `NotSent` to try again."""
        about = (row.case, effect.code, effect.channel)
        last = self._called.get(about)
        if self._needed(row, effect) and (last is None or last < row.made_at):
            try:
                await self._outsider.alert(effect.channel, text_of(effect.code))
            except NotSent as no:
                if no.reason != NO_CHANNEL:
                    if self._now() - row.made_at >= STUCK:
                        self._tell(row, effect)
                    raise
                log.warning("no_such_channel")
                await self._offload(lambda: self._store.park(row.id, NO_CHANNEL))
                self._tell(row, effect)
                return True
            self._called[about] = self._now()
        await self._offload(lambda: self._store.sent(row.id, f"outside {row.id}"))
        return True

    def _needed(self, row: OutboxRow, effect: Alert) -> bool:
        watch = self._cases.all[row.case].watches.get(effect.code)
        return watch is not None and watch.state is WatchState.OVERDUE

    def _tell(self, row: OutboxRow, effect: Alert) -> None:
        """Tell the desk that a channel cannot be used, once a day."""
        now = self._now()
        name = EventId(f"alert:{row.case}:{effect.channel}:{now.date()}")
        self._cases.submit(Arrived(row.case, AlertFailed(name, now, effect.channel)))


def text_of(code: Code) -> str:
    """Return all that is ever said outside."""
    return f"Parley: case {code} needs you"
