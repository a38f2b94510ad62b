"""Receipts come by themselves, in each room that may hold them and in no other."""

from bot.domain.ids import Code
from tests.engine.test_storyboard import PROMISE, confirmed, offered
from tests.support.orchid import ORCHID
from tests.support.playbook import Play, opened

TOLD = ORCHID.replace(
    'seats = ["haddad", "yazan"]\n', 'seats = ["haddad", "yazan"]\nreads = ["shuttle-north"]\n', 1
)


def given(play: Play) -> list[tuple[str, str]]:
    return [(receipt.compartment, receipt.name) for receipt in play.receipts]


def test_a_read_back_gives_none_and_a_confirmed_promise_two() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))
    play.types("haddad", "caucus-north", f"!commit amend {code} to South by sat 12:00: twelve")
    assert given(play) == []
    play.types("haddad", "caucus-north", f"!confirm {code}")
    names = [f"commitment-{code}", f"confirmation-{code}"]
    assert given(play) == [("caucus-north", name) for name in names]


def test_the_receipt_of_an_amended_promise_is_of_its_last_wording() -> None:
    play = opened()
    code = play.code_of(play.types("haddad", "caucus-north", PROMISE))
    first = play.case.commitments[Code(code)].item.record
    play.types("haddad", "caucus-north", f"!commit amend {code} to South by sat 12:00: twelve")
    play.types("haddad", "caucus-north", f"!confirm {code}")
    assert play.receipts[0].record == play.case.commitments[Code(code)].item.record != first


def test_a_promise_that_is_confirmed_elsewhere_is_receipted_where_it_was_made_too() -> None:
    play = opened(text=TOLD)
    code = play.code_of(play.types("haddad", "shuttle-north", PROMISE))
    play.types("yazan", "caucus-north", f"!confirm {code}")
    assert given(play) == [
        ("caucus-north", f"commitment-{code}"),
        ("shuttle-north", f"commitment-{code}"),
        ("caucus-north", f"confirmation-{code}"),
    ]


def test_an_offer_and_its_acceptance_are_receipted_on_both_sides() -> None:
    play = opened()
    code = confirmed(play)
    play.receipts.clear()
    request = play.code_of(
        play.types("haddad", "caucus-north", f"!release {code} to shuttle-south")
    )
    assert given(play) == []
    play.types("yazan", "caucus-north", f"!consent {request}")
    there = play.code_of(play.said_in("shuttle-south"))
    assert given(play) == [("shuttle-south", f"item-{there}")]
    play.types("merrow", "shuttle-south", f"!accept {there}")
    assert given(play)[1:] == [
        ("shuttle-south", f"acceptance-{there}"),
        ("caucus-north", f"acceptance-{code}"),
    ]


def test_an_acceptance_at_the_bench_is_receipted_at_the_bench_and_to_the_other_side() -> None:
    play = opened()
    code, there = offered(play)
    play.receipts.clear()
    play.types("okonjo", "bench-south", f"!accept {there}")
    assert given(play) == [
        ("bench-south", f"acceptance-{there}"),
        ("caucus-north", f"acceptance-{code}"),
    ]


def test_a_verdict_on_a_watch_is_receipted_and_what_is_no_verdict_is_not() -> None:
    play = opened()
    add = "!watch add sign of life for H-TEAL every 24h"
    code = play.code_of(play.types("brenner", "humanitarian", add))
    play.passes(hours=25)
    play.types("salim", "humanitarian", f"!report {code} assertion: they say so")
    play.types("brenner", "humanitarian", f"!ack {code} until in 4 h because of rain")
    assert given(play) == []
    play.types("brenner", "humanitarian", f"!report {code} visit: well")
    assert given(play) == [("humanitarian", f"verdict-{code}")]
    watch = play.case.watches[Code(code)]
    assert play.receipts[0].record == watch.last_report
