"""The log's keeper, on a real store, without a homeserver."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from bot.anchors.rfc3161 import StampFailed, Stamps
from bot.app import StartRefused, audit_within
from bot.domain.case import Case
from bot.domain.ids import CaseId
from bot.engine.events import LogContradicted
from bot.ledger.checkpoint import parse_checkpoint, sign_checkpoint
from bot.matrix.session import MatrixSession
from bot.matrix.transport import HomeserverUnreachable
from bot.proving import ANCHOR, Proving, PutBack
from bot.runner.cases import Arrived, Cases
from bot.scheduling.clock import Clock
from bot.storage.store import SqlStore
from tests.storage.filled import edit, fill
from tests.storage.samples import CASE, MASTER

T = TypeVar("T")


@dataclass
class Account:
    """The part of a homeserver that keeps account data."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    away: bool = False

    async def account_data(self, _user: str, kind: str, content: dict[str, Any]) -> None:
        self._ask()
        self.kept[kind] = content

    async def read_account_data(self, _user: str, kind: str) -> dict[str, Any]:
        self._ask()
        return self.kept.get(kind, {})

    def _ask(self) -> None:
        if self.away:
            raise HomeserverUnreachable("timeout")


@dataclass
class Machine:
    user_id: str = "@parley:example.org"


@dataclass
class Ear:
    def hear_notices_of(self, _users: object) -> None:
        """Nobody speaks here."""


@dataclass
class Session:
    server: Account = field(default_factory=Account)
    machine: Machine = field(default_factory=Machine)
    inbound: Ear = field(default_factory=Ear)
    speaker: object = None


class Told:
    """The cases, as far as the keeper needs them."""

    def __init__(self, case: CaseId) -> None:
        self.all = {case: Case(case)}
        self.checkpoint = ""
        self.submitted: list[Arrived] = []

    def submit(self, arrived: Arrived) -> bool:
        self.submitted.append(arrived)
        return True


class Failing(Stamps):
    """An authority that is never there."""

    def __init__(self) -> None:
        self.asked = 0

    async def stamp(self, note: str) -> bytes:  # type: ignore[explicit-override]
        assert note.count("\n") == 3
        self.asked += 1
        raise StampFailed("unreachable")


class Dating(Failing):
    """An authority that dates everything."""

    async def stamp(self, note: str) -> bytes:  # type: ignore[explicit-override]
        self.asked += 1
        return note.encode()


async def at_once(call: Callable[[], T], /) -> T:
    return call()


@dataclass
class Scene:
    path: Path
    store: SqlStore
    session: Session = field(default_factory=Session)
    cases: Told = field(default_factory=lambda: Told(CASE))
    changed: int = 0

    def proving(self, stamps: Stamps | None = None) -> Proving:
        def changed() -> None:
            self.changed += 1

        return Proving(
            self.store,
            at_once,
            cast("MatrixSession", self.session),
            cast("Cases", self.cases),
            Clock(),
            changed=changed,
            stamps=stamps,
        )

    def reopen(self) -> None:
        self.store.close()
        self.store = SqlStore.open(self.path, MASTER)

    @property
    def told(self) -> list[str]:
        # What has one id is taken once, as `Cases.take` does.
        events = {a.event.id: a.event for a in self.cases.submitted}.values()
        return [e.why for e in events if isinstance(e, LogContradicted)]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    path = tmp_path / "store.db"
    made = Scene(path, SqlStore.open(path, MASTER))
    fill(made.store)
    yield made
    made.store.close()


async def standing(proving: Proving, then: Awaitable[T]) -> T:
    """Run the keeper's task until something else is done."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(proving.run())
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(5):
                return await then
        finally:
            running.cancel()


async def signed(proving: Proving, times: int = 1) -> None:
    await asyncio.sleep(0.01)
    for _ in range(times):
        await proving.checkpoint()


def size(note: str | None) -> int:
    return parse_checkpoint(note).size if note else 0


def test_nothing_is_signed_before_the_witnesses_were_asked(scene: Scene) -> None:
    before = scene.store.last_checkpoint()
    proving = scene.proving()
    asyncio.run(proving.checkpoint())
    assert scene.store.last_checkpoint() == before
    asyncio.run(standing(proving, signed(proving)))
    assert size(scene.store.last_checkpoint()) == size(before) + 16
    assert scene.changed == 1
    assert scene.cases.checkpoint == scene.store.last_checkpoint()


def test_the_newest_checkpoint_is_left_in_our_account_and_compared_at_the_start(
    scene: Scene, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    scene.reopen()
    for name in ("store.db", "store.tree"):
        shutil.copy2(tmp_path / name, old / name)
    proving = scene.proving()
    asyncio.run(proving.begin(unproved=False))
    asyncio.run(standing(proving, signed(proving, 3)))
    newest = size(scene.store.last_checkpoint())
    assert scene.session.server.kept[ANCHOR] == {"note": scene.store.last_checkpoint()}
    asyncio.run(scene.proving().begin(unproved=False))

    scene.store.close()
    scene.store = SqlStore.open(old / "store.db", MASTER)
    with pytest.raises(PutBack, match=f"of {newest} entries is known; here are 16"):
        asyncio.run(scene.proving().begin(unproved=False))
    assert scene.store.doubted() is None
    assert scene.told == []

    unproved = scene.proving()
    asyncio.run(unproved.begin(unproved=True))
    assert scene.store.doubted() == "larger"
    assert scene.told == ["larger"]
    asyncio.run(standing(unproved, signed(unproved)))
    assert size(scene.store.last_checkpoint()) == 16
    asyncio.run(scene.proving().begin(unproved=False))
    assert scene.told == ["larger"]


@pytest.mark.parametrize("kept", [{}, {"note": 7}, {"note": "x"}, {"other": "x"}])
def test_what_is_no_signed_checkpoint_in_the_account_is_no_reason_not_to_stand(
    scene: Scene, kept: dict[str, Any]
) -> None:
    scene.session.server.kept[ANCHOR] = kept
    asyncio.run(scene.proving().begin(unproved=False))


def test_a_homeserver_that_is_away_delays_no_checkpoint(scene: Scene) -> None:
    scene.session.server.away = True
    proving = scene.proving()
    asyncio.run(proving.begin(unproved=False))
    asyncio.run(standing(proving, signed(proving, 2)))
    assert size(scene.store.last_checkpoint()) == 48


def test_a_failing_authority_delays_nothing_and_is_asked_again(scene: Scene) -> None:
    failing = Failing()
    proving = scene.proving(failing)

    async def stamped_between() -> None:
        await signed(proving)
        await proving.stamp()
        await signed(proving)
        await proving.stamp()

    asyncio.run(standing(proving, stamped_between()))
    assert failing.asked == 2
    assert size(scene.store.last_checkpoint()) == 48
    assert scene.store.stamp_over(16) is None


def test_the_newest_checkpoint_is_stamped(scene: Scene) -> None:
    proving = scene.proving(Dating())
    asyncio.run(standing(proving, signed(proving)))
    asyncio.run(proving.stamp())
    note = parse_checkpoint(scene.store.last_checkpoint() or "")
    assert scene.store.stamp_over(16) == (32, note.body())


def test_a_store_that_was_edited_while_we_ran_is_signed_no_more_and_everybody_is_told(
    scene: Scene,
) -> None:
    proving = scene.proving()
    asyncio.run(proving.audit())
    assert scene.told == []
    edit(scene.path, "UPDATE contents SET content = zeroblob(length(content)) WHERE number=2")
    asyncio.run(proving.audit())
    assert scene.told == ["damaged"]
    asyncio.run(standing(proving, signed(proving)))
    assert size(scene.store.last_checkpoint()) == 16


def test_a_case_that_is_opened_while_the_log_is_in_doubt_is_told_too(scene: Scene) -> None:
    proving = scene.proving()
    edit(scene.path, "UPDATE contents SET content = zeroblob(length(content)) WHERE number=2")
    asyncio.run(proving.audit())
    later = CaseId("opened-later")
    scene.cases.all[later] = Case(later)
    asyncio.run(standing(proving, signed(proving)))
    told = {a.case for a in scene.cases.submitted if isinstance(a.event, LogContradicted)}
    assert told == {CASE, later}


def test_who_stands_unproved_is_told_again_after_a_crash(scene: Scene) -> None:
    proving = scene.proving()
    asyncio.run(standing(proving, signed(proving)))
    scene.session.server.kept[ANCHOR] = {
        "note": sign_checkpoint(
            scene.store.log_key().name, 4096, bytes(32), scene.store._keys.log
        ).text()
    }
    asyncio.run(scene.proving().begin(unproved=True))
    scene.cases.submitted.clear()  # nothing of it was committed
    scene.reopen()
    again = scene.proving()
    asyncio.run(again.begin(unproved=False))
    asyncio.run(standing(again, signed(again)))
    assert scene.told == ["larger"]


def test_what_a_start_had_no_time_for_is_audited_while_the_bot_stands(scene: Scene) -> None:
    assert audit_within(scene.store, 60)
    assert not audit_within(scene.store, -1)
    edit(scene.path, "UPDATE contents SET content = zeroblob(length(content)) WHERE number=2")
    with pytest.raises(StartRefused, match="the words of record 2 of case case-juniper"):
        audit_within(scene.store, 60)
    asyncio.run(standing(scene.proving(), asyncio.sleep(0.05)))
    assert scene.told == []

    async def heard() -> None:
        while not scene.told:  # noqa: ASYNC110  # the case has no event to wait for
            await asyncio.sleep(0.005)

    proving = scene.proving()
    proving.audit_at_once = True
    asyncio.run(standing(proving, heard()))
    assert scene.told == ["damaged"]
