"""A receipt that differs in anything at all from the one that was issued proves nothing."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ledger.party import sign_record
from bot.ledger.receipt import Receipt
from bot.ledger.verify import Trust, verify_receipt
from tests.ledger.building import FIELDS, SmallLog, key
from tests.ledger.test_verify import LOG, NOON, OTHER, WATCHED, earlier, seen

FULL = replace(
    earlier(seen(LOG.receipt(6)), 6, NOON - 60, NOON - 50),
    parties=(sign_record(LOG.records[6].jwt, NOON, key("north")),),
)
RAW = FULL.text().encode()
TRUST = replace(WATCHED, required=tuple(FIELDS))


def refused(raw: bytes | str, trust: Trust = TRUST) -> bool:
    return not verify_receipt(raw, trust=trust).ok


def test_the_receipt_that_is_about_to_be_damaged_is_good() -> None:
    assert not refused(RAW)


def test_no_single_bit_can_be_flipped_anywhere() -> None:
    # Every byte, one bit each, in turn: no sampling, so no byte is left uncovered.
    survivors = []
    for place in range(len(RAW)):
        bad = bytearray(RAW)
        bad[place] ^= 1 << place % 8
        if not refused(bytes(bad)):
            survivors.append(place)
    assert survivors == []


@given(st.integers(0, len(RAW) - 1), st.integers(0, 7))
@settings(max_examples=150)
def test_no_bit_chosen_at_random_can_be_flipped(place: int, bit: int) -> None:
    bad = bytearray(RAW)
    bad[place] ^= 1 << bit
    assert refused(bytes(bad))


@given(st.integers(0, len(RAW) - 1))
def test_a_truncated_receipt_proves_nothing(end: int) -> None:
    assert refused(RAW[:end])


@given(st.integers(0, len(RAW)), st.binary(min_size=1, max_size=4))
def test_nothing_can_be_inserted(place: int, junk: bytes) -> None:
    assert refused(RAW[:place] + junk + RAW[place:])


LINES = RAW.decode().split("\n")


@given(st.data())
def test_no_two_lines_can_trade_places_and_none_can_go_or_come_twice(data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(LINES) - 2))
    second = data.draw(st.integers(first + 1, len(LINES) - 1))
    swapped = list(LINES)
    swapped[first], swapped[second] = LINES[second], LINES[first]
    # The lines under a note may stand in any order: each is a signature of its own.
    signatures = LINES[first].startswith("— ") and LINES[second].startswith("— ")
    if swapped != LINES and not signatures:
        assert refused("\n".join(swapped))
    removed = LINES[:first] + LINES[first + 1 :]
    if not LINES[first].startswith(("party ", "before ")):
        assert refused("\n".join(removed))
    repeated = LINES[: first + 1] + LINES[first:]
    if not LINES[first].startswith(("party ", "— ")):
        assert refused("\n".join(repeated))


def test_leaving_out_an_optional_line_can_only_make_the_receipt_say_less() -> None:
    bare = replace(FULL, before=None, parties=())
    verdict = verify_receipt(bare.text(), trust=TRUST)
    assert verdict.ok
    assert verdict.not_before is None
    assert "signed this record" not in "".join(verdict.sentences)


@given(st.integers(0, 10), st.integers(0, 10))
def test_parts_of_two_receipts_cannot_be_joined(mine: int, theirs: int) -> None:
    one, two = LOG.receipt(mine), LOG.receipt(theirs)
    joined = [
        replace(one, jwt=two.jwt),
        replace(one, jwt=two.jwt, disclosures=two.disclosures),
        replace(one, disclosures=two.disclosures),
        replace(one, proof=two.proof),
        replace(one, proof=replace(one.proof, extra=two.proof.extra)),
        replace(one, proof=replace(one.proof, index=two.proof.index)),
        replace(one, proof=replace(one.proof, path=two.proof.path)),
    ]
    trust = Trust(LOG.public)
    for receipt in joined:
        assert refused(receipt.text(), trust) is (mine != theirs)


@given(st.integers(0, 10), st.integers(1, 11), st.integers(1, 11))
def test_a_path_of_one_checkpoint_does_not_serve_another(index: int, old: int, new: int) -> None:
    index = min(index, old - 1)
    if old == new:
        return
    stale = LOG.receipt(index, size=old)
    moved = replace(stale, proof=replace(stale.proof, checkpoint=LOG.checkpoint(new)))
    assert refused(moved.text(), Trust(LOG.public))


def resigned(receipt: Receipt, log: SmallLog) -> Receipt:
    """A thief's log signs the same tree under the same name."""
    thief = SmallLog(log.name)
    thief.signer = key("thief")
    thief.nodes = log.nodes
    return replace(receipt, proof=replace(receipt.proof, checkpoint=thief.checkpoint()))


@given(st.integers(0, 10))
def test_a_foreign_key_signs_in_vain(index: int) -> None:
    good = LOG.receipt(index)
    forged = resigned(good, LOG)
    assert refused(forged.text(), Trust(LOG.public))
    own_log = replace(forged, log=replace(LOG.public, public=bytes(key("thief").verify_key)))
    assert refused(own_log.text(), Trust(LOG.public))
    assert refused(OTHER.receipt(index).text(), Trust(LOG.public))
