"""Lines that are wrong, not open, or of people who bind nobody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import bodies as b
from bot.domain.case import Case, Compartment
from bot.domain.ids import CASE_ROOM, CompartmentId, SeatId
from bot.engine.events import IdentitySeen
from bot.engine.lines import TABLE
from tests.engine.test_storyboard import PROMISE, confirmed
from tests.support.orchid import master_of
from tests.support.playbook import opened

EVERYBODY = {
    "karam": "bench-north",
    "haddad": "caucus-north",
    "merrow": "shuttle-south",
    "lindqvist": "desk",
    "brenner": "humanitarian",
    "salim": "humanitarian",
}


def test_an_unknown_verb_and_one_that_is_not_permitted_read_the_same() -> None:
    play = opened()
    real = play.types("haddad", "caucus-north", "!approve K7QF")
    invented = play.types("haddad", "caucus-north", "!zzzzzzz K7QF")
    assert real.replace("approve", "zzzzzzz") == invented
    help_real = play.types("haddad", "caucus-north", "!help approve")
    help_invented = play.types("haddad", "caucus-north", "!help zzzzzzz")
    assert help_real.replace("approve", "zzzzzzz") == help_invented


@pytest.mark.parametrize("verb", ["confirm", "accept", "receipt", "consent", "refuse"])
def test_a_code_of_another_room_reads_like_one_that_is_not_there(verb: str) -> None:
    play = opened()
    code = confirmed(play)
    real = play.types("merrow", "shuttle-south", f"!{verb} {code}")
    invented = play.types("merrow", "shuttle-south", f"!{verb} 2222")
    assert real.startswith("Nothing done: no item")
    assert real.replace(code, "2222") == invented


@pytest.mark.parametrize("verb", ["report", "ack"])
def test_a_watch_of_another_room_reads_like_one_that_is_not_there(verb: str) -> None:
    play = opened()
    add = "!watch add sign of life for H-TEAL every 24h"
    code = play.code_of(play.types("brenner", "humanitarian", add))
    tail = "visit: well" if verb == "report" else "until tomorrow 12:00 because of rain"
    real = play.types("haddad", "caucus-north", f"!{verb} {code} {tail}")
    assert real.replace(code, "2222") == play.types(
        "haddad", "caucus-north", f"!{verb} 2222 {tail}"
    )


def test_a_typing_error_is_a_question_and_changes_nothing() -> None:
    play = opened()
    head = play.case.head
    said = play.types("haddad", "caucus-north", "!comit to South by fri 18:00: ten")
    assert "Did you mean `!commit`?" in said
    assert said.startswith("Nothing done: there is no `!comit`")
    assert play.case.head == head


@pytest.mark.parametrize("seat", EVERYBODY)
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_only_open_verbs_are_suggested(seat: str, data: st.DataObject) -> None:
    play = PLAY
    place = EVERYBODY[seat]
    who, here = play.case.seats[SeatId(seat)], _place(play.case, place)
    verb = data.draw(st.sampled_from([c.verb for c in TABLE]))
    slip = data.draw(st.integers(0, len(verb) - 1))
    typed = verb[:slip] + data.draw(st.sampled_from("abcx")) + verb[slip + 1 :]
    said = play.types(seat, place, f"!{typed} something")
    open_here = {c.verb for c in TABLE if c.open_to(who, here)}
    if "Did you mean `!" in said:
        assert said.split("Did you mean `!")[1].split("`")[0] in open_here


@pytest.mark.parametrize("when", ["03/04", "03/04 18:00", "1800", "fri 6", "04.03.27", "18:00 CST"])
def test_an_unclear_time_is_refused_with_forms_that_then_work(when: str) -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", f"!commit to South by {when}: ten")
    assert said.startswith("Nothing done:")
    assert play.case.commitments == {}
    forms = said.split("Write ")[1].split("`")[1::2]
    assert forms
    for form in forms:
        line = f"!commit to South by {form}: ten"
        assert play.types("haddad", "caucus-north", line).startswith("Read-back"), form


def test_a_time_that_is_over_is_refused() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", "!commit to South by 2027-02-28 18:00: ten")
    assert "is over" in said
    assert play.case.commitments == {}


def test_a_party_that_is_not_there_is_answered_with_those_that_are() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", "!commit to Relief Society by fri 18:00: visits")
    assert "There are: families, mediation, relief, south." in said


def test_who_is_not_verified_binds_nobody() -> None:
    play = opened(enrolled=["merrow"])
    play.enrols("haddad", "brenner")
    for verb in (c for c in TABLE if c.binds):
        seat, place = ("haddad", "caucus-north")
        if not verb.open_to(play.case.seats[SeatId(seat)], _place(play.case, place)):
            continue
        head = play.case.head
        said = play.types(seat, place, verb.examples[0])
        assert "binds nobody" in said, verb.verb
        assert play.case.head == head
    assert play.types("haddad", "caucus-north", "!board")


def _place(case: Case, name: str) -> Compartment:
    return case.compartments[CompartmentId(name)]


def test_who_is_not_enrolled_is_not_heard() -> None:
    play = opened(enrolled=["merrow"])
    assert play.types("haddad", "caucus-north", "!help") == ""


def test_a_frozen_person_is_not_heard_and_the_desk_is_told() -> None:
    play = opened()
    seen = IdentitySeen(
        play.line("haddad", "caucus-north", "").id,
        play.now,
        play.case.seats[SeatId("haddad")].user,
        master_of("somebody-else"),
    )
    play.take(seen)
    assert play.said_in("desk").startswith("Lt. Haddad is frozen")
    play.nothing_elsewhere("desk")
    assert set(play.dropped) == {"caucus-north", "shuttle-north", "plenary"}
    head = play.case.head
    assert play.types("haddad", "caucus-north", PROMISE) == ""
    assert play.case.head == head
    play.take(seen)
    assert play.fresh == []


def test_a_frozen_person_gets_no_code_from_one_mediator() -> None:
    play = opened()
    play.take(
        IdentitySeen(
            play.line("haddad", "caucus-north", "").id,
            play.now,
            play.case.seats[SeatId("haddad")].user,
            master_of("somebody-else"),
        )
    )
    said = play.types("lindqvist", "desk", "!code haddad")
    assert said.startswith("Nothing done: Lt. Haddad is enrolled, or frozen.")


def test_who_left_while_the_line_waited_is_not_heard() -> None:
    play = opened()
    line = play.line("haddad", "caucus-north", PROMISE)
    play.types("lindqvist", "desk", "!unseat haddad")
    play.take(line)
    assert play.fresh == []
    play.appends(b.SeatWithdrawn(_place(play.case, "caucus-south").id, SeatId("merrow")))
    assert "caucus-south" in play.dropped
    assert play.types("merrow", "caucus-south", "!help") == ""


def test_help_shows_exactly_what_is_open() -> None:
    play = opened()
    for seat, place in EVERYBODY.items():
        said = play.types(seat, place, "!help")
        who, here = play.case.seats[SeatId(seat)], _place(play.case, place)
        for row in TABLE:
            assert (f"`{row.usage}`" in said.replace("  ", " ")) is row.open_to(who, here) or (
                "  " in row.usage
            )


def test_every_example_of_the_help_is_a_command_of_that_verb() -> None:
    for row in TABLE:
        for example in row.examples:
            assert example.startswith(f"!{row.verb}")


PLAY = opened()
PIECES = (
    "K7QF|to South|by fri 18:00:|until|because|as|named|in|with|reads|from|caucus-north|haddad"
    "|every 1 min|grace 3000 days|for H-TEAL|sign of life|visit:|@x:y|north|bench|\ud800|\x00|“|\n"
)
WORDS = st.text(max_size=60) | st.sampled_from(PIECES.split("|"))


@given(
    st.sampled_from(sorted(EVERYBODY.items())),
    st.sampled_from([f"!{c.verb}" for c in TABLE] + ["!", "", "\uff01help", "Parley: !"]),
    st.lists(WORDS, max_size=8),
)
@settings(max_examples=200, deadline=None)
def test_no_line_whatever_makes_the_bot_stumble(
    who: tuple[str, str], verb: str, words: list[str]
) -> None:
    PLAY.types(*who, " ".join([verb, *words]))
    for heard in PLAY.fresh:
        assert heard.text.strip()
    assert CASE_ROOM not in {h.compartment for h in PLAY.fresh}


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_text_in_a_direct_room_makes_the_bot_stumble(text: str) -> None:
    assert PLAY.writes_to_the_bot("@stranger:localhost", text)


def test_a_long_line_is_refused_unread() -> None:
    play = opened()
    said = play.types("haddad", "caucus-north", "!record " + "x" * 40_000)
    assert said.startswith("Nothing done: more than 32 kB")
