"""What people see of watches: the table, one watch, the whole story of one alarm."""

from __future__ import annotations

from bot.domain.casefile_ladder import parse_ladders
from tests.engine.test_watch_deciding import REASON, decided
from tests.engine.test_watch_ladders import LADDERS
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ADD = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"


def watched(play: Play, add: str = ADD) -> str:
    return play.code_of(play.types("brenner", "humanitarian", add))


def why(play: Play, code: str, seat: str = "brenner", place: str = "humanitarian") -> str:
    return play.types(seat, place, f"!watch why {code}")


def test_the_list_is_a_small_table_with_both_zones_and_who_acts() -> None:
    play = opened(text=QUIET)
    said = play.types("haddad", "caucus-north", "!watch add welfare for H-ONE every 24h")
    code = play.code_of(said)
    listed = play.types("haddad", "caucus-north", "!watch list")
    assert "Watch" in listed
    assert "Due" in listed
    assert f"`{code}` welfare for `H-ONE`" in listed
    assert "Tue 2 Mar 11:00 Baghdad (08:00 UTC)" in listed
    assert "Expected from: Lt. Haddad, Maj. Yazan." in listed
    assert "<table>" in str(play.fresh[-1].message.formatted)
    play.passes(hours=26)
    assert "overdue, level 1" in play.types("haddad", "caucus-north", "!watch list")


def test_one_watch_shows_its_ladder_and_what_comes_next() -> None:
    play = opened(text=QUIET)
    play.ladders = parse_ladders(LADDERS)
    code = watched(play, "!watch add welfare for H-TEAL every 24h ladder night")
    said = play.types("salim", "humanitarian", f"!watch show {code}")
    assert "every 1 day, grace 2 h. waiting. Never verified alive yet." in said
    assert "Level 1: liaison in own; 10 min until the next." in said
    assert "Level 3: verifier in own, and outside: duty-phone; 20 min until the next." in said
    assert (
        "Level 4: whoever can report in own, desk, and outside: duty-phone; 30 min until the next."
        in said
    )
    assert "Next: due Tue 2 Mar 08:00 UTC." in said


def test_the_story_of_an_alarm_tells_every_level_ack_and_report() -> None:
    play = opened(text=QUIET)
    play.ladders = parse_ladders(LADDERS)
    code = watched(play, "!watch add welfare for H-TEAL every 24h ladder night")
    play.passes(hours=26, minutes=1)
    play.types("salim", "humanitarian", f"!ack {code} until in 1 h because of rain")
    play.types("salim", "humanitarian", f"!report {code} sighting: a driver saw him")
    said = why(play, code)
    assert "due Tue 2 Mar 08:00 UTC" in said
    assert "08:00 UTC: due, said to Delegate Brenner." in said
    assert "10:00 UTC: level 1, said to Ms. Salim." in said
    assert "10:01 UTC: acknowledged by Ms. Salim, until Tue 2 Mar 11:01 UTC." in said
    assert "a report of Ms. Salim that is no proof: third-party sighting." in said
    assert "Quiet until Tue 2 Mar 11:01 UTC; then level 2." in said
    play.passes(hours=4)
    said = why(play, code)
    assert "level 3, said to Delegate Brenner, and outside: duty-phone. Reached nobody: 2." in said
    assert "Said 6 times, last Tue 2 Mar 13:51 UTC." in said
    assert "Expected now: Delegate Brenner" in said
    assert "Next: level 4, Tue 2 Mar 14:21 UTC." in said
    play.types("brenner", "humanitarian", f"!report {code} visit: well")
    said = why(play, code)
    assert "satisfied, reported by Delegate Brenner: live call or visit by a neutral." in said
    assert "Next: due Wed 3 Mar 08:00 UTC." in said


def test_the_story_says_that_an_acknowledgement_had_expired() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=26, minutes=1)
    play.types("salim", "humanitarian", f"!ack {code} until in 1 h because of rain")
    play.passes(hours=2)
    assert "The acknowledgement had expired." in why(play, code)


def test_a_new_alarm_begins_a_new_story() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(hours=27)
    play.types("brenner", "humanitarian", f"!report {code} visit: well")
    play.passes(hours=21)
    said = why(play, code)
    assert "Tue 2 Mar" not in said.split("due, said to")[1]
    assert "level" not in said.split("Expected now")[0]


def test_the_story_tells_an_outage_and_a_suspension() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.is_away(hours=25)
    said = why(play, code)
    assert "Late: from Mon 1 Mar 08:00 UTC to Tue 2 Mar 09:00 UTC" in said
    decided(play, f"!watch suspend {code} until in 9 h {REASON}")
    said = why(play, code)
    assert "suspended by Amb. Lindqvist, Dr. Adeyemi, until Tue 2 Mar 18:00 UTC." in said
    assert "Suspended until Tue 2 Mar 18:00 UTC; then it is armed again." in said
    play.passes(hours=10)
    assert "the suspension was over" in why(play, code)
    decided(play, f"!watch end {code} because H-TEAL is home")
    assert "Nothing comes any more." in why(play, code)


def test_names_are_shown_only_where_they_may_be_read() -> None:
    play = opened(text=QUIET)
    said = play.types("haddad", "caucus-north", "!watch add welfare for H-ONE every 24h step 5h")
    code = play.code_of(said)
    play.passes(hours=32)
    told = why(play, code, "karam", "bench-north")
    assert "said to Lt. Haddad, Maj. Yazan, Dr. Adeyemi" in told, "it reads their shuttle"
    told = why(play, code, "haddad", "caucus-north")
    assert "said to Lt. Haddad, Maj. Yazan, a mediator" in told
    assert "Adeyemi" not in told


def test_a_month_of_repeats_is_one_line_of_the_story() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(days=30)
    said = why(play, code)
    assert "08:00 UTC: due, said to" in said
    assert said.count("level 2, said to") == 1
    assert len(said) < 1500


def test_what_a_room_may_not_read_is_unknown_there() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    play.passes(days=2)
    for verb in ("show", "why"):
        assert "no item" in play.types("haddad", "caucus-north", f"!watch {verb} {code}")


def test_why_two_people_decided_is_told_at_their_desk_and_nowhere_else() -> None:
    play = opened(text=QUIET)
    code = play.code_of(
        play.types("brenner", "humanitarian", "!watch add welfare for H-TEAL every 24h")
    )
    for line in (
        f"!watch suspend {code} until in 30 h because the camp is flooded",
        f"!watch end {code} because H-TEAL is home",
    ):
        asked = play.types("lindqvist", "desk", line)
        play.types("adeyemi", "desk", f"!approve {play.code_of(asked)}")
        reason = line.split("because ")[1]
        assert reason in play.types("lindqvist", "desk", f"!watch why {code}")
        play.types("brenner", "humanitarian", f"!watch why {code}")
        assert reason not in play.said_in("humanitarian")
