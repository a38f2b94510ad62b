"""What may come before an answer that was held up, and what may not.

A check every six hours, due at 06:01 and 12:01 with half an hour of grace and three hours between
levels. At 06:10 somebody types; a limit of the homeserver holds back what comes of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.soak.calendar import Every
from tests.soak.checker import check
from tests.soak.known import Known
from tests.soak.people import Deed, Wish
from tests.soak.world import Received

BEGAN = datetime(2027, 3, 1, tzinfo=UTC)
ROOMS = {"own": "!own", "desk": "!desk"}
WAIT = 3 * 3600.0
WISH = Wish(
    0, "P-0", "brenner", "own", "medical", Every(6), 1800.0, (WAIT, WAIT, WAIT), frozenset(), "", 60
)
AGAIN = " Please answer."


def at(clock: str) -> float:
    """Return seconds since the world began, of a time of its first day."""
    since = datetime.strptime(clock, "%H:%M:%S.%f").replace(year=2027, month=3, tzinfo=UTC) - BEGAN
    return since / timedelta(seconds=1)


def due_now(overdue_from: str) -> str:
    return f"Due now: medical for `P-0` (`AAAA`). Overdue from Mon 1 Mar {overdue_from} UTC."


def level(number: int, late: str, why: str = "") -> str:
    return f"Overdue {late}, level {number}: medical for `P-0` (`AAAA`).{why} Never verified."


def on_record(next_due: str) -> str:
    return (
        f"On record for `P-0` (`AAAA`, medical): dated media.\nNext due Mon 1 Mar {next_due} UTC."
    )


def quiet_until(end: str) -> str:
    return f"Acknowledged: `AAAA` is quiet until Mon 1 Mar {end} UTC, then it resumes."


EXPIRED = " The acknowledgement has expired and nothing was reported."


def faults(
    *came: tuple[str, str], typed: tuple[Deed, ...], limit: tuple[str, str], end: str
) -> list[str]:
    """Judge what came, with a limit of the homeserver that held it up."""
    texts = (
        ("00:01:01.0", "Watch `AAAA` is armed: medical for `P-0`"),
        ("06:01:01.0", due_now("06:31")),
        *came,
    )
    received = [Received(at(when), "!own", f"$e{n}", text) for n, (when, text) in enumerate(texts)]
    known = Known(BEGAN, ((0.0, 0.0),), ((at(limit[0]), at(limit[1])),), (), at(end))
    deeds = (Deed(60.0, 0, "set"), *typed)
    return check([WISH], deeds, received, known, ROOMS).faults


REPORT = (Deed(at("06:10:00.0"), 0, "report"),)
LIMIT = ("06:05:00.0", "12:20:00.0")
ANSWER = ("12:20:00.3", on_record("12:01"))


def test_the_next_check_may_be_noticed_before_an_answer_that_was_held_up() -> None:
    came = ("12:20:00.1", due_now("12:31")), ANSWER, ("12:31:01.0", level(1, "30 min"))
    assert not faults(*came, typed=REPORT, limit=LIMIT, end="12:40:00.0")


def test_so_may_a_later_level_of_it() -> None:
    came = ("12:45:00.1", due_now("12:31")), ("12:45:00.2", level(1, "30 min"))
    limit = ("06:05:00.0", "12:45:00.0")
    answer = ("12:45:00.3", on_record("12:01"))
    assert not faults(*came, answer, typed=REPORT, limit=limit, end="12:50:00.0")


def test_so_may_a_level_of_it_that_comes_alone() -> None:
    came = ("12:45:00.1", level(1, "43 min")), ("12:45:00.2", on_record("12:01"))
    limit = ("06:05:00.0", "12:45:00.0")
    assert not faults(*came, typed=REPORT, limit=limit, end="12:50:00.0")


def test_a_level_of_the_check_before_it_stays_one() -> None:
    came = ("12:20:00.1", level(1, "30 min")), ANSWER
    assert not faults(*came, typed=REPORT, limit=LIMIT, end="12:22:00.0")
    came = ("12:45:00.1", level(1, "30 min")), ("12:45:00.2", due_now("12:31"))
    more = ("12:45:00.3", level(1, "30 min")), ("12:45:00.4", on_record("12:01"))
    limit = ("06:05:00.0", "12:45:00.0")
    assert not faults(*came, *more, typed=REPORT, limit=limit, end="12:50:00.0")


@pytest.mark.parametrize(
    ("came", "fault"),
    [
        ((("12:20:00.1", due_now("12:31")), ("12:20:00.2", due_now("12:31") + AGAIN)), "again in"),
        ((("12:20:00.1", due_now("12:31")), ("12:20:00.4", due_now("12:31"))), "again in"),
        ((("12:20:00.1", due_now("06:31") + AGAIN),), "the level fell"),
        ((("12:20:00.1", due_now("18:31")),), "the level fell"),
        ((("12:20:00.1", level(2, "19 min")),), "a level was left out"),
    ],
    ids=["doubled before it", "doubled after it", "answered check", "a check to come", "left out"],
)
def test_a_notice_that_is_wrong_is_found_before_an_answer_too(
    came: tuple[tuple[str, str], ...], fault: str
) -> None:
    found = faults(*came, ANSWER, typed=REPORT, limit=LIMIT, end="12:22:00.0")
    assert any(fault in one for one in found), found


@pytest.mark.parametrize(("next_due", "over"), [("12:01", "12:31"), ("09:01", "09:31")])
def test_a_notice_before_its_time_is_found_whatever_both_texts_say(
    next_due: str, over: str
) -> None:
    came = ("11:00:00.1", due_now(over)), ("11:00:00.2", on_record(next_due))
    found = faults(*came, typed=REPORT, limit=("06:05:00.0", "11:00:00.0"), end="11:02:00.0")
    assert any("too early: level 0" in one for one in found), found


def test_a_check_that_falls_silent_after_it_is_found() -> None:
    came = ("12:20:00.1", due_now("12:31")), ANSWER
    found = faults(*came, typed=REPORT, limit=LIMIT, end="12:55:00.0")
    assert any("silent" in one and "level so far 0" in one for one in found), found


def test_an_answer_that_is_held_up_too_long_is_none() -> None:
    came = ("12:20:00.1", due_now("12:31")), ("12:23:00.0", on_record("12:01"))
    found = faults(*came, typed=REPORT, limit=LIMIT, end="12:24:00.0")
    assert any("no answer to report" in one for one in found), found


def test_nothing_overtakes_an_answer_while_all_works() -> None:
    typed = Deed(at("06:10:00.0"), 0, "ack", 600), Deed(at("12:00:50.0"), 0, "report")
    came = (
        ("06:10:01.0", quiet_until("16:10")),
        ("12:01:01.0", due_now("12:31")),
        ("12:01:02.0", on_record("12:01")),
    )
    found = faults(*came, typed=typed, limit=("01:00:00.0", "01:01:00.0"), end="12:02:00.0")
    assert any("too early" in one for one in found), found


ACK = (Deed(at("06:10:00.0"), 0, "ack", 60),)
ACK_LIMIT = ("06:05:00.0", "08:30:00.0")
RESUMED = ("08:30:00.1", level(1, "1 h 10 min", EXPIRED))


def test_the_level_after_an_acknowledgement_may_come_before_its_answer() -> None:
    came = RESUMED, ("08:30:00.2", quiet_until("07:11")), ("10:11:01.0", level(2, "4 h 10 min"))
    assert not faults(*came, typed=ACK, limit=ACK_LIMIT, end="10:20:00.0")


@pytest.mark.parametrize(
    ("came", "fault"),
    [
        ((RESUMED, ("08:30:00.2", quiet_until("16:10"))), "there was none"),
        ((RESUMED, ("08:30:00.2", quiet_until("07:11")), RESUMED), "again in the same words"),
    ],
    ids=["not over", "doubled"],
)
def test_a_wrong_one_is_found_before_that_answer_too(
    came: tuple[tuple[str, str], ...], fault: str
) -> None:
    found = faults(*came, typed=ACK, limit=ACK_LIMIT, end="08:32:00.0")
    assert any(fault in one for one in found), found
