"""Levels: who is told on each, which are skipped, how the ladder is chosen and stays as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import bodies as b
from bot.domain.casefile import parse
from bot.domain.casefile_ladder import parse_ladders
from bot.domain.ids import Code, CompartmentId, EventId, SeatId
from bot.domain.vocabulary import WatchState
from bot.domain.watch_clock import key_of
from bot.engine.events import ClockSet, RoomSeen
from bot.engine.ladder import AT_ONCE
from bot.policy.guard import Finding, Rule
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

LADDERS = """
[[ladder]]
id = "night"
[[ladder.step]]
roles = ["liaison"]
wait = "10 min"
[[ladder.step]]
roles = ["observer"]
wait = "1 h"
[[ladder.step]]
roles = ["verifier"]
outside = ["duty-phone"]
wait = "20 min"
[[ladder.step]]
rooms = ["own", "desk"]
outside = ["duty-phone"]
wait = "30 min"

[[ladder]]
id = "sign-of-life"
[[ladder.step]]
rooms = ["own", "desk"]
wait = "15 min"
"""
ADD = "!watch add sign of life for H-TEAL every 24h ladder night"
NAMED = """
[[ladder]]
id = "wide"
[[ladder.step]]
rooms = ["own", "plenary"]
wait = "10 min"
[[ladder.step]]
rooms = ["own", "desk"]
wait = "10 min"

[[ladder]]
id = "bench"
[[ladder.step]]
rooms = ["bench-north"]
roles = ["principal"]
wait = "10 min"
[[ladder.step]]
rooms = ["own", "desk"]
wait = "10 min"
"""


def night() -> Play:
    play = opened(text=QUIET)
    play.ladders = parse_ladders(LADDERS)
    return play


def watched(play: Play, add: str = ADD) -> str:
    return play.code_of(play.types("brenner", "humanitarian", add))


def heard(play: Play) -> list[tuple[str, str]]:
    return [(h.at.strftime("%H:%M"), h.compartment) for h in play.fresh]


def holds(play: Play, compartment: str) -> None:
    finding = Finding(Rule.GUESTS, holds=False, evidence="", intruders=frozenset())
    place = CompartmentId(compartment)
    play.take(RoomSeen(EventId(f"seen {play.now}"), play.now, place, (finding,)))
    assert play.case.compartments[place].held


def test_a_level_names_whom_it_waits_for_and_one_that_reaches_nobody_is_skipped_at_once() -> None:
    play = night()
    code = watched(play)
    play.passes(hours=26)
    assert "level 1" in play.said_in("humanitarian")
    assert play.fresh[-1].say.mention == ("salim",)
    play.passes(minutes=10)
    said = play.said_in("humanitarian")
    assert "level 3" in said, "nobody here is an observer"
    assert play.fresh[0].say.mention == ("brenner",)
    assert f"Level 2 of watch `{code}` in `humanitarian` reached nobody" in play.said_in("desk")
    play.passes(minutes=20)
    assert "level 4" in play.said_in("humanitarian")
    assert "Overdue" in play.said_in("desk")
    play.passes(hours=10)
    assert "reached nobody" not in play.said_in("desk"), "told once"


def test_a_skipped_level_is_told_again_in_the_next_alarm() -> None:
    play = night()
    code = watched(play)
    play.passes(hours=27)
    play.types("brenner", "humanitarian", f"!report {code} visit: well")
    play.passes(hours=24)
    assert "Level 2 of watch" in play.said_in("desk")


def test_what_is_called_outside_is_a_code_and_nothing_else() -> None:
    play = night()
    code = watched(play)
    play.passes(hours=26, minutes=31)
    assert [(at.strftime("%H:%M"), a.channel, a.code) for at, a in play.alerts] == [
        ("10:10", "duty-phone", code),
        ("10:30", "duty-phone", code),
    ]


def test_the_ladder_of_the_kind_is_taken_unless_a_step_is_typed() -> None:
    play = night()
    code = watched(play, "!watch add sign of life for H-TEAL every 24h")
    assert play.case.watches[Code(code)].ladder_name == "sign-of-life"
    plain = watched(play, "!watch add sign of life for H-BLUE every 24h step 30 min")
    assert play.case.watches[Code(plain)].ladder == ()


def test_a_watch_keeps_its_ladder_until_another_is_applied_to_it() -> None:
    play = night()
    code = watched(play, "!watch add sign of life for H-TEAL every 24h")
    before = play.case.watches[Code(code)].ladder
    play.ladders = parse_ladders(LADDERS.replace("15 min", "45 min"))
    play.passes(hours=1)
    assert play.case.watches[Code(code)].ladder == before
    said = play.types("brenner", "humanitarian", f"!watch ladder {code} sign-of-life")
    assert f"`{code}` has the ladder `sign-of-life` now" in said
    assert play.case.watches[Code(code)].ladder != before
    play.passes(hours=26)
    assert len([h for h in play.fresh if h.compartment == "desk"]) == 2


def test_another_ladder_goes_on_from_the_level_that_was_reached() -> None:
    play = night()
    code = watched(play)
    play.passes(hours=26, minutes=10)
    play.types("brenner", "humanitarian", f"!watch ladder {code} sign-of-life")
    play.passes(minutes=15)
    assert "level 3" in play.said_in("humanitarian")
    play.types("brenner", "humanitarian", f"!watch ladder {code} night")
    play.passes(minutes=20)
    assert "level 4" in play.said_in("humanitarian")


def test_another_ladder_breaks_no_acknowledgement() -> None:
    play = night()
    code = watched(play)
    play.passes(hours=26)
    play.types("brenner", "humanitarian", f"!ack {code} until in 3 h because of rain")
    play.types("brenner", "humanitarian", f"!watch ladder {code} sign-of-life")
    play.passes(hours=2, minutes=59)
    assert play.fresh == []
    play.passes(minutes=1)
    assert play.said_in("desk")


@pytest.mark.parametrize("seat", ["lindqvist", "brenner"])
def test_a_ladder_that_is_not_there_is_refused_with_those_that_are(seat: str) -> None:
    play = night()
    code = watched(play)
    said = play.types(seat, "humanitarian", f"!watch ladder {code} day")
    assert "There are: night, sign-of-life." in said


def test_a_ladder_may_name_only_rooms_that_may_read_the_watch() -> None:
    play = opened(text=QUIET + NAMED)
    said = play.types(
        "brenner", "humanitarian", "!watch add welfare for H-TEAL every 24h ladder wide"
    )
    assert "names a room that may not read this watch" in said
    assert "plenary" not in said
    assert play.case.watches == {}
    said = play.types(
        "haddad", "caucus-north", "!watch add welfare for H-ONE every 24h ladder bench"
    )
    code = play.code_of(said)
    refused = play.types("haddad", "caucus-north", f"!watch ladder {code} wide")
    assert "may not read this watch" in refused
    play.passes(hours=26)
    assert "kept in `caucus-north`" in play.said_in("bench-north")
    assert "Expected from: Minister Karam" in play.said_in("bench-north")
    assert "Expected from: Minister Karam" not in play.said_in("caucus-north")
    assert "H-ONE" not in play.said_in("desk")


def test_a_ladder_that_names_such_a_room_all_the_same_tells_it_nothing() -> None:
    play = opened(text=QUIET)
    code = Code(watched(play, "!watch add welfare for H-TEAL every 24h"))
    steps = parse(QUIET + NAMED).ladders[0].steps
    watch = replace(play.case.watches[code], ladder=steps)
    play.case = replace(play.case, watches={code: watch})
    play.passes(hours=30)
    assert {h.compartment for h in play.fresh} == {"humanitarian", "desk"}


def test_a_room_that_is_held_reaches_nobody_and_the_desk_hears_at_once() -> None:
    play = opened(text=QUIET)
    code = watched(play, "!watch add welfare for H-TEAL every 24h step 30 min")
    play.passes(hours=25)
    holds(play, "humanitarian")
    play.passes(hours=1)
    said = play.said_in("desk")
    assert f"Level 1 of watch `{code}` in `humanitarian` reached nobody" in said
    assert f"watch `{code}` in `humanitarian`, level 2" in said
    play.passes(hours=5)
    assert len([h for h in play.fresh if h.compartment == "desk"]) == 10


def test_whoever_left_the_room_is_not_reached() -> None:
    play = opened(text=QUIET)
    watched(play, "!watch add welfare for H-TEAL every 24h step 30 min")
    room = play.room("humanitarian")
    there = frozenset(m for m in room.present if "brenner" not in m[0])
    play._rooms[CompartmentId("humanitarian")] = replace(room, present=there)
    play.passes(hours=24)
    assert "brenner" not in play.fresh[0].say.mention
    assert "salim" in play.fresh[0].say.mention


def test_the_level_that_time_has_come_to_is_raised_once_after_an_outage() -> None:
    play = night()
    watched(play)
    play.is_away(hours=26, minutes=35)
    there = [h for h in play.heard if h.at == play.now and h.compartment == "humanitarian"]
    assert ["level 3" in h.text for h in there] == [True]


def steps(play: Play, minutes: int) -> None:
    since, play.now = play.now, play.now + timedelta(minutes=minutes)
    play.take(ClockSet(EventId(f"set {play.now}"), play.now, since))


def test_a_clock_set_on_is_no_outage_and_what_it_made_due_says_so() -> None:
    play = opened(text=QUIET)
    watched(play, "!watch add welfare for H-TEAL every 24h step 30 min")
    play.passes(hours=20)
    steps(play, 9 * 60)
    assert "set on by 9 h" in play.said_in("desk")
    play.passes(minutes=1)
    said = play.said_in("humanitarian")
    assert "Raised late: the clock was set on" in said
    assert "unavailable" not in said


def test_a_clock_set_back_is_told_and_raises_what_is_due_again() -> None:
    play = opened(text=QUIET)
    watched(play, "!watch add welfare for H-TEAL every 24h step 30 min")
    play.passes(hours=25)
    steps(play, -120)
    assert "set back by 2 h" in play.said_in("desk")
    assert "Raised again: the clock was ahead" in play.said_in("humanitarian")


def test_a_clock_set_back_raises_any_number_of_watches_again() -> None:
    play = opened(text=QUIET)
    watched(play, "!watch add welfare for H-TEAL every 24h step 30 min")
    (like,) = play.case.watches.values()
    codes = [Code(f"{a}{b}{c}2") for a in "ACDEFGHJKM" for b in "ACDEFGHJKMNP" for c in "23"]
    many = {code: replace(like, item=replace(like.item, code=code)) for code in codes}
    play.case = replace(play.case, watches=many)
    play.due = {key_of(w, "0"): w.occurrence for w in play.case.watches.values()}
    play.passes(hours=25)
    steps(play, -120)
    back = [h for h in play.fresh if "clock was ahead" in h.text]
    assert len(back) == AT_ONCE
    play.passes(seconds=1)
    assert len(play.fresh) == len(play.case.watches) - AT_ONCE
    assert all("clock was ahead" in h.text for h in play.fresh)
    assert len(play.due) == len(play.case.watches)


def test_flapping_is_told_once_a_day() -> None:
    play = opened(text=QUIET)
    code = watched(play, "!watch add welfare for H-TEAL every 3h grace 1h step 30 min")
    told = []
    for _ in range(9):
        play.passes(hours=5)
        play.types("brenner", "humanitarian", f"!report {code} visit: well again")
        told.append("overdue and satisfied again" in play.said_in("desk"))
    assert told == [False, False, True, False, False, False, False, True, False]


def test_what_is_reported_in_time_never_flaps() -> None:
    play = opened(text=QUIET)
    code = watched(play, "!watch add welfare for H-TEAL every 3h grace 1h step 30 min")
    for _ in range(9):
        play.passes(hours=3, minutes=1)
        play.types("brenner", "humanitarian", f"!report {code} visit: well")
        assert "satisfied again" not in play.said_in("desk")


def test_alarms_that_are_days_apart_are_no_flapping() -> None:
    play = opened(text=QUIET)
    code = watched(play, "!watch add welfare for H-TEAL every 3h grace 1h step 30 min")
    for _ in range(5):
        play.passes(hours=20)
        play.types("brenner", "humanitarian", f"!report {code} visit: well again")
        assert "satisfied again" not in play.said_in("desk")


@pytest.mark.parametrize("typed", ["2 min", "7 h"])
def test_a_step_that_floods_or_sleeps_is_refused(typed: str) -> None:
    play = opened(text=QUIET)
    said = play.types(
        "brenner", "humanitarian", f"!watch add welfare for H-TEAL every 24h step {typed}"
    )
    assert "a step is 5 min at least and 6 h at most" in said


GAP = "!watch add contact gap for North every 3 days grace 2h"


def gap(play: Play) -> str:
    return play.code_of(play.types("lindqvist", "shuttle-north", GAP))


def test_a_contact_gap_closes_when_that_party_says_something_that_binds() -> None:
    play = opened(text=QUIET)
    code = gap(play)
    play.passes(days=2)
    due = play.case.watches[Code(code)].occurrence
    play.types("haddad", "shuttle-north", "!board")
    assert play.case.watches[Code(code)].occurrence == due, "looking binds nobody"
    play.types("haddad", "shuttle-north", "!record we will answer tomorrow")
    assert play.case.watches[Code(code)].occurrence == play.now + timedelta(days=3)
    play.passes(days=3)
    assert play.said_in("shuttle-north").startswith("Due now: contact gap for `North`")
    assert "Last contact 3 d ago" in play.said_in("shuttle-north")
    play.types("haddad", "shuttle-north", "!record here we are")
    assert f"Contact again: `{code}` is satisfied" in play.said_in("shuttle-north")


def test_a_contact_gap_does_not_tell_who_typed_in_a_room_that_it_is_not_read_in() -> None:
    play = opened(text=QUIET)
    code = gap(play)
    due = play.case.watches[Code(code)].occurrence
    play.passes(days=1)
    play.types("haddad", "caucus-north", "!record among ourselves")
    play.types("lindqvist", "shuttle-north", "!record the mediators waited")
    assert play.case.watches[Code(code)].occurrence == due


@pytest.mark.parametrize(
    ("seat", "place", "party", "says"),
    [
        ("lindqvist", "shuttle-north", "West", "a contact gap is of a party"),
        ("lindqvist", "shuttle-north", "South", "is heard from here"),
    ],
)
def test_a_contact_gap_is_of_a_party_that_is_heard_there(
    seat: str, place: str, party: str, says: str
) -> None:
    play = opened(text=QUIET)
    said = play.types(seat, place, f"!watch add contact gap for {party} every 3 days")
    assert says in said
    assert play.case.watches == {}


def test_a_line_that_was_refused_is_no_contact() -> None:
    play = opened(text=QUIET)
    code = gap(play)
    due = play.case.watches[Code(code)].occurrence
    play.passes(days=1)
    assert "Nothing done" in play.types("haddad", "shuttle-north", "!confirm 2222")
    assert play.case.watches[Code(code)].occurrence == due


def sets_the_event(play: Play, when: str) -> None:
    asked = play.types("lindqvist", "desk", f"!anchor EIF at {when}")
    play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")


def test_a_check_that_hangs_on_an_event_waits_for_it_and_then_for_its_time() -> None:
    play = opened(text=QUIET)
    said = play.types("brenner", "humanitarian", "!watch add list due for BOTH EIF+21d")
    assert "First due waits for EIF" in said
    code = play.code_of(said)
    assert play.due == {}
    for line in ("!watch list", "!status", f"!watch show {code}"):
        assert "waits for EIF" in play.types("brenner", "humanitarian", line)
    sets_the_event(play, "wed 15:00 UTC")
    play.passes(days=24)
    assert "Overdue" in play.said_in("humanitarian")
    play.types("brenner", "humanitarian", f"!report {code} visit: both lists are here")
    assert "came once and was answered" in play.types("brenner", "humanitarian", "!watch list")
    assert play.due == {}


def test_a_report_long_before_a_check_that_comes_once_does_not_use_it_up() -> None:
    play = opened(text=QUIET)
    sets_the_event(play, "wed 15:00 UTC")
    said = play.types("brenner", "humanitarian", "!watch add sign of life for H-TEAL EIF+21d")
    code = play.code_of(said)
    play.passes(days=2)
    assert "Wed 24 Mar" in play.types("brenner", "humanitarian", f"!report {code} visit: well")
    play.passes(days=20)
    said = play.types("brenner", "humanitarian", f"!report {code} visit: well again")
    assert "came once and was answered" in said


def test_a_check_whose_only_time_is_over_is_refused() -> None:
    play = opened(text=QUIET)
    sets_the_event(play, "wed 15:00 UTC")
    play.passes(days=30)
    said = play.types("brenner", "humanitarian", "!watch add list due for BOTH EIF+21d")
    assert "it is over" in said
    assert play.case.watches == {}


def test_the_last_level_reaches_nobody_and_still_repeats() -> None:
    play = opened(text=QUIET)
    code = watched(play, "!watch add welfare for H-TEAL every 24h step 30 min")
    for place in ("humanitarian", "desk"):
        for seat in tuple(play.case.compartments[CompartmentId(place)].seats):
            play.appends(b.SeatWithdrawn(CompartmentId(place), SeatId(seat)))
    play.passes(hours=26)
    watch = play.case.watches[Code(code)]
    assert (watch.state, watch.level) == (WatchState.OVERDUE, 2)
    play.passes(hours=3)
    assert play.case.watches[Code(code)].repeat == 6
    told = [h.text for h in play.heard if h.text.startswith("Nobody in")]
    assert len(told) == 2, "once at the due time, once on the last level"


def test_an_acknowledgement_uses_up_no_level() -> None:
    play = night()
    code = watched(play)
    play.passes(hours=24, minutes=5)
    play.types("brenner", "humanitarian", f"!ack {code} until in 10 h because of the road")
    play.passes(hours=10, minutes=10)
    first, second = play.all_said_in("humanitarian")[-2:]
    assert "level 1" in first
    assert "level 3" in second, "nobody here is an observer, and level 4 has not come yet"
