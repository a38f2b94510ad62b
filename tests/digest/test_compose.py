"""A digest is made of what its reader may read, and of nothing else."""

import re
from dataclasses import replace

import pytest

from tests.engine.test_storyboard import confirmed, offered
from tests.support.playbook import Play, opened


def digest(play: Play, seat: str = "karam", place: str = "bench-north") -> str:
    return play.types(seat, place, "!digest now")


SECTIONS = (
    "Preamble.",
    "Bottom line.",
    "To decide",
    "Status",
    "Assessment",
    "Commitments due",
    "Commitments late",
    "Commitments kept",
    "Watches",
    "Changed",
    "Next contacts",
)


def section(text: str, name: str) -> str:
    """What stands under a heading, up to the next one."""
    starts = [text.index(f"\n{heading}") for heading in SECTIONS]
    assert starts == sorted(starts)
    found = SECTIONS.index(name)
    return text[starts[found] : (*starts, len(text))[found + 1]]


def test_an_empty_digest_has_all_sections_and_says_nothing_of_others() -> None:
    said = digest(opened())
    assert said.startswith("Digest ORCHID, day 1, for Minister Karam\n")
    assert "TLP:AMBER+STRICT. As of Mon 1 Mar 11:00 Baghdad (08:00 UTC)." in said
    assert "It is the first that reaches you." in section(said, "Preamble.")
    assert "• Nothing waits for you." in section(said, "To decide")
    assert "• Nothing on record." in section(said, "Status")
    assert "No promise or offer" in section(said, "Assessment")
    for name in ("due", "late", "kept"):
        assert "• None." in section(said, f"Commitments {name}")
    assert "• None." in section(said, "Watches")
    assert "• Nothing." in section(said, "Changed")
    assert "• None has a time yet." in section(said, "Next contacts")


def test_what_its_reader_may_read_is_in_it_behind_its_owners() -> None:
    play = opened()
    code = confirmed(play)
    item = play.code_of(play.types("haddad", "caucus-north", "!record ten are wounded"))
    watch = play.code_of(
        play.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 24h")
    )
    said = digest(play)
    assert f"(North) `{item}`" in section(said, "Status")
    assert "ten are wounded" in section(said, "Status")
    assert f"(North) `{code}` North → South" in section(said, "Commitments due")
    assert f"(North) `{watch}` welfare for `H-TEAL`: waiting" in section(said, "Watches")
    bottom = section(said, "Bottom line.")
    assert "to come: 1, late: 0, kept: 0. Watches: 1, overdue: 0. To decide: 0." in bottom
    assert f"welfare for `H-TEAL`, `{watch}`" in section(said, "Next contacts")
    changed = section(said, "Changed")
    assert all(f"`{one}`" in changed for one in (code, item, watch))


def test_what_its_reader_may_not_read_leaves_no_trace() -> None:
    twins = opened(), opened()
    full = twins[1]
    confirmed(full)
    full.types("haddad", "caucus-north", "!record ten are wounded")
    full.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 24h")
    full.types("brenner", "humanitarian", "!watch add welfare for H-BLUE every 24h")
    for play in twins:
        digest(play, "okonjo", "bench-south")
    empty, other = (h.fresh[-1].message for h in twins)
    assert empty == other


def test_what_comes_on_the_clock_does_not_change_when_hidden_items_exist() -> None:
    twins = opened(), opened()
    twins[1].types("haddad", "caucus-north", "!record ten are wounded")
    twins[1].types("brenner", "humanitarian", "!watch add welfare for H-BLUE every 24h")
    said = []
    for play in twins:
        play.passes(days=3)
        said.append(play.all_said_in("bench-south"))
    assert len(said[0]) > 3
    assert said[0] == said[1]


def test_a_read_back_and_a_refused_offer_are_no_promises() -> None:
    play = opened()
    play.types("haddad", "caucus-north", "!commit to South by fri 18:00: ten")
    assert "• None." in section(digest(play), "Commitments due")
    _, there = offered(play)
    assert f"`{there}`" in section(digest(play, "okonjo", "bench-south"), "To decide")
    play.types("merrow", "shuttle-south", f"!refuse {there}")
    said = digest(play, "okonjo", "bench-south")
    assert "• Nothing waits for you." in section(said, "To decide")
    assert "• None." in section(said, "Commitments due")


def test_nobody_is_asked_to_decide_for_another_party() -> None:
    play = opened()
    _, there = offered(play, to="plenary")
    assert f"`{there}`" in section(digest(play, "okonjo", "bench-south"), "To decide")
    north = digest(play)
    assert "• Nothing waits for you." in section(north, "To decide")
    assert f"`{there}` North → South" in section(north, "Commitments due")


def test_the_newest_words_come_first_and_not_all_of_them() -> None:
    play = opened()
    for number in range(7):
        play.types("haddad", "caucus-north", f"!record words {number}")
        play.passes(minutes=1)
    said = section(digest(play), "Status")
    assert re.findall(r"words (\d)", said) == ["6", "5", "4", "3", "2"]
    assert "And fewer than 5 more on record" in said


def test_what_is_overdue_is_the_bottom_line() -> None:
    play = opened()
    play.types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 1h grace 1h")
    play.passes(hours=3)
    assert "Bottom line. Watches overdue: 1 of 1. Commitments late: 0." in digest(play)


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


def test_a_release_that_waits_for_ones_own_party_is_a_decision_until_it_is_answered() -> None:
    for answer in ("consent", "refuse"):
        play = opened()
        item = play.code_of(play.types("lindqvist", "desk", "!record what both may hear"))
        asked = play.code_of(play.types("lindqvist", "desk", f"!release {item} to plenary"))
        waiting = section(digest(play, "lindqvist", "desk"), "To decide")
        assert f"(Mediation) Whether to consent to `{asked}`" in waiting
        assert "what both may hear" in waiting
        play.types("adeyemi", "desk", f"!{answer} {asked}")
        after = section(digest(play, "lindqvist", "desk"), "To decide")
        assert "• Nothing waits for you." in after


def test_a_release_that_another_party_is_asked_for_is_no_decision_here() -> None:
    play = opened()
    item = play.code_of(play.types("haddad", "caucus-north", "!record ten are wounded"))
    play.types("haddad", "caucus-north", f"!release {item} to plenary")
    for seat, place in (("lindqvist", "desk"), ("okonjo", "bench-south")):
        found = section(digest(play, seat, place), "To decide")
        assert "• Nothing waits for you." in found


def test_a_point_of_a_condition_that_was_erased_is_neither_told_nor_drawn() -> None:
    play = opened()
    line = "!watch add welfare for H-TEAL every 24h"
    code = play.code_of(play.types("haddad", "caucus-north", line))
    for value in (4, 9):
        play.types("haddad", "caucus-north", f"!index {code} {value} needs water")
    said = section(digest(play), "Assessment")
    assert f"(North) `{code}` `H-TEAL`: 9 of 10, Lt. Haddad" in said
    assert "Points: 4, 9." in said
    assert "Needed: water" in said
    (points,) = play.case.wellbeing.values()
    play.case = replace(play.case, erased=frozenset({points[-1].record}))
    said = section(digest(play), "Assessment")
    assert "4 of 10" in said
    assert "9" not in said.replace(code, "")


def test_what_is_late_and_what_was_kept_stand_apart() -> None:
    play = opened()
    code, there = offered(play)
    play.types("merrow", "shuttle-south", f"!accept {there}")
    assert f"`{code}`" in section(digest(play), "Commitments due")
    play.passes(days=7)
    said = digest(play)
    assert f"`{code}`" in section(said, "Commitments late")
    assert "• None." in section(said, "Commitments due")
    assert "Commitments late: 1." in section(said, "Bottom line.")
    said = play.types("haddad", "caucus-north", f"!fulfilled {code} full: all ten crossed")
    assert "Nothing done" not in said
    said = digest(play)
    assert f"`{code}`" in section(said, "Commitments kept")
    assert "• None." in section(said, "Commitments late")
