"""Two parties get their texts together or not at all, and only what their owners consented to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import bodies as b
from bot.domain.ids import CompartmentId, UserId
from bot.domain.release_bodies import BothDelivered
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

BOTH = ("shuttle-north", "shuttle-south")


def ready(play: Play, *, consented: bool = True) -> tuple[str, str]:
    """Two texts of the mediators', one for each party, held and consented to by another of them."""
    found = []
    for place, words in zip(BOTH, ("for North: ten", "for South: nine"), strict=True):
        code = play.code_of(play.types("lindqvist", "desk", f"!record {words}"))
        said = play.types("lindqvist", "desk", f"!release {code} to {place} held")
        assert "Held" in said
        found.append(play.code_of(said))
    if consented:
        for request in found:
            said = play.types("adeyemi", "desk", f"!consent {request}")
            assert "goes to" in said
            play.nothing_elsewhere("desk")
    return found[0], found[1]


def line(one: str, other: str) -> str:
    return f"!deliver both {one} to shuttle-north, {other} to shuttle-south"


def test_both_go_together_and_the_desk_is_told_how_far_apart() -> None:
    play = opened(text=QUIET)
    one, other = ready(play)
    play.types("lindqvist", "desk", line(one, other))
    assert "> for North: ten" in play.said_in("shuttle-north")
    assert "> for South: nine" in play.said_in("shuttle-south")
    assert "for South" not in play.said_in("shuttle-north")
    assert any(text.endswith("0.084 s apart.") for text in play.all_said_in("desk"))
    body = next(body for _, body in play.written if isinstance(body, BothDelivered))
    assert {body.first, body.second} == {one, other}
    assert not body.at_most
    assert "not ready" in play.types("lindqvist", "desk", line(one, other))


def test_nothing_goes_before_all_have_consented() -> None:
    play = opened(text=QUIET)
    one, other = ready(play, consented=False)
    play.types("adeyemi", "desk", f"!consent {one}")
    assert f"`{other}` is not ready" in play.types("lindqvist", "desk", line(one, other))
    play.nothing_elsewhere("desk")


def test_a_request_that_was_not_held_or_that_lapsed_is_not_ready() -> None:
    play = opened(text=QUIET)
    one, other = ready(play)
    play.passes(days=3)
    assert "not ready" in play.types("lindqvist", "desk", line(one, other))
    play.nothing_elsewhere("desk")


@pytest.mark.parametrize("fault", ["held", "breach", "nobody there"])
@pytest.mark.parametrize("place", BOTH)
def test_if_one_room_does_not_pass_nothing_goes_to_either(place: str, fault: str) -> None:
    play = opened(text=QUIET)
    one, other = ready(play)
    room = play.room(place)
    if fault == "held":
        play.appends(b.BreachRaised(CompartmentId(place), ("members",), ()))
    elif fault == "breach":
        seen = replace(room, present=room.present | {(UserId("@stranger:x"), "join")})
        play._rooms[CompartmentId(place)] = seen
    else:
        bot = frozenset(pair for pair in room.present if "parley" in pair[0])
        play._rooms[CompartmentId(place)] = replace(room, present=bot)
    head = play.case.head
    said = play.types("lindqvist", "desk", line(one, other))
    assert f"`{place}` does not pass the guard" in said
    play.nothing_elsewhere("desk")
    assert play.case.head == head


def test_a_wrong_room_the_same_room_and_a_strange_code_are_refused() -> None:
    play = opened(text=QUIET)
    one, other = ready(play)
    wrong = f"!deliver both {one} to plenary, {other} to shuttle-south"
    assert "was asked for `shuttle-north`" in play.types("lindqvist", "desk", wrong)
    twice = f"!deliver both {one} to shuttle-north, {one} to shuttle-north"
    assert "one text each" in play.types("lindqvist", "desk", twice)
    strange = f"!deliver both 2222 to shuttle-north, {other} to shuttle-south"
    assert "no item `2222`" in play.types("lindqvist", "desk", strange)
    assert "write it like this" in play.types("lindqvist", "desk", f"!deliver both {one}, {other}")


def test_a_mediator_cannot_deliver_a_request_that_sits_in_a_caucus() -> None:
    play = opened(text=QUIET)
    one, other = ready(play)
    code = play.code_of(play.types("haddad", "caucus-north", "!record ours"))
    said = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south held")
    secret = play.code_of(said)
    play.types("yazan", "caucus-north", f"!consent {secret}")
    real = play.types("lindqvist", "desk", line(one, secret))
    invented = play.types("lindqvist", "desk", line(one, "2222"))
    assert real.replace(secret, "2222") == invented
    assert other


@pytest.mark.parametrize(("seat", "place"), [("haddad", "shuttle-north"), ("brenner", "plenary")])
def test_only_the_desk_delivers(seat: str, place: str) -> None:
    play = opened(text=QUIET)
    one, other = ready(play)
    assert "there is no `!deliver" in play.types(seat, place, line(one, other))


def test_one_taken_back_before_they_leave_takes_the_other_with_it() -> None:
    play = opened(text=QUIET)
    one, other = ready(play)
    play.types("lindqvist", "desk", line(one, other))
    late = play.types("adeyemi", "desk", f"!revoke {one}")
    assert late.startswith("Too late")

    play = opened(text=QUIET)
    one, other = ready(play)
    play.waits = True
    play.types("lindqvist", "desk", line(one, other))
    said = play.types("adeyemi", "desk", f"!revoke {one}")
    assert "It had not left" in said
    play.waits = False
    play.passes(seconds=1)
    play.types("lindqvist", "desk", "!status")
    for place in BOTH:
        assert play.all_said_in(place) == []
    for request in (one, other):
        assert "no longer waits" in play.types("adeyemi", "desk", f"!revoke {request}")
