from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.main import parley
from bot.ledger.checkpoint import cosign
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey
from bot.ledger.quorum import (
    MAX_WITNESSES,
    attest,
    earliest_upper_bound,
    latest_lower_bound,
    quorum_of,
)
from bot.ledger.receipt import Receipt
from bot.ledger.verdict import Fault
from bot.ledger.verify import Trust, parse_trust, verify_receipt
from tests.ledger.building import key, witness
from tests.ledger.test_verify import GOOD, LOG, NOON

NAMES = ("north-ministry.example", "south-office.example", "w3.example")
KEYS = tuple(witness(name) for name in NAMES)
IDS = tuple(found.key_id().hex() for found in KEYS)


def seen_by(*places: int, receipt: Receipt = GOOD) -> Receipt:
    checkpoint = receipt.proof.checkpoint
    for place in places:
        checkpoint = cosign(checkpoint, NAMES[place], NOON + place, key(NAMES[place]))
    return replace(receipt, proof=replace(receipt.proof, checkpoint=checkpoint))


def requiring(number: int, keys: tuple[PublicKey, ...] = KEYS) -> Trust:
    return Trust(LOG.public, witnesses=keys, quorum=number)


def test_every_choice_of_witnesses_is_counted_and_the_missing_ones_are_told() -> None:
    for count in range(4):
        for places in combinations(range(3), count):
            for needed in range(4):
                text = seen_by(*places).text()
                verdict = verify_receipt(text, trust=requiring(needed))
                assert verdict.ok is (count >= needed)
                missing = tuple(IDS[n] for n in range(3) if n not in places)
                assert (verdict.witnesses, verdict.missing) == (3, missing)
                told = f"Witnesses: {count} of 3"
                told += f"; missing: {', '.join(missing)}." if missing else "."
                assert told in " ".join(verdict.sentences)


def test_obligor_and_obligee_are_both_needed_in_a_dispute() -> None:
    dispute = requiring(2, KEYS[:2])
    assert verify_receipt(seen_by(0, 1).text(), trust=dispute).ok
    for one in ((0, 2), (1, 2)):
        verdict = verify_receipt(seen_by(*one).text(), trust=dispute)
        assert verdict.fault is Fault.WITNESS_QUORUM
        assert verdict.sentences[1].endswith("You require 2.")


def test_the_name_of_a_witness_is_never_said() -> None:
    for places in ((0, 1, 2), (0,), ()):
        for needed in (0, 3):
            verdict = verify_receipt(seen_by(*places).text(), trust=requiring(needed))
            assert not any(name in " ".join(verdict.sentences) for name in NAMES)


def test_an_earlier_checkpoint_needs_the_quorum_too() -> None:
    before = cosign(LOG.checkpoint(6), NAMES[0], NOON - 9, key(NAMES[0]))
    receipt = replace(seen_by(0, 1), before=before)
    verdict = verify_receipt(receipt.text(), trust=requiring(2))
    assert verdict.fault is Fault.BEFORE_QUORUM
    assert f"1 of 3; missing: {IDS[1]}, {IDS[2]}. You require 2." in verdict.sentences[1]
    assert verify_receipt(receipt.text(), trust=requiring(1)).not_before == NOON - 9


def test_one_key_under_two_names_is_one_witness() -> None:
    other_name = replace(KEYS[0], name="w9.example")
    with pytest.raises(FormatError, match="given twice"):
        quorum_of([KEYS[0], other_name])
    with pytest.raises(FormatError, match="given twice"):
        parse_trust(f"{LOG.public.vkey()} {KEYS[0].vkey()} {other_name.vkey()}")


def test_a_quorum_that_can_never_be_met_is_none() -> None:
    assert quorum_of(KEYS) == (KEYS, 3)
    assert quorum_of(KEYS, 2) == (KEYS, 2)
    assert quorum_of([], None) == ((), 0)
    many = [witness(f"w{n}.example") for n in range(MAX_WITNESSES + 1)]
    for keys, needed, why in (
        (KEYS, 4, "4 of 3 witnesses can never be met"),
        (KEYS, -1, "can never be met"),
        ((), 1, "1 of 0 witnesses"),
        ((LOG.public,), None, "not a witness's"),
        (many, None, "more than 16"),
    ):
        with pytest.raises(FormatError, match=why):
            quorum_of(keys, needed)


TIMES = st.lists(st.none() | st.integers(0, 2**40), min_size=1, max_size=5)


@given(TIMES, st.integers(0, 6))
@settings(max_examples=100)
def test_a_bound_is_vouched_for_by_as_many_as_needed(times: list[int | None], needed: int) -> None:
    checkpoint = LOG.checkpoint(6)
    names = [f"w{n}.example" for n in range(len(times))]
    for name, time in zip(names, times, strict=True):
        if time is not None:
            checkpoint = cosign(checkpoint, name, time, key(name))
    attested = attest(checkpoint, [witness(name) for name in names])
    there = [time for time in times if time is not None]
    assert attested.times == sorted(there)
    assert len(attested.missing) == len(times) - len(there)
    upper = earliest_upper_bound(attested, needed)
    lower = latest_lower_bound(attested, needed)
    assert (upper is None) is (lower is None) is (len(there) < max(1, needed))
    if upper is not None and lower is not None:
        assert sum(time <= upper for time in there) >= max(1, needed)
        assert sum(time >= lower for time in there) >= max(1, needed)
        assert lower == max(t for t in there if sum(o >= t for o in there) >= max(1, needed))
        assert upper == min(t for t in there if sum(o <= t for o in there) >= max(1, needed))


LINE = st.sampled_from(range(3))


@given(LINE, st.integers(0, 71), st.integers(0, 7))
@settings(max_examples=150)
def test_no_bit_of_a_cosignature_can_be_changed(place: int, byte: int, bit: int) -> None:
    receipt = seen_by(0, 1, 2)
    lines = list(receipt.proof.checkpoint.lines)
    raw = bytearray(lines[1 + place].signature)
    raw[byte] ^= 1 << bit
    lines[1 + place] = replace(lines[1 + place], signature=bytes(raw))
    checkpoint = replace(receipt.proof.checkpoint, lines=tuple(lines))
    bad = replace(receipt, proof=replace(receipt.proof, checkpoint=checkpoint))
    assert verify_receipt(bad.text(), trust=requiring(1)).fault is Fault.WITNESS_SIGNATURE


def typed(file: Path, *args: str) -> Result:
    command = ["verify", str(file), *args]
    return CliRunner().invoke(parley, command, prog_name="parley")


def test_the_command_takes_witnesses_and_a_quorum(tmp_path: Path) -> None:
    file = tmp_path / "receipt"
    file.write_text(seen_by(0, 2).text())
    trust = ["--trust", LOG.public.vkey()]
    three = [word for found in KEYS for word in ("--witness", found.vkey())]
    met = typed(file, *trust, *three, "--quorum", "2")
    assert met.exit_code == 0
    assert f"Witnesses: 2 of 3; missing: {IDS[1]}." in met.stdout
    unmet = typed(file, *trust, *three)
    assert unmet.exit_code == 1
    assert f"Witnesses: 2 of 3; missing: {IDS[1]}. You require 3." in unmet.stdout
    assert f'"{IDS[1]}"' in typed(file, *trust, *three, "--json").stdout
    for args, why in (
        (three, "give --trust as well"),
        (["--quorum", "1"], "give --trust as well"),
        ([*trust, "--quorum", "1"], "1 of 0 witnesses can never be met"),
        ([*trust, *three, "--quorum", "4"], "4 of 3 witnesses can never be met"),
        ([*trust, *three, *three], "one witness is given twice"),
        ([*trust, "--witness", LOG.public.vkey()], "not a witness's"),
        ([*trust, "--witness", "x"], "a verifier key is not of the form"),
        ([*trust, "--quorum", "0"], "0 is not in the range"),
    ):
        result = typed(file, *args)
        assert result.exit_code == 2
        assert why in result.output
