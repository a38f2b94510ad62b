"""Whether the bot makes progress: what the outside monitor is told is measured here.

A process that is merely alive proves nothing. Refuses to count what waits for people and not for
the bot: a text for a room that nobody has entered yet is not late.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from bot.domain.ids import CaseId, CompartmentId
from bot.engine.effects import (
    Alert,
    GiveFile,
    GiveReceipt,
    Say,
    SayBoth,
    SayDirect,
)
from bot.ports import OutboxRow, Store

T = TypeVar("T")

SYNC_AGE_S: Final = 300.0
DUE_LATE: Final = timedelta(minutes=2)
OUTBOX_AGE: Final = timedelta(minutes=10)


class Offload(Protocol):
    """Run a storage call on the storage thread."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Return what `call` returns."""


class Progress:
    """Looks at what must move on. `now` is the case's clock, `monotonic` the world's seconds.

    `attended` tells whether somebody is in a compartment's room; `rate` is how much faster than
    the world the case's clock runs.
    """

    def __init__(
        self,
        store: Store,
        offload: Offload,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        attended: Callable[[CaseId, CompartmentId], bool],
        rate: int = 1,
    ) -> None:
        self._store = store
        self._offload = offload
        self._now = now
        self._monotonic = monotonic
        self._attended = attended
        self._rate = rate
        self._synced = monotonic()

    def synced(self) -> None:
        """Note that the homeserver answered a sync and the answer is stored."""
        self._synced = self._monotonic()

    async def hindrance(self) -> str:
        """Return in one word what stands still, empty if nothing does."""
        if self._monotonic() - self._synced >= SYNC_AGE_S:
            return "sync"
        try:
            due = await self._offload(self._store.next_at)
            rows = await self._offload(self._store.waiting)
        except OSError:
            return "store"
        now = self._now()
        if due is not None and now - due >= DUE_LATE * self._rate:
            return "due"
        for row in rows:
            if now - row.made_at >= OUTBOX_AGE * self._rate and self._awaited(row):
                return "outbox"
        return ""

    def _awaited(self, row: OutboxRow) -> bool:
        match row.effect:
            case Say():
                return self._attended(row.case, row.effect.compartment)
            case Alert():
                return True
            case SayBoth() | SayDirect() | GiveReceipt() | GiveFile():
                return False
