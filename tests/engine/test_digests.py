"""Digests on the clock: each period once, a missed one told, an unread one told, none in silence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import bodies as b
from bot.domain.ids import Code, CompartmentId, EventId
from bot.engine.events import DeadlineReached, DigestStopped
from tests.support.orchid import ORCHID, QUIET
from tests.support.playbook import Heard, Play, opened

BENCH = CompartmentId("bench-north")


def digests(play: Play, place: str = BENCH) -> list[Heard]:
    return [h for h in play.heard if h.compartment == place and h.text.startswith("Digest ")]


def code_in(said: str) -> str:
    found = re.search(r"This digest is `(\w{4})`", said)
    assert found is not None
    return found[1]


def keys(play: Play, prefix: str) -> list[str]:
    return [key for key in play.due if key.startswith(prefix)]


def hold(play: Play, place: CompartmentId = BENCH) -> None:
    play.appends(b.BreachRaised(place, ("membership",), ()))
    assert play.case.compartments[place].held


# -- each period once ------------------------------------------------------------------------


def test_each_bench_gets_one_digest_a_day_at_its_own_hour() -> None:
    play = opened()
    play.passes(days=3)
    for bench in ("bench-north", "bench-south"):
        sent = digests(play, bench)
        assert [h.at.hour for h in sent] == [3, 3, 3]
        assert sent[0].message.notice
        assert "Late" not in sent[0].text
    assert [h.say.mention for h in digests(play)] == [("karam",)] * 3


def test_after_an_outage_one_digest_comes_and_says_that_it_is_late() -> None:
    play = opened()
    play.is_away(days=3)
    (late,) = digests(play)
    assert "Late: this should have come earlier." in late.text
    play.passes(days=1)
    assert len(digests(play)) == 2
    assert "Late" not in digests(play)[-1].text


def test_a_period_that_comes_up_twice_is_delivered_once() -> None:
    play = opened()
    (key,) = keys(play, "digest:bench-north:")
    due = play.due[key]
    play.passes(days=1)
    assert len(digests(play)) == 1
    play.take(DeadlineReached(EventId("due again"), play.now, key, due))
    assert len(digests(play)) == 1
    assert len(keys(play, "digest:bench-north:")) == 1


def test_an_interval_does_not_creep_when_the_bot_is_slow() -> None:
    play = opened(text=QUIET)
    play.types("karam", BENCH, "!digest schedule every 24h")
    for _ in range(3):
        (key,) = keys(play, "digest:bench-north:")
        due = play.due.pop(key)
        play.now = due + timedelta(minutes=3)
        play._fire(key, due) if key in play.due else play.take(
            DeadlineReached(EventId(f"due:{key}"), play.now, key, due)
        )
        (following,) = keys(play, "digest:bench-north:")
        assert play.due[following] == due + timedelta(days=1)


# -- what changed ----------------------------------------------------------------------------


def test_a_digest_tells_what_is_new_since_the_latest_that_was_delivered() -> None:
    play = opened()
    play.types("haddad", "caucus-north", "!record an old word")
    play.passes(days=1)
    item = play.code_of(play.types("haddad", "caucus-north", "!record a new word"))
    play.passes(days=1)
    said = digests(play)[-1].text
    changed = said[said.index("\nChanged") :]
    assert re.findall(r"`(\w{4})` on record", changed) == [item]
    assert "The one before: Tue 2 Mar 06:00 Baghdad (03:00 UTC)." in said
    play.passes(days=1)
    said = digests(play)[-1].text
    assert "• Nothing." in said[said.index("\nChanged") :]


def test_a_digest_that_did_not_arrive_makes_nothing_old() -> None:
    play = opened()
    item = play.code_of(play.types("haddad", "caucus-north", "!record a word"))
    hold(play)
    play.passes(days=1)
    play.appends(b.BreachCleared(BENCH, play.case.seats_in(BENCH)[0].id))
    play.passes(minutes=20)
    (only,) = digests(play)
    assert f"`{item}` on record" in only.text
    assert "It is the first that reaches you." in only.text


# -- missed ----------------------------------------------------------------------------------


def test_a_digest_for_a_held_room_is_told_and_comes_once_it_is_cleared_marked_late() -> None:
    play = opened()
    hold(play)
    play.passes(hours=26)
    assert digests(play) == []
    told = [
        t for t in play.all_said_in("desk") if "A digest has not come: that of `bench-north`" in t
    ]
    assert len(told) == 2, "at once, and after six hours"
    assert "the guard holds the room" in told[0]
    play.appends(b.BreachCleared(BENCH, play.case.seats_in(BENCH)[0].id))
    play.passes(minutes=20)
    (came,) = digests(play)
    assert "Late" in came.text
    assert keys(play, "delivery:bench-north:again") == []


def test_a_digest_without_a_room_is_told_and_comes_once_there_is_one() -> None:
    play = opened()
    place = play.case.compartments[BENCH]
    play.case.compartments[BENCH] = replace(place, room=None)  # type: ignore[index]
    play.passes(days=1)
    assert "that of `bench-north`" in "".join(play.all_said_in("desk"))
    assert "the room is not made yet" in "".join(play.all_said_in("desk"))
    play.case.compartments[BENCH] = place  # type: ignore[index]
    play.passes(minutes=20)
    assert len(digests(play)) == 1


def test_a_digest_that_waits_to_be_sent_is_told_again_and_again() -> None:
    play = opened()
    play.loses_digests = True
    play.passes(hours=36)
    told = [t for t in play.all_said_in("desk") if "that of `bench-north`" in t]
    assert len(told) >= 2
    assert "it waits to be sent" in told[0]
    assert "Said 2 times" in told[1]


def test_a_digest_that_the_last_gate_stops_is_told_and_made_anew() -> None:
    play = opened()
    play.loses_digests = True
    play.passes(hours=19)
    (first,) = digests(play)
    code = code_in(first.text)
    play.heard.clear()
    stopped = DigestStopped(EventId("stopped"), play.now, BENCH, Code(code), "gate")
    play.take(stopped)
    assert "the last gate let none of it through" in play.said_in("desk")
    play.loses_digests = False
    play.passes(minutes=20)
    (again,) = digests(play)
    assert code_in(again.text) != code
    assert "Late" in again.text


def test_the_next_period_takes_the_place_of_one_that_never_came() -> None:
    play = opened()
    hold(play)
    play.passes(days=2)
    assert len(keys(play, "delivery:bench-north:")) == 1
    play.appends(b.BreachCleared(BENCH, play.case.seats_in(BENCH)[0].id))
    play.passes(minutes=20)
    assert len(digests(play)) == 1


def test_a_new_period_ends_the_wait_of_an_older_one() -> None:
    play = opened()
    hold(play)
    play.passes(hours=19, minutes=10)
    assert keys(play, "delivery:bench-north:again")
    play.appends(b.BreachCleared(BENCH, play.case.seats_in(BENCH)[0].id))
    (key,) = keys(play, "digest:bench-north:")
    play.loses_digests = True
    play._fire(key, play.due[key])
    assert keys(play, "delivery:bench-north:again") == []
    play.passes(hours=1)
    assert len(digests(play)) == 1, "it waits to be sent, and nothing is made beside it"


def test_what_was_missed_is_counted_anew_after_one_that_came() -> None:
    play = opened()
    for _ in range(2):
        hold(play)
        play.heard.clear()
        play.passes(hours=19, minutes=10)
        (told,) = [t for t in play.all_said_in("desk") if "that of `bench-north`" in t]
        assert "Said 1 times since the latest that came" in told
        play.appends(b.BreachCleared(BENCH, play.case.seats_in(BENCH)[0].id))
        play.passes(hours=4, minutes=50)
        assert len(digests(play)) == 1


# -- read ------------------------------------------------------------------------------------


def test_whoever_confirms_in_time_is_not_reminded() -> None:
    play = opened()
    play.passes(hours=20)
    code = code_in(digests(play)[0].text)
    assert "When you have read it: `!read" in digests(play)[0].text
    assert "was read by Minister Karam" in play.types("karam", BENCH, f"!read {code}")
    assert "waits to be confirmed" in play.types("karam", BENCH, f"!read {code}")
    play.passes(hours=20)
    assert "A digest is not confirmed: `{code}`" not in "".join(play.all_said_in("desk"))
    assert keys(play, "delivery:bench-north:read") == []


def test_a_digest_that_nobody_confirms_is_told_to_the_desk_again_and_again() -> None:
    play = opened()
    play.types("karam", BENCH, "!digest schedule daily 06:00 confirm 6h")
    play.passes(hours=20)
    code = code_in(digests(play)[0].text)
    play.passes(hours=6)
    desk = [t for t in play.all_said_in("desk") if f"not confirmed: `{code}`" in t]
    assert len(desk) == 1
    assert f"Please confirm the digest `{code}`" in "".join(play.all_said_in(BENCH))
    play.passes(hours=6)
    desk = [t for t in play.all_said_in("desk") if f"not confirmed: `{code}`" in t]
    assert len(desk) == 2
    assert "Said 2 times" in desk[1]
    urgent = [h for h in play.heard if h.compartment == "desk" and "not confirmed" in h.text]
    assert [h.say.urgent for h in urgent if f"`{code}`" in h.text] == [False, True]
    play.passes(days=2)
    assert "Before it, 1 that nobody confirmed" in "".join(play.all_said_in("desk"))


def test_only_the_newest_digest_and_its_own_reader_count() -> None:
    play = opened()
    play.passes(hours=20)
    first = code_in(digests(play)[0].text)
    assert "waits to be confirmed" in play.types("okonjo", "bench-south", f"!read {first}")
    play.passes(days=1)
    assert "waits to be confirmed" in play.types("karam", BENCH, f"!read {first}")
    second = code_in(digests(play)[1].text)
    assert "was read by" in play.types("karam", BENCH, f"!read {second}")


def test_a_digest_that_was_asked_for_asks_for_nothing() -> None:
    play = opened(text=QUIET)
    said = play.types("karam", BENCH, "!digest now")
    assert "!read" not in said
    play.passes(days=2)
    assert play.all_said_in("desk") == []


# -- schedules -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept", "following"),
    [
        ("daily 07:00", "daily 07:00 Asia/Baghdad", "Tue 2 Mar 07:00 Baghdad (04:00 UTC)"),
        ("mon,thu 18:00", "mon,thu 18:00 Asia/Baghdad", "today 18:00 Baghdad (15:00 UTC)"),
        ("every 8h", "every 8 h", "today 19:00 Baghdad (16:00 UTC)"),
        ("rrule FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=6;BYMINUTE=0", "rrule", "Thu 1 Apr 06:00 Baghdad"),
    ],
)
def test_a_principal_says_when_its_digests_come(typed: str, kept: str, following: str) -> None:
    play = opened(text=QUIET)
    said = play.types("karam", BENCH, f"!digest schedule {typed}")
    assert f"Digests for `bench-north`: `{kept}" in said
    assert following.replace("today ", "") in said
    assert play.types("karam", BENCH, "!digest schedule") == said
    (key,) = keys(play, "digest:bench-north:")
    assert play.due[key] > play.now
    play.nothing_elsewhere(BENCH)


def test_a_mediator_sets_a_schedule_from_the_desk_and_the_reader_hears_of_it() -> None:
    play = opened()
    said = play.types("lindqvist", "desk", "!digest schedule bench-north daily 09:00 confirm 2h")
    assert "`daily 09:00 Asia/Baghdad`" in said
    assert "within 2 h" in said
    assert "Amb. Lindqvist has set digests here: `daily 09:00 Asia/Baghdad`" in play.said_in(BENCH)
    assert len(keys(play, "digest:bench-north:")) == 1
    play.passes(days=1)
    assert [h.at.hour for h in digests(play)] == [6]
    play.types("lindqvist", "desk", "!digest schedule bench-north off")
    assert "has stopped digests" in play.said_in(BENCH)
    assert keys(play, "digest:bench-north:") == []
    play.passes(days=3)
    assert len(digests(play)) == 1


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("every 5 min", "at most once an hour"),
        ("EIF+7d every 7 days", "hangs on no event"),
        ("daily", "09:00"),
        ("daily 07:00 confirm 1 min", "between 15 min and 14 d"),
        ("sometimes", "no time that can be read"),
        ("bench-south daily 07:00", ""),
    ],
)
def test_a_schedule_that_cannot_be_kept_changes_nothing(typed: str, says: str) -> None:
    play = opened()
    before = dict(play.due)
    said = play.types("karam", BENCH, f"!digest schedule {typed}")
    assert says in said
    assert play.due == before
    assert not any(isinstance(body, b.DigestScheduled) for _, body in play.written)


def test_what_the_operator_wrote_in_the_case_file_still_fits_after_a_change() -> None:
    play = opened()
    play.types("karam", BENCH, "!digest schedule daily 09:00")
    assert play.case.compartments[BENCH].digest == "daily 06:00 Asia/Baghdad"


# -- preview ---------------------------------------------------------------------------------


def test_a_preview_shows_the_desk_what_it_may_read_too_and_nothing_else() -> None:
    both = ORCHID.replace('reads = ["humanitarian"]', 'reads = ["humanitarian", "plenary"]')
    play = opened(text=both)
    own = play.code_of(play.types("haddad", "caucus-north", "!record for ourselves"))
    shared = play.code_of(play.types("haddad", "plenary", "!record for all"))
    written = len(play.written)
    said = play.types("lindqvist", "desk", "!digest preview bench-north")
    assert "Preview for this desk" in said
    assert "for Minister Karam" in said
    assert shared in said
    assert own not in said
    play.nothing_elsewhere("desk")
    assert len(play.written) == written
    real = play.types("karam", BENCH, "!digest now")
    assert own in real


def test_a_preview_does_not_tell_whether_there_is_more() -> None:
    twins = opened(), opened()
    twins[1].types("haddad", "caucus-north", "!record for ourselves")
    twins[1].types("haddad", "caucus-north", "!watch add welfare for H-TEAL every 24h")
    said = [p.types("lindqvist", "desk", "!digest preview bench-north") for p in twins]
    assert said[0] == said[1]


def test_nobody_but_a_mediator_at_the_desk_previews() -> None:
    play = opened()
    assert "there is no `!digest" in play.types("karam", BENCH, "!digest preview bench-south")
    assert "no bench `caucus-north`" in play.types(
        "lindqvist", "desk", "!digest preview caucus-north"
    )


@pytest.mark.parametrize(
    "typed",
    ["every 8h", "mon,thu 18:00", "rrule FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=6;BYMINUTE=0"],
)
def test_a_case_file_takes_the_forms_that_are_typed_in_the_readers_own_zone(typed: str) -> None:
    play = opened(text=ORCHID.replace("daily 06:00 Asia/Baghdad", typed))
    (key,) = keys(play, "digest:bench-north:")
    filed = play.due[key]
    play.types("karam", BENCH, f"!digest schedule {typed}")
    (key,) = keys(play, "digest:bench-north:")
    assert play.due[key] == filed
