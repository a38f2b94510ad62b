"""What may come again because the clock was set back while the homeserver held everything up.

A check every six hours. The clock is two hours ahead from 03:00 on, so that at 04:01 it is due; the
homeserver is away from 03:50 to 04:50, and at 04:30 the clock is set back.
"""

from __future__ import annotations

from bot.runner.speaking import LONGEST_WAIT_S
from tests.soak.checker import check
from tests.soak.known import RETRY_S, Known
from tests.soak.people import Deed
from tests.soak.reading import SET_BACK
from tests.soak.test_overtaking import BEGAN, ROOMS, WISH, at, due_now, level
from tests.soak.world import Received

AWAY = ("03:50:00.0", "04:50:00.0")
BACK = f" {SET_BACK}."
AHEAD = ((0.0, 0.0), (at("03:00:00.0"), 7200.0), (at("04:30:00.0"), 0.0))
FIRST = ("04:50:00.2", due_now("06:31"))
AGAIN = ("04:50:00.4", due_now("05:00") + BACK)


def again(
    *came: tuple[str, str],
    away: tuple[str, str] | None = AWAY,
    steps: tuple[tuple[float, float], ...] = AHEAD,
) -> list[str]:
    """Judge what came; return what is said to have come twice."""
    texts = ("00:01:01.0", "Watch `AAAA` is armed: medical for `P-0`"), *came
    received = [Received(at(when), "!own", f"$e{n}", text) for n, (when, text) in enumerate(texts)]
    held = [(at(away[0]), at(away[1]))] if away is not None else []
    wrong = (*held, *((step, step + 1.0) for step, _ in steps[1:]))
    known = Known(BEGAN, steps, wrong, (), at("04:51:00.0"))
    found = check([WISH], (Deed(60.0, 0, "set"),), received, known, ROOMS).faults
    return [fault for fault in found if "and again in" in fault]


def test_a_notice_that_was_held_up_may_come_with_the_one_that_the_step_called_for() -> None:
    assert not again(FIRST, AGAIN)


def test_it_must_say_that_the_clock_was_set_back() -> None:
    assert again(FIRST, ("04:50:00.4", due_now("05:00")))


def test_one_step_calls_for_it_once() -> None:
    assert again(FIRST, AGAIN, ("04:50:00.6", due_now("05:01") + BACK))


def test_also_if_it_comes_at_another_level() -> None:
    first, second = level(1, "1 h"), level(1, "2 h", BACK)
    came = ("04:50:00.1", due_now("06:31")), ("04:50:00.2", first), AGAIN
    assert again(*came, ("04:50:00.6", second))


def test_two_steps_call_for_it_twice() -> None:
    steps = (*AHEAD, (at("04:35:00.0"), 7200.0), (at("04:40:00.0"), 0.0))
    more = ("04:50:00.6", due_now("05:01") + BACK), ("04:50:00.8", due_now("05:02") + BACK)
    assert not again(FIRST, AGAIN, more[0], steps=steps)
    assert again(FIRST, AGAIN, *more, steps=steps)


def test_the_step_itself_holds_nothing_up() -> None:
    steps, away = ((0.0, 0.0), (at("03:00:00.0"), 7200.0), (at("04:01:20.0"), 0.0)), None
    came = (
        ("04:01:02.0", due_now("06:31")),
        ("04:01:50.0", level(1, "30 min")),
        ("04:02:00.0", level(1, "31 min", BACK)),
    )
    assert again(*came, steps=steps, away=away)


def test_a_lateness_of_the_last_level_is_said_again_when_the_clock_shows_it_again() -> None:
    """Seed 4216: two hours were a whole number of repeats."""
    came = (
        ("03:10:00.0", level(3, "1 h 59 min")),
        ("03:38:00.0", level(3, "2 h 27 min")),
        ("04:30:01.0", level(3, "1 h 31 min", BACK)),
        ("04:33:00.0", level(3, "1 h 45 min")),
        ("04:40:00.0", level(3, "1 h 59 min")),
    )
    assert not again(*came, away=None)
    assert again(*came, ("04:45:00.0", level(3, "1 h 59 min")), away=None)
    lower = ("04:40:00.0", level(2, "1 h 59 min"))
    assert again(("03:10:00.0", level(2, "1 h 59 min")), *came[2:4], lower, away=None)


def test_what_was_held_up_by_nothing_was_made_when_it_came() -> None:
    assert again(FIRST, AGAIN, away=None)
    assert again(FIRST, AGAIN, away=("04:40:00.0", "04:50:00.0"))


def test_what_came_was_made_no_earlier_than_the_trouble_around_it_began() -> None:
    known = Known(BEGAN, AHEAD, ((10.0, 20.0), (15.0, 30.0), (500.0, 600.0)), (), 1000.0)
    assert known.held_since(5.0) == 5.0
    assert known.held_since(25.0) == 10.0
    latest = 30.0 + LONGEST_WAIT_S + RETRY_S
    assert known.held_since(latest) == 10.0
    assert known.held_since(latest + 1.0) == latest + 1.0
    assert known.held_since(610.0) == 500.0
