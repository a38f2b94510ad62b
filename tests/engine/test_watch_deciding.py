"""To quieten a watch takes two people, an end and a reason; to let it speak takes one."""

from __future__ import annotations

import pytest

from bot.domain.ids import Code, EventId
from bot.domain.vocabulary import WatchState
from bot.engine.events import DeadlineReached
from tests.engine.test_watch_ladders import NAMED
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ADD = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"
REASON = "because the camp lets nobody in"


def watched(play: Play, add: str = ADD) -> str:
    return play.code_of(play.types("brenner", "humanitarian", add))


def decided(play: Play, line: str) -> str:
    """One mediator asks, the other approves."""
    asked = play.types("lindqvist", "desk", line)
    return play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")


def state(play: Play, code: str) -> WatchState:
    return play.case.watches[Code(code)].state


def test_a_suspension_takes_two_an_end_and_a_reason_and_its_room_is_told() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    asked = play.types("lindqvist", "desk", f"!watch suspend {code} until thu 12:00 {REASON}")
    assert "will raise no alarm" in asked
    assert state(play, code) is WatchState.SCHEDULED
    own = play.types("lindqvist", "desk", f"!approve {play.code_of(asked)}")
    assert "another mediator approves it" in own
    done = play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")
    assert (
        f"Suspended: watch `{code}` in `humanitarian`, until Thu 4 Mar 12:00 Zurich (11:00 UTC)"
        in done
    )
    told = play.said_in("humanitarian")
    assert f"Watch `{code}` is suspended until Thu 4 Mar 11:00 UTC, by decision of two" in told
    assert "lets nobody in" not in told
    play.passes(hours=60)
    assert play.fresh == []


def test_the_end_of_a_suspension_arms_the_watch_again_and_what_fell_due_is_due_now() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    decided(play, f"!watch suspend {code} until thu 12:00 {REASON}")
    play.passes(days=3, hours=3)
    said = play.said_in("humanitarian")
    assert said.startswith("Due now: sign of life for `H-TEAL`")
    assert "Its suspension is over." in said
    assert f"The suspension of watch `{code}` in `humanitarian` is over" in play.said_in("desk")
    play.passes(hours=2)
    assert "level 1" in play.said_in("humanitarian")


def test_a_suspension_that_ends_before_anything_was_due_only_says_so() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    decided(play, f"!watch suspend {code} until in 5 h {REASON}")
    play.passes(hours=6)
    said = play.said_in("humanitarian")
    assert said == f"The suspension of `{code}` is over. Next due Tue 2 Mar 08:00 UTC."
    play.passes(hours=18)
    assert play.said_in("humanitarian").startswith("Due now")


def test_what_was_overdue_goes_on_at_its_level_after_a_suspension() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=27)
    decided(play, f"!watch suspend {code} until in 10 h {REASON}")
    play.passes(hours=9, minutes=59)
    assert play.fresh == []
    play.passes(minutes=1)
    assert "level 2" in play.said_in("humanitarian")
    assert play.said_in("desk")
    play.passes(hours=2)
    assert len([h for h in play.fresh if h.compartment == "desk"]) == 4


def test_times_are_meant_as_when_it_was_asked() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    asked = play.types("lindqvist", "desk", f"!watch suspend {code} until in 20 h {REASON}")
    play.passes(hours=8)
    play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")
    until = play.case.watches[Code(code)].suspended_until
    assert until is not None
    assert (until - play.now).total_seconds() == 12 * 3600


def test_a_report_counts_during_a_suspension_and_does_not_end_it() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    decided(play, f"!watch suspend {code} until in 3 days {REASON}")
    play.passes(hours=30)
    said = play.types("brenner", "humanitarian", f"!report {code} visit: seen at the gate")
    assert "On record" in said
    assert state(play, code) is WatchState.SUSPENDED
    assert "alive 0 min ago" in play.types("brenner", "humanitarian", f"!watch show {code}")
    play.passes(hours=42)
    assert "suspension" in play.said_in("humanitarian")
    assert state(play, code) is not WatchState.SUSPENDED


@pytest.mark.parametrize(("seat", "place"), [("brenner", "humanitarian"), ("adeyemi", "desk")])
def test_one_person_is_enough_to_let_a_watch_speak_again(seat: str, place: str) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    decided(play, f"!watch suspend {code} until in 3 days {REASON}")
    play.passes(hours=25)
    assert "is ended; the watch is armed again" in play.types(seat, place, f"!watch resume {code}")
    assert "Due now" in play.said_in("humanitarian")
    assert "is not suspended" in play.types(seat, place, f"!watch resume {code}")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("until fri 12:00", "write it like this"),
        ("until fri 12:00 because", "write it like this"),
        ("fri 12:00 because of rain", "write it like this"),
        ("until 20 mar 12:00 because of rain", "14 d at most"),
        ("until 2027-03-01 07:00 because of rain", "is over"),
        ("until someday because of rain", "no time that can be read"),
    ],
)
def test_a_suspension_without_a_near_end_and_a_reason_is_refused(line: str, says: str) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    assert says in play.types("lindqvist", "desk", f"!watch suspend {code} {line}")
    assert state(play, code) is WatchState.SCHEDULED
    assert play.case.approvals == {}


def test_only_mediators_at_the_desk_suspend_and_end() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    for verb in ("suspend", "end"):
        line = f"!watch {verb} {code} until fri 12:00 {REASON}"
        assert "that you may use here" in play.types("lindqvist", "humanitarian", line)
        assert "that you may use here" in play.types("brenner", "humanitarian", line)


def test_the_desk_cannot_name_a_watch_that_it_was_never_told_of() -> None:
    play = opened(text=QUIET)
    said = play.types("haddad", "caucus-north", "!watch add welfare for H-ONE every 24h")
    code = play.code_of(said)
    line = f"!watch suspend {code} until fri 12:00 {REASON}"
    unknown = play.types("lindqvist", "desk", line)
    assert unknown == play.types("lindqvist", "desk", line.replace(code, "2222")).replace(
        "2222", code
    )
    play.passes(hours=30)
    assert code in play.said_in("desk")
    assert "Suspended" in decided(play, line)
    assert "H-ONE" not in "".join(play.all_said_in("desk"))


def test_an_end_is_for_good_and_takes_two() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    assert f"Ended: watch `{code}`" in decided(play, f"!watch end {code} because H-TEAL is home")
    assert f"Watch `{code}` was ended" in play.said_in("humanitarian")
    assert "is home" not in play.said_in("humanitarian")
    assert play.due == {}
    play.passes(days=5)
    assert play.fresh == []
    for line in (f"!report {code} visit: well", f"!ack {code} until 20:00 because of rain"):
        assert "was ended by two mediators" in play.types("brenner", "humanitarian", line)
    assert "No watch here" in play.types("brenner", "humanitarian", "!watch list")
    assert "ended by two people" in play.types("brenner", "humanitarian", f"!watch show {code}")


def test_an_overdue_watch_is_not_ended_behind_anybodys_back() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=26)
    asked = play.types("lindqvist", "desk", f"!watch end {code} because H-TEAL is home")
    assert "It is overdue now." in asked
    play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")
    assert f"Watch `{code}` was ended" in play.said_in("humanitarian")


def test_a_watch_that_has_ended_can_be_erased_and_one_that_alarms_cannot() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=26)
    line = f"!erase {code} because the family asked for it"
    assert "is due or overdue" in play.types("lindqvist", "desk", line)
    decided(play, f"!watch suspend {code} until in 9 h {REASON}")
    assert "is due or overdue" in play.types("lindqvist", "desk", line)
    decided(play, f"!watch end {code} because H-TEAL is home")
    assert f"Erased: `{code}`" in decided(play, line)


@pytest.mark.parametrize("how", ["suspended", "acknowledged"])
def test_a_key_that_was_in_flight_does_not_break_the_quiet(how: str) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=24)
    ((key, at),) = play.due.items()
    if how == "suspended":
        decided(play, f"!watch suspend {code} until in 30 h {REASON}")
    else:
        play.types("brenner", "humanitarian", f"!ack {code} until in 30 h because of rain")
    play.due[key] = at
    play.passes(hours=29)
    assert play.fresh == []


def test_a_key_that_was_in_flight_brings_no_lower_level() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    ((key, at),) = play.due.items()
    play.passes(hours=24)
    play.types("brenner", "humanitarian", f"!ack {code} until in 5 min because of rain")
    play.passes(minutes=6)
    assert play.case.watches[Code(code)].level == 1
    play.take(DeadlineReached(EventId("$in-flight"), play.now, key, at))
    assert "Due now" not in play.said_in("humanitarian")
    assert play.case.watches[Code(code)].level == 1


def test_every_room_that_an_overdue_watch_is_told_in_hears_of_its_end() -> None:
    play = opened(text=QUIET + NAMED)
    said = play.types(
        "haddad", "caucus-north", "!watch add welfare for H-ONE every 24h ladder bench"
    )
    code = play.code_of(said)
    play.passes(hours=27)
    decided(play, f"!watch end {code} because H-ONE is home")
    for place in ("caucus-north", "bench-north"):
        assert f"Watch `{code}` was ended" in play.said_in(place)
    assert "H-ONE" not in play.said_in("desk")


def test_a_key_that_comes_up_late_cannot_wake_what_was_ended() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    ((key, at),) = play.due.items()
    decided(play, f"!watch end {code} because H-TEAL is home")
    play.due[key] = at
    play.passes(days=2)
    assert play.fresh == []
