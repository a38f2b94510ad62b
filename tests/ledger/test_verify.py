from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.checkpoint import NoteLine, cosign
from bot.ledger.disclosure import Disclosure, make_disclosure
from bot.ledger.encoding import FormatError, to_base64
from bot.ledger.leaf import message_of, sign_leaf
from bot.ledger.party import sign_record
from bot.ledger.receipt import Receipt, parse_receipt, sigsum_proof
from bot.ledger.record import seal
from bot.ledger.verdict import SENTENCES, UNREADABLE, Fault, Level, quoted
from bot.ledger.verify import Trust, parse_trust, registered_key, verify_receipt
from tests.ledger.building import FIELDS, SmallLog, key, rk, witness

LOG = SmallLog().grow(11)
OTHER = SmallLog("other.example/bot").grow(11)
GOOD = LOG.receipt(6)
W1, W2 = witness("w1.example"), witness("w2.example")
TRUST = Trust(log=LOG.public, submit=GOOD.submit)
WATCHED = replace(TRUST, witnesses=(W1, W2), quorum=2)
NOON = 1_804_334_400


def seen(receipt: Receipt, first: int = NOON, second: int = NOON + 60) -> Receipt:
    checkpoint = cosign(receipt.proof.checkpoint, "w1.example", first, key("w1.example"))
    checkpoint = cosign(checkpoint, "w2.example", second, key("w2.example"))
    return replace(receipt, proof=replace(receipt.proof, checkpoint=checkpoint))


def earlier(receipt: Receipt, size: int, first: int, second: int) -> Receipt:
    before = cosign(LOG.checkpoint(size), "w1.example", first, key("w1.example"))
    before = cosign(before, "w2.example", second, key("w2.example"))
    return replace(receipt, before=before)


def told(receipt: Receipt, trust: Trust | None = TRUST) -> str:
    verdict = verify_receipt(receipt.text(), trust=trust)
    assert verdict.fault is None, verdict.fault
    return "\n".join(verdict.sentences)


def test_a_good_receipt_is_proved_at_every_place_of_every_log() -> None:
    for size in range(1, 12):
        for index in range(size):
            receipt = LOG.receipt(index, size=size)
            assert parse_receipt(receipt.text()) == receipt
            verdict = verify_receipt(receipt.text(), trust=TRUST)
            assert verdict.ok
            assert verdict.fault is None
            assert dict(verdict.fields) == {**FIELDS, "code": f"C{index}"}


def test_the_proof_part_stands_in_the_receipt_as_other_tools_take_it() -> None:
    _, tail = GOOD.text().split("\n\n", 1)
    assert tail == GOOD.proof.text()
    assert tail.startswith("c2sp.org/tlog-proof@v1\nextra ")


def test_a_good_receipt_says_who_what_when_and_marks_claims() -> None:
    text = told(GOOD)
    assert text.startswith("Proved: this record is entry 6 (counted from 0) of the log ledger")
    assert "“North” said it to “South” (a claim)." in text
    assert f"What: “{FIELDS['text']}”." in text
    assert "“2027-03-05T11:02:07Z” (a claim)" in text
    assert "“2027-03-05T11:01:00Z”, as reported to the bot (a claim)" in text
    assert "no witness you trust has dated this" in text
    assert "Level: recorded by the bot." in text
    assert "Not shown: 7 of the record's 16 places" in text


def test_withheld_fields_are_counted_and_never_told() -> None:
    verdict = verify_receipt(LOG.receipt(6, ("code",)).text(), trust=TRUST)
    assert verdict.ok
    assert verdict.fields == (("code", "C6"),)
    assert verdict.withheld == 15
    assert "North" not in "".join(verdict.sentences)
    assert verify_receipt(LOG.receipt(6, ()).text(), trust=TRUST).withheld == 16


def test_without_a_trusted_key_nothing_is_proved_but_the_key_to_compare_is_named() -> None:
    verdict = verify_receipt(GOOD.text())
    assert not verdict.ok
    assert verdict.readable
    assert verdict.fault is Fault.NO_TRUSTED_KEY
    assert verdict.sentences[0].startswith("Not proved yet.")
    assert LOG.public.vkey() in verdict.sentences[1]


def test_a_forger_with_a_log_of_their_own_convinces_only_who_trusts_that_log() -> None:
    forged = OTHER.receipt(6)
    assert verify_receipt(forged.text(), trust=Trust(OTHER.public)).ok
    assert verify_receipt(forged.text(), trust=TRUST).fault is Fault.FOREIGN_LOG
    same_name = SmallLog()
    same_name.signer = key("thief")
    stolen = same_name.grow(11).receipt(6)
    assert verify_receipt(stolen.text(), trust=TRUST).fault is Fault.FOREIGN_LOG


def test_the_time_is_what_the_witnesses_saw_as_an_interval() -> None:
    receipt = seen(GOOD)
    late = verify_receipt(receipt.text(), trust=WATCHED)
    assert (late.not_before, late.not_after) == (None, NOON + 60)
    assert any("not later than 2027-03-06T12:01:00Z" in s for s in late.sentences)
    both = verify_receipt(earlier(receipt, 6, NOON - 60, NOON - 50).text(), trust=WATCHED)
    assert both.ok
    assert (both.not_before, both.not_after) == (NOON - 60, NOON + 60)
    assert any("between 2027-03-06T11:59:00Z and 2027-03-06T12:01:00Z" in s for s in both.sentences)


def test_a_bound_needs_as_many_witnesses_as_the_quorum() -> None:
    one_of_two = replace(WATCHED, quorum=1)
    receipt = earlier(seen(GOOD), 6, NOON - 60, NOON - 50)
    verdict = verify_receipt(receipt.text(), trust=one_of_two)
    assert (verdict.not_before, verdict.not_after) == (NOON - 50, NOON)
    no_quorum = replace(WATCHED, quorum=0)
    alone = replace(receipt, before=LOG.checkpoint(6))
    assert verify_receipt(alone.text(), trust=no_quorum).not_before is None
    unknown = verify_receipt(receipt.text(), trust=TRUST)
    assert unknown.ok
    assert (unknown.not_before, unknown.not_after) == (None, None)


OWED = SmallLog()
OWED.append({**FIELDS, "obligor": "North", "obligee": "South", "by": "north-1"})
PROMISE = OWED.receipt(0, ("by", "obligee", "obligor", "text"))
KEYS = {name: bytes(key(name.lower()).verify_key) for name in ("North", "South", "East")}


def signed(receipt: Receipt, *names: str) -> Receipt:
    return replace(
        receipt, parties=tuple(sign_record(receipt.jwt, NOON, key(name)) for name in names)
    )


def believing(**parties: bytes) -> Trust:
    return Trust(OWED.public, parties=tuple(parties.items()))


def test_the_level_rises_only_with_a_registered_key_of_the_right_party() -> None:
    registered = believing(**KEYS)
    by_north, by_south = signed(PROMISE, "north"), signed(PROMISE, "south")
    assert verify_receipt(by_north.text(), trust=registered).level is Level.SIGNED
    assert "Level: signed by the obligor." in told(by_north, registered)
    assert "“North” signed this record with its own registered key" in told(by_north, registered)
    assert verify_receipt(by_south.text(), trust=registered).level is Level.ACKNOWLEDGED
    assert "by its own signature" in told(by_south, registered)
    assert verify_receipt(by_north.text(), trust=believing()).level is Level.RECORDED
    assert "whose key that is, this receipt cannot show" in told(by_north, believing())


def test_a_signature_that_does_not_raise_the_level_says_why() -> None:
    registered = believing(**KEYS)
    by_east = told(signed(PROMISE, "east"), registered)
    assert "“East” is neither the obligor nor the counterpart here." in by_east
    assert "Level: recorded by the bot." in by_east
    assert "You gave a key of “North”: it has not signed this record." in by_east
    swapped = believing(East=KEYS["North"])
    assert "Level: recorded by the bot." in told(signed(PROMISE, "north"), swapped)
    # Who says a thing may say it for somebody else: `by` is not the obligor.
    hidden = OWED.receipt(0, ("by", "text"))
    speaker = believing(**{"north-1": KEYS["North"]})
    text = told(signed(hidden, "north"), speaker)
    assert "the field “obligor” is not shown" in text
    assert "Level: recorded by the bot." in text


REGISTRY = SmallLog()
REGISTRY.append({"record": "key.registered/1", "party": "North", "key": to_base64(KEYS["North"])})
REGISTRY.append({"record": "item.recorded/1", "party": "North", "key": to_base64(KEYS["North"])})
REGISTRY.append({"record": "key.registered/1", "party": "North", "key": "bad"})
REGISTERED = signed(REGISTRY.receipt(0, ("key", "party", "record")), "north")


def test_a_key_is_taken_from_its_registration_in_the_log() -> None:
    trust = Trust(REGISTRY.public)
    assert registered_key(REGISTERED.text(), trust=trust) == ("North", KEYS["North"])
    assert registered_key(REGISTERED.text().encode(), trust=trust) == ("North", KEYS["North"])


UNREGISTERED: dict[str, Callable[[], Receipt]] = {
    "The receipt comes from another log": lambda: signed(OTHER.receipt(0), "north"),
    "not one of a party's key": lambda: signed(
        REGISTRY.receipt(1, ("key", "party", "record")), "north"
    ),
    "does not show the key": lambda: signed(REGISTRY.receipt(0, ("party", "record")), "north"),
    "one canonical spelling|damaged": lambda: signed(
        REGISTRY.receipt(2, ("key", "party", "record")), "north"
    ),
    "has not signed its own": lambda: replace(REGISTERED, parties=signed(REGISTERED, "s").parties),
    "registered key has not signed": lambda: replace(REGISTERED, parties=()),
    "signature is not a signature of this record": lambda: replace(
        REGISTERED, parties=(sign_record(GOOD.jwt, NOON, key("north")),)
    ),
}


@pytest.mark.parametrize("why", UNREGISTERED)
def test_what_registers_nothing_says_why(why: str) -> None:
    with pytest.raises(FormatError, match=why):
        registered_key(UNREGISTERED[why]().text(), trust=Trust(REGISTRY.public))


def test_an_acknowledgement_in_the_record_is_told_as_the_bot_s_word() -> None:
    log = SmallLog()
    log.append({**FIELDS, "ack": "acknowledged"})
    text = told(log.receipt(0))
    assert "Level: acknowledged by the counterpart, by the bot's word (a claim)." in text


def test_text_from_a_record_cannot_forge_a_line_or_turn_the_reading_direction() -> None:
    log = SmallLog()
    log.append({**FIELDS, "text": "x”.\nProved: \u202e\x1b[2J everything\u2028\\"})
    lines = verify_receipt(log.receipt(0).text(), trust=TRUST).sentences
    what = next(line for line in lines if line.startswith("What"))
    assert what == "What: “x\\”.\\nProved: \\u{202e}\\u{1b}[2J everything\\u{2028}\\\\”."
    assert quoted("نص\u200cعربي") == "“نص\u200cعربي”"
    assert quoted(None) == "nothing"
    assert quoted(-7) == "-7"


def with_checkpoint_of(size: int) -> Receipt:
    return replace(GOOD, proof=replace(GOOD.proof, checkpoint=LOG.checkpoint(size)))


def with_leaf(leaf: bytes) -> Receipt:
    return replace(GOOD, proof=replace(GOOD.proof, extra=leaf))


def with_note_lines(*lines: NoteLine) -> Receipt:
    checkpoint = replace(GOOD.proof.checkpoint, lines=lines)
    return replace(GOOD, proof=replace(GOOD.proof, checkpoint=checkpoint))


def forged_field() -> Disclosure:
    return make_disclosure("by", "South", GOOD.disclosures[1].salt)


def false_witness() -> Receipt:
    lines = seen(GOOD).proof.checkpoint.lines
    return with_note_lines(*lines[:2], replace(lines[2], signature=lines[1].signature))


LINE = GOOD.proof.checkpoint.lines[0]
WRONG: dict[Fault, tuple[Callable[[], Receipt], Trust]] = {
    Fault.FOREIGN_LOG: (lambda: replace(GOOD, log=OTHER.public), TRUST),
    Fault.FOREIGN_SUBMITTER: (lambda: replace(GOOD, submit=OTHER.receipt(0).submit), TRUST),
    Fault.RECORD_SIGNATURE: (
        lambda: replace(GOOD, jwt=GOOD.jwt[:-86] + LOG.records[5].jwt[-86:]),
        TRUST,
    ),
    Fault.FOREIGN_FIELD: (
        lambda: replace(
            GOOD, disclosures=(GOOD.disclosures[0], forged_field(), *GOOD.disclosures[2:])
        ),
        TRUST,
    ),
    Fault.MISSING_FIELD: (lambda: LOG.receipt(6, ("by",)), replace(TRUST, required=("text",))),
    Fault.LEAF_OF_OTHER_RECORD: (lambda: with_leaf(LOG.leaves[5]), TRUST),
    Fault.LEAF_SIGNATURE: (
        lambda: with_leaf(sign_leaf(message_of(GOOD.jwt), OTHER.submit).encode()),
        TRUST,
    ),
    Fault.LOG_SIGNATURE: (lambda: with_note_lines(replace(LINE, signature=bytes(64))), TRUST),
    Fault.STALE_CHECKPOINT: (lambda: with_checkpoint_of(6), TRUST),
    Fault.PATH_SHAPE: (lambda: with_checkpoint_of(8), TRUST),
    Fault.PATH_ROOT: (lambda: with_checkpoint_of(10), TRUST),
    Fault.WITNESS_SIGNATURE: (false_witness, WATCHED),
    Fault.WITNESS_QUORUM: (lambda: GOOD, WATCHED),
    Fault.BEFORE_SIGNATURE: (lambda: replace(GOOD, before=OTHER.checkpoint(3)), TRUST),
    Fault.BEFORE_HOLDS_ENTRY: (lambda: replace(GOOD, before=LOG.checkpoint(7)), TRUST),
    Fault.BEFORE_QUORUM: (lambda: replace(seen(GOOD), before=LOG.checkpoint(6)), WATCHED),
    Fault.TIMES_CROSSED: (lambda: earlier(seen(GOOD), 6, NOON + 70, NOON + 80), WATCHED),
    Fault.PARTY_SIGNATURE: (
        lambda: replace(GOOD, parties=(sign_record(LOG.records[5].jwt, NOON, key("north")),)),
        TRUST,
    ),
}
UNREAD: dict[Fault, str | bytes] = {
    Fault.TOO_LARGE: "x" * 300_000,
    Fault.NOT_TEXT: b"parley-receipt/v1\n\xff",
    Fault.LINE_ENDINGS: GOOD.text().replace("\n", "\r\n"),
    Fault.NOT_A_RECEIPT: GOOD.text().replace("v1", "v2", 1),
    Fault.MALFORMED: GOOD.text()[:-1],
}


@pytest.mark.parametrize("fault", WRONG, ids=str)
def test_each_way_to_be_wrong_has_its_own_sentence(fault: Fault) -> None:
    build, trust = WRONG[fault]
    verdict = verify_receipt(build().text(), trust=trust)
    assert verdict.fault is fault
    assert not verdict.ok
    assert verdict.readable
    first, *more = verdict.sentences
    assert first == "Not proved. " + SENTENCES[fault]
    assert bool(more) is (fault in {Fault.WITNESS_QUORUM, Fault.BEFORE_QUORUM})
    assert verdict.fields == ()


@pytest.mark.parametrize("fault", UNREAD, ids=str)
def test_what_is_no_receipt_is_said_to_be_none(fault: Fault) -> None:
    verdict = verify_receipt(UNREAD[fault], trust=TRUST)
    assert verdict.fault is fault
    assert not verdict.readable
    assert verdict.sentences[0].startswith("Not readable. " + SENTENCES[fault])


def test_every_fault_is_reached_by_a_test_and_no_two_share_a_sentence() -> None:
    elsewhere = {fault for fault in Fault if fault.startswith(("fork-", "stamp-"))}
    assert set(WRONG) | set(UNREAD) | {Fault.NO_TRUSTED_KEY} == set(Fault) - elsewhere
    assert set(UNREAD) == UNREADABLE - elsewhere
    assert len(set(SENTENCES.values())) == len(SENTENCES) == len(Fault)


@given(st.text() | st.binary() | st.text().map(lambda t: "parley-receipt/v1\n" + t))
def test_no_file_makes_the_verifier_fail(text: str | bytes) -> None:
    assert not verify_receipt(text, trust=TRUST).ok


def test_trust_is_read_from_verifier_keys() -> None:
    words = f"{W1.vkey()}\n{LOG.public.vkey()} {W2.vkey()}\n"
    assert parse_trust(words) == Trust(LOG.public, witnesses=(W1, W2), quorum=2)
    log = LOG.public.vkey()
    for wrong in ("", W1.vkey(), f"{log} {log}", f"{log} {W1.vkey()} {W1.vkey()}", "x"):
        with pytest.raises(FormatError):
            parse_trust(wrong)


def test_the_sigsum_proof_carries_the_same_proof() -> None:
    receipt = seen(GOOD)
    text = sigsum_proof(receipt, (W2, witness("nobody.example")))
    head, tree, path = text.split("\n\n")
    leaf = GOOD.proof.extra
    assert head.split("\n")[0] == "version=2"
    assert head.split("\n")[2] == f"leaf={leaf[96:].hex()} {leaf[32:96].hex()}"
    assert tree.split("\n")[:2] == ["size=11", f"root_hash={GOOD.proof.checkpoint.root.hex()}"]
    assert tree.count("cosignature=") == 1
    assert f" {NOON + 60} " in tree
    assert path.split("\n")[0] == "leaf_index=6"
    assert path.count("node_hash=") == len(GOOD.proof.path)
    single = SmallLog().grow(1).receipt(0)
    assert "leaf_index" not in sigsum_proof(single)
    with pytest.raises(FormatError, match="did not sign"):
        sigsum_proof(replace(GOOD, log=OTHER.public))


def test_a_record_sealed_by_another_key_cannot_borrow_a_leaf() -> None:
    record = seal(FIELDS, rk(6), OTHER.submit)
    swapped = replace(GOOD, jwt=record.jwt, disclosures=record.disclosures)
    assert verify_receipt(swapped.text(), trust=TRUST).fault is Fault.RECORD_SIGNATURE
