"""The log's keepers: no disk that refuses for a moment, and no audit, holds anything else up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Executable
from typing_extensions import override

from bot.domain.case import Witness
from bot.domain.ids import CompartmentId, PartyId, RecordId
from bot.engine.effects import GiveReceipt
from bot.engine.parsing import Line, TooLong, Typed, parse_line
from bot.ledger.checkpoint import MAX_LINES, parse_checkpoint
from bot.ledger.disclosure import make_disclosure
from bot.ports import Batch, OutboxRow
from bot.storage.database import Database, Row, Value
from bot.storage.log import LATE
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from bot.storage.verdicts import StoreFailed
from tests.anchors.standing import W8, Bench, Honest, line, named, running, serving, until
from tests.conftest import Run
from tests.hostile.running import CASE, Running, played
from tests.ledger.building import witness
from tests.storage.samples import MASTER, NOON, batch, erasing, item
from tests.support.fake_sync import Pauses

MANY = 2_400


class FullDisk(MemoryStore):
    """Refuses a witness's line a few times, as a full disk does."""

    refusals = 0

    @override
    def take_cosignature(self, size: int, line: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreFailed("the database failed: OperationalError")
        super().take_cosignature(size, line)


@pytest.mark.parametrize("at_the_start", [True, False])
def test_a_full_disk_ends_the_gathering_no_more_than_anything_else(
    run: Run, *, at_the_start: bool
) -> None:
    store = FullDisk()
    store.checkpoint(NOON)
    store.refusals = 2
    bench = Bench(store, pauses=Pauses(12))

    async def gathers() -> None:
        async with serving(Honest(store.log_vkey(), W8)) as url:
            bench.named.append(named(W8, url))
            if at_the_start:
                await bench.ask()
            async with running(bench):
                await until(lambda: bench.cosigners() == 1)

    run(gathers())
    assert store.refusals == 0


class CountingDatabase(Database):
    """Counts what is asked of it."""

    asked = 0

    @override
    def rows(self, statement: Executable, **values: Value) -> list[Row]:
        self.asked += 1
        return super().rows(statement, **values)


def test_a_great_erasure_makes_no_step_of_an_audit_long(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "s.db", MASTER)
    names = [f"r{number}" for number in range(MANY)]
    store.commit(batch("e", 0, *(item(name) for name in names)))
    for at in range(0, MANY, 400):
        said = erasing(f"erase {at}", MANY + at // 400, *names[at : at + 400])
        store.commit(said)
    longest, steps = 0, store.audit_parts()
    store._db.__class__ = CountingDatabase
    while True:
        before = store._db.asked  # type: ignore[attr-defined]
        ended = next(steps, "ended")
        longest = max(longest, store._db.asked - before)  # type: ignore[attr-defined]
        if ended is not None:
            break
    store.close()
    assert 400 < longest < 1_000


def test_the_witnesses_of_other_cases_crowd_nobodys_line_out(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "s.db", MASTER)
    store.commit(batch("e", 0, item("r")))
    note = store.checkpoint(NOON)
    assert note is not None
    names = [f"w{number:02}.example" for number in range(40)]
    for name in names:
        store.take_cosignature(16, line(note, name) + "\n")
    seen = [store.receipt(RecordId("r"), [witness(name)]).witnessed for name in names]
    newest = store.last_checkpoint()
    store.close()
    assert seen == [1] * 40
    assert newest is not None
    assert len(parse_checkpoint(newest).lines) == MAX_LINES


@pytest.mark.parametrize("mark", ["a", '"', "a\n", "\\", "\x01", "\u0628", "\U0001f600"])
def test_what_is_let_in_as_a_line_fits_into_a_record(mark: str) -> None:
    most = max(
        (n for n in range(0, 33_000 // len(mark), 25) if isinstance(typed(mark * n), Typed)),
        default=0,
    )
    read = typed(mark * most)
    assert isinstance(read, Typed)
    assert make_disclosure("question_text", read.rest, bytes(16)).value == read.rest
    assert isinstance(typed(mark * 33_000), TooLong)


def typed(text: str) -> Line:
    return parse_line(f"!record .{text}.", verbs=("record",))


@played
async def test_that_something_is_not_logged_is_said_also_if_it_could_not_be_said_at_first() -> None:
    store = MemoryStore()
    road = Running(store)
    await road.opens()
    place = CompartmentId("caucus-north")
    record = store.load(CASE)[-1].id
    row = OutboxRow(
        "late", CASE, 0, GiveReceipt(place, record, "record-X"), urgent=False, made_at=road.now
    )
    store.commit(Batch("made late", CASE, road.case.head, outbox=(row,)))
    road.now += LATE + timedelta(minutes=1)
    store.beat(road.now)
    room = road.room("caucus-north")
    road.speaker.away[room] = "unreachable"
    await road.says()
    assert not road.heard("caucus-north")
    del road.speaker.away[room]
    road.passed += 60
    await road.says()
    road.passed += 60
    await road.says()
    (said,) = road.heard("caucus-north")
    assert "NOT LOGGED" in said


@played
async def test_a_clock_that_is_set_back_keeps_no_receipt_waiting_for_a_witness() -> None:
    store = MemoryStore()
    road = Running(store)
    await road.opens()
    place, key = CompartmentId("caucus-north"), witness(W8).vkey()
    record = store.load(CASE)[-1].id
    silent = Witness(PartyId("north"), key, "https://w8.example", frozenset({place}), record)
    road.cases.all[CASE] = replace(road.case, witnesses={key: silent})
    row = OutboxRow(
        "r", CASE, 0, GiveReceipt(place, record, "record-X"), urgent=False, made_at=NOON
    )
    store.commit(Batch("made", CASE, road.case.head, outbox=(row,)))
    while store.receipt(record).text is None:
        store.checkpoint(road.now + timedelta(hours=1))
    await road.says()
    assert not store.waiting()
