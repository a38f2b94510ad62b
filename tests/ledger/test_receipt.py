from dataclasses import replace

import pytest

from bot.ledger.disclosure import make_disclosure
from bot.ledger.encoding import FormatError
from bot.ledger.party import party_signature_holds, sign_record
from bot.ledger.proof import parse_tlog_proof
from bot.ledger.receipt import MAX_RECEIPT, Receipt, parse_receipt
from tests.ledger.building import key, witness
from tests.ledger.test_verify import GOOD, LOG

PARTY = sign_record(GOOD.jwt, 1_804_334_400, key("north"))
SEVENTEEN = tuple(make_disclosure(f"f{i:02}", i, bytes(16)) for i in range(17))


@pytest.mark.parametrize(
    "receipt",
    [
        pytest.param(GOOD, id="the plain one"),
        pytest.param(replace(GOOD, disclosures=()), id="nothing shown"),
        pytest.param(replace(GOOD, parties=(PARTY,) * 8), id="eight signatures"),
        pytest.param(replace(GOOD, before=LOG.checkpoint(0)), id="before the first entry"),
        pytest.param(LOG.receipt(0, size=1), id="a log of one entry"),
    ],
)
def test_a_receipt_reads_back(receipt: Receipt) -> None:
    assert parse_receipt(receipt.text()) == receipt


@pytest.mark.parametrize(
    "receipt",
    [
        pytest.param(replace(GOOD, parties=(PARTY,) * 9), id="nine signatures"),
        pytest.param(replace(GOOD, log=witness("w1.example")), id="a witness for a log"),
        pytest.param(replace(GOOD, submit=GOOD.submit[:31]), id="a short key"),
        pytest.param(replace(GOOD, disclosures=GOOD.disclosures[::-1]), id="fields out of order"),
        pytest.param(replace(GOOD, disclosures=GOOD.disclosures[:1] * 2), id="a field twice"),
        pytest.param(replace(GOOD, disclosures=SEVENTEEN), id="seventeen fields"),
        pytest.param(replace(GOOD, proof=replace(GOOD.proof, extra=b"")), id="no leaf"),
        pytest.param(replace(GOOD, proof=replace(GOOD.proof, extra=bytes(129))), id="a long leaf"),
        pytest.param(
            replace(GOOD, proof=replace(GOOD.proof, path=(bytes(32),) * 64)), id="64 steps"
        ),
        pytest.param(
            replace(GOOD, proof=replace(GOOD.proof, path=(bytes(31),))), id="a short step"
        ),
    ],
)
def test_a_receipt_that_the_format_does_not_allow_is_refused(receipt: Receipt) -> None:
    with pytest.raises(FormatError):
        parse_receipt(receipt.text())


TEXT = GOOD.text()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(TEXT.replace("parley-receipt/v1", "parley-receipt/v9"), id="another version"),
        pytest.param(TEXT + "x" * MAX_RECEIPT, id="too long"),
        pytest.param(TEXT.replace("\nsubmit ", "\nsubmit: "), id="another word"),
        pytest.param(TEXT.replace("~\n", "\n"), id="no closing tilde"),
        pytest.param(TEXT.replace("\n\nc2sp", "\nnote hello\n\nc2sp"), id="an unknown line"),
        pytest.param(TEXT.replace("\n\nc2sp", "\nparty a b\n\nc2sp"), id="half a signature"),
        pytest.param(TEXT.replace("\n\nc2sp", "\nbefore /w==\n\nc2sp"), id="no text before"),
        pytest.param(TEXT.replace("\n\nc2sp", "\n\n\nc2sp"), id="two blank lines"),
    ],
)
def test_a_text_that_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_receipt(text)


def test_a_proof_file_may_lack_the_extra_line_but_not_the_index() -> None:
    plain = replace(GOOD.proof, extra=b"")
    assert parse_tlog_proof(plain.text()) == plain
    for wrong in (plain.text().replace("index 6\n", ""), plain.text().replace("index 6", "extra ")):
        with pytest.raises(FormatError):
            parse_tlog_proof(wrong)


def test_a_party_s_signature_is_over_the_record_and_the_time() -> None:
    assert party_signature_holds(GOOD.jwt, PARTY)
    assert not party_signature_holds(LOG.records[5].jwt, PARTY)
    assert not party_signature_holds(GOOD.jwt, replace(PARTY, time=PARTY.time + 1))
    assert not party_signature_holds(GOOD.jwt, replace(PARTY, public=GOOD.submit))
    with pytest.raises(ValueError, match="time lies outside"):
        sign_record(GOOD.jwt, -1, key("north"))
