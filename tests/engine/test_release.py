"""Who must consent, who can, and what nobody else sees of it."""

import pytest

from bot.domain import bodies as b
from bot.domain.ids import CompartmentId, PartyId, Prose, SeatId, UserId
from bot.domain.vocabulary import Role
from tests.engine.test_storyboard import PROMISE, confirmed
from tests.support.orchid import QUIET, master_of
from tests.support.playbook import Play, opened

OTHERS = {
    "caucus-south": "merrow",
    "shuttle-north": "haddad",
    "shuttle-south": "merrow",
    "humanitarian": "brenner",
    "desk": "lindqvist",
    "bench-south": "okonjo",
    "plenary": "haddad",
}
LOOKS = ("!board", "!status", "!help", "!where", "!watch list", "!guard status")


def looks(play: Play) -> dict[tuple[str, str], str]:
    """Everything that every other room can find out by asking."""
    found = {
        (place, line): play.types(seat, place, line)
        for place, seat in OTHERS.items()
        for line in LOOKS
    }
    for place in ("bench-south", "desk"):
        found[place, "!digest now"] = play.types(OTHERS[place], place, "!digest now")
    return found


def asked(play: Play) -> tuple[str, str]:
    code = confirmed(play)
    return code, play.code_of(
        play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    )


def test_a_pending_a_refused_and_a_lapsed_release_are_seen_nowhere_else() -> None:
    play, twin = opened(text=QUIET), opened(text=QUIET)
    code = confirmed(play)
    confirmed(twin)
    request = play.code_of(
        play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    )
    play.nothing_elsewhere("caucus-north")
    assert looks(play) == looks(twin)
    play.types("yazan", "caucus-north", f"!refuse {request}")
    play.nothing_elsewhere("caucus-north")
    assert looks(play) == looks(twin)
    assert "no longer waits" in play.types("yazan", "caucus-north", f"!refuse {request}")
    play.passes(days=3)
    play.nothing_elsewhere("caucus-north")
    twin.passes(days=3)
    assert looks(play) == looks(twin)


def test_whoever_asked_does_not_consent_alone_where_another_can() -> None:
    play = opened()
    _, request = asked(play)
    said = play.types("haddad", "caucus-north", f"!consent {request}")
    assert "another of your party consents" in said
    play.nothing_elsewhere("caucus-north")


def test_whoever_asked_consents_alone_where_nobody_else_can() -> None:
    play = opened(enrolled=["haddad", "merrow"])
    _, request = asked(play)
    play.types("haddad", "caucus-north", f"!consent {request}")
    assert play.said_in("shuttle-south").startswith("North offers")


def test_a_mediator_never_consents_for_a_party() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "shuttle-north", PROMISE))
    play.types("haddad", "shuttle-north", f"!confirm {code}")
    request = play.code_of(
        play.types("lindqvist", "shuttle-north", f"!release {code} to shuttle-south")
    )
    for place in ("shuttle-north", "desk"):
        for verb in ("consent", "refuse"):
            said = play.types("adeyemi", place, f"!{verb} {request}")
            assert said.startswith(f"Nothing done: no item `{request}`")
    assert not play.said_in("shuttle-south")
    play.types("haddad", "shuttle-north", f"!consent {request}")
    assert play.said_in("shuttle-south").startswith("North offers")


def test_the_other_side_cannot_consent_or_even_learn_of_a_request() -> None:
    play = opened()
    _, request = asked(play)
    real = play.types("merrow", "shuttle-south", f"!consent {request}")
    invented = play.types("merrow", "shuttle-south", "!consent 2222")
    assert real.replace(request, "2222") == invented


def test_a_consent_expires() -> None:
    play = opened()
    _, request = asked(play)
    play.passes(days=2, minutes=1)
    assert "no longer waits" in play.types("yazan", "caucus-north", f"!consent {request}")
    play.nothing_elsewhere("caucus-north")


def test_a_read_back_is_not_released() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))
    said = play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    assert "only a read-back" in said


def test_the_tear_line_goes_out_and_the_wording_stays() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", "!record camp seven holds ten wounded")
    code = play.code_of(said)
    said = play.types(
        "haddad", "caucus-north", f"!release {code} to shuttle-south as “ten are wounded”"
    )
    assert "> ten are wounded" in said
    play.types("yazan", "caucus-north", f"!consent {play.code_of(said)}")
    assert play.said_in("shuttle-south").endswith("> ten are wounded")
    assert not any("camp seven" in t for t in play.all_said_in("shuttle-south"))


@pytest.mark.parametrize("place", ["caucus-south", "bench-south", "desk", "nowhere"])
def test_a_room_one_may_not_name_reads_like_one_that_is_not_there(place: str) -> None:
    play = opened()
    code = confirmed(play)
    said = play.types("haddad", "caucus-north", f"!release {code} to {place}")
    invented = play.types("haddad", "caucus-north", f"!release {code} to zzz")
    assert said.replace(place, "zzz") == invented


def test_what_all_own_needs_all_and_a_refusal_among_them_is_silent() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "plenary", "!record lists by Friday"))
    said = play.types("haddad", "plenary", f"!release {code} to humanitarian")
    assert "Waiting for Mediation, North, Relief Society, South" in said
    request = play.code_of(said)
    assert "No answer by then means no" in said
    play.nothing_elsewhere("plenary", "caucus-north", "caucus-south", "desk")

    play.types("merrow", "caucus-south", f"!refuse {request}")
    play.nothing_elsewhere("caucus-south")
    twin = opened()
    twin.types("haddad", "plenary", "!record lists by Friday")
    twin.types("haddad", "plenary", f"!release {code} to humanitarian")
    for seat, place in (
        ("yazan", "caucus-north"),
        ("adeyemi", "desk"),
        ("brenner", "plenary"),
        ("yazan", "caucus-north"),
    ):
        line = f"!consent {request}"
        assert play.types(seat, place, line) == twin.types(seat, place, line) != ""
        play.nothing_elsewhere(place)


def test_who_asked_reads_the_same_at_the_same_time_whether_it_was_refused_or_not_answered() -> None:
    play, twin = opened(text=QUIET), opened(text=QUIET)
    for one in (play, twin):
        code = one.code_of(one.types("haddad", "plenary", "!record lists by Friday"))
        asked = one.types("haddad", "plenary", f"!release {code} to humanitarian")
        one.types("yazan", "caucus-north", f"!consent {one.code_of(asked)}")
    play.types("merrow", "caucus-south", f"!refuse {play.code_of(asked)}")
    for one in (play, twin):
        one.heard.clear()
        one.passes(days=3)
    heard = [(h.compartment, h.at, h.text) for h in play.heard]
    assert heard == [(h.compartment, h.at, h.text) for h in twin.heard]
    assert [(place, "not every owner consented in time" in text) for place, _, text in heard] == [
        ("plenary", True)
    ]
    for verb in ("consent", "refuse"):
        said = play.types("adeyemi", "desk", f"!{verb} {play.code_of(asked)}")
        assert "no longer waits" in said


def test_bodies_without_a_negotiator_consent_for_their_own_part() -> None:
    play = opened()
    code = play.code_of(play.types("brenner", "humanitarian", "!record ten are in good health"))
    request = play.code_of(
        play.types("lindqvist", "humanitarian", f"!release {code} to shuttle-north")
    )
    assert "still waits" in play.types("brenner", "humanitarian", f"!consent {request}")
    assert "still waits" in play.types("salim", "humanitarian", f"!consent {request}")
    own = play.types("lindqvist", "desk", f"!consent {request}")
    assert "another of your party" in own
    play.types("adeyemi", "desk", f"!consent {request}")
    assert play.said_in("shuttle-north").endswith("> ten are in good health")


def test_what_was_released_is_not_released_further_without_its_owner() -> None:
    play = opened()
    _, request = asked(play)
    play.types("yazan", "caucus-north", f"!consent {request}")
    there = play.code_of(play.said_in("shuttle-south"))
    said = play.types("merrow", "shuttle-south", f"!release {there} to plenary")
    assert "Waiting for North" in said
    assert "may `plenary` read exactly this" in play.said_in("caucus-north")
    assert there not in play.said_in("caucus-north")
    play.nothing_elsewhere("shuttle-south", "caucus-north")


def test_consent_is_given_where_it_was_asked() -> None:
    play = opened()
    _, request = asked(play)
    for place in ("plenary", "shuttle-north"):
        said = play.types("haddad", place, f"!consent {request}")
        assert said.startswith(f"Nothing done: no item `{request}`")


def test_a_coordinator_of_a_state_does_not_consent_for_it() -> None:
    play = opened()
    north = play.case.parties[PartyId("north")]
    user, key = UserId("@aide:localhost"), master_of("aide")
    play.appends(
        b.SeatAdded(
            SeatId("aide"), north.id, Role.COORDINATOR, user, "UTC", "en", "", Prose("Aide"), key
        ),
        b.SeatPlaced(CompartmentId("caucus-north"), SeatId("aide")),
    )
    _, request = asked(play)
    for verb in ("consent", "refuse"):
        said = play.types("aide", "caucus-north", f"!{verb} {request}")
        assert said.startswith(f"Nothing done: no item `{request}`")
    play.types("yazan", "caucus-north", f"!consent {request}")
    assert play.said_in("shuttle-south").startswith("North offers")
