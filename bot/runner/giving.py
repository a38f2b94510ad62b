"""What goes out in more than one step: long texts in parts, and digests, each exactly once.

Where to cut is kept before the first part leaves, and forgotten with the last: a crash between
them, and an erasure after it, lose and repeat nothing. A digest is done when the case has it on
record that it was given. Refuses to drop one of which a part may have left: only what was surely
never sent is made anew.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.domain.case import Case
from bot.domain.ids import CompartmentId, EventId
from bot.engine.effects import DigestMark, Say
from bot.engine.events import DigestGiven, DigestStopped
from bot.ports import OutboxRow, Store, Why
from bot.runner.arrived import Arrived
from bot.runner.cases import Cases, Offload
from bot.words.catalogues import catalogue
from bot.words.document import Block, Para, line
from bot.words.message import Message
from bot.words.parts import Part, Plan, parts, plan

FOR_PEOPLE: Final = frozenset({Why.HELD, Why.LABEL})
"""What only people can set free."""
LATE: Final = timedelta(minutes=5)
"""A digest that could not leave for so long is made anew, and says that it is late."""
_LOOKS, _LOOK_EVERY_S = 60, 0.1
"""How often, and at most how far apart, it is looked whether the case has taken what came of it."""

log = structlog.get_logger()


class Giving:
    """Cuts rows into parts, and closes those of digests."""

    def __init__(
        self, store: Store, offload: Offload, cases: Cases, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._offload = offload
        self._cases = cases
        self._now = now
        self._started = now()
        self._begun: set[str] = set()

    async def plan(self, row: OutboxRow, whole: Message) -> tuple[Plan, bool]:
        """Return how to cut a row, and whether a part of it may have left already."""
        cut = plan(whole)
        old = row.made_at <= self._started or row.id in self._begun
        if len(cut) > 1 or old or digest_of(row) is not None:
            kept = await self._offload(lambda: self._store.get(_kept(row)))
            if kept:
                return tuple(json.loads(kept)), True
        return cut, False

    def parts(
        self, case: Case, place: CompartmentId, whole: Message, cut: Plan
    ) -> tuple[Part, ...]:
        """Return the parts of a message, numbered in the language of its room."""
        found = case.compartments.get(place)
        party = case.parties.get(found.party) if found and found.party else None
        sentence = catalogue(party.language if party else case.language)["part"]

        def number(place: int, of: int) -> Block:
            return Para(line(sentence, place=str(place), of=str(of)))

        return parts(whole, cut, number)

    async def begins(self, row: OutboxRow, cut: Plan) -> None:
        """Keep how a row is cut, before its first part leaves; a short text needs nothing kept."""
        if row.id not in self._begun and (len(cut) > 1 or digest_of(row) is not None):
            text = json.dumps(cut).encode()
            await self._offload(lambda: self._store.put(_kept(row), text))
            self._begun.add(row.id)

    def is_late(self, row: OutboxRow) -> bool:
        """Tell whether a digest on the clock has waited so long that it would be out of date."""
        mark = digest_of(row)
        return mark is not None and mark.scheduled and self._now() - row.made_at > LATE

    def makes_anew(self, row: OutboxRow, why: Why) -> bool:
        """Tell whether a denied row is a digest, which is then made anew and not kept waiting."""
        return digest_of(row) is not None and why in FOR_PEOPLE

    async def given(self, row: OutboxRow, place: CompartmentId, event: str) -> bool:
        """Close a row that has left as a whole; False while the case has not taken that it did."""
        mark = digest_of(row)
        if mark is not None:
            name = EventId(f"given:{row.id}")
            told = DigestGiven(name, self._now(), place, mark.code, mark.as_of)
            if not await self._taken(row, told):
                return False
        await self._offload(lambda: self._store.sent(row.id, event))
        if row.id in self._begun or row.made_at <= self._started:
            await self._forget(row)
        return True

    async def stopped(self, row: OutboxRow, place: CompartmentId, why: str) -> bool:
        """Drop a digest that has surely not left; the case makes it anew. False as `given`."""
        mark = digest_of(row)
        if mark is None:
            raise TypeError("only digests are dropped")
        log.warning("digest_stopped", why=why)
        told = DigestStopped(EventId(f"stopped:{row.id}"), self._now(), place, mark.code, why)
        if not await self._taken(row, told):
            return False
        await self._offload(lambda: self._store.sent(row.id, f"stopped {row.id}"))
        return True

    async def _taken(self, row: OutboxRow, told: DigestGiven | DigestStopped) -> bool:
        for look in range(_LOOKS):
            if await self._offload(lambda: self._store.handled(told.id)):
                return True
            if look == 0:
                self._cases.submit(Arrived(row.case, told))
            await asyncio.sleep(_LOOK_EVERY_S * look / _LOOKS)
        return False

    async def _forget(self, row: OutboxRow) -> None:
        if await self._offload(lambda: self._store.get(_kept(row))):
            await self._offload(lambda: self._store.put(_kept(row), b""))
        self._begun.discard(row.id)


def digest_of(row: OutboxRow) -> DigestMark | None:
    """Return what makes a row a digest; None if it is none."""
    return row.effect.digest if isinstance(row.effect, Say) else None


def _kept(row: OutboxRow) -> str:
    return f"parts:{row.id}"
