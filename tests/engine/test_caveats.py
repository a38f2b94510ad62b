"""Each caveat is kept by the program, and a mistyped one is never silently missing."""

from __future__ import annotations

import pytest

from bot.domain import bodies as b
from bot.domain.ids import Code, CompartmentId, PartyId, Prose, SeatId, UserId
from bot.domain.vocabulary import Role
from bot.policy.guard import Why
from bot.policy.label import Caveats, Label, owned_by
from bot.policy.release import Cleared, Denied, Labelled, Room, release
from tests.engine.test_storyboard import confirmed
from tests.policy.rooms import ROSTER, SOUND, WANTED
from tests.support.orchid import QUIET, master_of
from tests.support.playbook import Play, opened

THERE = CompartmentId("shuttle-south")


def recorded(play: Play, words: str = "ten are ill") -> str:
    return play.code_of(play.types("haddad", "caucus-north", f"!record {words}"))


def released(play: Play, code: str, tail: str = "", target: str = "shuttle-south") -> str:
    """Ask, consent, and return the code that is read in the target."""
    asked = play.types("haddad", "caucus-north", f"!release {code} to {target} {tail}".strip())
    play.types("yazan", "caucus-north", f"!consent {play.code_of(asked)}")
    return play.code_of(play.said_in(target))


def test_caveats_are_shown_to_who_consents_to_who_reads_and_on_show() -> None:
    play = opened(text=QUIET)
    line = f'!release {recorded(play)} to shuttle-south as "ten" chatham-house until fri 18:00 no-forward'
    asked = play.types("haddad", "caucus-north", line)
    play.types("yazan", "caucus-north", f"!consent {play.code_of(asked)}")
    there = play.said_in("shuttle-south")
    shown = play.types("merrow", "shuttle-south", f"!show {play.code_of(there)}")
    for said in (asked, there, shown):
        assert "No forward" in said
        assert "Chatham House" in said
        assert "Until Fri 5 Mar 18:00" in said
        assert "> ten\n" in said


@pytest.mark.parametrize(
    "tail",
    ["noforward", "no-forwrd until fri 18:00", 'as "ten" secret', 'as "ten" no-forward no-forward'],
)
def test_an_unknown_caveat_is_refused_with_the_list(tail: str) -> None:
    play = opened()
    said = play.types(
        "haddad", "caucus-north", f"!release {recorded(play)} to shuttle-south {tail}"
    )
    assert "is no caveat" in said
    assert "[no-forward] [eyes-only] [chatham-house] [until WHEN] [held]" in said
    assert not play.case.requests


def test_a_caveat_among_words_without_quotes_is_not_taken_for_words() -> None:
    play = opened()
    code = recorded(play)
    said = play.types(
        "haddad", "caucus-north", f"!release {code} to shuttle-south as ten no-forward"
    )
    assert "put the words in quotes" in said
    said = play.types(
        "haddad", "caucus-north", f'!release {code} to shuttle-south as "ten no-forward"'
    )
    assert "> ten no-forward" in said
    assert "No forward" not in said


def test_a_caveat_may_follow_the_compartment_alone_and_until_needs_a_time_ahead() -> None:
    play = opened()
    code = recorded(play)
    said = play.types(
        "haddad", "caucus-north", f"!release {code} to shuttle-south until sun 18:00 no-forward"
    )
    assert "Until Sun 7 Mar 18:00" in said
    for wrong in ("until", "until soon", "until 2027-02-01"):
        said = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south {wrong}")
        assert said.startswith("Nothing done")


def test_what_is_given_without_forward_is_told_to_no_other_room_of_the_same_party() -> None:
    play = opened(text=QUIET)
    there = released(play, recorded(play), 'as "ten" no-forward')
    open_ = released(play, recorded(play), 'as "nine"')
    digest = play.types("okonjo", "bench-south", "!digest now")
    assert open_ in digest
    assert "nine" in digest
    assert there not in digest
    assert "no item" in play.types("okonjo", "bench-south", f"!show {there}")


def test_a_forward_of_it_asks_its_owner_anew_and_says_so() -> None:
    play = opened(text=QUIET)
    there = released(play, recorded(play), 'as "ten" no-forward')
    said = play.types("merrow", "shuttle-south", f"!release {there} to plenary")
    assert "Waiting for North" in said
    assert "given with no forward" in said
    asked = play.said_in("caucus-north")
    assert "It was given with no forward" in asked
    request = play.code_of(asked)
    play.types("merrow", "shuttle-south", f"!consent {request}")
    assert play.said_in("plenary") == ""
    play.types("yazan", "caucus-north", f"!consent {request}")
    assert "No forward" in play.said_in("plenary")


def test_eyes_only_goes_nowhere_that_people_come_and_go_in() -> None:
    play = opened()
    code = recorded(play)
    for place in ("plenary", "humanitarian"):
        said = play.types("haddad", "caucus-north", f"!release {code} to {place} eyes-only")
        assert "people come and go" in said


def test_eyes_only_is_not_shown_once_somebody_else_sits_there() -> None:
    play = opened(text=QUIET)
    promise = confirmed(play)
    there = released(play, promise, "eyes-only")
    assert there in play.types("merrow", "shuttle-south", "!board")
    aide = SeatId("aide")
    play.appends(
        b.SeatAdded(
            aide, PartyId("south"), Role.NEGOTIATOR, UserId("@aide:localhost"), "UTC", "en", "",
            Prose("Aide"), master_of("aide"),
        ),
        b.SeatPlaced(THERE, aide),
    )  # fmt: skip
    for line in ("!board", "!status", "!digest now", f"!show {there}", f"!accept {there}"):
        assert there not in play.types("merrow", "shuttle-south", line).replace(
            f"no item `{there}`", ""
        )
    play.appends(b.SeatWithdrawn(THERE, aide))
    assert there in play.types("merrow", "shuttle-south", "!board")


def test_the_gate_holds_eyes_only_words_to_the_people_seated_there() -> None:
    here = CompartmentId("caucus-lowland")
    readers = owned_by(PartyId("lowland"), frozenset({here})).owners
    room = Room(here, held=False, wanted=WANTED, seen=SOUND)
    some = frozenset(sorted(ROSTER)[:1])
    for eyes in (ROSTER, ROSTER | {UserId("@else:x")}):
        label = Label(readers, Caveats(eyes_only=True, eyes=eyes))
        assert isinstance(release(Labelled("words", label), room), Cleared)
    for eyes in (some, frozenset()):
        label = Label(readers, Caveats(eyes_only=True, eyes=eyes))
        assert release(Labelled("words", label), room) == Denied(Why.LABEL)


def test_chatham_house_names_nobody_who_offers_and_cannot_be_accepted() -> None:
    play = opened(text=QUIET)
    promise = confirmed(play)
    asked = play.types(
        "haddad", "caucus-north", f"!release {promise} to shuttle-south chatham-house"
    )
    assert "nobody can accept it" in asked
    play.types("yazan", "caucus-north", f"!consent {play.code_of(asked)}")
    said = play.said_in("shuttle-south")
    there = play.code_of(said)
    lines = (
        f"!show {there}", f"!accept {there}", f"!release {there} to plenary", "!board",
        f"!receipt {there}", f"!refuse {there}", "!status",
    )  # fmt: skip
    heard = [said, *(play.types("merrow", "shuttle-south", line) for line in lines)]
    # The words themselves speak of a northern crossing.
    heard.append(play.types("okonjo", "bench-south", "!digest now"))
    for text in heard:
        assert "north" not in text.casefold().replace("northern", ""), text
    assert "Waiting for its owners" in heard[3]


def test_until_is_over_everywhere_at_its_instant_and_the_room_is_told_so() -> None:
    play = opened(text=QUIET)
    there = released(play, recorded(play), 'as "ten" until tue 18:00')
    assert there in play.types("okonjo", "bench-south", "!digest now")
    play.passes(days=2)
    assert "no longer shown, quoted or released" in play.said_in("shuttle-south")
    play.nothing_elsewhere("shuttle-south")
    for seat, place, line in (
        ("merrow", "shuttle-south", f"!show {there}"),
        ("merrow", "shuttle-south", f"!release {there} to plenary"),
        ("okonjo", "bench-south", "!digest now"),
    ):
        said = play.types(seat, place, line)
        assert "> ten" not in said
        assert "time for which" in said or there not in said


def test_what_came_of_a_limited_source_ends_with_it() -> None:
    play = opened(text=QUIET)
    there = released(play, recorded(play), 'as "ten" until wed 18:00')
    said = play.types("merrow", "shuttle-south", f"!release {there} to plenary until sat 18:00")
    assert "Until Wed 3 Mar" in said
    assert "Until Sat" not in said
    play.types("yazan", "caucus-north", f"!consent {play.code_of(said)}")
    new = play.code_of(play.said_in("plenary"))
    play.passes(days=4)
    assert "over" in play.types("merrow", "plenary", f"!show {new}")


def test_a_promise_accepted_in_time_stands_and_one_that_was_not_cannot_be_accepted() -> None:
    play = opened(text=QUIET)
    code = confirmed(play)
    there = released(play, code, "until wed 18:00")
    play.types("merrow", "shuttle-south", f"!accept {there}")
    other = opened(text=QUIET)
    code = confirmed(other)
    late = released(other, code, "until wed 18:00")
    for one in (play, other):
        one.passes(days=3)
    assert there in play.types("merrow", "shuttle-south", "!board")
    assert "is over" in other.types("merrow", "shuttle-south", f"!accept {late}")
    assert late not in other.types("merrow", "shuttle-south", "!board")


def test_a_request_shows_the_caveats_of_its_source_besides_its_own() -> None:
    play = opened(text=QUIET)
    there = released(play, recorded(play), 'as "ten" chatham-house')
    play.types("merrow", "shuttle-south", f"!release {there} to plenary no-forward")
    asked = play.said_in("caucus-north")
    assert "Chatham House" in asked
    assert "No forward" in asked
    assert play.case.requests[Code(play.code_of(asked))].caveats == Caveats(
        no_forward=True, unattributed=True
    )
