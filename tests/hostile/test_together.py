"""Deadlines that are due together come to what each of them would have come to alone."""

from __future__ import annotations

import asyncio
import copy
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from typing_extensions import override

from bot.domain import bodies as b
from bot.domain.case import Case, Watch
from bot.domain.ids import CompartmentId, EventId, RecordId, SeatId
from bot.domain.records import Record
from bot.engine.effects import Effect, Say
from bot.engine.events import BotReturned, CommandReceived, DeadlineReached, Draw, Event
from bot.engine.mediator import handle
from bot.ledger.encoding import FormatError
from bot.ports import Batch, DueRow, Store
from bot.runner import cases as road
from bot.runner import turns
from bot.runner.cases import Arrived, Committed
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from bot.storage.verdicts import StoreFailed
from tests.hostile.running import CASE, Road, Running, played
from tests.storage.samples import MASTER, steady
from tests.storage.test_kill import Doomed
from tests.support.fake_sync import at_once
from tests.support.orchid import BOT, digest, long_code, short_code

POISON = "watch:WXYZ:not-a-form"
FAR = timedelta(days=900)
RAISES = {"watch.due", "watch.overdue", "watch.overdue_there", "watch.desk"}


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait for nothing, and draw no pictures of errors that are meant."""
    monkeypatch.setattr(road, "STORE_PAUSE_S", 0.0)
    with capture_logs():
        # Made here, for a test that runs a loop cannot run another.
        stood()
        yield


class Steady(Road):
    """What is drawn follows from the event, so that two runs can be compared."""

    @override
    def _decision(self, event: Event, case: Case) -> Callable[[], tuple[Effect, ...]]:
        drawn = Draw(
            tuple(RecordId(digest(f"{event.id} record {n}").hex()) for n in range(300)),
            tuple(short_code(f"{event.id} code {n}") for n in range(16)),
            tuple(long_code(f"{event.id} long {n}") for n in range(4)),
        )
        scene = self._scene(case)
        return lambda: handle(event, case, scene, drawn)


class Played(Running):
    """A case with watches, on a store."""

    def __init__(self, store: Store | None = None) -> None:
        super().__init__(store)
        self.told: list[Committed] = []
        self.cases = self.speaking._cases = Steady(self.store, at_once, BOT, self.committed)
        self.speaking._rooms._cases = self.cases

    @override
    async def committed(self, done: Committed) -> None:
        self.told.append(done)
        await super().committed(done)

    async def sets(self, count: int) -> None:
        """Open the case and set watches of several sorts, each acknowledged or not."""
        await self.opens()
        for n in range(count):
            said = f"!watch add sign of life for H-{n} every {2 + n % 3} h grace {1 + n % 2} h step 1 h"
            await self.types(said, f"$w{n}")
        assert len(self.case.watches) == count

    async def types(self, text: str, name: str) -> None:
        place, seat = CompartmentId("humanitarian"), SeatId("brenner")
        await self.take(CommandReceived(EventId(name), self.now, place, seat, text, self.now))

    def due(self) -> list[Arrived]:
        """All that is due now, as the alarm submits it."""
        return [
            Arrived(
                row.case,
                DeadlineReached(EventId(f"due:{row.case}:{row.key}"), self.now, row.key, row.at),
            )
            for row in self.store.due(self.now)
        ]

    async def settles(self, arrived: Sequence[Arrived], *, together: bool) -> None:
        """Take these, all submitted at once or each by itself."""
        groups = [list(arrived)] if together else [[one] for one in arrived]
        async with asyncio.TaskGroup() as group:
            consuming = group.create_task(self.cases.run())
            for some in groups:
                for one in some:
                    self.cases.submit(one)
                async with asyncio.timeout(20):
                    while not self.cases.idle():  # noqa: ASYNC110  # nothing wakes a test
                        await asyncio.sleep(0)
            consuming.cancel()

    def state(self) -> list[object]:
        """All that is durable, and the case as it is in memory; of raises, what they say of each."""
        store = self.store
        records = store.load(CASE)
        plain = [r for r in records if not isinstance(r.body, b.WatchRaised | b.WatchesRaised)]
        said = [row.effect for row in store.waiting(100_000, 100_000)]
        return [
            replace(self.case, head=0, watches=[_without_records(w) for w in _watches(self.case)]),  # type: ignore[arg-type]
            plain,
            [store.prose(r.id) for r in plain],
            sorted((one for r in records for one in _raises(r)), key=lambda one: one[1].code),
            Counter(one for what in said for one in _told(what)),
            [(row.at, row.key) for row in sorted(store.due(self.now + FAR), key=str)],
        ]


def _watches(case: Case) -> list[Watch]:
    return [watch for _, watch in sorted(case.watches.items())]


def _without_records(watch: Watch) -> Watch:
    story = tuple(replace(turn, record=RecordId("")) for turn in watch.story)
    return replace(watch, story=story)


def _raises(record: Record) -> list[tuple[object, b.WatchRaised]]:
    where = record.compartment, record.label, record.at
    if isinstance(record.body, b.WatchRaised | b.WatchesRaised):
        return [(where, one) for one in record.body.each()]
    return []


def _told(what: object) -> list[object]:
    """Of which watches a room is told, at which level and who is named; anything else as it is."""
    kind = what.phrase.key.replace("_many", "") if isinstance(what, Say) else ""
    if not isinstance(what, Say) or kind not in RAISES:
        return [what]
    args = dict(what.phrase.args)
    checks = args.get("checks", (what.phrase,))
    assert isinstance(checks, tuple)
    common = kind, what.compartment, what.mention, what.urgent, args.get("repeat"), args["outage"]
    return [(*common, args["level"], dict(one.args)["code"]) for one in checks]


@cache
def stood() -> tuple[MemoryStore, Case, datetime]:
    """A case with a dozen watches; who uses it copies it."""
    running = Played()
    asyncio.run(running.sets(12))
    assert isinstance(running.store, MemoryStore)
    return running.store, running.case, running.now


def again() -> Played:
    store, case, now = stood()
    running = Played(copy.deepcopy(store))
    running.now = now
    running.cases._keep(case)
    return running


WORLDS = st.lists(
    st.one_of(
        st.tuples(st.just("passes"), st.integers(1, 400)),
        st.tuples(st.just("away"), st.integers(100, 3_000)),
        st.tuples(st.just("ack"), st.integers(0, 11)),
        st.tuples(st.just("poison"), st.integers(-90, 0)),
        st.tuples(st.just("stale"), st.integers(0, 30)),
    ),
    min_size=1,
    max_size=6,
)


async def lives(running: Played, script: Sequence[tuple[str, int]], *, together: bool) -> None:
    """Let time pass; what comes due is settled together or one by one."""
    seen: list[Arrived] = []
    for number, (what, how) in enumerate(script):
        match what:
            case "passes":
                running.now += timedelta(minutes=how)
            case "away":
                since, running.now = running.now, running.now + timedelta(minutes=how)
                away = BotReturned(EventId(f"away{number}"), running.now, since)
                await running.settles([Arrived(CASE, away)], together=True)
            case "ack":
                code = sorted(running.case.watches)[how % len(running.case.watches)]
                await running.types(f"!ack {code} until in 90 min because of rain", f"$a{number}")
            case "poison":
                at = running.now + timedelta(minutes=how)
                key = f"{POISON}{number}"
                running.store.commit(
                    Batch(f"armed{number}", CASE, running.case.head, arm=(DueRow(CASE, key, at),))
                )
            case _:
                # Settled before: it is dropped, or does nothing.
                old = seen[how % len(seen)] if seen else None
                if old is not None:
                    await running.settles([*running.due(), old], together=together)
        arrived = running.due()
        seen += arrived
        await running.settles(arrived, together=together)


@given(WORLDS)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_together_is_one_by_one(script: list[tuple[str, int]]) -> None:
    group, single = again(), again()
    asyncio.run(lives(group, script, together=True))
    asyncio.run(lives(single, script, together=False))
    assert group.state() == single.state()


@played
async def test_what_is_due_together_is_one_commit_oldest_first() -> None:
    running = again()
    running.now += timedelta(hours=5)
    arrived = running.due()
    assert len(arrived) >= 12
    running.told.clear()
    await running.settles(arrived, together=True)
    (done,) = running.told
    keys = [one.event.key for one in arrived if isinstance(one.event, DeadlineReached)]
    raised = [one for record in done.records for _, one in _raises(record)]
    codes = [key.split(":")[1] for key in keys]
    assert sorted(one.code for one in raised) == sorted(codes)
    for record in done.records:
        found = [codes.index(one.code) for _, one in _raises(record)]
        assert found == sorted(found), "oldest first"
    assert len(done.records) < len(raised), "alike ones are one record"
    assert done.case is running.case
    urgent = [row.id for row in running.store.waiting(10_000, 10_000) if row.urgent]
    assert len(urgent) == len(set(urgent)) >= len(done.records)
    before = running.state()
    await running.settles(arrived, together=True)
    assert running.state() == before, "nothing is done twice"
    assert len(running.told) == 1


@played
async def test_a_mass_goes_in_parts_and_a_command_between_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "TOGETHER", 4)
    monkeypatch.setattr(turns, "LOT", 4)
    running = again()
    running.now += timedelta(hours=5)
    running.told.clear()
    place, seat = CompartmentId("caucus-north"), SeatId("haddad")
    said = CommandReceived(EventId("$said"), running.now, place, seat, "!record ten", running.now)
    await running.settles([Arrived(CASE, said), *running.due()], together=True)
    sizes = [len([one for r in done.records for one in _raises(r)]) for done in running.told]
    assert sizes == [4, 0, 4, 4]


@played
async def test_one_that_cannot_be_decided_parts_the_others_in_two() -> None:
    running = again()
    running.now += timedelta(hours=5)
    at = running.due()
    fourth = at[3].event
    assert isinstance(fourth, DeadlineReached)
    name = f"{fourth.key.rpartition(':')[0].rpartition(':')[0]}:not-a-form"
    poison = DueRow(CASE, name, fourth.due)
    running.store.commit(Batch("armed", CASE, running.case.head, arm=(poison,)))
    arrived = running.due()
    place = [one.event.id for one in arrived].index(EventId(f"due:{CASE}:{name}"))
    assert 0 < place < len(arrived) - 1
    running.told.clear()
    await running.settles(arrived, together=True)
    sizes = [len([one for r in done.records for one in _raises(r)]) for done in running.told]
    assert sizes == [place, 0, len(arrived) - 1 - place]


@played
async def test_a_case_that_is_folded_in_parts_is_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(road, "FOLDED", 7)
    running = again()
    assert running.case.head > 20
    after = Played(running.store)
    await after.cases.load()
    assert after.case == running.case


class Picky(MemoryStore):
    """Refuses one event for ever, as a row that nothing can write, or everything for a while."""

    poison = ""
    refusals = 0
    tried = 0

    @override
    def _commit(self, batches: Sequence[Batch]) -> None:
        self.tried += 1
        if any(self.poison in (batch.event, *batch.also) for batch in batches):
            raise FormatError("no record can carry it")
        if self.refusals:
            self.refusals -= 1
            raise StoreFailed("the disk is full")
        super()._commit(batches)


@played
async def test_one_that_cannot_be_written_silences_none_of_the_others() -> None:
    running = Played(Picky())
    await running.sets(8)
    running.now += timedelta(hours=5)
    arrived = running.due()
    poison = arrived[3]
    store = running.store
    assert isinstance(store, Picky)
    store.poison = poison.event.id
    await running.settles(arrived, together=True)
    assert [store.handled(one.event.id) for one in arrived] == [
        one is not poison for one in arrived
    ]
    assert isinstance(poison.event, DeadlineReached)
    assert [row.key for row in store.due(running.now)] == [poison.event.key], "it stays due"
    await running.says()
    code = poison.event.key.split(":")[1]
    told = [text for text in running.heard("desk") if f"`{code}` is due" in text]
    assert len(told) == 1
    heard = len(running.heard("desk"))
    await running.settles(running.due(), together=True)
    await running.says()
    assert len(running.heard("desk")) == heard, "told once"


@played
async def test_what_a_full_disk_refused_together_is_written_when_there_is_room() -> None:
    running = Played(Picky())
    await running.sets(6)
    running.now += timedelta(hours=5)
    arrived = running.due()
    assert isinstance(running.store, Picky)
    running.store.refusals = 4
    await running.settles(arrived, together=True)
    assert all(running.store.handled(one.event.id) for one in arrived)
    assert running.store.due(running.now) == ()


@played
async def test_what_could_not_be_told_after_the_commit_is_told_at_the_next_try() -> None:
    running = again()
    running.now += timedelta(hours=5)
    told: list[Committed] = []
    refusals = [StoreFailed("busy"), StoreFailed("busy")]

    async def committed(done: Committed) -> None:
        if refusals:
            raise refusals.pop()
        told.append(done)

    running.cases._committed = committed
    arrived = running.due()
    await running.settles(arrived, together=True)
    (done,) = told
    assert len([one for record in done.records for one in _raises(record)]) == len(arrived)
    assert running.cases._unfinished == {}


@played
async def test_another_writer_in_between_makes_it_decided_anew() -> None:
    running = again()
    running.now += timedelta(hours=5)
    other = Played(running.store)
    other.now = running.now
    other.cases._keep(running.case)
    await other.types("!watch add welfare for H-X every 9 h", "$other")
    arrived = running.due()
    await running.settles(arrived, together=True)
    assert all(running.store.handled(one.event.id) for one in arrived)
    assert len(running.case.watches) == 13
    assert running.case.head == len(running.store.load(CASE))


def until_killed(path: Path, now: datetime, statement: int) -> bool:
    """Settle in another process that is killed before its n-th statement; tell whether it was."""
    child = os.fork()
    if child == 0:
        try:
            store = SqlStore.open(path, MASTER, steady("child"))
            running = Played(store)
            running.now = now
            asyncio.run(running.cases.load())
            store._db._cursor = Doomed(store._db._cursor, statement)
            asyncio.run(running.settles(running.due(), together=True))
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_killed_anywhere_and_started_again_each_is_settled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TOGETHER", 3)
    path = tmp_path / "store.db"
    running = Played(SqlStore.open(path, MASTER, steady("parent")))
    asyncio.run(running.sets(8))
    running.store.close()
    now = running.now + timedelta(hours=5)
    deaths = sum(until_killed(path, now, statement) for statement in range(3, 300, 11))
    assert deaths >= 3
    assert not until_killed(path, now, 100_000)
    calm = Played()
    asyncio.run(calm.sets(8))
    calm.now = now
    asyncio.run(calm.settles(calm.due(), together=False))
    after = Played(SqlStore.open(path, MASTER))
    after.now = now
    asyncio.run(after.cases.load())
    # Rows of the opening were sent in one of the two and not in the other's store.
    ours, should = after.state(), calm.state()
    assert ours == should
    after.store.close()


def test_a_copy_of_the_case_is_what_a_decision_gets() -> None:
    """Deciding changes no case that somebody else looks at."""
    _, case, _ = stood()
    before = replace(case)
    running = again()
    running.now += timedelta(hours=5)
    asyncio.run(running.settles(running.due(), together=True))
    assert stood()[1] == before
