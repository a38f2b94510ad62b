"""A fork is proved by what a log signed, and an honest log can never be accused."""

import base64
from dataclasses import replace
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ledger.checkpoint import Checkpoint, NoteLine, cosign
from bot.ledger.encoding import FormatError
from bot.ledger.evidence import (
    Evidence,
    Statement,
    checkpoint_of,
    contradiction,
    find_fork,
    parse_evidence,
    verify_evidence,
)
from bot.ledger.proof import TlogProof
from bot.ledger.tree import ProofError
from bot.ledger.verdict import SENTENCES, Fault
from bot.ledger.verify import Trust, parse_trust, verify_receipt
from tests.ledger.building import SmallLog, key, witness
from tests.ledger.test_witness import FORK, LOG, OTHER, SIZE, forked

AT = 3
TRUST = Trust(LOG.public)


def stated(log: SmallLog, size: int, index: int | None = None) -> Statement:
    return log.checkpoint(size) if index is None else log.receipt(index, size=size).proof


def proof(log: SmallLog, size: int, index: int) -> TlogProof:
    return log.receipt(index, size=size).proof


def everything(log: SmallLog) -> list[Statement]:
    bare: list[Statement] = [log.checkpoint(size) for size in range(SIZE + 1)]
    return [*bare, *(proof(log, size, at) for size in range(1, SIZE + 1) for at in range(size))]


def test_no_two_statements_of_an_honest_log_ever_contradict_each_other() -> None:
    # All of them, no sampling: this is what keeps an honest log from being accused.
    for one, two in combinations_with_replacement(everything(LOG), 2):
        assert contradiction(one, two) is None


def test_a_fork_shows_wherever_both_statements_say_something_of_what_differs() -> None:
    honest, forked = everything(LOG), everything(FORK)
    found = 0
    for one in honest:
        for two in forked:
            where = contradiction(one, two)
            assert where == contradiction(two, one)
            if where:
                found += 1
                assert where[0] <= AT < where[1]
            # Where both show the entry itself, the fork always shows.
            shown = isinstance(one, TlogProof) and isinstance(two, TlogProof)
            if shown and one.index == two.index == AT:  # type: ignore[union-attr]
                assert where == (AT, AT + 1)
            if checkpoint_of(one).size == checkpoint_of(two).size > AT:
                assert where is not None
    assert found > len(honest)


KINDS: dict[str, tuple[Statement, Statement]] = {
    "What: two different histories of the same 9 entries, each signed.": (
        stated(LOG, 9),
        stated(FORK, 9),
    ),
    "What: entry 3 (counted from 0) is another one in the signed history of 7 entries"
    " than in the signed one of 11.": (stated(LOG, 7, 3), stated(FORK, 11, 3)),
    # The path of entry 6 holds the hash of entries 0 to 3, the checkpoint of size 4 is that hash.
    "What: among the entries from 0 to 3 (counted from 0), at least one is another one in the"
    " signed history of 4 entries than in the signed one of 9.": (
        stated(LOG, 4),
        stated(FORK, 9, 6),
    ),
    # The path of entry 6 settles what the first six entries were, a size that is no power of 2.
    "What: among the entries from 0 to 5 (counted from 0), at least one is another one in the"
    " signed history of 6 entries than in the signed one of 11.": (
        stated(FORK, 6),
        stated(LOG, 11, 6),
    ),
}


@pytest.mark.parametrize("what", KINDS)
def test_the_evidence_says_what_it_proves_and_against_whom(what: str) -> None:
    one, two = KINDS[what]
    text = Evidence(LOG.public, one, two).text()
    assert text == Evidence(LOG.public, two, one).text()
    assert parse_evidence(text).text() == text
    verdict = verify_evidence(text.encode(), trust=TRUST)
    assert verdict.ok
    assert (verdict.kind, verdict.fault, verdict.fields) == ("fork", None, ())
    first, whom, told, limits = verdict.sentences
    assert first == "Proved: the log signed two histories that cannot both be true."
    assert whom == f"Against whom: whoever holds the log's key, {LOG.public.vkey()}."
    assert told == what
    assert limits.startswith("It accuses no party")


def test_a_witness_that_cosigned_both_is_accused_by_its_key_id() -> None:
    one, two = LOG.checkpoint(9), FORK.checkpoint(9)
    for name in ("w1.example", "w2.example"):
        one = cosign(one, name, 0, key(name))
    two = cosign(two, "w1.example", 5, key("w1.example"))
    keys = [witness(name) for name in ("w1.example", "w2.example")]
    trust = parse_trust(" ".join(k.vkey() for k in (LOG.public, *keys)))
    said = verify_evidence(Evidence(LOG.public, one, two).text(), trust=trust).sentences
    accused = [s for s in said if "accused" in s]
    assert accused == [f"Your witness {keys[0].key_id().hex()} cosigned both: it is accused too."]
    false = replace(two, lines=(two.lines[0], replace(two.lines[1], signature=bytes(72))))
    bad = verify_evidence(Evidence(LOG.public, one, false).text(), trust=trust)
    assert bad.fault is Fault.WITNESS_SIGNATURE


def moved(statement: TlogProof) -> TlogProof:
    return replace(statement, path=(bytes(32), *statement.path[1:]))


THIEF = SmallLog().grow(9)
THIEF.signer = key("thief")
UNSIGNED: Checkpoint = replace(FORK.checkpoint(9), lines=(NoteLine("x", bytes(4), bytes(64)),))
GOOD = Evidence(LOG.public, LOG.checkpoint(9), FORK.checkpoint(9))
HOSTILE: dict[str, tuple[Evidence, Trust | None, Fault]] = {
    "both of one history, two sizes": (
        Evidence(LOG.public, LOG.checkpoint(7), LOG.checkpoint(9)),
        TRUST,
        Fault.NO_FORK,
    ),
    "the same twice": (
        Evidence(LOG.public, LOG.checkpoint(7), LOG.checkpoint(7)),
        TRUST,
        Fault.NO_FORK,
    ),
    "two entries of one history": (
        Evidence(LOG.public, proof(LOG, 9, 3), proof(LOG, 9, 4)),
        TRUST,
        Fault.NO_FORK,
    ),
    "one entry at two sizes": (
        Evidence(LOG.public, proof(LOG, 7, 3), proof(LOG, 11, 3)),
        TRUST,
        Fault.NO_FORK,
    ),
    "a fork that does not show in what is given": (
        Evidence(LOG.public, LOG.checkpoint(7), FORK.checkpoint(9)),
        TRUST,
        Fault.NO_FORK,
    ),
    "an entry moved to another place": (
        Evidence(LOG.public, proof(LOG, 9, 3), replace(proof(LOG, 9, 4), index=3)),
        TRUST,
        Fault.FORK_PATH,
    ),
    "a path of somebody's own": (
        Evidence(LOG.public, proof(LOG, 9, 3), moved(proof(LOG, 11, 3))),
        TRUST,
        Fault.FORK_PATH,
    ),
    "a path too short": (
        Evidence(LOG.public, LOG.checkpoint(9), replace(proof(LOG, 9, 3), path=())),
        TRUST,
        Fault.FORK_PATH,
    ),
    "an index beyond the history": (
        Evidence(LOG.public, LOG.checkpoint(9), replace(proof(LOG, 9, 3), index=9)),
        TRUST,
        Fault.FORK_PATH,
    ),
    "a history that the log did not sign": (
        Evidence(LOG.public, LOG.checkpoint(9), UNSIGNED),
        TRUST,
        Fault.FORK_UNSIGNED,
    ),
    "a history that a thief signed": (
        Evidence(LOG.public, LOG.checkpoint(9), THIEF.checkpoint(9)),
        TRUST,
        Fault.FORK_UNSIGNED,
    ),
    "a history of another log": (
        Evidence(LOG.public, LOG.checkpoint(9), OTHER.checkpoint(9)),
        TRUST,
        Fault.FORK_UNSIGNED,
    ),
    "a true fork of a log that nobody asked about": (
        GOOD,
        Trust(OTHER.public),
        Fault.FORK_FOREIGN_LOG,
    ),
    "a true fork, with no key to judge it by": (GOOD, None, Fault.FORK_UNTRUSTED),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_hostile_evidence_proves_nothing_and_is_told_why(how: str) -> None:
    evidence, trust, fault = HOSTILE[how]
    verdict = verify_evidence(evidence.text(), trust=trust)
    assert not verdict.ok
    assert verdict.fault is fault
    assert SENTENCES[fault] in verdict.sentences[0]
    assert verdict.sentences[0].startswith("Not proved")


def test_every_fault_of_forks_is_reached() -> None:
    of_forks = {fault for fault in Fault if fault.startswith("fork-")}
    assert {fault for _, _, fault in HOSTILE.values()} | {Fault.FORK_MALFORMED} == of_forks
    damaged = verify_evidence(GOOD.text()[:-1], trust=TRUST)
    assert damaged.fault is Fault.FORK_MALFORMED
    assert damaged.sentences[0].startswith("Not readable. This evidence is damaged")
    for raw, fault in ((b"\xff", Fault.NOT_TEXT), (b"x" * 300_000, Fault.TOO_LARGE)):
        assert verify_evidence(raw, trust=TRUST).fault is fault
    assert verify_evidence(GOOD.text().replace("\n", "\r\n")).fault is Fault.LINE_ENDINGS


def test_a_statement_is_of_a_log_and_carries_its_entry_whole() -> None:
    empty = replace(proof(LOG, 7, 3), extra=b"")
    short = replace(proof(LOG, 7, 3), extra=LOG.leaves[3][:-1])
    for wrong in (
        Evidence(LOG.public, empty, FORK.checkpoint(9)),
        Evidence(LOG.public, short, FORK.checkpoint(9)),
        Evidence(witness("w1.example"), LOG.checkpoint(9), FORK.checkpoint(9)),
    ):
        assert verify_evidence(wrong.text(), trust=TRUST).fault is Fault.FORK_MALFORMED


def test_a_fork_is_found_among_what_two_people_have_and_in_its_barest_form() -> None:
    mine, theirs = proof(LOG, 9, 5), proof(FORK, 9, 6)
    found = find_fork(LOG.public, [mine, theirs])
    assert found == Evidence(LOG.public, mine.checkpoint, theirs.checkpoint)
    entries = find_fork(LOG.public, [proof(LOG, 7, 3), proof(FORK, 11, 3)])
    assert entries is not None
    assert isinstance(entries.one, TlogProof)
    assert find_fork(LOG.public, [mine, proof(LOG, 11, 3), LOG.checkpoint(4)]) is None
    assert find_fork(LOG.public, [mine, UNSIGNED, THIEF.checkpoint(9), moved(theirs)]) is not None
    assert find_fork(LOG.public, [mine, UNSIGNED, THIEF.checkpoint(9)]) is None
    assert find_fork(LOG.public, [proof(LOG, 7, 3), moved(proof(FORK, 11, 3))]) is None


def test_evidence_is_no_receipt_and_a_receipt_is_no_evidence() -> None:
    assert verify_receipt(GOOD.text(), trust=TRUST).fault is Fault.NOT_A_RECEIPT
    receipt = LOG.receipt(5).text()
    assert verify_evidence(receipt, trust=TRUST).fault is Fault.FORK_MALFORMED


def test_nothing_of_a_record_stands_in_the_evidence() -> None:
    text = Evidence(LOG.public, proof(LOG, 7, 3), proof(FORK, 11, 3)).text()
    inside = text.encode() + b"".join(base64.b64decode(line[4:]) for line in text.split("\n")[2:4])
    for log in (LOG, FORK):
        assert log.records[3].jwt not in inside
        assert not any(d.text.encode() in inside for d in log.records[3].disclosures)


# -- mutations -----------------------------------------------------------------------------------

FULL = Evidence(LOG.public, proof(LOG, 7, 3), proof(FORK, 11, 3)).text()


def inner(text: str, line: int, place: int, byte: int) -> str:
    """Change one byte of a statement within its base64."""
    lines = text.split("\n")
    raw = bytearray(base64.b64decode(lines[line][4:]))
    raw[place % len(raw)] = byte
    lines[line] = lines[line][:4] + base64.b64encode(raw).decode()
    return "\n".join(lines)


def test_the_evidence_that_is_about_to_be_damaged_is_good() -> None:
    assert verify_evidence(FULL, trust=TRUST).ok


@given(st.integers(0, len(FULL) - 1), st.characters(max_codepoint=0x2FFF))
@settings(max_examples=200)
def test_no_letter_of_the_evidence_can_be_changed(place: int, letter: str) -> None:
    changed = FULL[:place] + letter + FULL[place + 1 :]
    assert verify_evidence(changed, trust=TRUST).ok is (changed == FULL)


@given(st.sampled_from((2, 3)), st.integers(0, 700), st.integers(0, 255))
@settings(max_examples=200)
def test_no_byte_of_a_statement_can_be_changed(line: int, place: int, byte: int) -> None:
    changed = inner(FULL, line, place, byte)
    assert verify_evidence(changed, trust=TRUST).ok is (changed == FULL)


@given(st.integers(0, len(FULL) - 1), st.text(min_size=1, max_size=3))
@settings(max_examples=100)
def test_evidence_that_is_cut_or_longer_proves_nothing(place: int, junk: str) -> None:
    for changed in (FULL[:place], FULL[:place] + junk + FULL[place:], FULL + junk):
        assert not verify_evidence(changed, trust=TRUST).ok


@given(st.text() | st.text().map(lambda t: f"parley-fork/v1\n{t}"))
def test_no_file_makes_the_judge_fail(text: str) -> None:
    assert not verify_evidence(text, trust=TRUST).ok
    with pytest.raises(FormatError):
        parse_evidence(text)


def test_the_statements_stand_in_one_order_and_cannot_trade_places() -> None:
    lines = FULL.split("\n")
    one, two = lines[2][4:], lines[3][4:]
    swapped = "\n".join([*lines[:2], f"one {two}", f"two {one}", ""])
    assert verify_evidence(swapped, trust=TRUST).fault is Fault.FORK_MALFORMED


def test_a_path_for_a_history_of_any_length_is_judged_at_once() -> None:
    size = 2**63 - 1
    huge = replace(proof(LOG, 9, 3), checkpoint=replace(LOG.checkpoint(9), size=size))
    with pytest.raises(ProofError):
        contradiction(huge, LOG.checkpoint(9))
    assert contradiction(replace(LOG.checkpoint(9), size=size), proof(FORK, 9, 3)) is None


FORKS = [forked(at) for at in range(SIZE)]


@given(st.integers(0, SIZE - 1), st.data())
@settings(max_examples=100)
def test_a_fork_at_any_entry_is_found_in_two_receipts_of_it(at: int, data: st.DataObject) -> None:
    fork = FORKS[at]
    one, two = (data.draw(st.integers(at + 1, SIZE)) for _ in range(2))
    found = find_fork(LOG.public, [proof(LOG, one, at), proof(fork, two, at)])
    assert found is not None
    assert verify_evidence(found.text(), trust=TRUST).ok
