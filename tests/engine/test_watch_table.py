"""Every row of the table of states, walked by what people type and what the clock does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.casefile_ladder import parse_ladders
from bot.domain.ids import Code, EventId
from bot.domain.vocabulary import WatchState as S
from bot.domain.watch_states import TABLE, WAITS, Happening, Row, Waits, leads_to
from bot.engine.events import ClockSet
from tests.engine.test_watch_deciding import REASON, decided
from tests.engine.test_watch_ladders import LADDERS
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

H = Happening
EVENT = "EIF+1d"
ADD = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"


def comes_to(row: Row) -> tuple[Play, str]:
    """A watch in the state that a row begins in."""
    play = opened(text=QUIET)
    play.ladders = parse_ladders(LADDERS)
    code = play.code_of(play.types("brenner", "humanitarian", ADD))
    if row.happening is H.MOVED:
        code = play.code_of(play.types("brenner", "humanitarian", ADD.replace("every 24h", EVENT)))
        decided(play, f"!watch end {next(iter(play.case.watches))} because there is another")
        decided(play, "!anchor EIF at 1 mar 2027 09:00 UTC")
    if row.happening is H.REJECTED:
        play.types("salim", "humanitarian", f"!report {code} media: with Tuesday's paper")
    until_due = play.case.watches[Code(code)].occurrence - play.now
    overdue = row.happening is not H.REMINDED and row.state in (S.OVERDUE, S.ACKED)
    if overdue or row.happening is H.RESUMED_LATE:
        play.passes(seconds=(until_due + timedelta(hours=2)).total_seconds())
    elif row.state in (S.GRACE, S.ACKED):
        play.passes(seconds=until_due.total_seconds())
    if row.state is S.ACKED:
        play.types("brenner", "humanitarian", f"!ack {code} until in 1 h because of rain")
    if row.state is S.SUSPENDED:
        decided(play, f"!watch suspend {code} until in 30 h {REASON}")
    assert play.case.watches[Code(code)].state is row.state
    return play, code


def happens(play: Play, code: str, row: Row) -> None:
    match row.happening:
        case H.REMINDED if row.state is S.SCHEDULED:
            play.passes(hours=24)
        case H.REMINDED:
            since, play.now = play.now, play.now - timedelta(hours=1)
            play.take(ClockSet(EventId("set back"), play.now, since))
        case H.RAISED if row.state is S.SCHEDULED:
            play.is_away(hours=27)
        case H.RAISED:
            play.passes(hours=2)
        case H.ACKED:
            play.types("brenner", "humanitarian", f"!ack {code} until in 2 h because of rain")
        case H.PROVED:
            play.types("brenner", "humanitarian", f"!report {code} visit: well")
        case H.WEAK:
            play.types("brenner", "humanitarian", f"!report {code} assertion: they say well")
        case H.SUSPENDED:
            decided(play, f"!watch suspend {code} until in 40 h {REASON}")
        case H.RESUMED | H.RESUMED_LATE:
            play.types("brenner", "humanitarian", f"!watch resume {code}")
        case H.LADDER:
            play.types("brenner", "humanitarian", f"!watch ladder {code} night")
        case H.MOVED:
            decided(play, "!anchor EIF at 3 apr 2027 18:00 UTC")
        case H.REJECTED:
            evidence = list(play.case.evidence)[-1]
            play.types("lindqvist", "humanitarian", f"!verdict {evidence} rejected because staged")
        case H.ENDED:
            decided(play, f"!watch end {code} because H-TEAL is home")
        case _:
            raise AssertionError(row)


@pytest.mark.parametrize("row", TABLE, ids=lambda r: f"{r.state} {r.happening}")
def test_every_row_of_the_table_can_be_walked_and_is_told(row: Row) -> None:
    play, code = comes_to(row)
    told = len(play.heard)
    happens(play, code, row)
    watch = play.case.watches[Code(code)]
    # A verdict raises at once what rested on the evidence.
    raised = row.happening is H.REJECTED and watch.story[-1].what is H.RAISED
    assert raised == (row.happening is H.REJECTED and row.state in (S.SCHEDULED, S.GRACE))
    assert watch.state is (S.OVERDUE if raised else row.to)
    assert watch.story[-1].what in (row.happening, H.RAISED), "a resumed alarm goes on at once"
    assert any(h.compartment == "humanitarian" for h in play.heard[told:])
    assert len(play.due) == (WAITS[watch.state] is not Waits.NOTHING)


def test_a_row_stands_once_and_no_state_is_without_a_way_on() -> None:
    pairs = [(row.state, row.happening) for row in TABLE]
    assert len(set(pairs)) == len(pairs)
    assert {row.state for row in TABLE} == set(S) - {S.ENDED}
    assert set(WAITS) == set(S)
    assert [s for s, waits in WAITS.items() if waits is Waits.NOTHING] == [S.ENDED]


@pytest.mark.parametrize("happening", list(Happening))
def test_nothing_happens_to_a_watch_that_has_ended(happening: Happening) -> None:
    assert leads_to(S.ENDED, happening) is None


def test_nobody_acknowledges_what_is_not_due_or_is_suspended() -> None:
    assert leads_to(S.SCHEDULED, H.ACKED) is None
    assert leads_to(S.SUSPENDED, H.ACKED) is None


def test_a_level_never_becomes_a_reminder_again() -> None:
    assert leads_to(S.OVERDUE, H.REMINDED) is None
