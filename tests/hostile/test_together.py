"""Deadlines that are due together come to what each of them would have come to alone."""

from __future__ import annotations

import asyncio
import copy
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from bot.domain.ids import Code, CompartmentId, EventId, RecordId, SeatId
from bot.domain.records import Record
from bot.domain.watch_clock import key_of, waits_for
from bot.engine.effects import Say
from bot.engine.events import BotReturned, CommandReceived, DeadlineReached, Draw, Event
from bot.engine.mediator import Decision, decide
from bot.ledger.encoding import FormatError
from bot.ports import Batch, DueRow, Store
from bot.runner import cases as road
from bot.runner import turns
from bot.runner.batches import apart
from bot.runner.cases import Arrived, Committed
from bot.scheduling.alarm import event_of
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from bot.storage.verdicts import StoreFailed
from bot.words.phrase import listed
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
    def _decision(self, event: Event, case: Case) -> Callable[[], Decision]:
        drawn = Draw(
            tuple(RecordId(digest(f"{event.id} record {n}").hex()) for n in range(300)),
            tuple(short_code(f"{event.id} code {n}") for n in range(16)),
            tuple(long_code(f"{event.id} long {n}") for n in range(4)),
        )
        scene = self._scene(case)
        return lambda: decide(event, case, scene, drawn)


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
        return [Arrived(row.case, event_of(row, self.now)) for row in self.store.due(self.now)]

    def due_apart(self) -> list[Arrived]:
        """All that is due now, each alone."""
        for one in self.due():
            if isinstance(one.event, DeadlineReached) and one.event.bundle:
                self.store.commit(apart(one.event, self.case))
        return self.due()

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
            self.armed(),
        ]

    def armed(self) -> list[tuple[datetime, str]]:
        """All that waits, or has come due, whatever lies together."""
        return sorted((r.at, key) for r in self.store.due(self.now + FAR) for key in r.each())


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


def _each(arrived: Iterable[Arrived]) -> Iterator[DeadlineReached]:
    for one in arrived:
        if isinstance(one.event, DeadlineReached):
            yield from map(one.event.only, one.event.each())


def _count(arrived: Iterable[Arrived]) -> int:
    return len(list(_each(arrived)))


def _told(what: object) -> list[object]:
    """Of which watches a room is told, at which level and who is named; anything else as it is."""
    kind = what.phrase.key.replace("_many", "") if isinstance(what, Say) else ""
    if not isinstance(what, Say) or kind not in RAISES:
        return [what]
    args = dict(what.phrase.args)
    checks = listed(args.get("checks")) or (what.phrase,)
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
        arrived = running.due() if together else running.due_apart()
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
    assert _count(arrived) >= 12
    running.told.clear()
    await running.settles(arrived, together=True)
    (done,) = running.told
    keys = [one.key for one in _each(arrived)]
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
    first, second, *later = running.due()
    due = next(_each([second]))
    name = f"{due.key.rpartition(':')[0].rpartition(':')[0]}:not-a-form"
    poison = DueRow(CASE, name, due.due)
    running.store.commit(Batch("armed", CASE, running.case.head, arm=(poison,)))
    arrived = running.due()
    assert [one.event.id for one in arrived].index(EventId(f"due:{CASE}:{name}")) == 2
    running.told.clear()
    await running.settles(arrived, together=True)
    sizes = [len([one for r in done.records for one in _raises(r)]) for done in running.told]
    assert sizes == [_count([first, second]), 0, _count(later)]


@played
async def test_one_in_a_bundle_that_cannot_be_decided_is_tried_alone_from_then_on() -> None:
    running = again()
    running.now += timedelta(hours=5)
    first, second, third = running.due()
    one = next(_each([second]))
    place = running.case.watches[Code(one.key.split(":")[1])].item.compartment
    # Laid into a bundle of its own: what is shown grows no more.
    mates = [each.key for each in _each([second])]
    keys = (*mates[:2], f"{POISON}0", *mates[2:])
    assert isinstance(second.event, DeadlineReached)
    rows = tuple(DueRow(CASE, key, one.due, place=place) for key in keys)
    fired = second.event.key
    running.store.commit(Batch("armed", CASE, running.case.head, arm=rows, fired=(fired,)))
    running.told.clear()
    await running.settles(running.due(), together=True)
    raised = [each.code for done in running.told for r in done.records for _, each in _raises(r)]
    assert len(raised) == _count([first, third]), "the bundle waits"
    left = running.due()
    assert sorted(each.key for each in _each(left)) == sorted(keys), "each alone"
    assert _count(left) == len(left)
    await running.settles(left, together=True)
    assert [each.key for each in _each(running.due())] == [f"{POISON}0"], "it stays due"
    raised = [each.code for done in running.told for r in done.records for _, each in _raises(r)]
    assert sorted(raised) == sorted(running.case.watches)


@played
async def test_what_is_laid_beside_a_bundle_under_way_is_not_settled_with_it() -> None:
    running = again()
    running.now += timedelta(hours=5)
    arrived = running.due()
    running.told.clear()
    one = next(_each(arrived))
    place = running.case.watches[Code(one.key.split(":")[1])].item.compartment
    late = DueRow(CASE, "watch:LATE:0-0:0", one.due, place=place)
    running.store.commit(Batch("armed", CASE, running.case.head, arm=(late,)))
    await running.settles(arrived, together=True)
    assert late.key in [each.key for each in _each(running.due())]
    raised = [each.code for done in running.told for r in done.records for _, each in _raises(r)]
    running.told.clear()
    await running.settles(running.due(), together=True)
    assert sorted(raised) == sorted(running.case.watches)
    assert not [r for done in running.told for r in done.records], "raised once"


@given(WORLDS)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_armed_is_what_each_watch_waits_for(script: list[tuple[str, int]]) -> None:
    running = again()
    asyncio.run(lives(running, script, together=True))
    waits = [(watch, waits_for(watch)) for watch in running.case.watches.values()]
    should = [(wait[1], key_of(watch, wait[0])) for watch, wait in waits if wait is not None]
    armed = [(at, key) for at, key in running.armed() if key.startswith("watch:")]
    assert [one for one in armed if POISON not in one[1]] == sorted(should)


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
    arrived = running.due_apart()
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
    code = next(_each([poison])).key.split(":")[1]
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
    assert len([one for record in done.records for one in _raises(record)]) == _count(arrived)
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
    asyncio.run(calm.settles(calm.due_apart(), together=False))
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
