"""What a promise waits for, whatever became of the words and of the bot meanwhile."""

from datetime import timedelta

import pytest

from bot.domain.ids import Code
from bot.domain.promise_clock import BEFORE, remind_at
from bot.domain.vocabulary import CommitmentState as S
from tests.engine.test_promises import in_force, made, state
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened


def erase(play: Play, place: str) -> None:
    asked = play.types(
        "lindqvist", "desk", f"!erase compartment {place} because this party has left"
    )
    play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")


def test_the_other_side_hears_that_it_is_late_although_the_obligor_s_words_were_erased() -> None:
    play = opened(text=QUIET)
    _code, there = in_force(play)
    erase(play, "caucus-north")
    play.passes(days=5)
    assert any(f"Late: `{there}`" in text for text in play.all_said_in("shuttle-south"))
    assert not any("Late" in text for text in play.all_said_in("caucus-north"))
    assert state(play, there) is S.LATE


def test_what_was_erased_on_both_sides_waits_for_nothing_and_says_nothing() -> None:
    play = opened(text=QUIET)
    _code, _there = in_force(play)
    erase(play, "caucus-north")
    erase(play, "shuttle-south")
    before = len(play.heard)
    play.passes(days=9)
    assert len(play.heard) == before
    assert not play.due


@pytest.mark.parametrize("hours", [1, 20, 47, 49, 400])
def test_the_reminder_comes_a_day_before_or_after_half_of_the_time(hours: int) -> None:
    play = opened(text=QUIET)
    code = made(play, f"!commit to South by in {hours} h: x")
    found = play.case.commitments[Code(code)]
    ahead = found.due - remind_at(found)
    assert ahead <= BEFORE
    assert ahead <= (found.due - found.item.recorded_at) / 2
    assert ahead > timedelta(0)


def test_grace_is_what_the_promise_says() -> None:
    play = opened(text=QUIET)
    code = made(play, "!commit to South by fri 18:00 grace 6h: x")
    play.types("haddad", "caucus-north", f"!confirm {code}")
    asked = play.code_of(play.types("haddad", "caucus-north", f"!release {code} to shuttle-south"))
    play.types("yazan", "caucus-north", f"!consent {asked}")
    there = play.code_of(play.said_in("shuttle-south"))
    play.types("merrow", "shuttle-south", f"!accept {there}")
    play.passes(days=4, hours=7 + 5)
    assert state(play, code) is S.DUE
    play.passes(hours=2)
    assert state(play, code) is state(play, there) is S.LATE
