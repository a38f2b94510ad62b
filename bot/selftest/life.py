"""One life of the bot in a simulated world: real cases, way in, way out and alarm, wired as a house.

All that a process knows dies with it; the store and the homeserver go on. The store remembers where
each outgoing row came from, so that what was sent can be compared by its cause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, TypeVar

from typing_extensions import override

from bot.domain.ids import CaseId, RecordId, RoomId
from bot.domain.questions import Cost
from bot.engine.effects import Outgoing
from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from bot.ledger.keys import PublicKey
from bot.ledger.party import PartySignature
from bot.ports import Batch, Receipt
from bot.runner.batches import transaction_id
from bot.runner.cases import Arrived, Cases, Committed, compartments_cleared, sessions_to_drop
from bot.runner.intake import Intake
from bot.runner.speaking import Speaking
from bot.scheduling.alarm import Alarm
from bot.scheduling.clock import Clock
from bot.selftest import stage
from bot.selftest.homeserver import (
    BOT,
    Homeserver,
    KnownFiles,
    RecordingOutsider,
    RecordingSpeaker,
    Sent,
    TimelineListener,
)
from bot.storage.memory import MemoryStore

T = TypeVar("T")

CHEAP: Final = Cost(passes=1, memory=8192)
OUTAGE: Final = timedelta(minutes=2)
TICK_S: Final = 1.0
BATCHES: Final = 4
"""So many batches at a time: a rush shows as waiting, which is known (docs/THREATS.md)."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a row of the outbox is, and the event that caused it. `named`: its id is made of those.

    `made_at` is when that was decided, in seconds since the beginning.
    """

    effect: Outgoing
    event: str
    named: bool
    made_at: float


@dataclass
class Played:
    """What a twin came to: all that was sent, what each row was, the journal, the lines typed."""

    sent: list[Sent]
    rows: dict[str, Cause]
    store: MemoryStore
    typed: dict[str, str] = field(default_factory=dict)

    def cause(self, txn: str) -> Cause | None:
        """Return where a transaction came from; a text in parts has several."""
        return self.rows.get(txn.partition(".")[0])


class WatchedStore(MemoryStore):
    """The store in memory, which remembers where each outgoing row came from."""

    rows: dict[str, Cause]

    @override
    def commit(self, batch: Batch) -> None:
        super().commit(batch)
        self._note(batch)

    @override
    def commit_all(self, batches: Sequence[Batch]) -> None:
        super().commit_all(batches)
        for batch in batches:
            self._note(batch)

    def _note(self, batch: Batch) -> None:
        for row in batch.outbox:
            named = row.id == transaction_id(batch.case, batch.event, row.number)
            self.rows.setdefault(
                row.id, Cause(row.effect, batch.event, named, stage.seconds(row.made_at))
            )

    @override
    def receipt(
        self,
        record: RecordId,
        witnesses: Sequence[PublicKey] = (),
        parties: Sequence[PartySignature] = (),
        under: int | None = None,
    ) -> Receipt:
        """Call nothing late: here the log is signed after steps, and not every minute."""
        return replace(super().receipt(record, witnesses, parties, under), late=False)


async def _at_once(call: Callable[[], T], /) -> T:
    await asyncio.sleep(0)
    return call()


class Life:
    """One life of the bot, from start to end."""

    def __init__(self, store: WatchedStore, server: Homeserver) -> None:
        self._store = store
        self._server = server
        clock = Clock(1, server.time.wall, server.time.passed)
        speaker = RecordingSpeaker(server)
        self._speaker = speaker
        self.cases = Cases(store, _at_once, BOT, self._committed, CHEAP)
        self.cases.fetching.files = KnownFiles()
        self.speaking = Speaking(
            store,
            _at_once,
            speaker,
            self.cases,
            now=clock.now,
            monotonic=clock.monotonic,
            outsider=RecordingOutsider(server),
            files=KnownFiles(),
        )
        self.intake = Intake(
            store,
            _at_once,
            TimelineListener(server),
            speaker,
            self.cases,
            now=clock.now,
            person_of=lambda _room: None,
            room_changed=self._room_changed,
            patience=timedelta(minutes=1),
        )
        self.alarm = Alarm(
            store,
            clock,
            offload=_at_once,
            submit=self._due,
            cases=lambda: tuple(self.cases.all),
            outage=OUTAGE,
        )

    async def run(self) -> None:
        """Do what the house does, until cancelled."""
        await self.cases.load()
        self.cases.checkpoint = self._store.last_checkpoint() or ""
        rooms = (c.room for case in self.cases.all.values() for c in case.compartments.values())
        await self.intake.begin(room for room in rooms if room is not None)
        await self.alarm.returned()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.cases.run())
            group.create_task(self.intake.run())
            group.create_task(self.speaking.run())
            group.create_task(self.alarm.run(TICK_S))

    def sign(self) -> None:
        """Sign the log, as its keeper does on its own clock; as often as a quiet hour needs."""
        for _ in range(BATCHES):
            note = self._store.checkpoint(self._server.time.wall())
            self.cases.checkpoint = note or ""
        self.speaking.wake()

    async def _committed(self, done: Committed) -> None:
        for place in sessions_to_drop(done):
            found = done.case.compartments.get(place)
            if found is not None and found.room is not None:
                await self._speaker.drop_session(found.room)
        for place in compartments_cleared(done):
            self._store.unpark(done.case.id, place)
        self.speaking.wake()

    async def _room_changed(self, room: RoomId) -> None:
        del room
        self.speaking.retry_now()

    def _due(self, case: CaseId, event: DeadlineReached | BotReturned | ClockSet) -> None:
        self.cases.submit(Arrived(case, event))
