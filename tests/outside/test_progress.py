"""What counts as progress: a live process alone does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from bot.domain.ids import CaseId, Code, CompartmentId, UserId
from bot.engine.effects import Alert, Outgoing, Say, SayDirect
from bot.outside.progress import Progress
from bot.ports import Batch, DueRow, OutboxRow
from bot.storage.memory import MemoryStore
from bot.storage.verdicts import StoreFailed
from bot.words.phrase import phrase
from tests.conftest import Run
from tests.support.fake_sync import at_once

CASE, ROOM = CaseId("orchid"), CompartmentId("desk")
START = datetime(2027, 3, 1, tzinfo=UTC)


class Bench:
    def __init__(self, store: MemoryStore | None = None, rate: int = 1) -> None:
        self.store = store or MemoryStore()
        self.seconds, self.rate, self.attended = 0.0, rate, True
        self.progress = Progress(
            self.store,
            at_once,
            now=lambda: START + timedelta(seconds=self.seconds * rate),
            monotonic=lambda: self.seconds,
            attended=lambda case, place: self.attended and (case, place) == (CASE, ROOM),
            rate=rate,
        )

    def commit(self, effect: Outgoing | None, due: datetime | None = None) -> None:
        rows = (
            ()
            if effect is None
            else (OutboxRow("p1", CASE, 0, effect, urgent=True, made_at=START),)
        )
        arm = () if due is None else (DueRow(CASE, "watch:W4TR:1:0", due),)
        self.store.commit(Batch("e1", CASE, 0, outbox=rows, arm=arm))

    async def after(self, seconds: float, *, synced: bool = True) -> str:
        self.seconds += seconds
        if synced:
            self.progress.synced()
        return await self.progress.hindrance()


SAID = Say(ROOM, phrase("deadman.holds"))


def test_an_idle_bot_that_hears_the_homeserver_makes_progress(run: Run) -> None:
    assert run(Bench().after(86_400)) == ""


def test_a_homeserver_not_heard_for_five_minutes_is_told(run: Run) -> None:
    b = Bench()
    assert run(b.after(299, synced=False)) == ""
    assert run(b.after(1, synced=False)) == "sync"
    assert run(b.after(1)) == ""


def test_a_deadline_left_lying_for_two_minutes_is_told(run: Run) -> None:
    b = Bench()
    b.commit(None, START + timedelta(seconds=60))
    assert run(b.after(179)) == ""
    assert run(b.after(1)) == "due"


def test_a_text_unsent_for_ten_minutes_is_told_if_somebody_waits_for_it(run: Run) -> None:
    b = Bench()
    b.commit(SAID)
    assert run(b.after(599)) == ""
    assert run(b.after(1)) == "outbox"
    b.attended = False
    assert run(b.after(1)) == ""


def test_a_call_outside_that_does_not_get_through_is_told(run: Run) -> None:
    b = Bench()
    b.attended = False
    b.commit(Alert("oncall", Code("W4TR")))
    assert run(b.after(599)) == ""
    assert run(b.after(1)) == "outbox"


def test_a_text_for_somebody_who_has_not_come_yet_is_nobodys_delay(run: Run) -> None:
    b = Bench()
    b.commit(SayDirect(UserId("@anna:fake.example"), phrase("deadman.holds")))
    assert run(b.after(86_400)) == ""


def test_a_rehearsal_is_measured_by_its_own_clock(run: Run) -> None:
    b = Bench(rate=60)
    b.commit(SAID, START + timedelta(minutes=60))
    assert run(b.after(179)) == ""
    assert run(b.after(1)) == "due"


class Broken(MemoryStore):
    @override
    def next_at(self) -> datetime | None:
        raise StoreFailed("the disk is gone")


def test_a_store_that_fails_is_told(run: Run) -> None:
    assert run(Bench(Broken()).after(1)) == "store"


@pytest.mark.parametrize("rate", [1, 60])
def test_what_is_due_now_is_not_late(run: Run, rate: int) -> None:
    b = Bench(rate=rate)
    b.commit(None, START)
    assert run(b.after(119)) == ""
