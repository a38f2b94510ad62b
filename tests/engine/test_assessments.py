"""Assessments as people type them: whose, when, how graded, how it moved, and who may read it."""

from __future__ import annotations

import pytest

from bot.domain.ids import Code
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

DESK = "desk"
KINDS = ("release 40 %", "support 6", "media 7 of 10", "relations -2")


def assessed(play: Play, seat: str, place: str, words: str) -> str:
    return play.code_of(play.types(seat, place, f"!assess {words}"))


@pytest.mark.parametrize("typed", KINDS)
def test_every_kind_is_kept_with_its_ground_and_listed(typed: str) -> None:
    play = opened(text=QUIET)
    said = play.types("lindqvist", DESK, f"!assess {typed}: the border was opened")
    code = play.code_of(said)
    assert said.startswith(f"On record `{code}`")
    assert "> the border was opened" in said
    listed = play.types("adeyemi", DESK, "!assess list")
    assert f"`{code}`" in listed
    assert "Amb. Lindqvist" in listed
    assert "the border was opened" in listed
    play.nothing_elsewhere(DESK)


@pytest.mark.parametrize(
    "typed",
    [
        "release 101 %: words",
        "release -1: words",
        "media 11: words",
        "relations 6: words",
        "relations -6: words",
        "release: words",
        "release lots: words",
        "release 40 %",
        "release 40 %:",
        "release 40 % leak: words",
        "support 5 embargo until fri 18:00: words",
        "media 5 embargo fri 18:00: words",
        "release 40 % source G: words",
        "release 40 % info 7: words",
        "release 4\u0660 %: words",
        "mood 5: words",
    ],
)
def test_what_is_no_assessment_changes_nothing(typed: str) -> None:
    play = opened(text=QUIET)
    head = play.case.head
    play.types("lindqvist", DESK, f"!assess {typed}")
    assert play.case.head == head


@pytest.mark.parametrize("dash", ["-", "\u2212", "\u2013"])
def test_a_phone_s_minus_is_a_minus(dash: str) -> None:
    play = opened(text=QUIET)
    code = assessed(play, "lindqvist", DESK, f"relations {dash}2: the border was closed")
    assert play.case.assessments[Code(code)].value == -2


def test_assessors_stand_beside_each_other_and_are_never_averaged() -> None:
    play = opened(text=QUIET)
    for value in (20, 30, 40):
        assessed(play, "lindqvist", DESK, f"release {value} %: as heard")
        play.passes(hours=6)
    assessed(play, "adeyemi", DESK, "release 80 %: as heard elsewhere")
    lines = play.types("adeyemi", DESK, "!assess list").splitlines()
    one = next(line for line in lines if "Lindqvist" in line)
    other = next(line for line in lines if "Adeyemi" in line)
    assert "40 %" in one
    assert "oldest first: 20, 30, 40." in one
    assert "80 %" in other
    assert "Trend" not in other
    assert not any("60" in line or "50 %" in line for line in lines)


def test_an_old_one_is_marked_as_stale_by_its_kind() -> None:
    play = opened(text=QUIET)
    assessed(play, "lindqvist", DESK, "media 3: quiet")
    assessed(play, "lindqvist", DESK, "support 3: two capitals")
    play.passes(days=3)
    lines = play.types("lindqvist", DESK, "!assess list").splitlines()
    assert "Stale" in next(line for line in lines if "media" in line)
    assert "Stale" not in next(line for line in lines if "support" in line)


def test_an_embargo_says_until_when_and_a_leak_is_said_as_one() -> None:
    play = opened(text=QUIET)
    said = play.types(
        "lindqvist", DESK, "!assess media 7 embargo until in 2 days: two agencies wait"
    )
    assert "embargo until" in said
    play.passes(days=3)
    assert "embargo ended" in play.types("lindqvist", DESK, "!assess list")
    assert "A leak." in play.types("lindqvist", DESK, "!assess media 9 leak: it is on air")


def test_a_grade_is_shown_as_given() -> None:
    play = opened(text=QUIET)
    said = play.types("lindqvist", DESK, "!assess release 40 % source b info 2: he named a week")
    assert "Source B, information 2." in said


def test_a_judgement_of_an_item_is_read_nowhere_that_the_item_is_not() -> None:
    play = opened(text=QUIET)
    item = play.code_of(play.types("haddad", "caucus-north", "!record we can give ten"))
    code = assessed(play, "haddad", "caucus-north", f"release 40 % about {item}: he hinted")
    found = play.case.assessments[Code(code)]
    assert found.about == item
    assert not found.item.label.admits(play.case.desks()[0].id)
    for place, seat in ((DESK, "lindqvist"), ("caucus-south", "merrow")):
        assert code not in play.types(seat, place, "!assess list")
        assert "he hinted" not in play.said_in(place)


def test_an_item_that_may_not_be_read_here_and_none_at_all_are_refused_alike() -> None:
    play = opened(text=QUIET)
    item = play.code_of(play.types("haddad", "caucus-north", "!record we can give ten"))
    known = play.types("merrow", "caucus-south", f"!assess release 4 about {item}: x")
    unknown = play.types("merrow", "caucus-south", "!assess release 4 about ZZZZ: x")
    assert known.replace(item, "ZZZZ") == unknown


def test_an_erased_one_is_gone_from_the_list() -> None:
    play = opened(text=QUIET)
    code = assessed(play, "lindqvist", DESK, "release 40 %: he hinted")
    asked = play.types("lindqvist", DESK, f"!erase {code} because it was a guess")
    approval = next(c for c in play.case.approvals)
    assert approval in asked
    play.types("adeyemi", DESK, f"!approve {approval}")
    assert code not in play.types("lindqvist", DESK, "!assess list")


def test_a_stall_is_told_only_by_what_the_room_may_read() -> None:
    play = opened(text=QUIET)
    assert "No promise" in play.types("haddad", "caucus-north", "!assess list")
    promise = play.code_of(
        play.types("haddad", "caucus-north", "!commit to South by in 30 days: ten wounded")
    )
    assert "No promise" in play.types("haddad", "caucus-north", "!assess list")
    play.types("haddad", "caucus-north", f"!confirm {promise}")
    assert "seen here" in play.types("haddad", "caucus-north", "!assess list")
    assert "No promise" in play.types("merrow", "caucus-south", "!assess list")
    play.passes(days=8)
    assert "Stalled" in play.types("haddad", "caucus-north", "!assess list")
    assert "Stalled" not in play.types("merrow", "caucus-south", "!assess list")


def test_a_judgement_belongs_to_the_owners_of_what_it_is_about() -> None:
    play = opened(text=QUIET)
    watch = play.code_of(
        play.types("brenner", "humanitarian", "!watch add welfare for H-TEAL every 24h")
    )
    item = play.case.watches[Code(watch)].item
    assert item.label.admits(play.case.desks()[0].id)
    code = assessed(play, "lindqvist", DESK, f"release 40 % about {watch}: he was seen packing")
    label = play.case.assessments[Code(code)].item.label
    assert label.owner_parties() > {"mediation"}
    assert label.owner_parties() >= item.label.owner_parties()
