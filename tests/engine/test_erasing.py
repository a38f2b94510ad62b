from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import bodies as b
from bot.domain.case import Approval
from bot.domain.ids import Code, CompartmentId, Prose, SeatId
from bot.domain.vocabulary import CommitmentState, ErasureKind
from bot.engine.effects import Append, Erase, GiveReceipt, Say
from tests.engine.test_storyboard import PROMISE, WORDS, confirmed, offered
from tests.support.orchid import QUIET, codes_in
from tests.support.playbook import Play, opened

WHY = "because it was typed in the wrong room"
NAMED = 'named "Lt. Karim, Karim Haddad"'


def erased(play: Play, line: str, why: str = WHY) -> str:
    """Two mediators have something erased; what the desk is told then."""
    waiting = play.types("lindqvist", "desk", f"!erase {line} {why}")
    assert "Waiting as" in waiting, waiting
    return play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")


def recorded(play: Play, seat: str, place: str, text: str) -> str:
    return play.code_of(play.types(seat, place, f"!record {text}"))


def approval(play: Play) -> Approval:
    return next(iter(play.case.approvals.values()))


def skeleton(play: Play) -> str:
    """All that stays of what the last act put on the journal, as text."""
    kept = (e.body for e in play.effects if isinstance(e, Append))
    return "\n".join(
        str(tuple(getattr(body, name) for name in body.__dataclass_fields__ if name not in {"quoted", "names", "reason", "text"}))
        for body in kept
    )  # fmt: skip


def test_two_mediators_erase_an_item_and_its_readers_are_told() -> None:
    play = opened()
    code = recorded(play, "lindqvist", "shuttle-north", "the major is held at the dam")
    waiting = play.types("lindqvist", "desk", f"!erase {code} {WHY}")
    assert "cannot be undone" in waiting
    assert not play.case.erased
    said = play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")
    assert said.startswith(f"Erased: `{code}`")
    told = (
        f"`{code}` was erased, by decision of two mediators. Its proof stands; its words are gone."
    )
    assert play.said_in("shuttle-north") == told
    assert play.said_in("bench-north") == told
    play.nothing_elsewhere("desk", "shuttle-north", "bench-north")
    assert play.case.erased == set(play.case.words[Code(code)])


def test_what_was_erased_is_nowhere_any_more() -> None:
    play = opened()
    code = recorded(play, "lindqvist", "plenary", "a name that should not be here")
    principal = min(play.case.compartments[CompartmentId("bench-north")].seats)
    assert code in play.types(principal, "bench-north", "!digest now")
    erased(play, code)
    for place in ("plenary", "bench-north", "bench-south"):
        seat = min(play.case.compartments[CompartmentId(place)].seats)
        for line in ("!board", "!status", "!watch list", "!digest now"):
            said = play.types(seat, place, line)
            assert code not in said
            assert "a name that" not in said
    gone = play.types("lindqvist", "plenary", f"!receipt {code}")
    assert (
        gone
        == f"Nothing done: `{code}` was erased, by decision of two mediators. Nothing can be done with it any more."
    )


def test_nobody_erases_alone() -> None:
    play = opened()
    code = recorded(play, "lindqvist", "desk", "something")
    waiting = play.code_of(play.types("lindqvist", "desk", f"!erase {code} {WHY}"))
    assert "another mediator approves it" in play.types("lindqvist", "desk", f"!approve {waiting}")
    assert not play.case.erased
    # Typing the same line oneself, or by another, is a question of its own.
    assert "Waiting as" in play.types("adeyemi", "desk", f"!erase {code} {WHY}")
    assert not play.case.erased


def test_who_asked_and_who_agreed_and_why_is_on_record() -> None:
    play = opened()
    code = recorded(play, "lindqvist", "desk", "something")
    erased(play, code)
    (made,) = (e for e in play.effects if isinstance(e, Append) and isinstance(e.body, b.Erased))
    assert isinstance(made.body, b.Erased)
    assert (made.body.by, made.body.approved_by, made.body.what) == ("lindqvist", "adeyemi", code)
    assert made.compartment == "desk"
    assert GiveReceipt(made.compartment, made.record, f"erasure-{code}") in play.effects
    assert made.label == play.case.label_in(CompartmentId("desk"))
    assert play._opened[made.record][1]["reason"] == "it was typed in the wrong room"


def test_no_words_stand_in_what_lasts_for_ever() -> None:
    play = opened()
    play.types("lindqvist", "desk", f"!erase person H-TEAL because the family asked {NAMED}")
    assert approval(play).line == "erase person H-TEAL because"
    kept = skeleton(play)
    # What waits to be sent names the record, not its words; people read them all the same.
    kept += str([e for e in play.effects if isinstance(e, Say)])
    shown = '!erase person H-TEAL because "the family asked" named "Lt. Karim, Karim Haddad"'
    assert shown in play.said_in("desk")
    play.types("adeyemi", "desk", f"!approve {approval(play).code}")
    kept += skeleton(play)
    for word in ("Karim", "Haddad", "family", "Lt."):
        assert word not in kept


def test_a_reason_of_an_erasure_holds_no_names_even_in_prose() -> None:
    play = opened()
    erased(play, "person H-TEAL", f"because the family asked {NAMED}")
    (made,) = (e for e in play.effects if isinstance(e, Append) and isinstance(e.body, b.Erased))
    assert play._opened[made.record][1]["reason"] == "the family asked"
    assert not any(
        "Karim" in words for _, prose in play._opened.values() for words in prose.values()
    )


def test_all_about_a_person_is_erased_in_every_compartment() -> None:
    play = opened()
    north = recorded(play, "haddad", "caucus-north", "we hold KARIM HADDAD in the fort")
    south = recorded(play, "merrow", "caucus-south", "h-teal was seen alive")
    other = recorded(play, "merrow", "caucus-south", "the weather is bad, karimas too")
    said = erased(play, "person h-teal", f"because the family asked {NAMED}")
    assert said.startswith("Erased: all that named `H-TEAL`")
    play.nothing_elsewhere("desk")
    assert not play.case.stands(play.case.items[Code(north)])
    assert not play.case.stands(play.case.items[Code(south)])
    assert play.case.stands(play.case.items[Code(other)])


def test_a_whole_compartment_is_erased_and_told() -> None:
    play = opened()
    code = confirmed(play)
    watch = play.code_of(
        play.types("haddad", "caucus-north", "!watch add welfare for H-ONE every 24h")
    )
    there = recorded(play, "merrow", "caucus-south", "untouched")
    said = erased(play, "compartment caucus-north")
    assert said.startswith("Erased: all words on record in `caucus-north`")
    assert play.said_in("caucus-north").startswith("All that was on record here was erased")
    play.nothing_elsewhere("desk", "caucus-north")
    assert not play.case.stands(play.case.items[Code(code)])
    assert play.case.stands(play.case.items[Code(there)])
    assert not [key for key in play.due if key.startswith(f"watch:{watch}")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!erase", "write it on one line"),
        ("!erase K7QF", "write it on one line"),
        ("!erase K7QF because", "write it on one line"),
        ("!erase K7QF because it\nwas wrong", "write it on one line"),
        ("!erase K7QF the list because it was wrong", "write it on one line"),
        ("!erase K7QF because it was wrong", "no item `K7QF`"),
        ("!erase person because asked", "code name like"),
        ("!erase person Karim because asked", "code name like"),
        ("!erase person Karim Haddad because asked", "code name like"),
        ("!erase person H-TEAL because asked named Karim Haddad", "write it on one line"),
        ('!erase person H-TEAL because asked named " , "', "give each true name"),
        ('!erase person H-TEAL because asked named "Karim, a"', "give each true name"),
        ('!erase person H-TEAL because named "Karim"', "write it on one line"),
        ("!erase person H-TEAL because h\u2010teal is dead", "must name nobody"),
        (f"!erase person H-TEAL because haddad asked {NAMED}", "must name nobody"),
        ('!erase person H-TEAL because José asked named "JOSE PEREZ"', "must name nobody"),
        ("!erase compartment because asked", "no compartment"),
        ("!erase compartment caucus-west because asked", "no compartment `caucus-west`"),
        ("!erase compartment case because asked", "no compartment `case`"),
    ],
)  # fmt: skip
def test_what_cannot_be_erased_is_refused_and_changes_nothing(line: str, why: str) -> None:
    play = opened()
    head = play.case.head
    said = play.types("lindqvist", "desk", line)
    assert said.startswith("Nothing done: "), said
    assert why in said
    assert play.case.head == head


def test_only_mediators_at_the_desk_erase() -> None:
    play = opened()
    code = recorded(play, "haddad", "caucus-north", "ours")
    assert "no `!erase`" in play.types("haddad", "caucus-north", f"!erase {code} {WHY}")
    assert "no `!erase`" in play.types("lindqvist", "plenary", f"!erase {code} {WHY}")


def test_an_item_that_who_asks_may_not_read_is_as_one_that_never_was() -> None:
    play = opened()
    code = recorded(play, "haddad", "caucus-north", "ours alone")
    unreadable = play.types("lindqvist", "desk", f"!erase {code} {WHY}")
    unknown = play.types("lindqvist", "desk", f"!erase 2222 {WHY}")
    assert unreadable.replace(code, "2222") == unknown
    assert "no item `2222`" in unknown


def test_what_is_erased_is_not_erased_again() -> None:
    play = opened()
    code = recorded(play, "lindqvist", "desk", "something")
    first = play.code_of(play.types("lindqvist", "desk", f"!erase {code} {WHY}"))
    second = play.code_of(play.types("adeyemi", "desk", f"!erase {code} {WHY}"))
    play.types("adeyemi", "desk", f"!approve {first}")
    assert "was erased" in play.types("lindqvist", "desk", f"!approve {second}")
    assert "was erased" in play.types("lindqvist", "desk", f"!erase {code} {WHY}")


def test_an_approval_whose_words_were_erased_carries_nothing_out() -> None:
    play = opened()
    seat = '!seat nasser @nasser:localhost north negotiator in caucus-north named "Karim Haddad"'
    waiting = play.code_of(play.types("lindqvist", "desk", seat))
    erased(play, "person H-TEAL", f"because the family asked {NAMED}")
    assert "has expired" in play.types("adeyemi", "desk", f"!approve {waiting}")
    assert "nasser" not in play.case.seats


def test_all_wordings_under_a_code_go_together() -> None:
    play = opened()
    code = play.code_of(play.types("lindqvist", "shuttle-north", "!record first"))
    promised = play.code_of(play.types("haddad", "shuttle-north", PROMISE))
    play.types(
        "haddad", "shuttle-north", f"!commit amend {promised} to South by sat 12:00: other words"
    )
    assert len(play.case.words[Code(promised)]) == 2
    erased(play, promised)
    assert play.case.erased == set(play.case.words[Code(promised)])
    assert WORDS not in str(play._opened)
    assert "other words" not in str(play._opened)
    assert play.case.stands(play.case.items[Code(code)])


def test_an_erased_promise_is_off_the_board_and_takes_no_answer() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "shuttle-north", PROMISE))
    erased(play, code)
    gone = f"Nothing done: `{code}` was erased"
    for line in (
        f"!confirm {code}",
        f"!commit amend {code} to South by fri 18:00: new",
        f"!release {code} to plenary",
    ):
        assert play.types("haddad", "shuttle-north", line).startswith(gone), line
    assert code not in play.types("haddad", "shuttle-north", "!board")
    assert play.case.commitments[Code(code)].state is CommitmentState.READ_BACK
    assert play.case.knows_code(Code(code))


def test_an_erased_offer_cannot_be_accepted() -> None:
    play = opened()
    _, there = offered(play)
    erased(play, there)
    for line in (f"!accept {there}", f"!refuse {there}"):
        assert play.types("merrow", "shuttle-south", line).startswith(
            f"Nothing done: `{there}` was erased"
        )
    assert there not in play.types("merrow", "shuttle-south", "!board")


def test_an_offer_of_an_erased_promise_is_on_offer_no_more() -> None:
    play = opened()
    _, there = offered(play)
    erased(play, "compartment caucus-north")
    said = play.types("merrow", "shuttle-south", f"!accept {there}")
    assert "no longer on offer" in said
    play.nothing_elsewhere("shuttle-south")


def test_a_release_that_was_asked_for_ends_with_its_source() -> None:
    play = opened()
    code = confirmed(play)
    asked = play.code_of(play.types("haddad", "caucus-north", f"!release {code} to shuttle-south"))
    erased(play, "compartment caucus-north")
    assert "no longer waits" in play.types("yazan", "caucus-north", f"!consent {asked}")
    play.nothing_elsewhere("caucus-north")


def test_a_release_of_erased_words_ends_though_its_own_words_stand() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "shuttle-north", f"!record {WORDS}"))
    line = f'!release {code} to plenary as "ten, at the crossing"'
    asked = play.code_of(play.types("haddad", "shuttle-north", line))
    erased(play, code)
    assert play.case.stands(play.case.requests[Code(asked)])
    assert "no longer waits" in play.types("yazan", "caucus-north", f"!consent {asked}")
    assert not play.said_in("plenary")


def test_copies_that_the_desk_may_not_know_are_not_listed() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "shuttle-north", f"!record {WORDS}"))
    asked = play.code_of(
        play.types("haddad", "shuttle-north", f'!release {code} to plenary as "ten"')
    )
    play.types("yazan", "caucus-north", f"!consent {asked}")
    waiting = play.types("lindqvist", "desk", f"!erase {code} {WHY}")
    assert "are copies with codes of their own, and stay." in waiting
    assert "this desk may know" not in waiting
    assert asked not in waiting


def test_the_second_mediator_reads_which_copies_stay() -> None:
    play = opened()
    code = recorded(play, "lindqvist", "desk", "the list is complete")
    asked = play.code_of(play.types("lindqvist", "desk", f"!release {code} to plenary"))
    play.types("adeyemi", "desk", f"!consent {asked}")
    (copy,) = codes_in(play.said_in("plenary"))[:1]
    waiting = play.types("lindqvist", "desk", f"!erase {code} {WHY}")
    assert f"Of those, this desk may know: `{asked}`, `{copy}`." in waiting
    play.types("adeyemi", "desk", f"!approve {play.code_of(waiting)}")
    assert play.case.stands(play.case.items[Code(copy)])
    assert play.case.stands(play.case.requests[Code(asked)])
    assert erased(play, asked).startswith("Erased:")
    assert not play.case.stands(play.case.requests[Code(asked)])


def test_a_seat_whose_name_was_erased_is_still_seated() -> None:
    play = opened()
    erased(play, "person H-TEAL", 'because asked named "Haddad"')
    assert "[erased]" in play.types("haddad", "caucus-north", "!whoami")


# — watches —


def watched(play: Play, place: str = "humanitarian", seat: str = "lindqvist") -> str:
    line = "!watch add sign of life for H-TEAL every 24h grace 2h step 30 min"
    return play.code_of(play.types(seat, place, line))


def test_an_erased_watch_never_alarms_again_and_the_desk_is_told_once() -> None:
    play = opened(text=QUIET)
    code = watched(play)
    hidden = watched(play, "caucus-north", "haddad")
    erased(play, "person H-TEAL", "because asked")
    play.passes(days=4)
    said = [h.text for h in play.fresh if "watch" in h.text.casefold()]
    ended = [text for text in said if "its words were erased" in text]
    assert len(said) == len(ended) == 2
    assert any(f"`{code}`" in text for text in ended)
    assert not any(hidden in text for text in ended)
    assert {h.compartment for h in play.fresh if h.text in ended} == {"desk"}
    assert not [key for key in play.due if key.startswith("watch:")]
    for line in (f"!report {code} visit: seen", f"!ack {code} until 20:00 because x"):
        assert "was erased" in play.types("lindqvist", "humanitarian", line)
    assert code not in play.types("lindqvist", "humanitarian", "!watch list")


def test_an_overdue_watch_that_names_the_person_ends_where_it_stands() -> None:
    play = opened(text=QUIET)
    watched(play)
    play.passes(hours=30)
    erased(play, "person H-TEAL", "because asked")
    play.passes(days=2)
    assert not [h for h in play.fresh if "Overdue" in h.text]
    assert sum("its words were erased" in h.text for h in play.fresh) == 1


@pytest.mark.parametrize("hours", [24, 27, 30])
def test_an_alarm_is_never_erased_away(hours: int) -> None:
    play = opened()
    code = watched(play)
    play.passes(hours=hours)
    for what in (code, "compartment humanitarian"):
        said = play.types("lindqvist", "desk", f"!erase {what} {WHY}")
        assert "due or overdue" in said, said
    play.types("lindqvist", "humanitarian", f"!ack {code} until 12:00 because on the road")
    assert "due or overdue" in play.types("lindqvist", "desk", f"!erase {code} {WHY}")


def test_an_alarm_that_began_while_the_second_mediator_slept_stops_the_erasure() -> None:
    play = opened()
    watched(play)
    play.passes(hours=20)
    waiting = play.code_of(
        play.types("lindqvist", "desk", f"!erase compartment humanitarian {WHY}")
    )
    play.passes(hours=5)
    assert "due or overdue" in play.types("adeyemi", "desk", f"!approve {waiting}")
    assert not [e for e in play.effects if isinstance(e, Erase)]


def test_a_clock_that_is_set_back_wakes_no_erased_watch() -> None:
    play = opened(text=QUIET)
    watched(play)
    erased(play, "person H-TEAL", "because asked")
    play.is_away(days=-10)
    assert not [h for h in play.fresh if "H-TEAL" in h.text or "Overdue" in h.text]


# — a law —

TEXTS = ("alpha river", "bravo bridge", "charlie camp", "delta dam", "echo east", "foxtrot fort")


def said_everywhere(play: Play) -> dict[str, str]:
    """What every room is told by every command that lists, with the codes that it named."""
    said: dict[str, str] = {}
    for place in sorted(play.case.compartments):
        seat = min(play.case.compartments[CompartmentId(place)].seats)
        lines = ("!board", "!status", "!watch list", "!digest now", "!where", "!whoami")
        said[place] = "\n".join(play.types(seat, place, line) for line in lines)
    return said


def busy() -> tuple[Play, dict[str, str]]:
    """A case with six things on record; their codes by their words."""
    play = opened(text=QUIET)
    codes = {
        TEXTS[0]: recorded(play, "lindqvist", "plenary", TEXTS[0]),
        TEXTS[1]: recorded(play, "haddad", "caucus-north", TEXTS[1]),
        TEXTS[2]: play.code_of(
            play.types("haddad", "caucus-north", f"!commit to South by fri 18:00: {TEXTS[2]}")
        ),
    }
    play.types("haddad", "caucus-north", f"!confirm {codes[TEXTS[2]]}")
    asked = play.code_of(
        play.types(
            "haddad",
            "caucus-north",
            f'!release {codes[TEXTS[2]]} to shuttle-south as "{TEXTS[3]}"',
        )
    )
    play.types("yazan", "caucus-north", f"!consent {asked}")
    codes[TEXTS[3]] = play.code_of(play.said_in("shuttle-south"))
    watch = "!watch add welfare for H-ECHO every 24h"
    codes[TEXTS[4]] = play.code_of(play.types("lindqvist", "humanitarian", watch))
    report = f"!report {codes[TEXTS[4]]} visit: {TEXTS[4]}"
    assert TEXTS[4] in play.types("lindqvist", "humanitarian", report)
    codes[TEXTS[5]] = recorded(play, "merrow", "caucus-south", TEXTS[5])
    return play, codes


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(TEXTS)))
def test_what_is_said_after_an_erasure_holds_nothing_of_it_and_all_of_the_rest(
    gone: set[str],
) -> None:
    play, codes = busy()
    before = said_everywhere(play)
    records = tuple(r for text in sorted(gone) for r in play.case.words[Code(codes[text])])
    seats = SeatId("lindqvist"), SeatId("adeyemi")
    play.appends(b.Erased(ErasureKind.RECORD, "XXXX", *seats, records, Prose("")))
    after = said_everywhere(play)
    for text, code in codes.items():
        for place, said in after.items():
            if text in gone:
                assert text not in said
                assert code not in said
            else:
                assert (code in said) == (code in before[place])
                assert (text in said) == (text in before[place])
    play.passes(days=3)
    for text in gone:
        assert not any(text in heard.text for heard in play.fresh)
