"""Keeps the log provable: signed on the clock, witnessed, stamped, audited, never put back.

Refuses to sign before those who may hold a later history were asked, and to start on a store
that is older than what the bot's own account on the homeserver has seen, unless the operator
says so. Nothing here delays a record or a deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.anchors.gathering import Gathering, Named, stop_for
from bot.anchors.http_witness import HttpWitness
from bot.domain.ids import EventId, UserId
from bot.engine.events import LogContradicted
from bot.engine.proof import DAMAGED
from bot.ledger.checkpoint import Checkpoint, parse_checkpoint
from bot.ledger.keys import PublicKey, parse_vkey
from bot.ledger.outside import Contradiction, judge_anchor
from bot.matrix.session import MatrixSession
from bot.matrix.transport import HomeserverRefused
from bot.matrix.witness_line import MatrixWitnesses
from bot.ports import Asked, Line, Store
from bot.runner.cases import Arrived, Cases, Offload
from bot.scheduling.clock import Clock
from bot.storage.verdicts import Damaged

if TYPE_CHECKING:
    from bot.anchors.rfc3161 import Stamps

ANCHOR: Final = "org.parley.checkpoint"
"""The account data that holds our newest checkpoint: anybody may read it, nobody can forge it."""

log = structlog.get_logger()


class Provable(Store, Protocol):
    """A store whose log has a key of its own, and that can be checked against itself."""

    def log_key(self) -> PublicKey:
        """Return the log's public key."""

    def settle(self) -> None:
        """Flush what need not be flushed before a checkpoint is handed out."""

    def audit_parts(self) -> Iterator[None]:
        """Check everything, a part at each step. Raises `Damaged`."""


class PutBack(Exception):
    """The store is not the newest: `size` is what our account remembers, `ours` what we have."""

    def __init__(self, found: Contradiction) -> None:
        super().__init__(
            f"a signed log of {found.theirs.size} entries is known; here are {found.ours}"
        )
        self.found = found


class Proving:
    """The log's keeper. `changed` is called when a receipt may be ready."""

    def __init__(
        self,
        store: Provable,
        offload: Offload,
        session: MatrixSession,
        cases: Cases,
        clock: Clock,
        *,
        changed: Callable[[], None],
        stamps: Stamps | None = None,
    ) -> None:
        self._store = store
        self._offload = offload
        self._session = session
        self._cases = cases
        self._clock = clock
        self._changed = changed
        self._stamps = stamps
        self._over_matrix = MatrixWitnesses(
            session.speaker,
            bot=UserId(session.machine.user_id),
            hear=session.inbound.hear_notices_of,
        )
        self._doubt: tuple[str, int, int] | None = None
        self.audit_at_once = False
        self._asked = asyncio.Event()
        self._lines_came = asyncio.Event()
        self._gathering = Gathering(
            store,
            offload,
            witnesses=self.named,
            road=self._road,
            contradicted=self._contradicted,
            cosigned=self._lines_came.set,
        )

    # -- at the start ----------------------------------------------------------------------

    async def begin(self, *, unproved: bool) -> None:
        """Compare our log with what our account remembers of it. Raises `PutBack`.

        With `unproved` the bot stands all the same, and signs nothing any more. A homeserver that
        forgot, or keeps it back, is no reason not to stand: witnesses remember too.
        """
        newest = await self._offload(self._store.last_checkpoint)
        self._cases.checkpoint = newest or ""
        if await self._offload(self._store.doubted) is not None:
            log.warning("log_in_doubt")
            return
        found = await self._offload_judged(await self._remembered(), newest)
        if found is None:
            return
        if not unproved:
            raise PutBack(found)
        await self._offload(lambda: stop_for(self._store, found))
        self._contradicted(found)

    async def _remembered(self) -> str:
        try:
            bot = self._session.machine.user_id
            kept = await self._session.server.read_account_data(bot, ANCHOR)
        except (OSError, HomeserverRefused) as failed:
            log.warning("anchor_unread", error=type(failed).__name__)
            return ""
        note = kept.get("note")
        return note if isinstance(note, str) else ""

    async def _offload_judged(self, anchor: str, newest: str | None) -> Contradiction | None:
        ours = parse_checkpoint(newest).size if newest else 0
        return await self._offload(
            lambda: judge_anchor(anchor, self._store.log_key(), ours, self._store.leads_to)
        )

    # -- side by side with everything else --------------------------------------------------

    async def run(self) -> None:
        """Ask the witnesses, first of all for what they know, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._refresh(), name="lines")
            if self.audit_at_once:
                group.create_task(self.audit(), name="audit")
            await self._gathering.before_signing()
            self._asked.set()
            await self._gathering.run()

    def wake(self) -> None:
        """Look at who the witnesses are: a case has changed."""
        self._gathering.wake()

    def heard(self, line: Line) -> bool:
        """Offer a line to the witnesses that are asked over Matrix; True if it was one's."""
        return self._over_matrix.heard(line)

    def named(self) -> Sequence[Named]:
        """Return the witnesses of all cases, each key once."""
        found: dict[str, Named] = {}
        for case in self._cases.all.values():
            for witness in case.witnesses.values():
                found.setdefault(witness.key, Named(witness.key, witness.via))
        return tuple(found.values())

    # -- chores ----------------------------------------------------------------------------

    async def checkpoint(self) -> None:
        """Sign the next batch, unless those who may know better were not asked, or object."""
        self._tell_doubt()  # a case may have been opened since
        if not self._asked.is_set() or self._gathering.paused:
            return
        now = self._clock.now()
        note = await self._offload(lambda: self._store.checkpoint(now))
        if note is None:
            return
        self._cases.checkpoint = note
        self._changed()
        self._gathering.wake()
        await self._remember(note)
        await self._offload(self._store.settle)

    async def _remember(self, note: str) -> None:
        """Leave the checkpoint in our account on the homeserver. What fails is made up next time."""
        bot = self._session.machine.user_id
        try:
            await self._session.server.account_data(bot, ANCHOR, {"note": note})
        except (OSError, HomeserverRefused) as failed:
            log.info("anchor_not_left", error=type(failed).__name__)

    async def stamp(self) -> None:
        """Have the newest checkpoint dated by the authority, if there is one and it is another."""
        newest = await self._offload(self._store.last_checkpoint)
        if self._stamps is None or newest is None:
            return
        note: Checkpoint = parse_checkpoint(newest)
        from bot.anchors.rfc3161 import StampFailed  # noqa: PLC0415  # 11 MB, for few

        try:
            token = await self._stamps.stamp(note.body().decode())
        except StampFailed as failed:
            log.warning("stamp_failed", reason=failed.reason)
            return
        await self._offload(lambda: self._store.take_stamp(note.size, token))
        log.info("stamped", count=note.size)

    async def audit(self) -> None:
        """Check the store against itself, a part at a time. What is damaged is signed no more.

        The bot goes on, because somebody may be waiting for it; the next start is refused.
        """
        parts = self._store.audit_parts()
        try:
            more = True
            while more:
                more = await self._offload(lambda: next(parts, self) is None)
        except Damaged:
            # Which record it is, `parley doctor` says, and the next start.
            log.error("store_damaged")  # noqa: TRY400  # no trace: it could hold values
            await self._offload(lambda: self._store.doubt(DAMAGED))
            self._tell(DAMAGED, 0, 0)
            return
        log.info("audited")

    # -- what came of it -------------------------------------------------------------------

    def _road(self, named: Named) -> Asked:
        if named.via.startswith("@"):
            return self._over_matrix.at(UserId(named.via), parse_vkey(named.key))
        return HttpWitness(named.via)

    def _contradicted(self, found: Contradiction) -> None:
        """Tell every case's mediators; nothing is signed from here on."""
        self._tell(found.why, found.theirs.size, found.ours)

    def _tell(self, why: str, size: int, ours: int) -> None:
        self._doubt = why, size, ours
        self._tell_doubt()

    def _tell_doubt(self) -> None:
        """Tell every case that has not heard that the log is in doubt."""
        if self._doubt is None:
            return
        (why, size, ours), now = self._doubt, self._clock.now()
        for name, case in self._cases.all.items():
            if case.log_doubted is None:
                event = EventId(f"doubt:{name}:{why}:{size}")
                self._cases.submit(Arrived(name, LogContradicted(event, now, why, size, ours)))

    async def _refresh(self) -> None:
        """Let commands and receipts see each line that came."""
        while True:
            await self._lines_came.wait()
            self._lines_came.clear()
            try:
                newest = await self._offload(self._store.last_checkpoint)
            except OSError as failed:  # the next line brings it
                log.warning("lines_wait", error=type(failed).__name__)
                continue
            self._cases.checkpoint = newest or ""
            self._changed()
