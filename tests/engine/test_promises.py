"""What becomes of a promise, typed as people type it, and what each room reads of it."""

from datetime import timedelta

import pytest

from bot.domain.ids import Code
from bot.domain.vocabulary import CommitmentState as S
from tests.engine.test_storyboard import PROMISE, offered
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened


def made(play: Play, line: str, seat: str = "haddad", place: str = "caucus-north") -> str:
    """The code of a promise that was read back."""
    return play.code_of(play.types(seat, place, line))


def given(
    play: Play, code: str, target: str, seat: str = "haddad", own: str = "caucus-north"
) -> str:
    """A confirmed promise, released to a room with its party's consent; its code there."""
    play.types(seat, own, f"!confirm {code}")
    asked = play.code_of(play.types(seat, own, f"!release {code} to {target}"))
    other = "yazan" if seat == "haddad" else seat
    caucus = "caucus-north" if seat == "haddad" else "caucus-south"
    if not play.said_in(target):
        play.types(other, caucus, f"!consent {asked}")
    return play.code_of(play.said_in(target))


def in_force(play: Play) -> tuple[str, str]:
    """A promise of North that South accepted: its code in the caucus, and in South's shuttle."""
    code, there = offered(play)
    play.types("merrow", "shuttle-south", f"!accept {there}")
    return code, there


def state(play: Play, code: str) -> S:
    found = play.case.commitments.get(Code(code)) or play.case.offers[Code(code)]
    return found.state


# -- clauses ----------------------------------------------------------------------------------------


def test_the_common_form_stays_short_and_says_what_it_left_open() -> None:
    play = opened(text=QUIET)
    said = play.types("haddad", "caucus-north", PROMISE)
    assert "Date agreed with South: no." in said
    assert "Condition: none" in said
    assert "Verification: none named" in said


def test_clauses_are_read_in_any_order_with_or_without_commas() -> None:
    play = opened(text=QUIET)
    said = play.types(
        "haddad",
        "caucus-north",
        "!commit to South verified by relief, by fri 18:00 after EIF grace 2h date agreed "
        'method "the delegate counts, twice": release ten',
    )
    assert "Verification: by Relief Society" in said
    assert "Condition: after EIF" in said
    assert "Method: the delegate counts, twice" in said
    assert "Date agreed with South: yes." in said
    terms = play.case.commitments[Code(play.code_of(said))].terms
    assert terms.grace == timedelta(hours=2)


def test_a_window_is_read_back_with_both_ends() -> None:
    play = opened(text=QUIET)
    said = play.types(
        "haddad", "caucus-north", "!commit to South between fri 08:00 and fri 18:00: open the road"
    )
    assert "Due between Fri 5 Mar 08:00 Baghdad (05:00 UTC) and Fri 5 Mar 18:00 Baghdad" in said


def test_the_wording_as_said_keeps_its_language_beside_the_agreed_one() -> None:
    play = opened(text=QUIET)
    said = play.types(
        "haddad",
        "caucus-north",
        '!commit to South by fri 18:00 language ar agreed "ten wounded go home": نطلق عشرة جرحى',
    )
    assert "> نطلق عشرة جرحى" in said
    assert "Said in: ar." in said
    assert "Agreed wording: ten wounded go home" in said


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!commit to South by fri 18:00 if M3XD paid: x", "Clauses are:"),
        ("!commit to South by fri 18:00 if M3XD fulfilled: x", "no item `M3XD`"),
        ("!commit to South by fri 18:00 verified by north: x", "verifies nothing here"),
        ("!commit to South by fri 18:00 verified by south: x", "verifies nothing here"),
        ("!commit to South by fri 18:00 verified by karam: x", "verifies nothing here"),
        ("!commit to South by fri 18:00 guaranteed by north: x", "could stand for yours"),
        ("!commit to South between fri 18:00 and fri 08:00: x", "ends before it begins"),
        ("!commit to South by 03/04: x", "more than one way"),
        ("!commit to South: x", "write it like this"),
        ("!commit to South by fri 18:00 soonish: x", "no time that can be read"),
    ],
)
def test_a_clause_that_is_not_understood_changes_nothing(line: str, why: str) -> None:
    play = opened(text=QUIET)
    said = play.types("haddad", "caucus-north", line)
    assert said.startswith("Nothing done")
    assert why in said
    assert not play.case.commitments


def test_single_clauses_are_amended_and_the_words_stay() -> None:
    play = opened(text=QUIET)
    code = made(play, PROMISE)
    said = play.types("haddad", "caucus-north", f"!commit amend {code} verified by relief")
    assert "> release ten wounded prisoners at the northern crossing" in said
    assert "Verification: by Relief Society" in said
    said = play.types("haddad", "caucus-north", f"!commit amend {code}: release twelve")
    assert "> release twelve" in said
    assert "Verification: by Relief Society" in said
    assert "Fri 5 Mar 18:00" in said


# -- kept, late, disputed ---------------------------------------------------------------------------


def test_the_obligor_alone_is_reminded_and_both_sides_hear_that_it_is_due_and_late() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    play.passes(days=3, hours=7)
    assert play.said_in("caucus-north").startswith(f"Reminder: `{code}` is due Fri 5 Mar 18:00")
    play.nothing_elsewhere("caucus-north")
    play.passes(days=1)
    assert f"`{code}` is due now" in play.said_in("caucus-north")
    assert f"`{there}` of North is due now" in play.said_in("shuttle-south")
    assert (state(play, code), state(play, there)) == (S.DUE, S.DUE)
    play.passes(hours=2)
    assert play.said_in("caucus-north").startswith(f"Late: `{code}` was due")
    assert play.said_in("shuttle-south").startswith(f"Late: `{there}` of North was due")
    assert code not in play.said_in("shuttle-south")
    assert there not in play.said_in("caucus-north")
    play.nothing_elsewhere("caucus-north", "shuttle-south")
    assert not play.due


def test_after_an_outage_a_late_promise_is_called_late_once() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    play.is_away(days=9)
    told = [h.text for h in play.heard if h.compartment == "shuttle-south" and "Late:" in h.text]
    assert len(told) == 1
    assert state(play, code) is state(play, there) is S.LATE


def test_a_claim_is_told_to_the_other_side_without_its_words() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    said = play.types("haddad", "caucus-north", f"!fulfilled {code} partial: nine crossed at dawn")
    assert "fulfilled in part" in said
    told = play.said_in("shuttle-south")
    assert told.startswith(f"North says that `{there}` is fulfilled in part")
    assert "nine crossed" not in told
    assert code not in told
    play.nothing_elsewhere("caucus-north", "shuttle-south")
    names = [(r.compartment, r.name) for r in play.receipts]
    assert ("caucus-north", f"fulfilment-{code}") in names
    assert ("shuttle-south", f"fulfilment-{there}") in names
    assert "Next: North does the rest" in play.types("merrow", "shuttle-south", "!board")
    # What is left of it is late like all of it.
    play.passes(days=5)
    assert state(play, code) is state(play, there) is S.LATE
    play.types("haddad", "caucus-north", f"!fulfilled {code}")
    assert state(play, code) is state(play, there) is S.FULFILLED
    assert not play.due


def test_what_is_kept_in_full_or_to_its_minimum_is_never_late() -> None:
    for degree in ("minimum", "full", ""):
        play = opened(text=QUIET)
        code, there = in_force(play)
        play.types("haddad", "caucus-north", f"!fulfilled {code} {degree}")
        play.passes(days=9)
        assert "Late" not in " ".join(h.text for h in play.heard)
        assert state(play, there) in (S.MINIMUM, S.FULFILLED)


def test_nobody_but_the_obligor_says_that_it_is_kept() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    for seat, place, name in (
        ("merrow", "shuttle-south", there),
        ("lindqvist", "shuttle-south", there),
        ("merrow", "caucus-south", code),
    ):
        assert play.types(seat, place, f"!fulfilled {name}").startswith("Nothing done")
    assert state(play, code) is S.IN_FORCE


def test_an_offer_that_nobody_accepted_cannot_be_fulfilled_disputed_or_judged() -> None:
    play = opened(text=QUIET)
    code, there = offered(play)
    assert "cannot happen" in play.types("haddad", "caucus-north", f"!fulfilled {code}")
    assert "cannot happen" in play.types("merrow", "shuttle-south", f"!dispute {there}: no")
    play.nothing_elsewhere("shuttle-south")


def test_either_side_disputes_and_ends_its_own_dispute_alone() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    play.types("merrow", "shuttle-south", f"!dispute {there}: only nine have crossed")
    told = play.said_in("caucus-north")
    assert told.startswith(f"South disputes `{code}`")
    assert "only nine" not in told
    assert state(play, code) is state(play, there) is S.DISPUTED
    assert "Next: South settles it" in play.types("haddad", "caucus-north", "!board")
    board = play.types("merrow", "shuttle-south", "!board")
    assert f"Next: South, `!settle {there}`" in board
    assert "the other side disputes" in play.types("haddad", "caucus-north", f"!settle {code}")
    play.passes(days=9)
    assert state(play, code) is S.DISPUTED
    play.types("merrow", "shuttle-south", f"!settle {there}")
    assert state(play, code) is state(play, there) is S.IN_FORCE
    play.passes(minutes=1)
    assert state(play, code) is S.LATE


def test_a_dispute_of_what_was_claimed_returns_to_the_claim() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    play.types("haddad", "caucus-north", f"!fulfilled {code} minimum")
    play.types("merrow", "shuttle-south", f"!dispute {there}: not even that")
    play.types("merrow", "shuttle-south", f"!settle {there}")
    assert state(play, code) is state(play, there) is S.MINIMUM


# -- the verifier -----------------------------------------------------------------------------------


def verified(play: Play) -> tuple[str, str, str]:
    """A promise in force that the relief society verifies: its codes on all three sides."""
    line = "!commit to South by fri 18:00, verified by relief: release ten"
    code = made(play, line)
    there = given(play, code, "shuttle-south")
    asked = play.code_of(play.types("haddad", "caucus-north", f"!release {code} to humanitarian"))
    play.types("yazan", "caucus-north", f"!consent {asked}")
    copy = play.code_of(play.said_in("humanitarian"))
    play.types("merrow", "shuttle-south", f"!accept {there}")
    return code, there, copy


@pytest.mark.parametrize(
    ("word", "then"), [("kept", S.FULFILLED), ("partly", S.PARTIAL), ("broken", S.BROKEN)]
)
def test_a_verdict_reaches_both_sides_without_its_words(word: str, then: S) -> None:
    play = opened(text=QUIET)
    code, there, copy = verified(play)
    play.types("haddad", "caucus-north", f"!fulfilled {code}")
    assert f"`!verdict {copy} kept`" in play.said_in("humanitarian")
    said = play.types("brenner", "humanitarian", f"!verdict {copy} {word}: I counted them")
    assert "Whoever the promise concerns is told" in said
    for place, name in (("caucus-north", code), ("shuttle-south", there)):
        told = play.said_in(place)
        assert told.startswith(f"Verdict of Relief Society on `{name}`")
        assert "counted" not in told
        assert (place, f"verdict-{name}") in [(r.compartment, r.name) for r in play.receipts]
    assert {state(play, name) for name in (code, there, copy)} == {then}


def test_nobody_judges_whom_the_promise_does_not_name() -> None:
    play = opened(text=QUIET)
    code, there, copy = verified(play)
    for seat, place, name in (
        ("lindqvist", "humanitarian", copy),
        ("lindqvist", "shuttle-south", there),
        ("haddad", "caucus-north", code),
    ):
        said = play.types(seat, place, f"!verdict {name} kept")
        assert said.startswith("Nothing done"), seat
    assert state(play, code) is S.IN_FORCE


def test_a_verifier_hears_that_it_is_late_and_can_say_so_of_what_was_never_claimed() -> None:
    play = opened(text=QUIET)
    code, _, copy = verified(play)
    play.passes(days=5)
    late = play.all_said_in("humanitarian")[-1]
    assert late.startswith(f"Late: `{copy}` of North was due")
    assert f"`!verdict {copy} kept`" in late
    play.types("brenner", "humanitarian", f"!verdict {copy} broken")
    assert state(play, code) is S.BROKEN


def test_a_verdict_on_evidence_is_still_one() -> None:
    play = opened(text=QUIET)
    assert "no item `E7KX`" in play.types("brenner", "humanitarian", "!verdict E7KX confirmed")
    assert "no item `E7KX`" in play.types("brenner", "humanitarian", "!verdict E7KX kept")


def test_words_in_quotes_begin_no_clause() -> None:
    play = opened(text=QUIET)
    line = '!commit to South by fri 18:00 method "by two, after noon: if it rains" grace 3h: x'
    said = play.types("haddad", "caucus-north", line)
    assert "Method: by two, after noon: if it rains" in said
    assert "Condition: none" in said


def test_a_principal_speaks_at_the_bench_and_the_shuttle_is_told_under_its_own_code() -> None:
    play = opened(text=QUIET)
    code, there = in_force(play)
    play.types("okonjo", "bench-south", f"!dispute {there}: nobody has crossed")
    assert play.said_in("shuttle-south").startswith(f"South disputes `{there}`")
    assert play.said_in("caucus-north").startswith(f"South disputes `{code}`")
    assert "crossed" not in play.said_in("shuttle-south") + play.said_in("caucus-north")
    assert state(play, code) is state(play, there) is S.DISPUTED
