"""What was asked or consented to can be taken back until it has left, and by nobody else."""

from __future__ import annotations

import pytest

from bot.domain import bodies as b
from bot.domain.ids import CompartmentId, SeatId
from tests.engine.test_release import looks
from tests.engine.test_storyboard import confirmed
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

SOUTH = CompartmentId("shuttle-south")


def asked(play: Play, code: str, tail: str = "") -> str:
    said = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south {tail}".strip())
    return play.code_of(said)


def holds(play: Play) -> None:
    """The guard holds South's shuttle: nothing leaves for it."""
    play.appends(b.BreachRaised(SOUTH, ("members",), ()))


def clears(play: Play) -> None:
    play.appends(b.BreachCleared(SOUTH, SeatId("lindqvist")))
    play.passes(seconds=1)


def test_who_asked_takes_a_request_back_and_nobody_can_consent_any_more() -> None:
    play = opened(text=QUIET)
    request = asked(play, confirmed(play))
    said = play.types("haddad", "caucus-north", f"!revoke {request}")
    assert said.startswith("Taken back")
    play.nothing_elsewhere("caucus-north")
    for line in (f"!consent {request}", f"!refuse {request}"):
        assert "no longer waits" in play.types("yazan", "caucus-north", line)
    assert "no longer waits" in play.types("haddad", "caucus-north", f"!revoke {request}")
    assert play.said_in("shuttle-south") == ""
    play.passes(days=3)
    assert play.said_in("caucus-north") == ""


def test_the_other_owners_are_told_that_there_is_nothing_to_answer() -> None:
    play = opened(text=QUIET)
    code = play.code_of(play.types("haddad", "plenary", "!record lists by Friday"))
    request = play.code_of(play.types("haddad", "plenary", f"!release {code} to humanitarian"))
    play.types("haddad", "plenary", f"!revoke {request}")
    for place in ("caucus-north", "caucus-south", "desk"):
        assert "taken back by who asked" in play.said_in(place)


def test_a_party_takes_its_consent_back_and_no_other_owner_learns_of_it() -> None:
    play, twin = opened(text=QUIET), opened(text=QUIET)
    for one in (play, twin):
        code = one.code_of(one.types("haddad", "plenary", "!record lists by Friday"))
        request = one.code_of(one.types("haddad", "plenary", f"!release {code} to humanitarian"))
        one.types("merrow", "caucus-south", f"!consent {request}")
    said = play.types("merrow", "caucus-south", f"!revoke {request}")
    assert "your party's consent" in said
    play.nothing_elsewhere("caucus-south")
    line = f"!consent {request}"
    for seat, place in (("yazan", "caucus-north"), ("adeyemi", "desk")):
        assert play.types(seat, place, line) == twin.types(seat, place, line)
    for one in (play, twin):
        one.types("brenner", "plenary", line)
    assert twin.said_in("humanitarian") != ""
    assert play.said_in("humanitarian") == ""
    play.types("merrow", "caucus-south", f"!consent {request}")
    assert play.said_in("humanitarian") != ""


@pytest.mark.parametrize(
    ("seat", "place"),
    [
        ("lindqvist", "desk"),
        ("adeyemi", "shuttle-north"),
        ("merrow", "caucus-south"),
        ("karam", "bench-north"),
        ("brenner", "plenary"),
    ],
)
def test_nobody_else_takes_anything_back_or_learns_of_it(seat: str, place: str) -> None:
    play = opened(text=QUIET)
    code = confirmed(play)
    request = asked(play, code)
    holds(play)
    play.types("yazan", "caucus-north", f"!consent {request}")
    real = play.types(seat, place, f"!revoke {request}")
    assert real.replace(request, "2222") == play.types(seat, place, "!revoke 2222")
    assert "no item" in real or "there is no" in real


def test_a_mediator_takes_back_what_a_mediator_asked_and_never_a_partys_own() -> None:
    play = opened(text=QUIET)
    code = play.code_of(play.types("haddad", "shuttle-north", "!record ten are ill"))
    line = f"!release {code} to shuttle-south"
    theirs = play.code_of(play.types("haddad", "shuttle-north", line))
    own = play.code_of(play.types("lindqvist", "shuttle-north", line))
    holds(play)
    for request in (theirs, own):
        play.types("yazan", "caucus-north", f"!consent {request}")
    for seat, request in (("lindqvist", theirs), ("adeyemi", theirs), ("adeyemi", own)):
        said = play.types(seat, "shuttle-north", f"!revoke {request}")
        assert said.startswith(f"Nothing done: no item `{request}`")
    assert "It had not left" in play.types("lindqvist", "shuttle-north", f"!revoke {own}")
    assert "It had not left" in play.types("yazan", "caucus-north", f"!revoke {theirs}")


@pytest.mark.parametrize("seat", ["haddad", "yazan"])
def test_words_that_have_not_left_are_taken_back_as_if_they_had_never_been(seat: str) -> None:
    play, twin = opened(text=QUIET), opened(text=QUIET)
    promise = confirmed(play)
    confirmed(twin)
    for one in (play, twin):
        holds(one)
    request = asked(play, promise)
    play.types("yazan", "caucus-north", f"!consent {request}")
    before = len(play.receipts)
    said = play.types(seat, "caucus-north", f"!revoke {request}")
    assert "It had not left" in said
    assert len(play.receipts) == before - 1
    for one in (play, twin):
        clears(one)
    assert play.all_said_in("shuttle-south") == twin.all_said_in("shuttle-south")
    assert not play.case.offers
    assert looks(play) == looks(twin)
    assert "may offer it" in play.types("haddad", "caucus-north", "!board")
    assert "no longer waits" in play.types(seat, "caucus-north", f"!revoke {request}")


def test_what_was_taken_back_can_be_asked_for_anew() -> None:
    play = opened(text=QUIET)
    promise = confirmed(play)
    holds(play)
    request = asked(play, promise)
    play.types("yazan", "caucus-north", f"!consent {request}")
    play.types("yazan", "caucus-north", f"!revoke {request}")
    clears(play)
    play.types("yazan", "caucus-north", f"!consent {asked(play, promise)}")
    assert play.said_in("shuttle-south").startswith("North offers")


def test_once_it_has_left_it_is_too_late_and_what_was_read_is_said() -> None:
    play = opened(text=QUIET)
    code = play.code_of(play.types("haddad", "caucus-north", "!record a list"))
    request = asked(play, code, 'as "ten are ill"')
    play.types("yazan", "caucus-north", f"!consent {request}")
    there = play.code_of(play.said_in("shuttle-south"))
    head = play.case.head
    for seat in ("haddad", "yazan"):
        said = play.types(seat, "caucus-north", f"!revoke {request}")
        assert said.startswith("Too late")
        assert "> ten are ill" in said
    assert play.case.head == head
    assert "ten are ill" in play.types("merrow", "shuttle-south", f"!show {there}")
