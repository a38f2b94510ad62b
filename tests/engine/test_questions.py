"""Private questions as people type them, and what a speaker under duress is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from bot.domain import bodies as b
from bot.domain.ids import Code, CompartmentId, EventId, PartyId, Prose, SeatId
from bot.domain.question_states import QuestionState
from bot.domain.questions import Outcome, Weighed
from bot.domain.vocabulary import Role, Strength, WatchState
from bot.engine.duress import KEY, out_of_sight
from bot.engine.effects import Append, Say
from bot.engine.events import DeadlineReached
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

ROOM = "humanitarian"
WATCH = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"
DEPOSIT = '!question deposit for h-teal: "Who sang?" answer "Aunt Zahra" or "العمة زهرة" duress "the old well"'


def deposited(play: Play, line: str = DEPOSIT, who: str = "salim") -> str:
    return play.code_of(play.types(who, ROOM, line))


def put(play: Play, line: str = DEPOSIT) -> str:
    code = deposited(play, line)
    play.types("brenner", ROOM, f"!question ask {code}")
    return code


def state(play: Play, code: str) -> QuestionState:
    return play.case.questions[Code(code)].state


def test_a_question_goes_from_deposit_to_evidence() -> None:
    play = opened(text=QUIET)
    watch = play.code_of(play.types("brenner", ROOM, WATCH))
    said = play.types("salim", ROOM, DEPOSIT)
    assert "about `H-TEAL`" in said
    assert "> Who sang?" in said
    assert "Delete your message now" in said
    assert "Zahra" not in said
    code = play.code_of(said)
    assert "was put" in play.types("brenner", ROOM, f"!question ask {code}")
    said = play.types("brenner", ROOM, f"!question answer {code.lower()}: “aunt  ZAHRA”")
    assert said.startswith(f"`{code}`: the answer matches.")
    assert f"On record for `H-TEAL` (`{watch}`, sign of life): answered private question." in said
    assert "ahra" not in said.casefold()
    found = play.case.watches[Code(watch)]
    assert found.last_strength is Strength.QUESTION
    assert state(play, code) is QuestionState.ANSWERED
    play.nothing_elsewhere(ROOM)


@pytest.mark.parametrize("answer", ["auntzahra", "العمّة زهره", "'Aunt Zahra!'"])
def test_any_variant_in_any_spelling_is_right(answer: str) -> None:
    play = opened(text=QUIET)
    code = put(play)
    assert "the answer matches" in play.types("brenner", ROOM, f"!question answer {code}: {answer}")
    assert "No watch here is about this person" in play.said_in(ROOM)


def test_wrong_once_is_one_more_try_and_wrong_twice_is_told_and_raised() -> None:
    play = opened(text=QUIET)
    watch = play.code_of(play.types("brenner", ROOM, WATCH))
    code = put(play)
    said = play.types("brenner", ROOM, f"!question answer {code}: uncle Basim")
    assert "does not match. One more try" in said
    play.nothing_elsewhere(ROOM)
    assert play.case.watches[Code(watch)].state is WatchState.SCHEDULED
    said = play.types("brenner", ROOM, f"!question answer {code}: uncle Basim")
    assert "for the second time" in said
    assert "level 1" in said
    assert "Raised out of turn: two wrong answers" in said
    assert "asim" not in said
    assert f"`{code}` in `{ROOM}`" in play.said_in("desk")
    assert any(h.say.urgent and h.say.mention for h in play.fresh if h.compartment == "desk")
    assert play.case.watches[Code(watch)].state is WatchState.OVERDUE
    assert state(play, code) is QuestionState.FAILED
    again = play.types("brenner", ROOM, f"!question answer {code}: Aunt Zahra")
    assert again == f"Nothing done: `{code}`: two wrong answers, used up."
    play.passes(hours=3)
    assert "level 2" in play.said_in(ROOM)


def test_a_second_try_may_be_right() -> None:
    play = opened(text=QUIET)
    code = put(play)
    play.types("brenner", ROOM, f"!question answer {code}: uncle Basim")
    assert "matches" in play.types("brenner", ROOM, f"!question answer {code}: Aunt Zahra")
    assert state(play, code) is QuestionState.ANSWERED


def test_a_question_is_put_before_it_is_answered_and_once() -> None:
    play = opened(text=QUIET)
    code = deposited(play)
    said = play.types("brenner", ROOM, f"!question answer {code}: Aunt Zahra")
    assert said == f"Nothing done: `{code}`: kept, not put yet."
    play.types("brenner", ROOM, f"!question ask {code}")
    assert "Nothing done" in play.types("brenner", ROOM, f"!question ask {code}")
    play.types("brenner", ROOM, f"!question answer {code}: Aunt Zahra")
    said = play.types("brenner", ROOM, f"!question answer {code}: Aunt Zahra")
    assert said == f"Nothing done: `{code}`: answered, used up."


def test_a_burnt_question_is_asked_no_more() -> None:
    play = opened(text=QUIET)
    code = deposited(play)
    said = play.types("salim", ROOM, f"!question burn {code} because the press has it")
    assert said == f"Burnt: `{code}`. It is asked no more.\n> the press has it"
    assert "Nothing done" in play.types("brenner", ROOM, f"!question ask {code}")
    assert "Nothing done" in play.types("salim", ROOM, f"!question burn {code} because again")


def test_where_several_watches_are_about_the_person_one_is_named_and_nothing_counted_before() -> (
    None
):
    play = opened(text=QUIET)
    one = play.code_of(play.types("brenner", ROOM, WATCH))
    two = play.code_of(play.types("brenner", ROOM, WATCH.replace("sign of life", "welfare")))
    other = play.code_of(play.types("brenner", ROOM, WATCH.replace("TEAL", "ROSE")))
    code = put(play)
    for words in ("Aunt Zahra", "wrong", "the old well"):
        said = play.types("brenner", ROOM, f"!question answer {code}: {words}")
        assert "several watches here are about this person" in said
    said = play.types("brenner", ROOM, f"!question answer {code} for {other}: Aunt Zahra")
    assert "that watch is not about the person" in said
    said = play.types("brenner", ROOM, f"!question answer {code} for Q7QQ: Aunt Zahra")
    assert "no item `Q7QQ`" in said
    assert state(play, code) is QuestionState.PUT
    play.types("brenner", ROOM, f"!question answer {code} for {two}: Aunt Zahra")
    assert play.case.watches[Code(two)].last_strength is Strength.QUESTION
    assert play.case.watches[Code(one)].last_report is None


SECRET = "Zahra"
SPOILED = [
    '!question deposit for H-TEAL: "Who sang?" answer Zahra',
    '!question deposit for H-TEAL "Who sang?" answer "Zahra"',
    '!question deposit H-TEAL: "Who sang?" answer "Zahra"',
    '!question deposit for H-TEAL: Who sang? answer "Zahra"',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra" or Zahra',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra" duress Zahra',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra" duress "Zah"',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra" duress "zahra"',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra of the old well" duress "old well"',
    '!question deposit for H-TEAL: "Was it Zahra?" answer "zahra"',
    '!question deposit for H-TEAL: "Was it the old well?" answer "Zahra" duress "old well"',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra"\n"Zahra"',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra" or "!"',
    '!question deposit for H-TEAL: "Who sang?" answer "Zahra' + " c b" * 9 + '"',
    '!question deposit for H-TEAL: "Who sang?" answer ' + " or ".join(['"Zahra"'] * 9),
    '!question deposit for Zahra Basim: "Who sang?" answer "Zahra"',
    "!question Zahra", "!question: Zahra", "!qestion Zahra", "!question answr Zahra",
    "! question answer Zahra", "!question answer Zahra", "!question answer: Zahra",
    "!question answer Q7QQ Zahra", "!question answer Q7QQ: Zahra", "!question ask Zahra",
    "!question burn Zahra because Zahra", "!question list Zahra", "!question deposite Zahra",
]  # fmt: skip


@pytest.mark.parametrize("line", SPOILED)
def test_a_spoiled_line_changes_nothing_and_repeats_no_word_that_may_be_an_answer(
    line: str,
) -> None:
    play = opened(text=QUIET)
    code = put(play)
    head = play.case.head
    for text in (line, line.replace("Q7QQ", code) + " x" * 13):
        said = play.types("salim", ROOM, text)
        assert "Nothing done" in said
        assert SECRET.casefold() not in said.casefold()
        assert all(SECRET not in repr(e) for e in play.effects if isinstance(e, Say))
    assert play.case.head == head


def test_a_message_that_may_hold_an_answer_is_not_taken_on_record_by_reply() -> None:
    play = opened(text=QUIET)
    for line in (DEPOSIT, "Parley: ! question answer Q7QQ: Aunt Zahra", "!QUEST Zahra"):
        said = play.types("brenner", ROOM, "!record", quoting=line)
        assert "is not taken on record" in said
        assert "Zahra" not in said
    assert "Nothing done" not in play.types("brenner", ROOM, "!record", quoting="a question")


def test_the_list_tells_states_and_ages_and_no_answer() -> None:
    play = opened(text=QUIET)
    code = put(play)
    play.passes(hours=3)
    assert play.types("adeyemi", "desk", "!question list") == (
        "Questions, newest first\n"
        f"• `{code}` about `H-TEAL`: put, waits for the answer, for 3 h; from Ms. Salim. Who sang?"
    )
    said = play.types("haddad", "caucus-north", "!question list")
    assert said.startswith("No question here.")


def test_a_question_is_unknown_where_its_label_does_not_admit() -> None:
    play = opened(text=QUIET)
    code = put(play)
    unknown = play.types("haddad", "caucus-north", "!question ask Q7QQ").replace("Q7QQ", code)
    assert play.types("haddad", "caucus-north", f"!question ask {code}") == unknown


def test_an_erased_person_takes_the_hashes_along() -> None:
    play = opened(text=QUIET)
    code = put(play)
    line = "!erase person H-TEAL because the family asked for it"
    play.types("lindqvist", "desk", line)
    play.types("adeyemi", "desk", f"!approve {play.code_of(play.said_in('desk'))}")
    record = play.case.questions[Code(code)].item.record
    assert record in play.case.erased
    said = play.types("brenner", ROOM, f"!question answer {code}: Aunt Zahra")
    assert said.startswith(f"Nothing done: `{code}` was erased")


def test_no_digest_tells_of_a_question() -> None:
    play = opened(text=QUIET)
    put(play)
    play.types("lindqvist", "desk", "!digest now")
    assert "sang" not in "".join(h.text for h in play.fresh)


# -- duress --------------------------------------------------------------------------------------

AFTER = (
    "!question list", "!watch list", "!watch show {watch}", "!watch why {watch}", "!status",
    "!board", "!where", "!help", "!receipt {watch}", "!receipt {code}", "!question answer {code}: x",
    "!digest now", "!checkpoint", "!guard status",
)  # fmt: skip
ROOMS_OF = {
    "brenner": ("humanitarian", "plenary"),
    "salim": ("humanitarian",),
    "lindqvist": ("humanitarian", "desk", "shuttle-north", "shuttle-south", "plenary"),
}


@dataclass(frozen=True)
class Seen:
    """All that a person can see of a play: messages as sent, in order; records; their number."""

    said: tuple[object, ...]
    records: tuple[object, ...]
    due: Mapping[str, object]
    receipts: tuple[object, ...]
    head: int
    powers: tuple[str, ...]


def played(answer: str, speaker: str, first: str = "") -> tuple[Play, Seen]:
    """Play one answer, and after it all that could tell; return what the speaker's rooms show."""
    rooms = ROOMS_OF[speaker]
    play = opened(text=QUIET)
    watch = play.code_of(play.types("brenner", ROOM, WATCH))
    code = put(play)
    play.passes(hours=27)
    if first:
        play.types(speaker, ROOM, f"!question answer {code}: {first}")
    play.types(speaker, ROOM, f"!question answer {code}: {answer}")
    kept = [e for e in play.effects if isinstance(e, Append)]
    for line in AFTER:
        for room in rooms:
            play.types(speaker, room, line.format(watch=watch, code=code))
            kept += [e for e in play.effects if isinstance(e, Append)]
    play.passes(days=2)
    said = tuple(
        (h.compartment, h.message, h.say, h.at) for h in play.heard if h.compartment in rooms
    )
    admitted = tuple(
        (e.record, e.compartment, e.label, e.body)
        for e in kept
        if any(e.label.admits(CompartmentId(room)) for room in rooms)
    )
    numbers = play.case.head, tuple(play.dropped)
    due = {key: at for key, at in play.due.items() if not key.startswith(KEY)}
    return play, Seen(said, admitted, due, tuple(play.receipts), *numbers)


UNDER_DURESS = [
    "the old well",
    "Aunt Zahra by the old well",
    "the OLD-well, aunt zahra",
    "x old well y",
]


@pytest.mark.parametrize("speaker", sorted(ROOMS_OF))
@pytest.mark.parametrize("answer", UNDER_DURESS)
def test_under_duress_a_speaker_is_shown_an_ordinary_right_answer_byte_for_byte(
    speaker: str, answer: str
) -> None:
    plain, right = played("Aunt Zahra", speaker)
    forced, duress = played(answer, speaker)
    assert len(right.said) > 20
    assert duress == right
    assert not any("Duress" in h.text for h in plain.heard)
    assert plain.direct == []
    assert [told for told in forced.direct if "Duress" in told[1]] == forced.direct
    silent = [h for h in forced.heard if "Duress" in h.text and h.compartment == "desk"]
    if speaker == "lindqvist":
        assert [user for user, _ in forced.direct] == ["@adeyemi:localhost"]
        assert silent == []
    else:
        assert len(silent) == 1 + 2 * 48
        assert silent[0].say.urgent
        assert silent[0].say.mention == ("adeyemi", "lindqvist")
        assert forced.direct == []


def test_a_duress_phrase_after_a_wrong_answer_is_shown_as_right_too() -> None:
    _, right = played("Aunt Zahra", "brenner", first="nobody")
    forced, duress = played("the old well", "brenner", first="nobody")
    assert duress == right
    assert any("Duress" in h.text for h in forced.heard)


def test_the_desk_sees_it_in_its_list_and_nobody_who_sits_with_the_speaker_does() -> None:
    play, _ = played("the old well", "brenner")
    assert "Duress phrase used." in play.types("adeyemi", "desk", "!question list")
    assert "Duress" not in play.types("adeyemi", ROOM, "!question list")
    play, _ = played("the old well", "lindqvist")
    assert "Duress" not in play.types("adeyemi", "desk", "!question list")


def test_the_desk_is_told_again_until_a_mediator_there_has_dealt_with_it() -> None:
    play, _ = played("the old well", "brenner")
    code = play.code_of(play.types("adeyemi", "desk", "!question list"))
    play.passes(hours=1)
    assert play.said_in("desk").count("until one of you types `!question noted") == 2
    unknown = play.types("adeyemi", "desk", "!question noted Q7QQ").replace("Q7QQ", code)
    said = play.types("adeyemi", "desk", f"!question noted {code}")
    assert "is dealt with" in said
    play.nothing_elsewhere("desk")
    assert play.types("adeyemi", "desk", f"!question noted {code}") == unknown
    play.passes(hours=3)
    assert not any("Duress" in h.text for h in play.fresh)
    assert "dealt with" in play.types("adeyemi", "desk", "!question list")


def test_who_sits_with_the_speaker_cannot_find_out_by_noting() -> None:
    plain, _ = played("Aunt Zahra", "lindqvist")
    forced, _ = played("the old well", "lindqvist")
    code = plain.code_of(plain.types("adeyemi", ROOM, "!question list"))
    line = f"!question noted {code}"
    said = plain.types("adeyemi", "desk", line)
    assert said == forced.types("adeyemi", "desk", line)
    assert "Nothing done" in said


def test_where_the_desk_is_held_each_mediator_is_told_alone() -> None:
    play = opened(text=QUIET)
    code = put(play)
    room = play.room("desk")
    play.sees("desk", replace(room, join_rule="public"))
    assert play.case.compartments[CompartmentId("desk")].held
    play.direct.clear()
    play.types("brenner", ROOM, f"!question answer {code}: the old well")
    assert [user for user, _ in play.direct] == ["@adeyemi:localhost", "@lindqvist:localhost"]


def test_the_same_number_of_records_stands_beside_either_and_one_is_out_of_sight() -> None:
    for answer in ("Aunt Zahra", "the old well"):
        play = opened(text=QUIET)
        code = put(play)
        play.types("brenner", ROOM, f"!question answer {code}: {answer}")
        given, examined = (e for e in play.effects if isinstance(e, Append))
        assert given.body == b.AnswerGiven(Code(code), SeatId("brenner"), right=True)
        assert isinstance(examined.body, b.AnswerExamined)
        assert not any(examined.label.admits(CompartmentId(r)) for r in ROOMS_OF["brenner"])
        assert examined.label.admits(CompartmentId("desk"))


def test_a_reminder_under_way_while_it_is_noted_says_nothing() -> None:
    play, _ = played("the old well", "brenner")
    code = play.code_of(play.types("adeyemi", "desk", "!question list"))
    (key,) = (key for key in play.due if key.startswith(KEY))
    play.types("adeyemi", "desk", f"!question noted {code}")
    assert not any(key.startswith(KEY) for key in play.due)
    play.take(DeadlineReached(EventId("late"), play.now, key, play.now))
    assert play.effects == ()


def test_a_desk_is_in_sight_of_whoever_sits_there_under_another_seat() -> None:
    play = opened(text=QUIET)
    assert [d.id for d in out_of_sight(play.case, SeatId("brenner"))] == ["desk"]
    party, user = PartyId("mediation"), play.case.seats[SeatId("brenner")].user
    second = b.SeatAdded(SeatId("two"), party, Role.MEDIATOR, user, "UTC", "en", "", Prose("Two"))
    play.appends(second, b.SeatPlaced(CompartmentId("desk"), SeatId("two")))
    assert out_of_sight(play.case, SeatId("brenner")) == ()


def test_a_watch_that_ended_while_the_answer_was_compared_is_no_more() -> None:
    play = opened(text=QUIET)
    watch = play.code_of(play.types("brenner", ROOM, WATCH))
    code = put(play)
    play.types("lindqvist", "desk", f"!watch end {watch} because the person came home")
    play.types("adeyemi", "desk", f"!approve {play.code_of(play.said_in('desk'))}")
    assert play.case.watches[Code(watch)].state is WatchState.ENDED
    line = play.line("brenner", ROOM, f"!question answer {code}: Aunt Zahra")
    play.take(replace(line, weighed=Weighed(Outcome.RIGHT, Code(watch))))
    assert "No watch here is about this person" in play.said_in(ROOM)
    assert play.case.watches[Code(watch)].last_report is None
