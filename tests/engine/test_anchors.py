"""Anchor events: what hangs on them waits, is armed when they are set, and moves with them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import bodies as b
from bot.domain.ids import Code, SeatId
from bot.domain.vocabulary import WatchState
from bot.domain.when_schedule import NEVER
from bot.engine.anchored import waits_for_event
from bot.engine.effects import Append
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ADD = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"
EIF = datetime(2027, 3, 3, 15, tzinfo=UTC)
"""Play begins on Monday the 1st of March 2027, at 08:00 UTC."""
DAY = timedelta(days=1)


def hanging(play: Play, schedule: str, compartment: str = "humanitarian") -> Code:
    """A watch that waits for an event, in a room."""
    who = {"humanitarian": "brenner", "caucus-north": "haddad"}[compartment]
    said = play.types(who, compartment, ADD.replace("every 24h", schedule))
    code = Code(play.code_of(said))
    assert play.case.watches[code].occurrence == NEVER
    return code


def set_at(play: Play, when: str, name: str = "EIF") -> str:
    """Two mediators set an event; what the desk is then told."""
    waiting = play.types("lindqvist", "desk", f"!anchor {name} at {when}")
    assert "Waiting as" in waiting, waiting
    return play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")


def armed(play: Play, code: Code) -> list[datetime]:
    return [at for key, at in play.due.items() if key.startswith(f"watch:{code}:")]


def test_what_waits_for_an_event_is_armed_when_two_mediators_set_it() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+21d")
    assert waits_for_event(play.case.watches[code]) == "EIF"
    play.passes(days=1)
    assert play.fresh == []
    set_at(play, "wed 15:00 UTC")
    watch = play.case.watches[code]
    assert (watch.occurrence, watch.state) == (EIF + 21 * DAY, WatchState.SCHEDULED)
    assert watch.schedule == "EIF+21d (EIF 2027-03-03T15:00Z)"
    assert armed(play, code) == [EIF + 21 * DAY]
    assert waits_for_event(watch) is None
    said = play.said_in("humanitarian")
    assert said.startswith("EIF is at Wed 3 Mar 15:00 UTC, by decision of two mediators.")
    assert f"`{code}` is due Wed 24 Mar" in said
    play.passes(days=22, hours=7)
    assert "Due now: sign of life for `H-TEAL`" in play.said_in("humanitarian")


def test_every_room_is_told_and_each_of_its_own_watches_only() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+21d", "caucus-north")
    set_at(play, "wed 15:00 UTC")
    rooms = {str(c.id) for c in play.case.compartments.values() if c.room is not None}
    assert {h.compartment for h in play.fresh} == rooms
    for heard in play.fresh:
        assert "EIF is at" in heard.text
        assert (code in heard.text) is (heard.compartment == "caucus-north")


def test_one_mediator_alone_sets_nothing_and_the_second_reads_both_zones() -> None:
    play = opened(text=QUIET)
    hanging(play, "EIF+21d")
    waiting = play.types("lindqvist", "desk", "!anchor eif at wed 18:00 Asia/Baghdad")
    assert "EIF is then at Wed 3 Mar 16:00 Zurich (15:00 UTC)" in waiting
    play.types("lindqvist", "desk", f"!approve {play.code_of(waiting)}")
    assert play.case.anchors == {}
    play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")
    assert play.case.anchors["EIF"].at == EIF
    made = [e.body for e in play.effects if isinstance(e, Append)]
    assert b.AnchorSet("EIF", EIF, SeatId("lindqvist"), SeatId("adeyemi")) in made


def test_a_time_counted_from_now_is_counted_from_when_it_was_asked() -> None:
    play = opened(text=QUIET)
    asked = play.now
    waiting = play.types("lindqvist", "desk", "!anchor EIF at in 2 days")
    play.passes(hours=5)
    play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")
    assert play.case.anchors["EIF"].at == asked + 2 * DAY


def test_only_mediators_at_the_desk_may_set_an_event() -> None:
    play = opened(text=QUIET)
    assert "there is no" in play.types("haddad", "caucus-north", "!anchor EIF at fri 18:00")
    assert "there is no" in play.types("lindqvist", "shuttle-north", "!anchor EIF at fri 18:00")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("!anchor EIF", "`!anchor NAME at WHEN`"),
        ("!anchor EIF at", "`!anchor NAME at WHEN`"),
        ("!anchor now at fri 18:00", "names no event"),
        ("!anchor E at fri 18:00", "names no event"),
        ("!anchor list at fri 18:00", "`!anchor list`"),
        ("!anchor EIF at 03/04", "can be read in more than one way"),
        ("!anchor EIF at soon", "is no time"),
    ],
)
def test_a_line_that_is_not_clear_sets_nothing(line: str, says: str) -> None:
    play = opened(text=QUIET)
    said = play.types("lindqvist", "desk", line)
    assert says in said
    assert "Waiting as" not in said
    assert play.case.anchors == {}


def test_the_same_time_again_is_refused() -> None:
    play = opened(text=QUIET)
    set_at(play, "wed 15:00 UTC")
    assert "is already at" in play.types("lindqvist", "desk", "!anchor EIF at wed 15:00 UTC")


def test_an_event_that_is_moved_moves_what_hangs_on_it() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+21d")
    other = hanging(play, "TOA+21d")
    set_at(play, "wed 15:00 UTC")
    waiting = play.types("lindqvist", "desk", "!anchor EIF at thu 15:00 UTC")
    assert ", no longer Wed 3 Mar 16:00 Zurich (15:00 UTC)" in waiting
    play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")
    assert armed(play, code) == [EIF + 22 * DAY]
    assert other not in play.said_in("humanitarian")
    assert play.case.watches[other].occurrence == NEVER


def test_a_check_whose_time_is_over_when_the_event_is_set_is_due_at_once() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+1d")
    play.passes(days=4)
    set_at(play, "2027-03-03 15:00 UTC")
    assert play.case.watches[code].occurrence == play.now
    play.passes(minutes=1)
    assert "Due now" in play.said_in("humanitarian")
    play.passes(hours=2)
    assert "Overdue" in play.said_in("humanitarian")


def test_an_alarm_is_not_quietened_by_moving_its_event_a_little() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+1d")
    set_at(play, "2027-03-01 09:00 UTC")
    play.passes(days=1, hours=4)
    before = play.case.watches[code]
    assert before.state is WatchState.OVERDUE
    keys = dict(play.due)
    set_at(play, "2027-03-01 10:00 UTC")
    after = play.case.watches[code]
    assert replace(after, schedule=before.schedule) == before
    assert "10:00Z" in after.schedule
    assert play.due == keys
    play.passes(minutes=30)
    assert "Overdue" in play.said_in("humanitarian")


def test_an_event_moved_ahead_and_back_again_alarms_again() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+1d")
    set_at(play, "2027-03-01 09:00 UTC")
    play.passes(days=1, hours=4)
    set_at(play, "2027-03-10 09:00 UTC")
    assert play.case.watches[code].state is WatchState.SCHEDULED
    play.passes(hours=6)
    assert play.fresh == []
    set_at(play, "2027-03-01 09:00 UTC")
    play.passes(minutes=1)
    assert "Due now" in play.said_in("humanitarian")


def test_a_check_that_recurs_goes_on_from_its_event() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+1d every 2 days")
    set_at(play, "wed 15:00 UTC")
    assert armed(play, code) == [EIF + DAY]
    play.passes(days=3, hours=8)
    play.types("brenner", "humanitarian", f"!report {code} visit: seen, in good health")
    assert armed(play, code) == [EIF + 3 * DAY]


def test_a_check_that_came_once_and_was_answered_is_over_until_its_event_moves() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+1d")
    set_at(play, "2027-03-01 09:00 UTC")
    play.passes(days=1, hours=2)
    play.types("brenner", "humanitarian", f"!report {code} visit: seen, in good health")
    assert play.case.watches[code].occurrence == NEVER
    play.passes(days=3)
    assert play.fresh == []
    set_at(play, "2027-03-01 10:00 UTC")
    assert f"`{code}` has no time any more" in play.said_in("humanitarian")
    assert armed(play, code) == []
    set_at(play, "2027-03-08 10:00 UTC")
    assert armed(play, code) == [datetime(2027, 3, 9, 10, tzinfo=UTC)]


def test_what_is_suspended_stays_quiet_and_what_has_ended_is_left_alone() -> None:
    play = opened(text=QUIET)
    quiet, ended = hanging(play, "EIF+1d"), hanging(play, "EIF+2d")
    states = {quiet: WatchState.SUSPENDED, ended: WatchState.ENDED}
    for code, state in states.items():
        watch = replace(play.case.watches[code], state=state, suspended_until=play.now + 9 * DAY)
        play.case = replace(play.case, watches={**play.case.watches, code: watch})
    before = play.case.watches[ended]
    set_at(play, "wed 15:00 UTC")
    assert play.case.watches[quiet].state is WatchState.SUSPENDED
    assert play.case.watches[quiet].occurrence == EIF + DAY
    assert armed(play, quiet) == [datetime(2027, 3, 10, 8, tzinfo=UTC)]
    assert play.case.watches[ended] == before


def test_the_list_shows_what_is_set_and_what_is_waited_for_here() -> None:
    play = opened(text=QUIET)
    assert "No event is set" in play.types("lindqvist", "desk", "!anchor list")
    code = hanging(play, "EIF+21d", "caucus-north")
    said = play.types("haddad", "caucus-north", "!anchor list")
    assert f"EIF: not set yet. Waiting for it: `{code}`" in said
    assert "EIF" not in play.types("brenner", "humanitarian", "!anchor list")
    set_at(play, "wed 15:00 UTC")
    said = play.types("haddad", "caucus-north", "!anchor list")
    assert "EIF: Wed 3 Mar 18:00 Baghdad (15:00 UTC)" in said
    assert "not set yet" not in said


def test_what_has_no_time_yet_is_never_shown_with_one() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+21d")
    assert armed(play, code) == []
    for line in ("!watch list", "!status", f"!watch show {code}", f"!report {code} visit: well"):
        said = play.types("brenner", "humanitarian", line)
        assert "waits for EIF" in said
        assert "9999" not in said
    assert play.case.watches[code].occurrence == NEVER


def test_a_watch_whose_words_were_erased_moves_no_more() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+21d", "caucus-north")
    record = play.case.watches[code].item.record
    play.case = replace(play.case, erased=frozenset({record}))
    set_at(play, "wed 15:00 UTC")
    assert play.case.watches[code].occurrence == NEVER
    assert armed(play, code) == []
    assert code not in play.said_in("caucus-north")


def test_an_event_moved_away_and_back_within_a_minute_alarms_again() -> None:
    play = opened(text=QUIET)
    code = hanging(play, "EIF+1d")
    play.passes(days=4)
    set_at(play, "2027-03-01 09:00 UTC")
    play.passes(seconds=0)
    assert "Due now" in play.said_in("humanitarian")
    set_at(play, "2027-03-10 09:00 UTC")
    set_at(play, "2027-03-01 09:00 UTC")
    assert armed(play, code) == [play.now]
    play.passes(seconds=0)
    assert "Due now" in play.said_in("humanitarian")


def test_what_is_set_after_its_event_is_armed_at_once() -> None:
    play = opened(text=QUIET)
    set_at(play, "wed 15:00 UTC")
    said = play.types("brenner", "humanitarian", ADD.replace("every 24h", "EIF+1d 18:00 Tokyo"))
    assert "First due Fri 5 Mar 10:00 Zurich (09:00 UTC), that is Fri 5 Mar 18:00 Tokyo" in said
    assert armed(play, Code(play.code_of(said))) == [datetime(2027, 3, 5, 9, tzinfo=UTC)]
