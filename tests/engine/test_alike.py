"""Checks of one room that come due together: one list where they are alike, and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import bodies as b
from bot.domain.casefile_ladder import parse_ladders
from bot.domain.dealing import DealingKind
from bot.domain.ids import Code, CompartmentId
from bot.domain.watch_clock import key_of, waits_for
from bot.engine.alike import LISTED
from bot.engine.effects import Disarm
from bot.policy.label import Caveats
from tests.engine.test_erasing import erased
from tests.engine.test_watch_ladders import LADDERS
from tests.support.lots import fires
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

HERE = "humanitarian"


def room(*adds: str) -> tuple[Play, list[str]]:
    """A room with these watches, a day before the first is due."""
    play = opened(text=QUIET)
    play.ladders = parse_ladders(LADDERS)
    said = [play.types("brenner", HERE, f"!watch add {add}") for add in adds]
    return play, [play.code_of(text) for text in said]


def alive(name: str, more: str = "grace 2h step 1h") -> str:
    return f"sign of life for {name} every 24h {more}"


def later(play: Play, **length: float) -> None:
    play.now += timedelta(**length)


def test_checks_that_are_alike_are_one_record_and_one_list() -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"), alive("H-HERON"))
    later(play, hours=24)
    (body,) = fires(play)
    assert isinstance(body, b.WatchesRaised)
    assert sorted(code for code, _ in body.checks) == sorted(codes)
    (said,) = play.fresh
    assert said.compartment == HERE
    first, *lines = said.text.split("\n")
    assert first == "3 checks are due now."
    for code, name in zip(codes, ("H-TEAL", "H-LARK", "H-HERON"), strict=True):
        (line,) = (line for line in lines if f"`{code}`" in line)
        assert line.startswith(f"• sign of life for `{name}` (`{code}`), overdue from ")
        assert line.endswith("Never verified alive yet.")
    assert "Expected from: " in lines[-1]
    for code in codes:
        watch = play.case.watches[Code(code)]
        waits = waits_for(watch)
        assert waits is not None
        assert play.due[key_of(watch, waits[0])] == waits[1], "the next level waits"


def test_a_list_at_a_level_that_the_desk_hears_names_codes_there_and_nothing_else() -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"))
    for hours in (24, 2, 1):
        later(play, hours=hours)
        (body,) = fires(play)
        assert isinstance(body, b.WatchesRaised)
    assert body.level == 2
    desk = play.said_in("desk")
    assert (
        "Overdue, nobody has dealt with them: 2 watches in `humanitarian`, level 2, time 1." in desk
    )
    assert all(f"`{code}`" in desk for code in codes)
    assert "H-TEAL" not in desk
    assert "2 checks are overdue, level 2." in play.said_in(HERE)
    later(play, hours=1)
    fires(play)
    assert "level 2, time 2." in play.said_in("desk"), "the last level repeats"


def test_checks_of_other_levels_or_ladders_are_lists_of_their_own() -> None:
    play, codes = room(
        alive("H-TEAL"),
        alive("H-LARK"),
        alive("H-FAR", "grace 9h step 1h"),
        alive("H-FURTHER", "grace 9h step 1h"),
    )
    later(play, hours=27)
    bodies = fires(play)
    assert all(isinstance(body, b.WatchesRaised) for body in bodies)
    levels = {
        frozenset(code for code, _ in body.checks): body.level
        for body in bodies
        if isinstance(body, b.WatchesRaised)
    }
    assert levels == {frozenset(codes[:2]): 2, frozenset(codes[2:]): 0}


def test_one_that_is_like_no_other_is_raised_as_it_would_be_alone() -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"), alive("H-FAR", "grace 9h step 1h"))
    later(play, hours=27)
    alone = [body for body in fires(play) if isinstance(body, b.WatchRaised)]
    assert [(body.code, body.level) for body in alone] == [(codes[2], 0)]
    assert f"Due now: sign of life for `H-FAR` (`{codes[2]}`)." in play.said_in(HERE)


def test_a_level_that_calls_outside_is_raised_one_by_one() -> None:
    play, codes = room(*(f"sign of life for {n} every 24h ladder night" for n in ("H-A", "H-B")))
    for hours in (24, 9, 9):
        later(play, hours=hours)
        bodies = fires(play)
    assert all(isinstance(body, b.WatchRaised) for body in bodies)
    assert {str(alert.code) for _, alert in play.alerts} == set(codes)


@pytest.mark.parametrize("line", ["!ack {} until in 8 h because of rain", "!report {} visit: well"])
def test_what_was_dealt_with_meanwhile_is_in_no_list(line: str) -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"), alive("H-HERON"))
    later(play, hours=24)
    stale = {key for key, at in play.due.items() if at <= play.now and codes[0] in key}
    fires(play)
    overdue = {key for key in play.due if codes[0] in key}
    play.types("brenner", HERE, line.format(codes[0]))
    later(play, hours=2)
    (body,) = fires(play, *stale, *overdue)
    assert isinstance(body, b.WatchesRaised)
    assert sorted(code for code, _ in body.checks) == sorted(codes[1:])
    assert codes[0] not in play.said_in(HERE)


def test_a_watch_that_comes_twice_in_a_lot_is_raised_once() -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"))
    later(play, hours=24)
    twice = [key for key, at in play.due.items() if at <= play.now]
    bodies = fires(play, *twice)
    raised = [
        one.code for body in bodies if isinstance(body, b.WatchesRaised) for one in body.each()
    ]
    assert sorted(raised) == sorted(codes)


def test_after_an_absence_the_list_says_so_once() -> None:
    play, _ = room(alive("H-TEAL"), alive("H-LARK"))
    since = play.now
    later(play, hours=30)
    play.appends(b.OutageSeen(since, play.now))
    (body,) = fires(play)
    assert isinstance(body, b.WatchesRaised)
    assert body.away == (since, play.now)
    assert play.said_in(HERE).count("the bot was unavailable from") == 1


def test_a_full_list_fits_into_one_message_and_the_rest_into_the_next() -> None:
    names = [f"H-A-RATHER-LONG-CODE-NAME-{n}" for n in range(LISTED + 1)]
    play, _ = room(*map(alive, names))
    later(play, hours=24)
    (body,) = fires(play)
    assert isinstance(body, b.WatchesRaised)
    first, second = (said.text for said in play.fresh)
    assert len(first.split("\n")) == LISTED + 2
    assert len(first.encode()) < 12_000
    assert second.startswith("Due now: ")
    assert all((f"`{name}`" in first) != (f"`{name}`" in second) for name in names)


def test_nothing_is_forgotten_that_was_not_armed_again() -> None:
    """What fired was all that each waited for: to look for more would cost more than the rest."""
    play, _ = room(alive("H-TEAL"), alive("H-LARK"))
    later(play, hours=24)
    fires(play)
    assert not [effect for effect in play.effects if isinstance(effect, Disarm)]
    assert {CompartmentId(HERE)} == {said.compartment for said in play.fresh}


def test_a_check_whose_words_were_erased_is_in_no_list_and_the_desk_is_told() -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"), alive("H-HERON"))
    under_way = [key for key in play.due if codes[0] in key]
    erased(play, codes[0])
    later(play, hours=24)
    (body,) = fires(play, *under_way)
    assert isinstance(body, b.WatchesRaised)
    assert sorted(code for code, _ in body.checks) == sorted(codes[1:])
    assert "has ended: its words were erased" in play.said_in("desk")


def test_a_level_that_reaches_nobody_is_skipped_by_each() -> None:
    play, codes = room(*(f"sign of life for {n} every 24h ladder night" for n in ("H-A", "H-B")))
    for length in (timedelta(hours=24), timedelta(hours=2), timedelta(minutes=11)):
        later(play, seconds=length.total_seconds())
        bodies = fires(play)
    alone = [body for body in bodies if isinstance(body, b.WatchRaised)]
    assert [(body.level, body.skipped) for body in alone] == [(3, (2,)), (3, (2,))]
    assert all(f"Level 2 of watch `{code}`" in play.said_in("desk") for code in codes)


def test_checks_of_other_labels_are_lists_of_their_own() -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"), alive("H-HERON"))
    narrow = play.case.watches[Code(codes[0])]
    caveats = Caveats(no_forward=True)
    label = replace(narrow.item.label, caveats=caveats)
    watches = {
        **play.case.watches,
        narrow.item.code: replace(narrow, item=replace(narrow.item, label=label)),
    }
    play.case = replace(play.case, watches=watches)
    later(play, hours=24)
    alone, several = sorted(fires(play), key=lambda body: body.TAG)
    assert isinstance(alone, b.WatchRaised)
    assert alone.code == codes[0]
    assert isinstance(several, b.WatchesRaised)


def test_acknowledgements_that_expire_together_each_say_so() -> None:
    play, codes = room(alive("H-TEAL"), alive("H-LARK"))
    later(play, hours=27)
    fires(play)
    for code in codes:
        play.types("brenner", HERE, f"!ack {code} until in 1 h because of rain")
    later(play, hours=1)
    assert all(isinstance(body, b.WatchRaised) for body in fires(play))
    assert play.said_in(HERE).count("The acknowledgement has expired") == 2


def test_gaps_that_are_listed_count_as_dealings_like_any_other() -> None:
    play = opened(text=QUIET)
    for _ in range(2):
        play.types(
            "lindqvist", "shuttle-north", "!watch add contact gap for North every 3 days grace 2h"
        )
    for hours in (72, 2):
        later(play, hours=hours)
        (body,) = fires(play)
        assert isinstance(body, b.WatchesRaised)
    gaps = [d for dealt in play.case.dealings.values() for d in dealt if d.kind is DealingKind.GAP]
    assert len(gaps) == 2
