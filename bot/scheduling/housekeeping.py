"""The housekeeping clock: checkpoints, keys, audits. It holds no deadline.

APScheduler 3 with its memory store: a run that was missed is made up once, whatever the
delay (`misfire_grace_time=None`, `coalesce=True`), and one chore's failure costs no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done every so many seconds of the world's time."""

    name: str
    every_s: float
    do: Callable[[], Awaitable[object]]


class Housekeeping:
    """Runs chores while it is open (`async with`)."""

    def __init__(self, chores: tuple[Chore, ...]) -> None:
        self._scheduler = AsyncIOScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._chores = chores
        for chore in chores:
            self._scheduler.add_job(
                _guarded, "interval", seconds=chore.every_s, args=(chore,), id=chore.name
            )

    def rearm(self) -> None:
        """Count anew from now: after the wall clock was set back, every next run lies too far off."""
        for chore in self._chores:
            self._scheduler.reschedule_job(chore.name, trigger="interval", seconds=chore.every_s)

    async def __aenter__(self) -> Self:
        """Start the clock."""
        self._scheduler.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the clock; a chore under way ends with its task."""
        self._scheduler.shutdown(wait=False)


async def _guarded(chore: Chore) -> None:
    try:
        await chore.do()
    except Exception:  # one chore's failure must not end the clock
        log.exception("chore_failed", chore=chore.name)
