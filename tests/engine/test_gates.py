"""Gates: nothing is offered unless what must be verified was, judged by what a room may read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.gate_bodies import GateOverridden, GateRemoved, GateSet
from bot.domain.ids import Code, CompartmentId
from bot.domain.vocabulary import CommitmentState, Strength
from bot.engine.effects import Append
from bot.engine.gating import lacking
from tests.engine.test_storyboard import PROMISE
from tests.support.orchid import QUIET, codes_in
from tests.support.playbook import Play, opened

ADD = "!watch add sign of life for H-TEAL every 30 days grace 2h step 30 min"
GATE = "!gate offer requires sign_of_life <= 14d in shuttle-north"
HERE = "shuttle-north"


def by_two(play: Play, line: str) -> str:
    waiting = play.types("lindqvist", "desk", line)
    assert "Waiting as" in waiting, waiting
    return play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")


def gate(play: Play, line: str = GATE) -> str:
    return play.code_of(by_two(play, line))


def watch(play: Play, line: str = ADD, seat: str = "lindqvist", place: str = HERE) -> str:
    return play.code_of(play.types(seat, place, line))


def proposed(play: Play, place: str = HERE) -> str:
    return play.code_of(play.types("haddad", place, PROMISE))


def state(play: Play, code: str) -> CommitmentState:
    return play.case.commitments[Code(code)].state


def test_a_promise_is_held_until_there_is_a_sign_of_life_and_what_is_missing_is_said() -> None:
    play = opened(text=QUIET)
    seen, shut, promise = watch(play), gate(play), proposed(play)
    said = play.types("haddad", HERE, f"!confirm {promise}")
    assert said == (
        f"Nothing done: gate `{shut}` holds it: an offer requires sign of life not older than"
        f" 14 d. Missing: `{seen}`, `H-TEAL`. Never verified alive yet. Report it, or ask the"
        f" mediators: they can let `{promise}` past `{shut}`."
    )
    assert state(play, promise) is CommitmentState.READ_BACK
    play.nothing_elsewhere(HERE)
    play.types("lindqvist", HERE, f"!report {seen} visit: seen by both of us")
    assert "in force on your side" in play.types("haddad", HERE, f"!confirm {promise}")


@pytest.mark.parametrize(("days", "passes"), [(13.9, True), (14.0, True), (14.1, False)])
def test_a_sign_of_life_that_is_too_old_is_none(days: float, passes: bool) -> None:
    play = opened(text=QUIET)
    seen = watch(play)
    gate(play)
    promise = proposed(play)
    play.types("lindqvist", HERE, f"!report {seen} call: on the telephone")
    play.passes(days=days)
    said = play.types("haddad", HERE, f"!confirm {promise}")
    assert ("in force" in said) is passes
    assert passes or "Last verified alive 14 d" in said


def test_what_the_captor_says_opens_no_gate() -> None:
    play = opened(text=QUIET)
    seen = watch(play)
    gate(play)
    promise = proposed(play)
    play.types("haddad", HERE, f"!report {seen} assertion: he is well")
    assert "Never verified alive" in play.types("haddad", HERE, f"!confirm {promise}")


def test_every_watch_of_the_kind_must_be_fresh_unless_one_is_named() -> None:
    play = opened(text=QUIET)
    one, other = watch(play), watch(play, ADD.replace("H-TEAL", "H-HERON"))
    watch(play, ADD.replace("sign of life", "welfare"))
    play.types("lindqvist", HERE, f"!report {one} visit: seen")
    shut, promise = gate(play), proposed(play)
    said = play.types("haddad", HERE, f"!confirm {promise}")
    assert "H-HERON" in said
    assert "H-TEAL" not in said
    by_two(play, f"!gate remove {shut} because one is enough")
    gate(play, f"!gate offer requires sign of life ≤ 14 days for {one} in {HERE}")
    assert "in force" in play.types("haddad", HERE, f"!confirm {promise}")
    assert other in play.case.watches


def test_where_nothing_may_be_read_nothing_is_offered() -> None:
    play = opened(text=QUIET)
    shut = gate(play, "!gate offer requires sign of life <= 14d")
    watch(play, seat="brenner", place="humanitarian")
    promise = proposed(play, "caucus-north")
    said = play.types("haddad", "caucus-north", f"!confirm {promise}")
    assert f"gate `{shut}` holds it" in said
    assert "this room may read no watch (sign of life)" in said
    assert "H-TEAL" not in said


def test_a_watch_of_another_room_changes_no_answer_here() -> None:
    """Verified there or not, overdue or not: the same words here."""
    answers = []
    for there in ((), ("!report {0} visit: seen",)):
        play = opened(text=QUIET)
        hidden = watch(play, seat="brenner", place="humanitarian")
        shut, promise = gate(play, "!gate offer requires sign of life <= 14d"), proposed(play)
        for line in there:
            play.types("brenner", "humanitarian", line.format(hidden))
        play.passes(days=2)
        said = [play.types("haddad", HERE, line) for line in (f"!confirm {promise}", "!gate list")]
        assert hidden not in "".join(said)
        answers.append([s.replace(shut, "GATE").replace(promise, "ITEM") for s in said])
    assert answers[0] == answers[1]


def test_a_gate_that_would_tell_of_a_watch_elsewhere_cannot_be_set() -> None:
    play = opened(text=QUIET)
    hidden = watch(play, seat="brenner", place="humanitarian")
    for place in ("shuttle-north", "caucus-north"):
        line = f"!gate offer requires sign of life <= 14d for {hidden} in {place}"
        said = play.types("lindqvist", "desk", line)
        assert f"`{hidden}` may not be read in `{place}`" in said
        assert "would tell of it" in said
    line = f"!gate offer requires sign of life <= 14d for {hidden}"
    assert "`caucus-north`, `caucus-south`, `shuttle-north`, `shuttle-south`" in play.types(
        "lindqvist", "desk", line
    )
    assert not play.case.gates


def test_the_desk_cannot_name_a_watch_that_it_may_not_read() -> None:
    play = opened(text=QUIET)
    hidden = watch(play, seat="haddad", place="caucus-north")
    lines = [
        f"!gate offer requires sign of life <= 14d for {code} in caucus-north"
        for code in (hidden, "2222")
    ]
    said = [play.types("lindqvist", "desk", line) for line in lines]
    assert said[0].replace(hidden, "2222") == said[1]
    assert "no item" in said[0]


def test_a_gate_takes_two_mediators_and_its_rooms_are_told() -> None:
    play = opened(text=QUIET)
    waiting = play.types("lindqvist", "desk", GATE)
    assert "It rests on every watch (sign of life) that a room may read" in waiting
    code = play.code_of(waiting)
    assert "another mediator approves it" in play.types("lindqvist", "desk", f"!approve {code}")
    assert not play.case.gates
    said = play.types("adeyemi", "desk", f"!approve {code}")
    shut = play.code_of(said)
    (made,) = (e for e in play.effects if isinstance(e, Append) and isinstance(e.body, GateSet))
    assert isinstance(made.body, GateSet)
    assert (made.body.by, made.body.approved_by) == ("lindqvist", "adeyemi")
    assert f"Gate `{shut}`, by decision of two mediators" in play.said_in(HERE)
    play.nothing_elsewhere("desk", HERE)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("!gate offer", "`!gate offer requires"),
        ("!gate offer sign of life <= 14d", "`!gate offer requires"),
        ("!gate offer requires sign of life 14d", "`!gate offer requires"),
        ("!gate offer requires a promise <= 14d", "sign of life, welfare"),
        ("!gate offer requires sign of life <= soon", "is no length of time"),
        ("!gate offer requires sign of life <= 14d in nowhere", "no compartment `nowhere`"),
        ("!gate offer requires sign of life <= 14d for zzzz", "no item"),
        ("!gate remove", "`!gate remove CODE because WORDS`"),
        ("!gate remove 2222 because of rain", "no item `2222`"),
        ("!gate override 2222 for 3333 because of rain", "no item `2222`"),
        ("!gate override 2222 because of rain", "no item `2222`"),
    ],
)
def test_a_line_that_is_not_clear_changes_nothing(line: str, says: str) -> None:
    play = opened(text=QUIET)
    said = play.types("lindqvist", "desk", line)
    assert says in said
    assert "Waiting as" not in said


def test_a_reason_must_be_given() -> None:
    play = opened(text=QUIET)
    shut = gate(play)
    for line in (f"!gate remove {shut}", f"!gate override {shut} for 2222", f"!gate remove {shut} because"):  # fmt: skip
        assert "write it like this" in play.types("lindqvist", "desk", line)
    assert shut in play.case.gates


def test_a_gate_of_another_kind_than_its_watch_is_refused() -> None:
    play = opened(text=QUIET)
    other = watch(play, ADD.replace("sign of life", "welfare"))
    line = f"!gate offer requires sign of life <= 14d for {other} in {HERE}"
    assert "is no watch of that kind" in play.types("lindqvist", "desk", line)


def test_only_mediators_at_the_desk_decide_on_gates() -> None:
    play = opened(text=QUIET)
    assert "there is no" in play.types("haddad", HERE, GATE)
    assert "there is no" in play.types("lindqvist", HERE, GATE)


def test_a_gate_is_removed_by_two_and_its_room_hears_no_reason() -> None:
    play = opened(text=QUIET)
    watch(play)
    shut, promise = gate(play), proposed(play)
    by_two(play, f"!gate remove {shut} because the major came home")
    assert play.said_in(HERE) == f"Gate `{shut}` is gone, by decision of two mediators."
    bodies = [e.body for e in play.effects if isinstance(e, Append)]
    assert any(isinstance(body, GateRemoved) for body in bodies)
    assert not any("major" in text for text in play.all_said_in(HERE))
    assert "in force" in play.types("haddad", HERE, f"!confirm {promise}")


def test_two_mediators_let_one_promise_pass_and_the_board_shows_it() -> None:
    play = opened(text=QUIET)
    watch(play)
    shut, promise, other = gate(play), proposed(play), proposed(play)
    by_two(play, f"!gate override {shut} for {promise} because the delegate heard him")
    assert f"`{promise}` passes gate `{shut}`" in play.said_in(HERE)
    made = [e for e in play.effects if isinstance(e, Append) and isinstance(e.body, GateOverridden)]
    assert [e.compartment for e in made] == ["desk"]
    assert play._opened[made[0].record][1]["reason"] == "the delegate heard him"
    assert "in force" in play.types("haddad", HERE, f"!confirm {promise}")
    assert "Nothing done" in play.types("haddad", HERE, f"!confirm {other}")
    lines = play.types("haddad", HERE, "!board").split("\n")
    (mine,) = (line for line in lines if f"`{promise}`" in line)
    (theirs,) = (line for line in lines if f"`{other}`" in line)
    assert f"Let past gate `{shut}` by two mediators." in mine
    assert "Let past" not in theirs
    assert not any("heard him" in text for text in play.all_said_in(HERE))


def test_nobody_lets_anything_pass_alone() -> None:
    play = opened(text=QUIET)
    watch(play)
    shut, promise = gate(play), proposed(play)
    waiting = play.types("lindqvist", "desk", f"!gate override {shut} for {promise} because so")
    play.types("lindqvist", "desk", f"!approve {play.code_of(waiting)}")
    assert "Nothing done" in play.types("haddad", HERE, f"!confirm {promise}")


def test_what_was_let_pass_is_held_again_once_it_is_worded_anew() -> None:
    play = opened(text=QUIET)
    watch(play)
    shut, promise = gate(play), proposed(play)
    by_two(play, f"!gate override {shut} for {promise} because the delegate heard him")
    play.types("haddad", HERE, f"!commit amend {promise} to South by sat 12:00: release nobody")
    assert "Nothing done" in play.types("haddad", HERE, f"!confirm {promise}")
    assert "Let past" not in play.types("haddad", HERE, "!board")


def test_the_desk_learns_from_no_override_which_promises_there_are() -> None:
    play = opened(text=QUIET)
    shut = gate(play, "!gate offer requires sign of life <= 14d")
    promise = proposed(play, "caucus-north")
    said = [
        by_two(play, f"!gate override {shut} for {code} because of rain").replace(code, "ITEM")
        for code in (promise, "2222")
    ]
    assert said[0] == said[1]
    assert "in force" in play.types("haddad", "caucus-north", f"!confirm {promise}")


def test_a_release_that_makes_an_offer_is_held_and_other_words_are_not() -> None:
    play = opened(text=QUIET)
    seen, promise = watch(play), proposed(play)
    play.types("haddad", HERE, f"!confirm {promise}")
    item = play.code_of(play.types("haddad", HERE, "!record ten are wounded"))
    gate(play)
    said = play.types("haddad", HERE, f"!release {promise} to shuttle-south")
    assert "Never verified alive" in said
    assert not play.case.requests
    assert "Nothing done" not in play.types("haddad", HERE, f"!release {item} to plenary")
    play.types("lindqvist", HERE, f"!report {seen} visit: seen")
    assert "Nothing done" not in play.types("haddad", HERE, f"!release {promise} to shuttle-south")


def test_a_consent_is_held_too_once_the_evidence_has_aged() -> None:
    play = opened(text=QUIET)
    seen = watch(play, seat="haddad", place="caucus-north")
    promise = proposed(play, "caucus-north")
    play.types("haddad", "caucus-north", f"!report {seen} media: a dated photograph")
    shut = gate(play, "!gate offer requires sign of life <= 14d in caucus-north")
    play.types("haddad", "caucus-north", f"!confirm {promise}")
    play.passes(days=13)
    asked = play.types("haddad", "caucus-north", f"!release {promise} to shuttle-south")
    request = play.code_of(asked)
    play.passes(days=1, hours=3)
    said = play.types("yazan", "caucus-north", f"!consent {request}")
    assert f"gate `{shut}` holds it" in said
    assert not play.case.offers
    assert "Nothing done" not in play.types("yazan", "caucus-north", f"!refuse {request}")


def test_an_erased_watch_opens_nothing() -> None:
    play = opened(text=QUIET)
    seen = watch(play)
    play.types("lindqvist", HERE, f"!report {seen} visit: seen")
    gate(play, f"!gate offer requires sign of life <= 14d for {seen} in {HERE}")
    promise = proposed(play)
    by_two(play, "!erase person H-TEAL because the family asked")
    said = play.types("haddad", HERE, f"!confirm {promise}")
    assert "may read no watch" in said
    assert "H-TEAL" not in said


def test_a_watch_that_two_ended_opens_nothing_however_fresh_it_was() -> None:
    play = opened(text=QUIET)
    seen = watch(play)
    play.types("lindqvist", HERE, f"!report {seen} visit: seen")
    gate(play)
    by_two(play, f"!watch end {seen} because he is home")
    line = f"!gate offer requires sign of life <= 14d for {seen} in {HERE}"
    assert "ended" in play.types("lindqvist", "desk", line)
    promise = proposed(play)
    assert "may read no watch" in play.types("haddad", HERE, f"!confirm {promise}")


def test_gates_are_listed_where_they_stand_with_what_is_missing_there() -> None:
    play = opened(text=QUIET)
    assert play.types("haddad", HERE, "!gate list") == "No gate stands here."
    seen, shut = watch(play), gate(play)
    assert f"`{shut}`" in play.types("lindqvist", "desk", "!gate list")
    assert seen not in play.said_in("desk")
    assert "Judged where the offer is typed" in play.said_in("desk")
    assert f"Shut: `{seen}`" in play.types("haddad", HERE, "!gate list")
    play.types("lindqvist", HERE, f"!report {seen} visit: seen")
    assert "Open." in play.types("haddad", HERE, "!gate list")
    assert play.types("merrow", "shuttle-south", "!gate list") == "No gate stands here."


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["visit", "media", "assertion"]), st.integers(0, 400)), max_size=5))  # fmt: skip
def test_a_gate_opens_exactly_while_proof_is_no_older_than_it_asks(
    reports: list[tuple[str, int]],
) -> None:
    play = opened(text=QUIET)
    seen = watch(play, ADD.replace("30 days", "365 days"))
    gate(play)
    promise = proposed(play)
    proof = None
    for word, hours in reports:
        play.types("lindqvist", HERE, f"!report {seen} {word}: so")
        proof = play.now if word != "assertion" else proof
        play.passes(hours=hours)
    fresh = proof is not None and (play.now - proof).total_seconds() <= 14 * 86400
    assert ("in force" in play.types("haddad", HERE, f"!confirm {promise}")) is fresh


def test_a_gate_holds_nothing_in_a_room_it_does_not_stand_in() -> None:
    play = opened(text=QUIET)
    gate(play)
    promise = proposed(play, "caucus-north")
    assert "in force" in play.types("haddad", "caucus-north", f"!confirm {promise}")


def test_however_it_came_on_record_an_assertion_opens_no_gate_that_asks_for_proof() -> None:
    play = opened(text=QUIET)
    seen = Code(watch(play))
    code = gate(play)
    shut = play.case.gates[Code(code)]
    play.types("lindqvist", HERE, f"!report {seen} visit: seen")
    here = CompartmentId(HERE)
    assert lacking(play.case, shut, here, play.now) == ()
    weak = replace(play.case.watches[seen], last_strength=Strength.ASSERTION)
    case = replace(play.case, watches={seen: weak})
    assert [line.key for line in lacking(case, shut, here, play.now)] == ["gate.lacks"]


def test_a_code_of_a_gate_names_nothing_else() -> None:
    play = opened(text=QUIET)
    shut = gate(play)
    assert play.case.knows_code(Code(shut))
    assert codes_in(play.said_in("desk")) == [shut]
