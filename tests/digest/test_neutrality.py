"""How each party was dealt with, counted from what the desk may read and from nothing else."""

from __future__ import annotations

from bot.digest.neutrality import neutrality
from bot.domain.dealing import DealingKind
from bot.domain.ids import CompartmentId, PartyId
from tests.engine.test_storyboard import offered
from tests.support.orchid import ORCHID, QUIET
from tests.support.playbook import Play, opened

DESK = CompartmentId("desk")
OPEN = QUIET.replace('reads = ["humanitarian"]', 'reads = ["humanitarian", "plenary"]')
"""A desk that is told of what all parties share."""


def report(play: Play, form: str = "text") -> dict[tuple[str, str], str]:
    said = play.types("lindqvist", "desk", f"!neutrality {form}")
    lines = [line.removeprefix("• ").split("; ") for line in said.splitlines() if "; " in line]
    return {(party, what): figure for party, what, figure in lines}


def test_every_party_has_the_same_rows_and_none_stands_out() -> None:
    found = report(opened(text=QUIET))
    parties = {party for party, _ in found}
    assert parties == {"North", "South", "Mediation", "Relief Society", "Families"}
    assert len(found) == 5 * 9
    assert set(found.values()) == {"-"}


def test_notices_answers_and_their_lengths_are_counted() -> None:
    play = opened(text=OPEN)
    play.passes(hours=2)
    _, there = offered(play, to="plenary")
    play.passes(hours=5)
    play.types("merrow", "plenary", f"!accept {there}")
    found = report(play)
    assert found["South", "notices"] == "1"
    assert found["South", "answers"] == "1"
    assert found["South", "time to answer"] == "5 h"
    assert found["South", "notices out of hours"] == "-"
    assert found["North", "notices"] == "-"
    shown = play.types("lindqvist", "desk", "!neutrality")
    assert "South | time to answer | 5 h" in shown
    play.nothing_elsewhere("desk")


def test_a_notice_at_night_is_out_of_hours_by_the_partys_own_clock() -> None:
    play = opened(text=OPEN)
    play.passes(hours=10)
    offered(play, to="plenary")
    assert report(play)["South", "notices out of hours"] == "1"


def test_what_the_desk_may_not_read_changes_nothing() -> None:
    twins = opened(text=QUIET), opened(text=QUIET)
    _, there = offered(twins[1])
    twins[1].types("merrow", "shuttle-south", f"!refuse {there}")
    said = [play.types("lindqvist", "desk", "!neutrality") for play in twins]
    assert said[0] == said[1]
    kept = twins[1].case.dealings[PartyId("south")]
    assert [one.kind for one in kept] == [DealingKind.NOTICE, DealingKind.ANSWER]


def test_a_contact_gap_is_counted_for_the_party_that_was_silent() -> None:
    play = opened(text=QUIET)
    said = play.types(
        "lindqvist", "humanitarian", "!watch add contact gap for relief every 24h grace 1h"
    )
    assert "`" in said
    play.passes(days=2)
    (relief,) = [t for t in neutrality(play.case, DESK) if t.party.id == "relief"]
    assert relief.gaps is not None
    assert relief.gaps.value == 1


def test_an_extension_is_counted_for_whoever_got_it() -> None:
    play = opened(text=QUIET)
    line = "!watch add welfare for H-TEAL every 24h grace 1h"
    code = play.code_of(play.types("brenner", "humanitarian", line))
    play.passes(hours=26)
    play.types("brenner", "humanitarian", f"!ack {code} until in 3 h because of the road")
    assert report(play)["Relief Society", "extensions"] == "1"


def test_only_mediators_at_the_desk_see_it() -> None:
    play = opened(text=ORCHID)
    assert "there is no `!neutrality`" in play.types("haddad", "caucus-north", "!neutrality")
    assert "there is no `!neutrality`" in play.types("lindqvist", "plenary", "!neutrality")
    assert "write it like this" in play.types("lindqvist", "desk", "!neutrality pdf").casefold()
