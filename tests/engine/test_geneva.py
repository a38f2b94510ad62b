"""Held persons: clocks of cards, presence of data, visits, and consents that bind a release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.geneva import Datum, Modality, names_person
from bot.domain.ids import Code
from bot.domain.vocabulary import WatchKind, WatchState
from bot.domain.when_schedule import NEVER, Anchored, read_schedule
from bot.engine.effects import Append
from tests.engine.test_gates import by_two
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ROOM = "humanitarian"
CAUCUS = "caucus-north"
WEEK = timedelta(days=7)
EVENING = datetime(2027, 2, 28, 18, tzinfo=UTC)
"""The evening before the play begins."""


def noted(play: Play, line: str, seat: str = "brenner", place: str = ROOM) -> str:
    said = play.types(seat, place, line)
    assert not said.startswith("Nothing done"), said
    return said


def only_watch(play: Play) -> Code:
    (code,) = play.case.watches
    return code


@pytest.mark.parametrize("verb", ["capture", "transfer", "sickness"])
def test_a_card_is_due_a_week_after_an_arrival_and_the_article_is_cited(verb: str) -> None:
    play = opened(text=QUIET)
    said = noted(play, f"!{verb} h-teal at 2027-02-28 18:00 UTC")
    code = only_watch(play)
    watch = play.case.watches[code]
    assert f"{verb} of `H-TEAL` at Sun 28 Feb 18:00 UTC" in said
    assert "(Art. 70 GC III)" in said
    assert "Indicative, not legal advice." in said
    assert (watch.kind, watch.occurrence) == (WatchKind.LIST_DUE, EVENING + WEEK)
    play.nothing_elsewhere(ROOM)
    play.passes(days=6, hours=9)
    assert play.fresh == []
    play.passes(hours=4)
    assert "list due for `H-TEAL`" in play.said_in(ROOM)
    assert play.case.watches[code].state is WatchState.OVERDUE


def test_the_card_is_reported_once_and_is_not_asked_for_again() -> None:
    play = opened(text=QUIET)
    noted(play, "!capture H-TEAL at 2027-02-28 18:00 UTC")
    code = only_watch(play)
    noted(play, f"!report {code} assertion: sent to the family and to the agency")
    assert play.case.watches[code].occurrence == NEVER
    play.passes(days=30)
    assert play.fresh == []


def test_the_schedule_of_a_card_reads_as_itself_and_comes_once() -> None:
    play = opened(text=QUIET)
    noted(play, "!transfer H-TEAL at 2027-02-28 18:00 UTC")
    text = play.case.watches[only_watch(play)].schedule
    schedule = read_schedule(text, now=play.now, zone="UTC")
    assert isinstance(schedule, Anchored)
    assert schedule.normal() == text
    assert schedule.next_after(play.now) == EVENING + WEEK
    assert schedule.next_after(EVENING + WEEK) == NEVER


def test_a_week_that_is_over_is_due_at_once() -> None:
    play = opened(text=QUIET)
    said = noted(play, "!capture H-TEAL at 2027-02-10 18:00 UTC")
    assert "over since Wed 17 Feb 18:00 UTC" in said
    play.passes(minutes=1)
    assert "Due now" in play.said_in(ROOM)
    play.passes(hours=3)
    assert "Overdue" in play.said_in(ROOM)


def test_what_has_not_happened_or_is_noted_already_is_refused() -> None:
    play = opened(text=QUIET)
    assert "lies ahead" in play.types("brenner", ROOM, "!capture H-TEAL at fri 18:00")
    line = "!capture H-TEAL at 2027-02-28 18:00 UTC"
    noted(play, line)
    assert "noted already" in play.types("brenner", ROOM, line)
    assert len(play.case.watches) == 1
    noted(play, "!capture H-TEAL at 2027-02-28 19:00 UTC")
    noted(play, "!sickness H-TEAL at 2027-02-28 18:00 UTC")
    assert len(play.case.watches) == 3


@pytest.mark.parametrize(
    "line",
    ["!capture", "!capture H-TEAL", "!capture Karim at now", "!capture H-TEAL at", "!data Karim",
     "!visit Karim private yes", "!consents Karim family yes", "!data H-TEAL has rank\nMajor"],
)  # fmt: skip
def test_a_person_is_named_by_a_code_name_on_one_line(line: str) -> None:
    play = opened(text=QUIET)
    said = play.types("brenner", ROOM, line)
    assert said.startswith("Nothing done: write it on one line, with a code name like `H-TEAL`")
    assert "Karim" not in said
    assert not play.case.held


def test_data_are_there_or_missing_and_the_whole_is_shown() -> None:
    play = opened(text=QUIET)
    said = noted(play, "!data H-TEAL has Rank, date of birth, next of kin, hospital")
    assert "information bureau (Art. 122 GC III), 3 of 11." in said
    assert "There: rank, birth date, person to inform." in said
    missing = "surname, first names, number, birth place, power, father, mother, mail address"
    assert f"Missing: {missing}." in said
    assert "Told as it happened: hospital." in said
    noted(play, "!data H-TEAL lacks rank")
    assert "2 of 11" in play.types("salim", ROOM, "!data H-TEAL")
    noted(play, "!data H-TEAL has " + ", ".join(one.value for one in Datum))
    said = play.said_in(ROOM)
    assert "11 of 11" in said
    assert "Missing: none." in said
    play.nothing_elsewhere(ROOM)


@pytest.mark.parametrize(
    "line",
    [
        "!data H-TEAL has rank Major",
        "!data H-TEAL has surname Haddad, rank",
        "!data H-TEAL has",
        "!data H-TEAL Major",
        "!visit H-TEAL private maybe",
        "!visit H-TEAL garden yes",
        "!visit H-TEAL private refused",
        "!visit H-TEAL private yes because Haddad agreed",
        "!visit H-TEAL private yes, Haddad agreed",
        "!consents H-TEAL Haddad yes",
        "!consents H-TEAL family perhaps",
        "!consents H-TEAL family yes, family no",
    ],
)
def test_a_value_is_neither_kept_nor_repeated(line: str) -> None:
    play = opened(text=QUIET)
    said = play.types("brenner", ROOM, line)
    assert said.startswith("Nothing done: `!")
    assert "Names that can stand there" in said
    assert "Major" not in said
    assert "Haddad" not in said
    assert not any(isinstance(effect, Append) for effect in play.effects)


def test_each_modality_is_answered_and_a_refusal_has_its_reason() -> None:
    play = opened(text=QUIET)
    said = noted(
        play,
        "!visit H-TEAL private interviews yes, all places refused because the road is mined,"
        " they say, list no",
    )
    assert "private: yes" in said
    assert "all places: refused, because the road is mined, they say" in said
    assert "list: no" in said
    assert "repeat: not said" in said
    assert "(cf. Art. 126 GC III)" in said
    assert all(one.value in said for one in Modality)
    noted(play, "!visit H-TEAL all places yes")
    assert "mined" not in play.said_in(ROOM)
    play.nothing_elsewhere(ROOM)


def test_what_is_noted_in_one_room_is_known_in_no_other() -> None:
    play = opened(text=QUIET)
    for line in ("!data H-TEAL has rank", "!visit H-TEAL private yes", "!consents H-TEAL family no"):  # fmt: skip
        noted(play, line)
        play.nothing_elsewhere(ROOM)
    for verb in ("data", "visit", "consents"):
        asked = [play.types("haddad", CAUCUS, f"!{verb} {person}") for person in ("H-TEAL", "H-NOBODY")]  # fmt: skip
        assert asked[0] == asked[1]
        assert "nothing is noted of that person here" in asked[0]
    assert "1 of 11" in play.types("lindqvist", "desk", "!data H-TEAL")


def test_what_one_room_notes_changes_nothing_of_anothers_notes() -> None:
    play = opened(text=QUIET)
    noted(play, "!data H-TEAL has rank")
    noted(play, "!data H-TEAL lacks rank", "haddad", CAUCUS)
    assert "There: rank." in play.types("brenner", ROOM, "!data H-TEAL")
    assert "There: none." in play.types("haddad", CAUCUS, "!data H-TEAL")


def test_what_is_told_to_the_bureau_is_not_the_clock_of_the_card() -> None:
    play = opened(text=QUIET)
    line = "!transfer H-TEAL at 2027-02-28 18:00 UTC"
    noted(play, line)
    noted(play, "!data H-TEAL has transfer")
    assert "noted already" in play.types("brenner", ROOM, line)


def test_an_erased_persons_entries_vanish() -> None:
    play = opened(text=QUIET)
    for line in ("!capture H-TEAL at 2027-02-28 18:00 UTC", "!data H-TEAL has rank",
                 "!visit H-TEAL private refused because Haddad forbids it",
                 "!consents H-TEAL family no"):  # fmt: skip
        noted(play, line)
    noted(play, "!data H-HERON has rank")
    by_two(play, "!erase person H-TEAL because the family asked")
    for verb in ("data", "visit", "consents"):
        said = play.types("brenner", ROOM, f"!{verb} H-TEAL")
        assert "nothing is noted of that person here" in said
    assert "1 of 11" in play.types("brenner", ROOM, "!data H-HERON")
    assert not play.case.stands(play.case.watches[only_watch(play)].item)
    left = [words for _, prose in play._opened.values() for words in prose.values()]
    assert not any("TEAL" in words or "forbids" in words for words in left)


def recorded(play: Play, text: str, seat: str = "haddad", place: str = CAUCUS) -> str:
    return play.code_of(play.types(seat, place, f"!record {text}"))


def withheld(play: Play, flags: str, seat: str = "haddad", place: str = CAUCUS) -> None:
    noted(play, f"!consents H-TEAL {flags}", seat, place)


@pytest.mark.parametrize(
    ("flag", "forbidden", "allowed"),
    [
        ("own state", "shuttle-south", "humanitarian"),
        ("family", "humanitarian", "shuttle-south"),
        ("icrc", "humanitarian", "shuttle-south"),
        ("publish", "plenary", "shuttle-south"),
    ],
)
def test_a_release_cannot_exceed_what_a_person_consented_to(
    flag: str, forbidden: str, allowed: str
) -> None:
    play = opened(text=QUIET)
    withheld(play, f"{flag} no")
    code = recorded(play, "H-TEAL is ill")
    for line in (f"!release {code} to {forbidden}", f'!release {code} to {forbidden} as "h\u2011teal is ill"'):  # fmt: skip
        said = play.types("haddad", CAUCUS, line)
        assert said.startswith("Nothing done: `H-TEAL` does not consent that the name goes there")
        assert flag in said
        play.nothing_elsewhere(CAUCUS)
    assert not play.case.requests
    for line in (f"!release {code} to {allowed}", f'!release {code} to {forbidden} as "one is ill"'):  # fmt: skip
        assert "Nothing done" not in play.types("haddad", CAUCUS, line)
    assert len(play.case.requests) == 2


def test_a_yes_and_another_name_forbid_nothing() -> None:
    play = opened(text=QUIET)
    withheld(play, "own state no")
    withheld(play, "own state yes, family no")
    one, other = recorded(play, "H-TEAL is ill"), recorded(play, "H-TEALS are ducks")
    for code, place in ((one, "shuttle-south"), (other, "humanitarian")):
        said = play.types("haddad", CAUCUS, f"!release {code} to {place}")
        assert "Nothing done" not in said


def test_where_only_the_speakers_own_party_reads_no_state_is_told() -> None:
    play = opened(text=QUIET)
    withheld(play, "own state no")
    code = recorded(play, "H-TEAL is ill")
    said = play.types("haddad", CAUCUS, f"!release {code} to shuttle-north")
    assert "Nothing done" not in said


def test_a_consent_to_a_release_is_held_to_it_too() -> None:
    play = opened(text=QUIET)
    code = recorded(play, "H-TEAL is ill")
    asked = play.types("haddad", CAUCUS, f"!release {code} to shuttle-south")
    request = play.code_of(asked)
    withheld(play, "own state no")
    said = play.types("yazan", CAUCUS, f"!consent {request}")
    assert "does not consent that the name goes there" in said
    assert play.said_in("shuttle-south") == ""
    assert not play.case.requests[Code(request)].consents


def test_a_room_learns_of_no_consent_noted_elsewhere_by_what_it_may_not_release() -> None:
    said = []
    for flags in ("family yes", "own state no, publish no, icrc no"):
        play = opened(text=QUIET)
        withheld(play, flags, "brenner", ROOM)
        code = recorded(play, "H-TEAL is ill")
        said.append(play.types("haddad", CAUCUS, f"!release {code} to shuttle-south"))
    assert said[0] == said[1]
    assert "Nothing done" not in said[0]


def test_only_a_verified_person_notes_anything_and_no_principal_does() -> None:
    play = opened(text=QUIET, enrolled=["karam"])
    assert "there is no" in play.types("karam", "bench-north", "!data H-TEAL has rank")
    play.enrols("brenner")
    assert "not been compared" in play.types("brenner", ROOM, "!data H-TEAL has rank")
    assert not play.case.held


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("H-TEAL", True),
        ("of h\u2013teal.", True),
        ("(H TEAL)", True),
        ("HTEAL", True),
        ("H\u200b-TEAL", True),
        ("\uff28-TEAL", True),
        ("H-TEALS", False),
        ("AH-TEAL", False),
        ("TEAL", False),
        ("", False),
    ],
)
def test_a_code_name_is_found_however_its_dash_was_typed(text: str, found: bool) -> None:
    assert names_person(text, "H-TEAL") is found
