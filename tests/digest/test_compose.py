"""A digest is made of what its reader may read, and of nothing else."""

import re
from datetime import timedelta

import pytest

from bot.domain.ids import CompartmentId
from tests.engine.test_storyboard import confirmed, offered
from tests.support.playbook import Play, opened


def digest(play: Play, seat: str = "karam", place: str = "bench-north") -> str:
    return play.types(seat, place, "!digest now")


def section(text: str, name: str) -> str:
    return re.split(r"\n(?=To decide|Preamble|Status|Commitments|Watches)", text + "\n")[
        ["", "To decide", "Preamble", "Status", "Commitments", "Watches"].index(name)
    ]


def test_an_empty_digest_has_the_same_sections_and_says_nothing_of_others() -> None:
    said = digest(opened())
    assert said.startswith("Digest, day 1\n")
    assert "TLP:AMBER+STRICT. As of Mon 1 Mar 11:00 Baghdad (08:00 UTC)." in said
    assert "• Nothing waits for you." in section(said, "To decide")
    assert "• Nothing on record." in section(said, "Status")
    assert "• None." in section(said, "Commitments")
    assert "• None." in section(said, "Watches")


def test_what_its_reader_may_read_is_in_it() -> None:
    play = opened()
    code = confirmed(play)
    item = play.code_of(play.types("haddad", "caucus-north", "!record ten are wounded"))
    watch = play.code_of(
        play.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 24h")
    )
    said = digest(play)
    assert f"`{item}`" in section(said, "Status")
    assert "ten are wounded" in section(said, "Status")
    assert f"`{code}` North → South" in section(said, "Commitments")
    assert f"`{watch}` welfare for `H-TEAL`: waiting" in section(said, "Watches")
    assert "Commitments that stand: 1. Watches: 1, none overdue." in said


def test_what_its_reader_may_not_read_leaves_no_trace() -> None:
    play = opened()
    before = digest(play, "okonjo", "bench-south")
    confirmed(play)
    play.types("haddad", "caucus-north", "!record ten are wounded")
    play.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 24h")
    play.types("brenner", "humanitarian", "!watch add welfare for H-BLUE every 24h")
    assert digest(play, "okonjo", "bench-south") == before


def test_a_read_back_and_a_refused_offer_are_no_promises() -> None:
    play = opened()
    play.types("haddad", "caucus-north", "!commit to South by fri 18:00: ten")
    assert "• None." in section(digest(play), "Commitments")
    _, there = offered(play)
    assert f"`{there}`" in section(digest(play, "okonjo", "bench-south"), "To decide")
    play.types("merrow", "shuttle-south", f"!refuse {there}")
    said = digest(play, "okonjo", "bench-south")
    assert "• Nothing waits for you." in section(said, "To decide")
    assert "• None." in section(said, "Commitments")


def test_nobody_is_asked_to_decide_for_another_party() -> None:
    play = opened()
    _, there = offered(play, to="plenary")
    assert f"`{there}`" in section(digest(play, "okonjo", "bench-south"), "To decide")
    north = digest(play)
    assert "• Nothing waits for you." in section(north, "To decide")
    assert f"`{there}` North → South" in section(north, "Commitments")


def test_the_newest_words_come_first_and_not_all_of_them() -> None:
    play = opened()
    for number in range(7):
        play.types("haddad", "caucus-north", f"!record words {number}")
        play.passes(minutes=1)
    said = section(digest(play), "Status")
    assert re.findall(r"words (\d)", said) == ["6", "5", "4", "3", "2"]


def test_what_is_overdue_is_the_bottom_line() -> None:
    play = opened()
    play.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 1h grace 1h")
    play.passes(hours=3)
    assert "Bottom line. Watches overdue: 1." in digest(play)


# -- on the clock ----------------------------------------------------------------------------


def test_each_bench_gets_one_digest_a_day_at_its_own_hour() -> None:
    play = opened()
    play.passes(days=3)
    for bench in ("bench-north", "bench-south"):
        sent = [h for h in play.fresh if h.compartment == bench]
        assert [h.at.hour for h in sent] == [3, 3, 3]
        assert sent[0].text.startswith("Digest, day 1")
        assert sent[0].message.notice
    assert [h.say.mention for h in play.fresh if h.compartment == "bench-north"] == [("karam",)] * 3
    assert "Late" not in play.fresh[0].text
    play.nothing_elsewhere("bench-north", "bench-south")


def test_after_an_outage_one_digest_comes_and_says_that_it_is_late() -> None:
    play = opened()
    play.is_away(days=3)
    late = [h for h in play.heard if h.compartment == "bench-north"]
    assert len(late) == 1
    assert "Late: this should have come earlier." in late[0].text
    play.passes(days=1)
    assert len([h for h in play.fresh if h.compartment == "bench-north"]) == 1
    assert "Late" not in play.said_in("bench-north")


def test_a_digest_without_a_room_is_reported_to_the_desk() -> None:
    play = opened()
    bench = CompartmentId("bench-north")
    place = play.case.compartments[bench]
    play.case.compartments[bench] = type(place)(
        place.id, place.kind, place.party, place.reads, place.record, place.digest, place.seats
    )
    play.passes(seconds=timedelta(days=1).total_seconds())
    assert "A digest for `bench-north` was due" in play.said_in("desk")


@pytest.mark.parametrize(("seat", "place"), [("haddad", "caucus-north"), ("haddad", "plenary")])
def test_only_readers_and_mediators_ask_for_digests(seat: str, place: str) -> None:
    play = opened()
    assert "there is no `!digest`" in play.types(seat, place, "!digest now")


def test_a_mediator_has_a_digest_sent_and_does_not_see_it() -> None:
    play = opened()
    item = play.code_of(play.types("haddad", "caucus-north", "!record ten are wounded"))
    said = play.types("lindqvist", "desk", "!digest now bench-north")
    assert said == "Digest sent to `bench-north`."
    assert item in play.said_in("bench-north")
    play.nothing_elsewhere("desk", "bench-north")
    assert "no bench `caucus-north`" in play.types("lindqvist", "desk", "!digest now caucus-north")
    said = play.types("karam", "bench-north", "!digest now bench-south")
    assert said.replace("bench-south", "zzz") == play.types(
        "karam", "bench-north", "!digest now zzz"
    )
