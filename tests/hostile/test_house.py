"""The house after a crash and under a homeserver that shows changing identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

import pytest

from bot.domain.case import Case
from bot.domain.ids import CaseId, MasterKey, SeatId, UserId
from bot.engine.events import IdentitySeen
from bot.house import NOBODY, House, pins_of
from bot.matrix.session import MatrixSession
from bot.ports import Batch
from bot.proving import Provable
from bot.runner.cases import Arrived
from bot.scheduling.clock import Clock
from bot.settings import TimingSettings
from tests.hostile.running import CASE, Road, Running, played
from tests.hostile.test_outbox import CAUCUS, breach_and_mend, clears, waits
from tests.support.fake_sync import at_once
from tests.support.orchid import BOT, master_of

HADDAD, NEW = UserId("@haddad:localhost"), MasterKey("N" * 43)


@dataclass
class FakeSession:
    """As much of a session as the house touches before its tasks run."""

    running: Running
    identities: Mapping[UserId, str] = field(default_factory=dict)
    away: bool = False
    pinned: dict[UserId, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.machine = SimpleNamespace(user_id=BOT)
        self.speaker = self.running.speaker
        self.media = SimpleNamespace
        self.inbound = SimpleNamespace(hear_notices_of=lambda _users: None)
        self.directs = SimpleNamespace(person=lambda _: None)
        self.pins = SimpleNamespace(pin=lambda pins: setattr(self, "pinned", dict(pins)))
        self.keeper = SimpleNamespace(want=lambda *_, **__: None, changed=lambda _: None)

    async def tend(self) -> tuple[()]:
        if self.away:
            raise OSError("the homeserver refuses")
        return ()

    def changed_identities(self) -> Mapping[UserId, str]:
        return self.identities


def house_of(running: Running, session: FakeSession) -> House:
    store = cast("Provable", running.store)
    house = House(TimingSettings(), store, at_once, cast("MatrixSession", session), Clock())
    house.cases = Road(running.store, at_once, BOT, running.committed)
    house.cases.all.update(running.cases.all)
    return house


def submitted(house: House) -> list[Arrived]:
    kept = cast("Road", house.cases).kept
    assert kept is not None
    return kept


@played
async def test_an_identity_that_changed_freezes_the_person_in_every_case() -> None:
    running = Running()
    await running.opens()
    house = house_of(running, FakeSession(running, {HADDAD: NEW}))
    house.cases.all[CaseId("other")] = replace(running.case, id=CaseId("other"))
    cast("Road", house.cases).kept = []
    await house._tend()
    events = submitted(house)
    assert [arrived.case for arrived in events] == [CASE, CaseId("other")]
    assert len({arrived.event.id for arrived in events}) == 2


@played
async def test_the_same_strange_identity_freezes_again_and_a_frozen_person_only_once() -> None:
    running = Running()
    await running.opens()
    house = house_of(running, FakeSession(running, {HADDAD: NEW}))
    road = cast("Road", house.cases)
    ids = []
    for _ in range(2):
        road.kept = []
        await house._tend()
        (arrived,) = submitted(house)
        ids.append(arrived.event.id)
        assert isinstance(arrived.event, IdentitySeen)
        await house.cases.take(arrived)
        road.kept = []
        await house._tend()
        assert submitted(house) == []
        # The person is seated anew and shows the old identity; then the strange one again.
        case = house.cases.all[CASE]
        seats = {
            **case.seats,
            SeatId("haddad"): replace(case.seats[SeatId("haddad")], frozen=False),
        }
        house.cases.all[CASE] = replace(case, seats=seats)
    assert len(set(ids)) == 2


@played
async def test_a_homeserver_that_refuses_our_keys_cannot_hide_a_changed_identity() -> None:
    running = Running()
    await running.opens()
    house = house_of(running, FakeSession(running, {HADDAD: NEW}, away=True))
    cast("Road", house.cases).kept = []
    with pytest.raises(OSError, match="refuses"):
        await house._tend()
    assert len(submitted(house)) == 1


@played
async def test_a_frozen_person_stays_without_keys_when_the_old_identity_comes_back() -> None:
    running = Running()
    await running.opens()
    assert pins_of([running.case])[HADDAD] == master_of("haddad")
    frozen = with_seat(running.case, frozen=True)
    assert pins_of([frozen])[HADDAD] == NOBODY
    assert pins_of([frozen, running.case])[HADDAD] == NOBODY
    assert pins_of([running.case, frozen])[HADDAD] == NOBODY


@played
async def test_who_is_pinned_as_two_people_is_neither() -> None:
    running = Running()
    await running.opens()
    other = with_seat(running.case, master=NEW)
    assert pins_of([running.case, other])[HADDAD] == NOBODY
    assert pins_of([running.case, running.case])[HADDAD] == master_of("haddad")
    assert pins_of([running.case, other, running.case])[HADDAD] == NOBODY


def with_seat(case: Case, *, frozen: bool = False, master: MasterKey | None = None) -> Case:
    seat = case.seats[SeatId("haddad")]
    seat = replace(seat, frozen=frozen, master=master or seat.master)
    return replace(case, seats={**case.seats, seat.id: seat})


@played
async def test_a_crash_between_a_clearing_and_its_consequence_leaves_nothing_parked() -> None:
    running = Running()
    await running.opens()
    await breach_and_mend(running)
    waits(running, CAUCUS)
    await running.says()
    assert running.heard(CAUCUS) == []

    async def crash() -> None:
        raise KeyboardInterrupt

    running.before_unpark = crash
    with pytest.raises(KeyboardInterrupt):
        await clears(running)
    again = Running(running.store)
    again.speaker = running.speaker
    again.speaking._speaker = running.speaker
    again.speaking._rooms._speaker = running.speaker
    await again.cases.load()
    house = house_of(again, FakeSession(again))
    await house._set_free()
    await again.says()
    assert len(again.heard(CAUCUS)) == 2


@played
async def test_a_start_sets_nothing_free_where_a_compartment_is_held() -> None:
    running = Running()
    await running.opens()
    await breach_and_mend(running)
    waits(running, CAUCUS)
    await running.says()
    house = house_of(running, FakeSession(running))
    await house._set_free()
    assert [row.id for row in running.store.waiting() if row.id == "w"] == []
    assert running.store.handled(Batch("made w", CASE, 0).event)
