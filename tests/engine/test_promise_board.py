"""What stands around promises: the board, red lines, concessions; and who reads none of it."""

import pytest

from bot.domain.vocabulary import CommitmentState as S
from tests.engine.test_promise_ends import crossed
from tests.engine.test_promises import in_force, made, state
from tests.engine.test_storyboard import PROMISE, offered
from tests.support.orchid import QUIET
from tests.support.playbook import opened

# -- the board --------------------------------------------------------------------------------------


def test_a_dead_lock_is_shown_as_a_chain_to_the_room_that_reads_both() -> None:
    play = opened(text=QUIET)
    first = made(play, "!commit to South by fri 18:00: release ten", "haddad", "shuttle-north")
    second = made(
        play, f"!commit to South by fri 18:00 if {first} fulfilled: open", "haddad", "shuttle-north"
    )
    assert "Dead-lock" not in play.types("haddad", "shuttle-north", "!board")
    play.types("haddad", "shuttle-north", f"!commit amend {first} if {second} fulfilled")
    board = play.types("haddad", "shuttle-north", "!board")
    one, other = sorted((first, second))
    assert f"Dead-lock: `{one}` of North waits, `{other}` of North waits, back to `{one}`." in board
    assert "Dead-lock" not in play.types("merrow", "shuttle-south", "!board")


def test_the_board_counts_what_each_side_kept_as_far_as_the_room_reads() -> None:
    play = opened(text=QUIET)
    code, _ = in_force(play)
    play.types("haddad", "caucus-north", f"!fulfilled {code}")
    for seat, place in (("haddad", "caucus-north"), ("merrow", "shuttle-south")):
        board = play.types(seat, place, "!board")
        assert "North gave 1, received 0 (1 : 0); still owes 0, is owed 0." in board
        assert "South gave 0, received 1 (0 : 1); still owes 0, is owed 0." in board
    assert "gave" not in play.types("merrow", "caucus-south", "!board")


def test_a_promise_released_to_two_rooms_is_one_row_for_its_own_side() -> None:
    play = opened(text=QUIET)
    code, _ = offered(play, to="plenary")
    board = play.types("karam", "bench-north", "!board")
    assert board.count("release ten wounded prisoners") == 1
    assert f"`{code}`" in board


def test_two_promises_are_set_against_each_other_where_both_are_read() -> None:
    play = opened(text=QUIET)
    _, seen = crossed(play)
    mine = made(play, "!commit to South by fri 18:00: release ten", "haddad", "shuttle-north")
    said = play.types("haddad", "shuttle-north", f"!pair {mine} with {seen}")
    assert said.startswith("Set against each other")
    assert f"Pair: `{mine}` against `{seen}`" in play.types("lindqvist", "shuttle-north", "!board")
    play.nothing_elsewhere("shuttle-north")
    again = made(play, "!commit to South by fri 18:00: more", "haddad", "shuttle-north")
    assert "opposite ways" in play.types("haddad", "shuttle-north", f"!pair {mine} with {again}")
    assert "Pair" not in play.types("merrow", "shuttle-south", "!board")


# -- red lines --------------------------------------------------------------------------------------


def test_every_red_line_is_answered_before_a_promise_counts() -> None:
    play = opened(text=QUIET)
    assert "Red line `R1`: no ransom" in play.types(
        "haddad", "caucus-north", '!redline add "no ransom"'
    )
    play.types("haddad", "caucus-north", '!redline add "no names of officers"')
    code = made(play, PROMISE)
    asked = play.types("haddad", "caucus-north", f"!confirm {code}")
    assert "`R1`: no ransom, `R2`: no names of officers" in asked
    assert f"`!confirm {code} redlines ok`" in asked
    assert "answer each" in play.types("haddad", "caucus-north", f"!confirm {code} R1 no")
    assert "it crosses `R2`" in play.types(
        "haddad", "caucus-north", f"!confirm {code} R1 no R2 yes"
    )
    assert state(play, code) is S.READ_BACK
    assert "in force" in play.types("haddad", "caucus-north", f"!confirm {code} R1 no, R2 no")
    confirmed = play.written[-1][1]
    assert confirmed.red_lines == ("R1", "R2")  # type: ignore[union-attr]


def test_red_lines_answered_at_the_confirmation_are_not_asked_for_again_at_the_release() -> None:
    play = opened(text=QUIET)
    play.types("haddad", "caucus-north", '!redline add "no ransom"')
    code = made(play, PROMISE)
    play.types("haddad", "caucus-north", f"!confirm {code} redlines ok")
    asked = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    request = next(c for c in play.case.requests)
    assert request in asked
    play.types("yazan", "caucus-north", f"!consent {request}")
    assert "North offers" in play.said_in("shuttle-south")


def test_a_dropped_red_line_is_asked_for_no_more() -> None:
    play = opened(text=QUIET)
    play.types("haddad", "caucus-north", '!redline add "no ransom"')
    play.types("haddad", "caucus-north", "!redline drop R1 because the capital lifted it")
    code = made(play, PROMISE)
    assert "in force" in play.types("haddad", "caucus-north", f"!confirm {code}")
    assert "No red line here" in play.types("haddad", "caucus-north", "!redline list")


def test_answers_are_of_the_words_that_were_read_back() -> None:
    play = opened(text=QUIET)
    play.types("haddad", "caucus-north", '!redline add "no ransom"')
    code = made(play, PROMISE)
    play.types("haddad", "caucus-north", f"!redline answer {code} redlines ok")
    play.types("haddad", "caucus-north", f"!commit amend {code}: pay ten million")
    assert "red lines" in play.types("haddad", "caucus-north", f"!confirm {code}")


def test_red_lines_leave_no_trace_outside_the_own_rooms() -> None:
    looks = (
        ("haddad", "shuttle-north", "!board"),
        ("lindqvist", "shuttle-north", "!redline list"),
        ("lindqvist", "desk", "!status"),
        ("merrow", "caucus-south", "!redline list"),
    )
    seen = []
    for drawn in (True, False):
        play = opened(text=QUIET)
        line = '!redline add "no ransom"' if drawn else '!record "no ransom"'
        play.types("haddad", "caucus-north", line)
        code = made(play, PROMISE, "haddad", "shuttle-north")
        answers = [play.types("haddad", "shuttle-north", f"!confirm {code}")]
        answers += [play.types(*look) for look in looks]
        seen.append(answers)
    assert seen[0] == seen[1]


def test_what_was_promised_before_mediators_is_held_against_them_when_it_leaves() -> None:
    play = opened(text=QUIET)
    play.types("haddad", "caucus-north", '!redline add "no ransom"')
    code = made(play, PROMISE, "haddad", "shuttle-north")
    play.types("haddad", "shuttle-north", f"!confirm {code}")
    asked = play.code_of(
        play.types("lindqvist", "shuttle-north", f"!release {code} to shuttle-south")
    )
    held = play.types("haddad", "caucus-north", f"!consent {asked}")
    assert f"`!redline answer {asked} redlines ok`" in held
    assert play.said_in("shuttle-south") == ""
    play.types("haddad", "caucus-north", f"!redline answer {asked} R1 no")
    play.types("haddad", "caucus-north", f"!consent {asked}")
    assert "North offers" in play.said_in("shuttle-south")


# -- concessions ------------------------------------------------------------------------------------


def test_two_views_of_a_concession_stand_beside_each_other() -> None:
    play = opened(text=QUIET)
    for seat, percent in (("haddad", 30), ("lindqvist", 55)):
        said = play.types(seat, "shuttle-north", f"!concession South {percent} %: they name ten")
        assert f"South has come {percent} % of the way" in said
    listed = play.types("haddad", "shuttle-north", "!concession list South")
    assert "South 55 %, says Mediation" in listed
    assert "South 30 %, says North" in listed
    assert listed.index("55") < listed.index("30")
    assert "42" not in listed
    assert "No view on record" in play.types("merrow", "shuttle-south", "!concession list")


@pytest.mark.parametrize("line", ["South 101 %: x", "South 40 %", "East 40 %: x", "South: x"])
def test_a_concession_that_is_not_understood_changes_nothing(line: str) -> None:
    play = opened(text=QUIET)
    assert play.types("haddad", "caucus-north", f"!concession {line}").startswith("Nothing done")


# -- nothing outside its label ----------------------------------------------------------------------


def test_what_one_side_does_with_a_read_back_promise_changes_nothing_elsewhere() -> None:
    looks = (
        ("merrow", "shuttle-south", "!board"),
        ("merrow", "caucus-south", "!board"),
        ("lindqvist", "desk", "!status"),
        ("brenner", "humanitarian", "!board"),
        ("okonjo", "bench-south", "!board"),
    )
    seen = []
    for twin in (True, False):
        play = opened(text=QUIET)
        in_force(play)
        mine = made(play, "!commit to South by thu 18:00, verified by relief: open the road")
        if twin:
            play.types("haddad", "caucus-north", f"!confirm {mine}")
            play.types("haddad", "caucus-north", f"!withdraw {mine}: never")
            play.types("haddad", "caucus-north", "!concession South 10 %: nothing yet")
        else:
            play.types("haddad", "caucus-north", "!record never")
        play.passes(days=2)
        seen.append([play.types(*look) for look in looks])
        heard = [(h.compartment, h.text) for h in play.heard if h.compartment != "caucus-north"]
        seen[-1] += [text for _, text in heard]
    assert seen[0] == seen[1]


def test_what_is_over_for_a_week_is_off_the_board() -> None:
    play = opened(text=QUIET)
    code, there = offered(play)
    play.passes(days=5)
    assert "lapsed" in play.types("haddad", "caucus-north", "!board")
    play.passes(days=7)
    assert "Nothing on the board" in play.types("haddad", "caucus-north", "!board")
    assert "Nothing on the board" in play.types("merrow", "shuttle-south", "!board")
    assert code not in play.types("haddad", "caucus-north", "!status")
    assert state(play, there) is S.LAPSED


def test_slack_is_shown_beside_what_something_hangs_on() -> None:
    play = opened(text=QUIET)
    first = made(play, "!commit to South by thu 18:00: open", "haddad", "shuttle-north")
    line = f"!commit to South by fri 18:00 if {first} fulfilled: release ten"
    made(play, line, "haddad", "shuttle-north")
    (row,) = (
        r
        for r in play.types("haddad", "shuttle-north", "!board").split("\n")
        if f"`{first}` N" in r
    )
    assert "; slack 1 d" in row or ", slack 1 d" in row
