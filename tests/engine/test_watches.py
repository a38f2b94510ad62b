"""The clock's promise: a check that is missed is raised, escalated and repeated for ever."""

from datetime import timedelta
from itertools import pairwise

import pytest

from bot.domain import bodies as b
from bot.domain.ids import EventId, SeatId
from bot.engine.events import DeadlineReached
from tests.support.orchid import QUIET
from tests.support.playbook import Heard, Play, opened

ADD = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"


def watched(play: Play, add: str = ADD) -> str:
    return play.code_of(play.types("brenner", "humanitarian", add))


def firsts(heard: list[Heard]) -> list[tuple[str, str, str]]:
    return [
        (h.at.strftime("%H:%M"), h.compartment, h.text.split(":")[0].split(",")[0]) for h in heard
    ]


def test_a_watch_is_armed_at_once_and_never_yet_reported_alarms_too() -> None:
    play = opened(text=QUIET)
    said = play.types("brenner", "humanitarian", ADD)
    assert "is armed: sign of life for `H-TEAL`, every 1 day" in said
    assert "First due Tue 2 Mar 09:00 Zurich (08:00 UTC)" in said
    play.passes(hours=24)
    said = play.said_in("humanitarian")
    assert said.startswith("Due now: sign of life for `H-TEAL`")
    assert "Never verified alive yet." in said
    assert "Expected from: Delegate Brenner" in said
    assert play.fresh[0].say.mention == ("brenner",)
    assert play.fresh[0].message.mentions == ("@brenner:localhost",)


def test_the_ladder_climbs_and_its_last_step_repeats_for_ever() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=28)
    assert firsts(play.fresh) == [
        ("08:00", "humanitarian", "Due now"),
        ("10:00", "humanitarian", "Overdue 2 h"),
        ("10:30", "humanitarian", "Overdue 2 h 30 min"),
        ("10:30", "desk", "Overdue"),
        ("11:00", "humanitarian", "Overdue 3 h"),
        ("11:00", "desk", "Overdue"),
        ("11:30", "humanitarian", "Overdue 3 h 30 min"),
        ("11:30", "desk", "Overdue"),
        ("12:00", "humanitarian", "Overdue 4 h"),
        ("12:00", "desk", "Overdue"),
    ]
    play.passes(days=20)
    assert len(play.fresh) == 2 * 2 * 24 * 20
    assert f"`{code}`" in play.fresh[-1].text
    assert "H-TEAL" not in play.said_in("desk")


def test_an_acknowledgement_quietens_expires_and_resumes_at_the_next_level() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=26, minutes=5)
    said = play.types(
        "brenner", "humanitarian", f"!ack {code} until 12:00 because the delegate is on the road"
    )
    assert f"`{code}` is quiet until Tue 2 Mar 12:00 Zurich (11:00 UTC)" in said
    play.passes(minutes=50)
    assert play.fresh == []
    play.passes(minutes=10)
    said = play.said_in("humanitarian")
    assert "level 2" in said
    assert "The acknowledgement has expired and nothing was reported." in said
    assert play.said_in("desk")
    play.passes(minutes=30)
    assert play.said_in("humanitarian").startswith("Overdue")
    assert "acknowledgement" not in play.said_in("humanitarian")


def test_a_second_acknowledgement_replaces_the_first() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=26, minutes=5)
    play.types("brenner", "humanitarian", f"!ack {code} until 12:00 because of rain")
    play.types("brenner", "humanitarian", f"!ack {code} until 14:00 because of more rain")
    play.passes(hours=2, minutes=50)
    assert play.fresh == []
    play.passes(minutes=10)
    assert "level 2" in play.said_in("humanitarian")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("until 12:00", "write it like this"),
        ("until 12:00 because", "write it like this"),
        ("until fri 18:00 because of rain", "lasts 2 d at most"),
        ("until 06:00 because of rain", "Overdue"),
    ],
)
def test_an_acknowledgement_needs_a_near_end_and_a_reason(line: str, says: str) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=27)
    said = play.types("brenner", "humanitarian", f"!ack {code} {line}")
    if says == "Overdue":
        # A clock time that is over today is tomorrow's: shown in full, so that it can be seen.
        assert "Wed 3 Mar" in said
    else:
        assert says in said
        play.passes(minutes=30)
        assert play.fresh


def test_what_is_not_due_cannot_be_acknowledged() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    said = play.types("brenner", "humanitarian", f"!ack {code} until 20:00 because of rain")
    assert "is not due" in said


@pytest.mark.parametrize("word", ["visit", "call"])
def test_a_side_cannot_vouch_for_its_own_visit(word: str) -> None:
    play = opened()
    said = play.types("haddad", "shuttle-north", "!watch add sign of life for H-TEAL every 24h")
    code = play.code_of(said)
    head = play.case.head
    refused = play.types(
        "haddad", "shuttle-north", f"!report {code} {word}: we saw him, he is well"
    )
    assert "only from a neutral body" in refused
    assert play.case.head == head
    assert "On record" in play.types("lindqvist", "shuttle-north", f"!report {code} {word}: seen")


@pytest.mark.parametrize("word", ["visit", "call", "question", "media"])
def test_proof_satisfies_and_arms_the_next_check(word: str) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=29)
    said = play.types("brenner", "humanitarian", f"!report {code} {word}: seen at 10:00, well")
    assert said.startswith(f"On record for `H-TEAL` (`{code}`, sign of life)")
    assert "Next due Wed 3 Mar 08:00 UTC" in said
    play.passes(hours=18)
    assert play.fresh == []
    play.passes(hours=2)
    assert "Last verified alive 19 h ago" in play.said_in("humanitarian")


@pytest.mark.parametrize("word", ["assertion", "sighting"])
@pytest.mark.parametrize("kind", ["sign of life", "welfare", "medical", "access visit"])
def test_what_is_no_proof_is_kept_and_satisfies_nothing(word: str, kind: str) -> None:
    play = opened(text=QUIET)
    code = watched(play, f"!watch add {kind} for H-TEAL every 24h")
    play.passes(hours=24)
    said = play.types("brenner", "humanitarian", f"!report {code} {word}: all are well")
    assert "stays open" in said
    assert "Never verified alive yet." in play.types("salim", "humanitarian", "!watch list")
    play.passes(hours=2)
    assert play.said_in("humanitarian").startswith("Overdue")


def test_a_list_is_no_statement_about_a_life() -> None:
    play = opened(text=QUIET)
    code = watched(play, "!watch add list due for BOTH every 7 days")
    play.passes(days=7)
    play.types("brenner", "humanitarian", f"!report {code} assertion: list received")
    said = play.types("brenner", "humanitarian", "!watch list")
    assert "Last report 0 min ago: captor's assertion." in said
    assert "alive" not in said


def test_an_early_report_renews_the_picture_and_uses_up_no_check() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=1)
    said = play.types("brenner", "humanitarian", f"!report {code} visit: well")
    assert "Next due Tue 2 Mar 08:00 UTC" in said
    play.passes(hours=23)
    assert play.said_in("humanitarian").startswith("Due now")


def test_what_fell_due_in_an_outage_is_raised_once_at_the_level_it_has_come_to() -> None:
    play = opened(text=QUIET)
    first = watched(play)
    second = watched(play, "!watch add welfare for H-BLUE every 26h")
    play.is_away(hours=40)
    there = [h for h in play.heard if h.at == play.now and h.compartment == "humanitarian"]
    assert [f"`{c}`" in h.text for h, c in zip(there, (first, second), strict=True)] == [True] * 2
    for heard in there:
        assert "level 2" in heard.text
        assert "unavailable from Mon 1 Mar 08:00 UTC to Wed 3 Mar 00:00 UTC" in heard.text
    play.passes(minutes=30)
    assert "unavailable" not in play.said_in("humanitarian")
    assert play.said_in("humanitarian").startswith("Overdue")


def test_an_outage_is_blamed_only_for_what_it_delayed() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.is_away(hours=24, minutes=1)
    due, late = play.heard[-1], "unavailable"
    assert due.text.startswith("Due now")
    assert late not in due.text
    play.types("brenner", "humanitarian", f"!report {code} visit: well")
    ((key, at),) = play.due.items()
    play.now = at + timedelta(minutes=5)
    play.take(DeadlineReached(EventId("$slow"), play.now, key, at))
    assert play.said_in("humanitarian").startswith("Due now")
    assert late not in play.said_in("humanitarian")


def test_a_short_absence_is_not_blamed_for_what_was_on_time() -> None:
    play = opened(text=QUIET)
    watched(play)
    play.is_away(hours=3)
    assert not [h for h in play.heard if h.at == play.now]
    play.passes(hours=21)
    assert play.said_in("humanitarian").startswith("Due now")
    assert "unavailable" not in play.said_in("humanitarian")


def test_where_nobody_can_answer_the_desk_is_told_at_once() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    for seat in ("brenner", "salim", "lindqvist", "adeyemi"):
        place = next(c.id for c in play.case.compartments.values() if c.id == "humanitarian")
        play.appends(b.SeatWithdrawn(place, SeatId(seat)))
    play.passes(hours=24)
    assert f"Nobody in `humanitarian` can answer watch `{code}`" in play.said_in("desk")
    assert "Expected from: nobody here who can answer" in play.said_in("humanitarian")


def test_who_cannot_report_is_not_expected_to() -> None:
    play = opened(enrolled=["salim"], text=QUIET)
    play.enrols("brenner")
    play.types("salim", "humanitarian", ADD)
    play.passes(hours=24)
    assert "brenner" not in play.fresh[0].say.mention
    assert set(play.fresh[0].say.mention) == {"adeyemi", "lindqvist", "salim"}


@pytest.mark.parametrize("line", ["visit: seen at the desk", "until 20:00 because of rain"])
def test_a_watch_is_answered_where_it_is_kept(line: str) -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=25)
    verb = "report" if line.startswith("visit") else "ack"
    said = play.types("lindqvist", "desk", f"!{verb} {code} {line}")
    assert "is kept in `humanitarian`. Type it there." in said
    assert "H-TEAL" in play.types("lindqvist", "desk", "!watch list")
    play.passes(hours=1)
    assert play.said_in("humanitarian").startswith("Overdue")


@pytest.mark.parametrize(
    "line",
    [
        "!watch add sign of life H-TEAL every 24h",
        "!watch add signs of life for H-TEAL every 24h",
        "!watch add sign of life for H-TEAL",
        "!watch add sign of life for H-TEAL sometimes",
        "!watch add sign of life for H-TEAL every 24h grace 0 min",
        "!watch add sign of life for H-TEAL every 24h step 0h",
        "!watch add sign of life for H-TEAL every 24h step -1h",
        "!watch add sign of life for H-TEAL every 24h step soon",
    ],
)
def test_a_watch_that_does_not_read_is_refused(line: str) -> None:
    play = opened(text=QUIET)
    assert play.types("brenner", "humanitarian", line).startswith("Nothing done")
    assert play.case.watches == {}
    assert play.due == {}


def test_the_list_shows_what_is_due_first() -> None:
    play = opened(text=QUIET)
    late = watched(play, "!watch add welfare for H-BLUE every 48h")
    soon = watched(play)
    said = play.types("salim", "humanitarian", "!watch list")
    assert said.index(soon) < said.index(late)
    assert "waiting" in said
    play.passes(hours=24, minutes=1)
    assert "due, nothing reported" in play.types("salim", "humanitarian", "!watch list")
    assert f"Next watch `{soon}`" in play.types("salim", "humanitarian", "!status")
    assert "No watch here" in play.types("haddad", "caucus-north", "!watch list")


def test_every_local_day_has_one_check_across_a_clock_change() -> None:
    play = opened(text=QUIET)
    code = watched(play, "!watch add welfare for H-TEAL daily 02:30 Europe/Zurich")
    seen = []
    for _ in range(32):
        due = play.case.watches[next(iter(play.case.watches))].occurrence
        play.passes(seconds=(due - play.now) / timedelta(seconds=1))
        seen.append(play.now)
        play.types("brenner", "humanitarian", f"!report {code} visit: well")
    assert len({at.date() for at in seen}) == 32
    assert {b - a for a, b in pairwise(seen)} <= {timedelta(hours=h) for h in (23, 23.5, 24, 24.5)}
