"""A hostile clock, a hurried acknowledgement: nothing may make a watch or a digest go silent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.case import Watch
from bot.domain.ids import Code, EventId
from bot.engine.events import BotReturned
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ADD = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"


def watched(play: Play) -> str:
    return play.code_of(play.types("brenner", "humanitarian", ADD))


def watch_of(play: Play, code: str) -> Watch:
    return play.case.watches[Code(code)]


def jumps(play: Play, **length: float) -> None:
    """The wall clock is set; the bot notices and says so on every case's road."""
    since, play.now = play.now, play.now + timedelta(**length)
    play.take(BotReturned(EventId(f"returned-{play.now}"), play.now, since))


def test_acknowledgements_within_the_grace_do_not_end_the_ladder() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=24)
    for _ in range(2):
        assert "quiet until" in play.types(
            "brenner", "humanitarian", f"!ack {code} until in 5 min because of rain"
        )
        play.passes(minutes=6)
    play.passes(hours=24)
    last = [h for h in play.fresh if f"`{code}`" in h.text and h.compartment == "desk"]
    assert len(last) > 40, "the last level repeats for ever"


@pytest.mark.parametrize("minutes", [3, 31, 119, 121])
def test_a_level_never_falls_within_one_occurrence(minutes: int) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=24)
    levels = []
    for _ in range(6):
        line = f"!ack {code} until in {minutes} min because of rain"
        play.types("brenner", "humanitarian", line)
        play.passes(minutes=minutes + 1)
        levels.append(watch_of(play, code).level)
    assert levels == sorted(levels)
    assert any(key.startswith(f"watch:{code}:") for key in play.due)


@pytest.mark.parametrize("away", [{"days": 400}, {"days": 3}, {"hours": 30}])
def test_a_watch_reported_under_a_clock_that_was_ahead_is_due_again_soon(
    away: dict[str, float],
) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    true_now = play.now
    jumps(play, **away)
    play.passes(minutes=1)
    play.types("brenner", "humanitarian", f"!report {code} visit: seen, in good health")
    jumps(play, **{unit: -n for unit, n in away.items()})
    play.passes(hours=49)
    assert any("Due now" in h.text for h in play.heard if h.at < true_now + timedelta(hours=49))
    play.types("brenner", "humanitarian", f"!report {code} visit: seen, in good health")
    before = len(play.heard)
    play.passes(hours=49)
    assert len(play.heard) > before, "and the check after that one comes too"


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1), timedelta(days=400)])
def test_an_overdue_watch_goes_on_at_once_when_the_clock_is_set_back(ahead: timedelta) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=30)
    jumps(play, seconds=ahead.total_seconds())
    play.passes(minutes=45)
    jumps(play, seconds=-ahead.total_seconds())
    assert "Raised again: the clock was ahead" in play.said_in("humanitarian")
    play.passes(hours=3)
    assert len([h for h in play.fresh if h.compartment == "desk"]) >= 5
    assert f"`{code}`" in play.said_in("desk")


def test_an_acknowledgement_made_under_a_clock_that_was_ahead_is_void() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=25)
    jumps(play, days=30)
    play.types("brenner", "humanitarian", f"!ack {code} until in 40 h because of rain")
    jumps(play, days=-30)
    assert f"`{code}`" in play.said_in("humanitarian")
    play.passes(hours=4)
    assert f"`{code}`" in play.said_in("desk")


def test_a_small_step_back_raises_nothing_that_is_not_due() -> None:
    play = opened(text=QUIET)
    watched(play)
    play.passes(hours=20)
    jumps(play, minutes=-5)
    assert play.fresh == []


@pytest.mark.parametrize("away", [{"days": 400}, {"days": 2}, {"minutes": 30}])
def test_digests_go_on_when_a_clock_that_was_ahead_is_set_back(away: dict[str, float]) -> None:
    play = opened()
    play.passes(days=1)
    jumps(play, **away)
    play.passes(days=1)
    jumps(play, **{unit: -n for unit, n in away.items()})
    play.passes(minutes=1)
    for _ in range(3):
        play.passes(days=1)
        here = [h for h in play.fresh if h.compartment == "bench-north"]
        digests = [h for h in here if h.text.startswith("Digest ")]
        assert 1 <= len(digests) <= 2
