"""The last gate: finished words are read once more before a digest leaves.

It should never find anything: a digest is made of what its reader may read. So whatever it finds is
a fault, and one that failed or was slow counts as one that found something. It says that, never what.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Final, TypeAlias

import structlog

from bot.domain.case import Case
from bot.domain.ids import CompartmentId
from bot.redaction.last_gate import Finding, scan
from bot.redaction.protected import Protected
from bot.runner.closed import Closed
from bot.runner.sources import Opened

LONGEST_S: Final = 30.0
"""So long a reading may take, the first one of a long case included."""

Scan: TypeAlias = Callable[[tuple[str, ...], Protected], tuple[Finding, ...]]

log = structlog.get_logger()


class Stopped(StrEnum):
    """Why finished words do not leave."""

    FOUND = "gate_found"
    FAILED = "gate_failed"
    SLOW = "gate_slow"


class LastGate:
    """Reads what is about to leave. `closed` knows what a reader must not see."""

    def __init__(
        self, closed: Closed, *, scanner: Scan = scan, longest_s: float = LONGEST_S
    ) -> None:
        self._closed = closed
        self._scan = scanner
        self._longest_s = longest_s
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="last-gate")

    async def stops(
        self, case: Case, reader: CompartmentId, parts: Sequence[str], opened: Opened
    ) -> Stopped | None:
        """Return why these parts may not go to a compartment; None if they may.

        `parts` are in the order in which they are read, `opened` the records they were made of.
        """
        try:
            async with asyncio.timeout(self._longest_s):
                found = await self._finds(case, reader, parts, opened)
        except TimeoutError:
            log.warning("last_gate_slow")
            return Stopped.SLOW
        except Exception as failed:  # noqa: BLE001  # a scanner that fails has found something
            log.warning("last_gate_failed", error=type(failed).__name__)
            return Stopped.FAILED
        return Stopped.FOUND if found else None

    async def _finds(
        self, case: Case, reader: CompartmentId, parts: Sequence[str], opened: Opened
    ) -> bool:
        if not await self._scanned(parts, await self._closed.to(case, reader)):
            return False
        # What the reader's own side said, or owners released with its names, it knows already.
        own = [
            words
            for record, (label, said) in opened.items()
            if label.admits(reader) and not self._closed.is_foreign(case, record)
            for words in said.values()
        ]
        rest = await self._closed.without(case, reader, own)
        found = await self._scanned(parts, rest)
        if found:
            log.warning("last_gate_found", count=len(found))
        return bool(found)

    async def _scanned(self, parts: Sequence[str], protected: Protected) -> tuple[Finding, ...]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._scan, tuple(parts), protected)
