"""Forged or stale agreement: who counts as one of two, and who counts as one person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.case import Case
from bot.domain.ids import CaseId, EventId, MasterKey, RoomId, SeatId, UserId
from bot.engine.enrolment import TRIES
from bot.engine.events import DirectReceived, IdentitySeen, PersonEntered
from bot.ports import InboxItem, Line
from bot.runner.intake import Intake
from tests.hostile.running import Running
from tests.support.fake_sync import at_once
from tests.support.orchid import MEDIATORS, ORCHID, master_of, with_keys
from tests.support.playbook import Play, opened

SEAT = "!seat rahim @rahim:localhost north negotiator in caucus-north"
STRANGE = MasterKey("S" * 43)


def freezes(play: Play, seat: str) -> None:
    user = play.case.seats[SeatId(seat)].user
    play.take(IdentitySeen(EventId(f"identity-{seat}"), play.now, user, STRANGE))
    assert play.case.seats[SeatId(seat)].frozen


def test_what_a_frozen_mediator_asked_for_is_approved_by_nobody() -> None:
    play = opened(enrolled=[])
    code = play.code_of(play.types("lindqvist", "desk", SEAT))
    freezes(play, "lindqvist")
    assert "is frozen, or sits here no more" in play.types("adeyemi", "desk", f"!approve {code}")
    assert play.types("adeyemi", "desk", SEAT).startswith("Waiting as")
    assert SeatId("rahim") not in play.case.seats


def test_what_a_mediator_who_left_the_desk_asked_for_is_approved_by_nobody() -> None:
    play = opened(enrolled=[])
    code = play.code_of(play.types("lindqvist", "desk", SEAT))
    play.types("adeyemi", "desk", "!unseat lindqvist from desk")
    assert "sits here no more" in play.types("adeyemi", "desk", f"!approve {code}")
    assert SeatId("rahim") not in play.case.seats


def test_one_mediator_cannot_pin_a_frozen_person_anew() -> None:
    play = opened()
    freezes(play, "haddad")
    for line in ("!code haddad", "!verify haddad abcd", f"!verify haddad {STRANGE}"):
        assert play.types("lindqvist", "desk", line).startswith("Nothing done")
    play.writes_to_the_bot("@haddad:localhost", f"!enrol {play.one_time[SeatId('haddad')]}")
    assert play.case.seats[SeatId("haddad")].frozen
    play.types("lindqvist", "desk", "!unseat haddad")
    line = "!seat haddad-two @haddad:localhost north negotiator in caucus-north"
    assert play.types("lindqvist", "desk", line).startswith("Waiting as")
    assert play.types("lindqvist", "desk", line).startswith("Waiting as")
    assert SeatId("haddad-two") not in play.case.seats


def test_one_key_does_not_enrol_on_two_seats() -> None:
    play = Play()
    play.takes_case_file(with_keys(ORCHID, "lindqvist"))
    play.makes_rooms()
    code = play.one_time[SeatId("adeyemi")]
    said = play.writes_to_the_bot(
        "@adeyemi:localhost", f"!enrol {code}", master=master_of("lindqvist")
    )
    assert said.startswith("That did not work")
    assert not play.case.seats[SeatId("adeyemi")].enrolled
    assert "the identity is that of somebody else" in play.said_in("desk")


def test_the_same_account_enrols_anew_with_its_own_key_after_it_was_seated_again() -> None:
    play = opened(enrolled=["haddad"])
    play.types("lindqvist", "desk", "!unseat haddad")
    line = "!seat haddad-two @haddad:localhost north negotiator in caucus-north"
    said = [play.types(mediator, "desk", line) for mediator in MEDIATORS][-1]
    code = said.split("One-time code")[1].split("`")[1]
    play.writes_to_the_bot("@haddad:localhost", f"!enrol {code}")
    assert play.case.seats[SeatId("haddad-two")].enrolled


def test_somebody_taken_out_who_is_in_the_room_again_is_told_to_the_desk() -> None:
    play = opened()
    play.types("lindqvist", "desk", "!unseat yazan from caucus-north")
    place = play.case.compartments[next(c for c in play.case.compartments if c == "caucus-north")]
    entered = PersonEntered(EventId("again"), play.now, place.id, UserId("@yazan:localhost"))
    play.take(entered)
    assert "who was taken out of `caucus-north`, is in its room again" in play.said_in("desk")
    play.nothing_elsewhere("desk")
    play.take(replace(entered, id=EventId("b"), user=UserId("@haddad:localhost")))
    assert play.said_in("desk") == ""


class Reader:
    """Every item is this line."""

    def __init__(self, line: Line) -> None:
        self.line = line

    async def read(self, item: InboxItem) -> Line:
        return replace(self.line, event_id=EventId(item.key))

    async def look_ahead(self, items: Sequence[InboxItem]) -> None:
        """Nothing is asked for beforehand."""

    async def quoted(self, room: RoomId, event_id: EventId) -> Line | None:
        raise AssertionError(room, event_id)


def test_wrong_codes_count_also_where_the_persons_first_case_waits_for_none() -> None:
    user = UserId("@haddad:localhost")
    first, second = opened().case, Play()
    second.takes_case_file(with_keys(ORCHID, *MEDIATORS))
    cases: dict[CaseId, Case] = {
        CaseId("a"): replace(first, id=CaseId("a")),
        CaseId("b"): replace(second.case, id=CaseId("b")),
    }
    running = Running()
    running.cases.all.update(cases)
    running.cases.kept = []
    line = Line(
        EventId("x"),
        RoomId("!d"),
        user,
        STRANGE,
        "f",
        "!enrol 2222-2222",
        origin_ts=0,
        reply_to=None,
    )
    intake = Intake(
        running.store,
        at_once,
        Reader(line),
        running.speaker,
        running.cases,
        now=lambda: running.now,
        person_of=lambda _: user,
        room_changed=lambda _: asyncio.sleep(0),
        patience=timedelta(minutes=1),
    )
    item = InboxItem(1, "timeline", "$try", RoomId("!d"), "{}")
    asyncio.run(intake._take(item))
    assert [arrived.case for arrived in running.cases.kept] == [CaseId("b")]
    assert isinstance(running.cases.kept[0].event, DirectReceived)
    void = replace(second.case.seats[SeatId("haddad")], failed_codes=TRIES)
    seats = {**second.case.seats, void.id: void}
    running.cases.all[CaseId("b")] = replace(second.case, id=CaseId("b"), seats=seats)
    running.cases.kept.clear()
    asyncio.run(intake._take(replace(item, key="$again")))
    assert [arrived.case for arrived in running.cases.kept] == [CaseId("a")]
