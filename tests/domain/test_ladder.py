"""A ladder never ends, never runs, and reads as it was written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.casefile import CaseFileWrong, parse
from bot.domain.casefile_ladder import LaddersWrong, parse_ladders
from bot.domain.ladder import (
    FASTEST,
    SLOWEST,
    Step,
    level_after,
    plain_ladder,
    sound,
    step_at,
    wait_at,
)
from bot.domain.vocabulary import Role, WatchKind
from tests.support.orchid import ORCHID

SHIPPED = (Path(__file__).parents[2] / "config/ladders.toml").read_text("utf-8")
WAITS = st.timedeltas(timedelta(0), timedelta(days=30))
STEPS = st.builds(
    Step,
    st.frozensets(st.sampled_from(list(Role))),
    st.just(("own", "desk")),
    st.just(()),
    WAITS,
)
LADDERS = st.lists(STEPS, min_size=1, max_size=9).map(tuple)
ONE = '[[ladder]]\nid = "one"\n'


def step(**keys: str) -> str:
    rows = "\n".join(f"{key} = {value}" for key, value in keys.items())
    return f"[[ladder.step]]\n{rows}\n"


LAST = step(rooms='["own", "desk"]', wait='"30 min"')


@given(LADDERS, st.integers(1, 40))
def test_the_last_level_repeats_for_ever_at_a_bounded_pace(
    ladder: tuple[Step, ...], beyond: int
) -> None:
    assert FASTEST <= wait_at(ladder, len(ladder) + beyond) <= SLOWEST
    assert step_at(ladder, len(ladder) + beyond) == ladder[-1]


@given(LADDERS, WAITS, WAITS)
def test_more_time_is_never_a_lower_level(
    ladder: tuple[Step, ...], one: timedelta, more: timedelta
) -> None:
    assert 1 <= level_after(ladder, one) <= level_after(ladder, one + more) <= len(ladder)


def test_each_level_begins_when_the_one_before_is_over() -> None:
    ladder = parse_ladders(SHIPPED)["sign-of-life"]
    starts = [level_after(ladder, timedelta(minutes=m)) for m in (0, 19, 20, 39, 40, 10_000)]
    assert starts == [1, 1, 2, 2, 3, 3]


def test_the_plain_ladder_is_its_room_and_then_the_desk_too() -> None:
    one, two = plain_ladder(timedelta(minutes=30))
    assert (one.rooms, two.rooms) == (("own",), ("own", "desk"))
    assert sound((one, two), ())


def test_the_shipped_file_has_a_sound_ladder_for_every_kind_but_letters() -> None:
    ladders = parse_ladders(SHIPPED)
    assert all(sound(ladder, ()) for ladder in ladders.values())
    kinds = {kind.value.replace(" ", "-") for kind in WatchKind}
    assert kinds - ladders.keys() == {"family-message"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ONE, "1 to 9 steps"),
        (ONE + LAST * 10, "1 to 9 steps"),
        (ONE + step(wait='"30 min"'), "the last step must name the room desk"),
        (ONE + step(rooms='["own", "desk"]', wait='"2 min"'), "5 min to 6 h"),
        (ONE + step(rooms='["own", "desk"]', wait='"7 h"'), "5 min to 6 h"),
        (ONE + step(wait='"8 days"') + LAST, "wait must be 1 min to 7 d"),
        (ONE + step(wait='"soon"') + LAST, "a length of time"),
        (ONE + step(roles='["boss"]', wait='"5 min"') + LAST, "there is no role boss"),
        (ONE + step(rooms='["caucus-north"]', wait='"5 min"') + LAST, "there is no caucus-north"),
        (ONE + step(rooms="[]", wait='"5 min"') + LAST, "at least one room"),
        (ONE + step(outside='["On Call"]', wait='"5 min"') + LAST, "outside must name channels"),
        (ONE + step(pace='"5 min"', wait='"5 min"') + LAST, "pace is not a key here"),
        (ONE + LAST + ONE + LAST, "the id one is taken already"),
        ('[[ladder]]\nid = "One"\n' + LAST, "a letter first"),
        ('[ladder]\nid = "one"\n', "two brackets"),
        ("[[leader]]\n", "not a table of ladders"),
        ("[[ladder", "not valid TOML"),
        ("#" * 70_000, "longer than"),
    ],
)
def test_a_ladder_that_could_go_silent_or_means_nothing_is_refused(text: str, says: str) -> None:
    with pytest.raises(LaddersWrong, match=says.replace("(", r"\(")):
        parse_ladders(text)


def test_a_case_file_may_name_its_own_rooms_and_no_others() -> None:
    named = ONE + step(rooms='["plenary"]', wait='"5 min"') + LAST
    (ladder,) = parse(ORCHID + named).ladders
    assert ladder.steps[0].rooms == ("plenary",)
    with pytest.raises(CaseFileWrong, match="there is no caucus-west"):
        parse(ORCHID + named.replace("plenary", "caucus-west"))


def test_what_no_file_may_say_is_not_sound_either() -> None:
    fine = parse_ladders(SHIPPED)["medical"]
    last = fine[-1]
    for wrong in (
        Step(last.roles, ("own",), (), last.wait),
        Step(last.roles, ("own", "desk", "nowhere"), (), last.wait),
        Step(last.roles, ("own", "desk"), (), SLOWEST * 2),
        Step(last.roles, (), (), last.wait),
    ):
        assert not sound((*fine[:-1], wrong), ("plenary",))
    assert not sound((), ())
