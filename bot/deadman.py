"""Leaves word with the homeserver for the day the bot is gone, and takes it back in time.

One text for each desk, due when the bot has not been heard of for a while, and one for each sign of
life that falls due within a day. They are prepared like anything that is said: through the gate,
sealed for those who may read now. Refuses to leave a text with the homeserver whose readers are no
longer the right ones, to count on what it has not seen there within the last minute, and to take a
deadline's text back before the bot's own notice of it is out. Nothing here holds a deadline.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Final

import structlog

from bot.domain.case import Case, Watch
from bot.domain.ids import CaseId, CompartmentId, EventId
from bot.domain.vocabulary import WatchKind, WatchState
from bot.engine.effects import Say
from bot.engine.events import SwitchFault, SwitchSeen
from bot.matrix.delayed import HORIZON, RATE_LIMITED, Allowed, DelayedEvents
from bot.matrix.session import MatrixSession
from bot.matrix.transport import HomeserverRefused, HomeserverUnreachable
from bot.ports import Cleared, NotSent, Store
from bot.runner.cases import Arrived, Cases, Offload
from bot.scheduling.clock import Clock
from bot.words.message import Message
from bot.words.phrase import Fact, Phrase, phrase

NAME: Final = "deadman"
"""What is left with the homeserver, in the store's vault."""

LEARN_EVERY_S: Final = 3600.0
BEATS: Final = 5
"""How often a desk's text is put off within the silence after which it is said."""
SHORTEST_PAUSE_S: Final = 1.0
MOST: Final = 200
"""Deadlines that are left there at a time: each is passed through the gate again at every look."""
AT_A_TIME: Final = 1000
"""Watches that are looked at before others get their turn."""
WAITING: Final = frozenset({WatchState.SCHEDULED, WatchState.GRACE})

Ahead = Callable[[CaseId, Say], Awaitable[Cleared[Message] | None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the bot may be silent, and how late its own notice may be, in the world's time."""

    silence: timedelta = timedelta(minutes=5)
    margin: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the homeserver should say: when the bot is silent, or some time after `at`."""

    case: CaseId
    say: Say
    at: datetime | None = None


@dataclass(slots=True)
class _Kept:
    """What lies with the homeserver. `lineage` is empty, and so nobody's, after a restart."""

    delay_id: str = field(repr=False)
    case: CaseId
    place: CompartmentId
    at: datetime | None
    lineage: str = ""
    put_off: float | None = None


class DeadMan:
    """The switch's keeper; run `run()`. `ahead` passes a text through the gate."""

    def __init__(
        self,
        store: Store,
        offload: Offload,
        session: MatrixSession,
        cases: Cases,
        clock: Clock,
        *,
        ahead: Ahead,
        patience: Patience,
    ) -> None:
        self._store = store
        self._offload = offload
        self._session = session
        self._cases = cases
        self._clock = clock
        self._ahead = ahead
        self._patience = patience
        self._kept: dict[str, _Kept] = {}
        self._told: dict[CaseId, SwitchFault] = {}
        self._allowed: Allowed | None = None
        self._limited = False
        self._learned: float | None = None
        self._held_back = False
        self._wake = asyncio.Event()

    # -- from outside ----------------------------------------------------------------------

    def wake(self) -> None:
        """Look now: a watch or a room's readers have changed."""
        self._wake.set()

    def clock_was_set(self) -> None:
        """Prepare every deadline's text anew: its delay was counted by the wrong clock."""
        for kept in self._kept.values():
            if kept.at is not None:
                kept.lineage = ""
        self._wake.set()

    async def run(self) -> None:
        """Look for ever, by a clock that never steps; a homeserver that is away is waited for."""
        await self._remember()
        pause = self._patience.silence.total_seconds() / BEATS
        while True:
            self._wake.clear()
            try:
                await self.look()
            except (OSError, HomeserverRefused) as failed:
                log.warning("deadman_waits", error=type(failed).__name__)
            await asyncio.sleep(min(SHORTEST_PAUSE_S, pause))
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    # -- one look --------------------------------------------------------------------------

    async def look(self) -> None:
        """Compare what lies with the homeserver with what should, and mend it.

        Raises `HomeserverRefused`, `HomeserverUnreachable`, and `OSError` of the store.
        """
        before = self._sealed()
        try:
            fault = await self._looked()
            self._tell(fault)
        except HomeserverUnreachable as away:
            self._held_back |= away.reason == RATE_LIMITED
            if self._limited:
                self._tell(SwitchFault.LIMITED)
            raise
        finally:
            if self._sealed() != before:
                await self._offload(lambda: self._store.put(NAME, self._sealed()))

    async def _looked(self) -> SwitchFault | None:
        await self._learn()
        if self._allowed is None:
            return SwitchFault.ABSENT
        if self._allowed.longest < self._patience.silence:
            return SwitchFault.SHORT
        delayed = DelayedEvents(self._session.server)
        pending = await delayed.pending()
        for extra in sorted(pending - {kept.delay_id for kept in self._kept.values()}):
            # Of an answer that was lost, or of a process that ended before it noted the id.
            log.info("deadman_extra")
            await delayed.cancel(extra)
        wished, more = await self._wishes(self._allowed.longest)
        wishes = dict(list(wished.items())[: self._allowed.most])
        for purpose in self._kept.keys() - wishes.keys():
            await self._take_back(delayed, purpose)
        for purpose, wish in wishes.items():
            try:
                await self._keep(delayed, purpose, wish, pending)
            except (NotSent, HomeserverRefused) as no:
                # One room's trouble must not cost another its word.
                log.warning("deadman_not_left", error=type(no).__name__)
        if self._limited:
            return SwitchFault.LIMITED
        return SwitchFault.FULL if more or len(wishes) < len(wished) else None

    async def _learn(self) -> None:
        """Ask what is allowed, and try whether the bot is held back: now and then, and on suspicion."""
        now = self._clock.monotonic()
        suspicious = self._held_back and not self._limited
        fresh = self._learned is not None and now - self._learned < LEARN_EVERY_S
        if fresh and not suspicious:
            return
        delayed = DelayedEvents(self._session.server)
        self._allowed = await delayed.allowed()
        self._limited = self._allowed is not None and await delayed.limited()
        self._held_back = False
        self._learned = now

    async def _wishes(self, longest: timedelta) -> tuple[dict[str, _Wish], bool]:
        """Return what should lie with the homeserver, the desks first, then what is due first.

        And whether there would be more.
        """
        now = self._clock.now()
        end = now + (min(HORIZON, longest) - self._patience.margin) * self._clock.rate
        unsaid = await self._unsaid()
        desks: dict[str, _Wish] = {}
        watches: list[tuple[datetime, str, Case, Watch]] = []
        for case in tuple(self._cases.all.values()):
            for desk in case.desks():
                # In the case's own time, which a rehearsal lets run faster.
                silence = self._patience.silence * self._clock.rate
                said = phrase("deadman.alive", silence=silence)
                desks[f"alive:{case.id}:{desk.id}"] = _wish(case, desk.id, said)
            for number, watch in enumerate(tuple(case.watches.values())):
                if number % AT_A_TIME == 0:
                    await asyncio.sleep(0)
                at, item = watch.occurrence + watch.grace, watch.item
                if at > end or watch.kind is not WatchKind.SIGN_OF_LIFE or not case.stands(item):
                    continue
                waiting = watch.state in WAITING
                purpose = f"watch:{case.id}:{item.code}:{watch.occurrence.timestamp():.0f}"
                # Due, and not raised or not said yet: the homeserver may still be the first.
                unheard = waiting or (case.id, item.compartment) in unsaid
                if (waiting and now < at) or (purpose in self._kept and unheard):
                    watches.append((at, purpose, case, watch))
        next_due = nsmallest(MOST, watches, key=lambda one: one[:2])
        dues = {purpose: _word(case, watch) for _, purpose, case, watch in next_due}
        return desks | dues, len(watches) > MOST

    async def _unsaid(self) -> frozenset[tuple[CaseId, CompartmentId]]:
        """Return where an urgent text still waits to be sent."""
        rows = await self._offload(self._store.waiting)
        return frozenset(
            (row.case, row.effect.compartment)
            for row in rows
            if row.urgent and isinstance(row.effect, Say)
        )

    async def _keep(
        self, delayed: DelayedEvents, purpose: str, wish: _Wish, pending: frozenset[str]
    ) -> None:
        """See to it that one text lies there, once, for the right readers."""
        kept = self._kept.get(purpose)
        if kept is not None and kept.delay_id not in pending:
            self._gone(purpose, kept)
            kept = None
        cleared = await self._ahead(wish.case, wish.say)
        if cleared is None:
            await self._take_back(delayed, purpose)
            return
        speaker = self._session.speaker
        if kept and kept.at == wish.at and await speaker.stands(cleared, kept.lineage):
            if wish.at is not None:
                return
            if await delayed.restart(kept.delay_id):
                kept.put_off = self._clock.monotonic()
                return
            self._gone(purpose, kept)
        # Taken back before anything else can fail: whoever left must not read it.
        await self._take_back(delayed, purpose)
        after = self._after(wish)
        if after is None:
            return
        prepared = await speaker.prepare(cleared)
        delay_id = await delayed.schedule(cleared.room, prepared.content, after)
        now = self._clock.monotonic()
        place = wish.say.compartment
        self._kept[purpose] = _Kept(delay_id, wish.case, place, wish.at, prepared.lineage, now)

    def _after(self, wish: _Wish) -> timedelta | None:
        """Return how long to wait in the world's time; None if the bot raises it itself by now."""
        if wish.at is None:
            return self._patience.silence
        left = (wish.at - self._clock.now()) / self._clock.rate
        return left + self._patience.margin if left > timedelta(0) else None

    async def _take_back(self, delayed: DelayedEvents, purpose: str) -> None:
        kept = self._kept.get(purpose)
        if kept is not None:
            await delayed.cancel(kept.delay_id)
            del self._kept[purpose]

    def _gone(self, purpose: str, kept: _Kept) -> None:
        """Note that a text lies there no more: it was said, or lost."""
        del self._kept[purpose]
        silent = self._patience.silence.total_seconds()
        if kept.put_off is not None and self._clock.monotonic() - kept.put_off < silent:
            log.warning("deadman_lost")
        elif kept.at is None:
            log.warning("deadman_spoke")
            name = hashlib.sha256(kept.delay_id.encode()).hexdigest()[:16]
            self._submit(kept.case, f"spoke:{name}", SwitchFault.SPOKE)

    # -- what the desks hear ---------------------------------------------------------------

    def _tell(self, fault: SwitchFault | None) -> None:
        """Tell every case that has not heard it yet."""
        for case_id in self._cases.all:
            if self._told.get(case_id) is fault:
                continue
            self._submit(case_id, self._clock.now().isoformat(), fault)
            if fault is None:
                del self._told[case_id]
            else:
                self._told[case_id] = fault

    def _submit(self, case_id: CaseId, name: str, fault: SwitchFault | None) -> None:
        event = EventId(f"{NAME}:{case_id}:{fault}:{name}")
        self._cases.submit(Arrived(case_id, SwitchSeen(event, self._clock.now(), fault)))

    # -- what lasts ------------------------------------------------------------------------

    def _sealed(self) -> bytes:
        kept = {
            purpose: [one.delay_id, one.case, one.place, one.at.isoformat() if one.at else ""]
            for purpose, one in self._kept.items()
        }
        return json.dumps({"kept": kept, "told": self._told}, sort_keys=True).encode()

    async def _remember(self) -> None:
        raw = await self._offload(lambda: self._store.get(NAME))
        if raw is None:
            return
        found: Mapping[str, Mapping[str, list[str]]] = json.loads(raw)
        for purpose, (delay_id, case, place, at) in found["kept"].items():
            when = datetime.fromisoformat(at) if at else None
            self._kept[purpose] = _Kept(delay_id, CaseId(case), CompartmentId(place), when)
        told: Mapping[str, str] = json.loads(raw)["told"]
        self._told = {CaseId(case): SwitchFault(fault) for case, fault in told.items()}


def _word(case: Case, watch: Watch) -> _Wish:
    item = watch.item
    said = phrase("deadman.watch", code=Fact(item.record, item.code))
    return _wish(case, item.compartment, said, watch.occurrence + watch.grace)


def _wish(case: Case, place: CompartmentId, said: Phrase, at: datetime | None = None) -> _Wish:
    """Name everybody there: a notice that names nobody rings on no telephone."""
    seats = tuple(seat.id for seat in case.seats_in(place))
    return _Wish(case.id, Say(place, said, mention=seats, urgent=True), at)
