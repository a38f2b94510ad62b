"""Ladders of a case: named, changed and dropped by its file, and never under a watch that stands."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import bodies as b
from bot.domain.casefile_change import digest_of
from bot.domain.ids import CASE_ROOM, Code, EventId
from bot.domain.ladder import Step
from bot.engine.events import CaseFileTaken
from tests.domain.test_casefile import ORCHID, applied, change
from tests.domain.test_ladder import LAST, ONE, step
from tests.support.orchid import QUIET
from tests.support.playbook import opened

LADDER = "\n" + ONE + step(rooms='["own", "plenary"]', wait='"10 min"') + LAST


def test_a_ladder_is_named_with_the_file_and_a_second_look_finds_nothing() -> None:
    found = change(ORCHID + LADDER, applied(ORCHID))
    assert [type(body) for _, body in found.bodies] == [b.LadderNamed]
    assert found.lines == ("Ladder one is new: 2 levels. No watch that stands changes by it.",)
    assert not found.widens
    case = applied(ORCHID + LADDER)
    assert set(case.ladders) == {"one"}
    assert change(ORCHID + LADDER, case).bodies == ()


def test_a_ladder_that_changes_or_goes_says_so() -> None:
    case = applied(ORCHID + LADDER)
    changed = change(ORCHID + LADDER.replace("10 min", "20 min"), case)
    assert changed.lines == ("Ladder one changes: 2 levels. No watch that stands changes by it.",)
    gone = change(ORCHID, case)
    assert gone.lines == ("Ladder one is dropped; watches that have it keep it.",)


def test_a_watch_keeps_its_ladder_when_the_file_changes_or_drops_it() -> None:
    play = opened(text=QUIET + LADDER.replace('"own", "plenary"', '"own"'))
    add = "!watch add welfare for H-TEAL every 24h ladder one"
    code = Code(play.code_of(play.types("brenner", "humanitarian", add)))
    before = play.case.watches[code].ladder
    assert len(before) == 2
    play.takes_case_file(QUIET + "\n" + ONE + LAST)
    assert len(play.case.ladders["one"]) == 1
    play.takes_case_file(QUIET)
    assert play.case.ladders == {}
    assert play.case.watches[code].ladder == before
    play.passes(hours=26)
    assert "level 1" in play.said_in("humanitarian")


def test_what_no_file_can_say_is_refused_as_a_whole() -> None:
    play = opened(text=QUIET)
    for wrong in (
        b.LadderNamed("one", ()),
        b.LadderNamed("one", (Step(frozenset(), ("own",), (), timedelta(days=9)),)),
        b.LadderDropped("one"),
    ):
        bodies = ((CASE_ROOM, wrong),)
        digest = digest_of(play.case.id, [wrong])
        head = play.case.head
        event = CaseFileTaken(
            EventId(f"{wrong}"), play.now, bodies, widens=False, digest=digest, lines=()
        )
        play.take(event)
        assert play.case.head == head
        assert "A case file was not taken" in play.said_in("desk")
