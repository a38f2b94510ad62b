"""Evidence as people type it: grades, verdicts, what is shown of it, and files by reply."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import bodies as b
from bot.domain.ids import Code, SeatId
from bot.domain.vocabulary import Strength, WatchState
from bot.engine.events import FileOffered, FileRead, FileRefused
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ROOM = "humanitarian"
WATCH = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"
SHA = "ab" * 32
PHOTO = FileRead(SHA, "jpeg", 2_104_332, cleanable=True)


def watched(play: Play) -> str:
    return play.code_of(play.types("brenner", ROOM, WATCH))


def evidence_in(play: Play) -> str:
    """The code of the newest evidence."""
    return list(play.case.evidence)[-1]


def reported(play: Play, watch: str, words: str = "media: seen with Tuesday's paper") -> str:
    play.types("salim", ROOM, f"!report {watch} {words}")
    return evidence_in(play)


def test_a_report_gets_a_code_and_shows_its_grades() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    said = play.types("salim", ROOM, f"!report {watch} media source b info 2: Tuesday's paper")
    code = evidence_in(play)
    assert f"Evidence `{code}`. Source B, information 2." in said
    assert f"`!verdict {code} confirmed`" in said
    found = play.case.evidence[Code(code)]
    assert (found.source, found.info, found.counts) == ("B", "2", True)
    play.nothing_elsewhere(ROOM)


@pytest.mark.parametrize(
    "grades", ["source G", "info 7", "info 0", "source", "source A source B", "grade A", "info 22"]
)
def test_a_grade_that_is_none_is_refused(grades: str) -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    head = play.case.head
    assert "graded" in play.types("salim", ROOM, f"!report {watch} media {grades}: words")
    assert play.case.head == head


def test_a_reply_without_words_quotes_the_message() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    said = play.types("salim", ROOM, f"!report {watch} media", quoting="He waved at us")
    assert "> He waved at us" in said
    said = play.types("salim", ROOM, f"!report {watch} media: mine", quoting="He waved at us")
    assert "> mine" in said
    said = play.types(
        "salim", ROOM, f"!report {watch} media", quoting="!question answer K7QF: Aunt Zahra"
    )
    assert "Zahra" not in said
    assert "not taken on record" in said


def test_a_rejected_report_raises_its_watch_at_once() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    play.passes(hours=20)
    first = reported(play, watch)
    play.passes(hours=24)
    second = reported(play, watch)
    play.passes(minutes=30)
    said = play.types(
        "brenner", ROOM, f"!verdict {second} rejected because the paper is a year old"
    )
    assert f"`{second}`, evidence for `{watch}`, is rejected." in said
    assert "> the paper is a year old" in said
    assert "Overdue" in said
    assert "its evidence was rejected" in said
    assert "Last verified alive 1 d ago: dated media" in said
    found = play.case.watches[Code(watch)]
    assert found.state is WatchState.OVERDUE
    assert found.last_report == play.case.evidence[Code(first)].report
    play.passes(hours=3)
    assert "Overdue" in play.said_in(ROOM)
    play.types("brenner", ROOM, f"!verdict {first} rejected")
    assert play.case.watches[Code(watch)].last_at is None
    assert "Never verified alive yet" in play.types("brenner", ROOM, f"!alive {watch}")
    third = reported(play, watch)
    assert play.case.watches[Code(watch)].state is WatchState.SCHEDULED
    assert f"`{third}` (counts)" in play.types("brenner", ROOM, f"!alive {watch}")


@pytest.mark.parametrize("word", ["confirmed", "doubtful"])
def test_any_other_verdict_is_shown_and_moves_nothing(word: str) -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    code = reported(play, watch)
    before = play.case.watches[Code(watch)]
    said = play.types("brenner", ROOM, f"!verdict {code} {word}")
    assert f"is {word}." in said
    assert "Overdue" not in said
    assert play.case.watches[Code(watch)] == before
    assert f"{word} by Delegate Brenner" in play.types("salim", ROOM, f"!alive {watch}")


def test_an_older_report_that_is_rejected_raises_nothing() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    first = reported(play, watch)
    play.passes(hours=1)
    reported(play, watch)
    before = play.case.watches[Code(watch)]
    assert "Overdue" not in play.types("brenner", ROOM, f"!verdict {first} rejected")
    assert play.case.watches[Code(watch)] == before


def test_a_suspension_stands_although_evidence_is_rejected() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    code = reported(play, watch)
    old = play.case.watches[Code(watch)]
    play.case = replace(
        play.case,
        watches={Code(watch): replace(old, state=WatchState.SUSPENDED, suspended_until=play.now)},
    )
    said = play.types("brenner", ROOM, f"!verdict {code} rejected")
    assert "Overdue" not in said
    assert play.case.watches[Code(watch)].last_at is None


def test_nobody_judges_an_own_report_and_a_rejection_is_final() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    play.types("brenner", ROOM, f"!report {watch} visit: seen in good health")
    own = evidence_in(play)
    head = play.case.head
    assert "your own report" in play.types("brenner", ROOM, f"!verdict {own} confirmed")
    assert play.case.head == head
    code = reported(play, watch)
    assert "no `!verdict`" in play.types("salim", ROOM, f"!verdict {own} confirmed")
    play.types("brenner", ROOM, f"!verdict {code} rejected")
    assert "reported anew" in play.types("brenner", ROOM, f"!verdict {code} confirmed")
    assert "write it like this" in play.types("brenner", ROOM, f"!verdict {own} maybe")


def test_a_file_is_kept_with_its_evidence_and_shown_again_in_its_room() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    said = play.sends_file("salim", ROOM, f"!report {watch} media: with a paper", PHOTO)
    code = evidence_in(play)
    found = play.case.evidence[Code(code)]
    assert play.files_kept == [found.record]
    assert f"File: jpeg, 2104332 bytes, sent by Ms. Salim, SHA-256 `{SHA}`" in said
    assert "its file comes" in play.types("brenner", ROOM, f"!show {code}")
    assert [(g.compartment, g.record, g.name) for g in play.files_given] == [
        (ROOM, found.record, code)
    ]
    assert "in its own room only" in play.types("brenner", ROOM, f"!show {code} to desk")
    assert "does not leave" in play.types("lindqvist", "desk", f"!release {code} to plenary")
    assert len(play.files_given) == 1
    # What could recognise the file is in no skeleton.
    skeletons = repr(play.case)
    assert SHA not in skeletons
    assert "2104332" not in skeletons


@pytest.mark.parametrize(
    ("offered", "found", "says"),
    [
        (FileOffered(own=False, sealed=False, by=SeatId("salim")), PHOTO, "unencrypted"),
        (FileOffered(own=False, sealed=True, by=None), PHOTO, "nobody who sits here"),
        (None, FileRefused("file.wrong_hash"), "SHA-256 is another"),
        (
            None,
            FileRefused("evidence.disguised", (("found", "pdf"), ("named", "jpeg"))),
            "named as jpeg, and its bytes are pdf",
        ),
    ],
)
def test_a_file_that_is_not_taken_changes_nothing(
    offered: FileOffered | None, found: FileRead | FileRefused, says: str
) -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    before = play.case
    said = play.sends_file("salim", ROOM, f"!report {watch} media: paper", found, offered)
    assert says in said
    assert play.case == before
    assert play.files_kept == []


def test_a_file_that_cannot_be_cleaned_is_kept_and_shown_nowhere() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    voice = FileRead(SHA, "ogg", 4000, cleanable=False)
    assert "shown nowhere" in play.sends_file("salim", ROOM, f"!report {watch} media: v", voice)
    code = evidence_in(play)
    assert "shown nowhere" in play.types("brenner", ROOM, f"!show {code}")
    bare = reported(play, watch)
    assert "has no file" in play.types("brenner", ROOM, f"!show {bare}")
    assert play.files_given == []


def test_a_file_goes_with_a_report_only() -> None:
    play = opened(text=QUIET)
    before = play.case
    said = play.sends_file("salim", ROOM, "!record a photograph of him", PHOTO)
    assert "with `!report` only" in said
    assert play.case == before


def test_evidence_is_looked_at_and_judged_where_it_is_kept() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    code = reported(play, watch)
    for line in (f"!alive {watch}", f"!verdict {code} rejected", f"!show {code}"):
        said = play.types("haddad", "caucus-north", line)
        assert "Nothing" in said, said
        assert "H-TEAL" not in said
        assert ROOM not in said
    # The desk reads this room, and only looks.
    assert f"`{code}` (counts)" in play.types("lindqvist", "desk", f"!alive {watch}")
    assert f"kept in `{ROOM}`" in play.types("lindqvist", "desk", f"!verdict {code} rejected")
    assert f"kept in `{ROOM}`" in play.types("lindqvist", "desk", f"!show {code}")
    assert play.case.evidence[Code(code)].verdict is None


def test_an_index_is_kept_with_its_assessor_and_its_trend() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    assert "never assessed" in play.types("brenner", ROOM, f"!alive {watch}")
    said = play.types("brenner", ROOM, f"!index {watch} 7 needs water, medicine")
    assert "well-being 7 of 10. Needs: water, medicine." in said
    for value in (6, 5, 4, 4, 3):
        play.passes(hours=1)
        play.types("salim", ROOM, f"!index {watch} {value} physical 3 psychological 5")
    said = play.types("brenner", ROOM, f"!alive {watch}")
    assert "Well-being 3 of 10 (physical 3) (psychological 5), by Ms. Salim" in said
    assert "6, 5, 4, 4, 3." in said
    assert "Needs" not in said
    assert "week" not in said
    play.passes(days=8)
    assert "Older than a week." in play.types("brenner", ROOM, f"!alive {watch}")


@pytest.mark.parametrize(
    "line",
    ["", "0", "11", "7.5", "7 needs", "7 mood 3", "7 physical", "x", "7 physical 3 physical 4"],
)
def test_an_index_that_is_none_is_refused(line: str) -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    before = play.case
    assert "from 1 (worst) to 10" in play.types("brenner", ROOM, f"!index {watch} {line}")
    assert play.case == before


def test_a_weak_report_is_evidence_that_satisfies_nothing() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    code = reported(play, watch, "assertion: they say he is well")
    found = play.case.evidence[Code(code)]
    assert (found.counts, found.strength) == (False, Strength.ASSERTION)
    assert isinstance(play.written[-1][1], b.EvidenceGiven)
    assert "Overdue" not in play.types("brenner", ROOM, f"!verdict {code} rejected")


def test_the_story_of_an_alarm_names_the_verdict_behind_it() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    evidence = reported(play, watch)
    play.types("lindqvist", ROOM, f"!verdict {evidence} rejected because staged")
    why = play.types("brenner", ROOM, f"!watch why {watch}")
    told = why.index(f"its evidence `{evidence}` was rejected by Amb. Lindqvist")
    assert told < why.index("level 1, said to")


def test_a_person_is_asked_after_by_code_name_in_every_room_that_watches_that_person() -> None:
    play = opened(text=QUIET)
    watch = watched(play)
    reported(play, watch)
    by_code = play.types("brenner", ROOM, f"!alive {watch}")
    assert play.types("brenner", ROOM, "!alive h-teal") == by_code
    assert play.types("brenner", ROOM, "!alive \u201cH-TEAL\u201d") == by_code
    other = play.code_of(play.types("brenner", ROOM, "!watch add welfare for H-TEAL every 24h"))
    both = play.types("brenner", ROOM, "!alive H-TEAL")
    assert watch in both
    assert other in both


def test_a_person_of_another_room_and_nobody_are_asked_after_alike() -> None:
    play = opened(text=QUIET)
    watched(play)
    known = play.types("merrow", "caucus-south", "!alive H-TEAL")
    unknown = play.types("merrow", "caucus-south", "!alive H-OCHRE")
    assert known.replace("H-TEAL", "H-OCHRE") == unknown
    play.types("merrow", "caucus-south", "!watch add welfare for H-AMBER every 24h")
    known = play.types("merrow", "caucus-south", "!alive H-TEAL")
    unknown = play.types("merrow", "caucus-south", "!alive H-OCHRE")
    assert known.replace("H-TEAL", "H-OCHRE") == unknown
