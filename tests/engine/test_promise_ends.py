"""How a promise ends or waits: withdrawn, superseded, lapsed, conditional, hung on an event."""

from bot.domain.ids import Code
from bot.domain.vocabulary import CommitmentState as S
from tests.engine.test_promises import given, in_force, made, state
from tests.engine.test_storyboard import offered
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

# -- ends -------------------------------------------------------------------------------------------


def test_before_acceptance_the_obligor_takes_it_back_alone_and_where_it_was_offered_that_is_said() -> (
    None
):
    play = opened(text=QUIET)
    code, there = offered(play)
    play.types("haddad", "caucus-north", f"!withdraw {code}")
    assert play.said_in("shuttle-south").startswith(f"`{there}` of North is withdrawn")
    assert "no longer on offer" in play.types("merrow", "shuttle-south", f"!accept {there}")
    assert state(play, code) is state(play, there) is S.WITHDRAWN
    assert not play.due


def test_after_acceptance_it_ends_only_when_the_other_side_agrees() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    said = play.types("haddad", "caucus-north", f"!withdraw {code}: the road is mined")
    assert "stands until they agree" in said
    asked = play.said_in("shuttle-south")
    assert asked.startswith(f"North asks that `{there}` ends")
    assert "mined" not in asked
    assert state(play, code) is state(play, there) is S.IN_FORCE
    assert "Next: South agrees" in play.types("haddad", "caucus-north", "!board")
    board = play.types("merrow", "shuttle-south", "!board")
    assert f"Next: South, `!agree {there}`" in board
    assert "nobody on the other side" in play.types("haddad", "caucus-north", f"!agree {code}")
    play.types("merrow", "shuttle-south", f"!agree {there}")
    assert play.said_in("caucus-north").startswith(f"`{code}` has ended by agreement")
    assert state(play, code) is state(play, there) is S.WITHDRAWN
    assert not play.due


def test_a_wish_to_end_it_stops_no_clock() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    play.types("merrow", "shuttle-south", f"!withdraw {there}")
    play.passes(days=5)
    assert state(play, code) is state(play, there) is S.LATE


def test_another_promise_takes_its_place_once_the_other_side_knows_it_and_agrees() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    newer = made(play, "!commit to South by sat 12:00: release twelve")
    said = play.types("haddad", "caucus-north", f"!supersede {code} by {newer}")
    assert "has no code for" in said
    newer_there = given(play, newer, "shuttle-south")
    play.types("haddad", "caucus-north", f"!supersede {code} by {newer}")
    asked = play.said_in("shuttle-south")
    assert f"with `{newer_there}` in its place" in asked
    assert newer not in asked
    play.types("merrow", "shuttle-south", f"!agree {there}")
    assert state(play, code) is state(play, there) is S.SUPERSEDED
    assert state(play, newer) is S.CONFIRMED


def test_an_offer_that_is_not_answered_lapses_on_both_sides() -> None:
    play = opened(text=QUIET)
    code, there = offered(play)
    play.passes(days=5)
    assert play.said_in("caucus-north").startswith(f"`{code}` has lapsed")
    assert play.said_in("shuttle-south").startswith(f"`{there}` was not accepted here")
    assert "no longer on offer" in play.types("merrow", "shuttle-south", f"!accept {there}")
    assert state(play, code) is state(play, there) is S.LAPSED


def test_the_obligor_reads_the_same_whether_an_offer_was_refused_or_left_unanswered() -> None:
    heard = []
    for refuses in (False, True):
        play = opened(text=QUIET)
        _, there = offered(play)
        if refuses:
            play.types("merrow", "shuttle-south", f"!refuse {there}")
        else:
            play.types("merrow", "shuttle-south", "!record nothing to say")
        play.passes(days=5)
        heard.append([(h.at, h.text) for h in play.heard if h.compartment == "caucus-north"])
    assert heard[0] == heard[1]


def test_the_substance_is_accepted_without_the_date() -> None:
    play = opened(text=QUIET)
    code, there = offered(play)
    said = play.types("merrow", "shuttle-south", f"!accept {there} without date")
    assert "Date agreed: no." in said
    assert "Date agreed: no." in play.said_in("caucus-north")
    assert "date not agreed" in play.types("haddad", "caucus-north", "!board")
    assert not play.case.commitments[Code(code)].date_agreed


# -- conditions and events --------------------------------------------------------------------------


def crossed(play: Play) -> tuple[str, str]:
    """South's promise, accepted by North: its code in South's caucus, and in North's shuttle."""
    code = made(play, "!commit to North by thu 12:00: open the road", "merrow", "caucus-south")
    there = given(play, code, "shuttle-north", "merrow", "caucus-south")
    play.types("haddad", "shuttle-north", f"!accept {there}")
    return code, there


def test_a_condition_holds_it_back_until_the_other_promise_is_fulfilled() -> None:
    play = opened(text=QUIET)
    south, seen = crossed(play)
    line = f"!commit to South by fri 18:00 if {seen} fulfilled: release ten"
    mine = made(play, line, "haddad", "shuttle-north")
    assert f"Condition: if `{seen}` is fulfilled" in play.said_in("shuttle-north")
    there = given(play, mine, "shuttle-south", "haddad", "shuttle-north")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    assert state(play, mine) is S.ACCEPTED
    assert f"Waits: if `{seen}` is fulfilled." in play.types("haddad", "shuttle-north", "!board")
    play.types("merrow", "caucus-south", f"!fulfilled {south}")
    assert f"`{mine}` of North is in force" in play.said_in("shuttle-north")
    assert f"`{there}` of North is in force" in play.said_in("shuttle-south")
    assert state(play, mine) is state(play, there) is S.IN_FORCE


def test_a_condition_that_does_not_hold_in_time_ends_it() -> None:
    play = opened(text=QUIET)
    _, seen = crossed(play)
    line = f"!commit to South by fri 18:00 if {seen} fulfilled: release ten"
    mine = made(play, line, "haddad", "shuttle-north")
    there = given(play, mine, "shuttle-south", "haddad", "shuttle-north")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    play.passes(days=5)
    assert f"`{there}` has lapsed: its condition" in "".join(play.all_said_in("shuttle-south"))
    assert state(play, mine) is state(play, there) is S.LAPSED


def set_event(play: Play, line: str) -> None:
    asked = play.code_of(play.types("lindqvist", "desk", line))
    play.types("adeyemi", "desk", f"!approve {asked}")


def test_a_deadline_hangs_on_an_event_and_both_sides_are_told_when_it_moves() -> None:
    play = opened(text=QUIET)
    code = made(play, "!commit to South by EIF+21d: release ten")
    assert "no time yet" in play.said_in("caucus-north")
    there = given(play, code, "shuttle-south")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    assert not play.due
    set_event(play, "!anchor EIF at 3 mar 18:00 Asia/Baghdad")
    told = play.said_in("shuttle-south")
    assert (
        f"`{there}` counts from EIF: due EIF+21D, that is Wed 24 Mar 18:00".lower() in told.lower()
    )
    assert f"`{code}` counts from EIF" in play.said_in("caucus-north")
    set_event(play, "!anchor EIF at 5 mar 18:00 Asia/Baghdad")
    told = play.said_in("caucus-north")
    assert "26 Mar" in told
    assert "24 Mar" in told
    assert play.case.offers[Code(there)].due == play.case.commitments[Code(code)].due
    play.passes(days=26)
    assert state(play, code) is S.LATE


def test_what_is_late_is_so_no_more_when_its_event_moves() -> None:
    play = opened(text=QUIET)
    set_event(play, "!anchor EIF at 1 mar 18:00 Asia/Baghdad")
    code = made(play, "!commit to South by EIF+2d: release ten")
    there = given(play, code, "shuttle-south")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    play.passes(days=4)
    assert state(play, code) is S.LATE
    set_event(play, "!anchor EIF at 20 mar 18:00 Asia/Baghdad")
    assert state(play, code) is state(play, there) is S.IN_FORCE
    play.passes(days=30)
    assert state(play, there) is S.LATE


def test_a_promise_waits_for_an_event_and_is_in_force_when_it_comes() -> None:
    play = opened(text=QUIET)
    code = made(play, "!commit to South by 30 mar 18:00 after EIF: release ten")
    there = given(play, code, "shuttle-south")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    set_event(play, "!anchor EIF at 3 mar 18:00 Asia/Baghdad")
    assert state(play, code) is S.ACCEPTED
    play.passes(days=3)
    assert state(play, code) is state(play, there) is S.IN_FORCE


def test_a_condition_that_is_to_be_verified_holds_only_once_it_was_found_kept() -> None:
    play = opened(text=QUIET)
    line = "!commit to North by thu 12:00, verified by relief: open the road"
    south = made(play, line, "merrow", "caucus-south")
    seen = given(play, south, "shuttle-north", "merrow", "caucus-south")
    copy = given(play, south, "humanitarian", "merrow", "caucus-south")
    play.types("haddad", "shuttle-north", f"!accept {seen}")
    mine = made(
        play, f"!commit to South by fri 18:00 if {seen} fulfilled: x", "haddad", "shuttle-north"
    )
    there = given(play, mine, "shuttle-south", "haddad", "shuttle-north")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    play.types("merrow", "caucus-south", f"!fulfilled {south}")
    assert state(play, mine) is S.ACCEPTED
    play.types("brenner", "humanitarian", f"!verdict {copy} kept")
    assert state(play, mine) is state(play, there) is S.IN_FORCE


def test_an_offer_names_its_condition_by_no_code_of_another_room() -> None:
    play = opened(text=QUIET)
    south, seen = crossed(play)
    line = f"!commit to South by fri 18:00 if {seen} fulfilled: release ten"
    mine = made(play, line, "haddad", "shuttle-north")
    there = given(play, mine, "shuttle-south", "haddad", "shuttle-north")
    offer = play.said_in("shuttle-south")
    assert "if another promise is fulfilled, for which this room has no code" in offer
    (condition,) = play.case.offers[Code(there)].terms.conditions
    assert condition.promise == ""
    everything = " ".join(play.all_said_in("shuttle-south"))
    assert seen not in everything
    assert south not in everything


def test_a_condition_tells_nobody_of_a_promise_that_they_may_not_know_of() -> None:
    play = opened(text=QUIET)
    aside = made(play, "!commit to relief by thu 12:00: let the delegate in")
    said = play.types(
        "haddad", "caucus-north", f"!commit to South by fri 18:00 if {aside} fulfilled: x"
    )
    assert "the other side may not know of" in said
    said = play.types(
        "haddad", "caucus-north", f"!commit to relief by fri 18:00 if {aside} fulfilled: x"
    )
    assert said.startswith("Read-back")


def test_an_event_that_is_over_is_no_date_to_promise_for() -> None:
    play = opened(text=QUIET)
    set_event(play, "!anchor EIF at 1 feb 2027 18:00 Asia/Baghdad")
    assert "is over already" in play.types(
        "haddad", "caucus-north", "!commit to South by EIF+2d: x"
    )
    assert not play.case.commitments
