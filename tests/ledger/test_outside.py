from dataclasses import replace

import pytest

from bot.ledger.checkpoint import NoteLine, cosign
from bot.ledger.outside import Contradiction, judge_anchor, signed_by_log
from bot.ledger.tree import root_at
from tests.ledger.building import SmallLog, key
from tests.ledger.test_witness import FORK, LOG, OTHER

OURS = 7


def leads_to(size: int, root: bytes) -> bool:
    return size <= OURS and root_at(size, LOG.nodes) == root


def judged(text: str) -> Contradiction | None:
    return judge_anchor(text, LOG.public, OURS, leads_to)


@pytest.mark.parametrize("size", range(OURS + 1))
def test_what_our_tree_leads_to_contradicts_nothing(size: int) -> None:
    assert judged(LOG.checkpoint(size).text()) is None


@pytest.mark.parametrize("size", [OURS + 1, 12])
def test_a_later_history_than_ours_is_larger(size: int) -> None:
    theirs = LOG.checkpoint(size)
    found = judged(theirs.text())
    assert found == Contradiction(theirs, OURS)
    assert found.why == "larger"


@pytest.mark.parametrize("size", [4, OURS])
def test_another_history_of_a_size_we_had_is_a_fork(size: int) -> None:
    theirs = FORK.checkpoint(size)
    found = judged(theirs.text())
    assert found == Contradiction(theirs, OURS)
    assert found.why == "fork"


def test_what_our_key_did_not_sign_proves_nothing() -> None:
    theirs = LOG.checkpoint(12)
    thief = SmallLog().grow(12)
    thief.signer = key("thief")
    false = NoteLine(LOG.name, LOG.public.key_id(), bytes(64))
    for text in (
        "",
        "junk",
        theirs.text()[:-1],
        OTHER.checkpoint(12).text(),
        thief.checkpoint(12).text(),
        replace(theirs, lines=(NoteLine("x.example", b"abcd", b"e"),)).text(),
        replace(theirs, lines=(*theirs.lines, false)).text(),
        replace(theirs, size=13).text(),
    ):
        assert judged(text) is None


def test_lines_of_others_are_left_out_of_what_is_kept() -> None:
    theirs = LOG.checkpoint(12)
    both = cosign(theirs, "w7.example", 5, key("w7.example"))
    assert signed_by_log(both.text(), LOG.public) == theirs
