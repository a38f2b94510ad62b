"""The test vectors of docs/spec/ledger.md section 11, as the document has them, before the judges."""

import hashlib
import re
from pathlib import Path

import pytest

from bot.demo.toolchain import REPOSITORY
from bot.ledger.encoding import to_base64
from bot.ledger.receipt import parse_receipt
from bot.ledger.verify import Trust
from tests.judges.panel import AICS, OPENSSL, SD_JWT, SIGSTORE, Question, about, ask
from tests.ledger.building import witness
from tests.ledger.test_checkpoint import PROOF, VKEY
from tests.ledger.test_vectors import VECTORS


def in_the_document() -> str:
    spec = (REPOSITORY / "docs/spec/ledger.md").read_text("utf-8")
    found = re.search(r"^## 11 .*?^```\n(.*?)^```$", spec, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def of_entry(number: int, proof: str) -> Question:
    entry = hashlib.sha256(b"commitment %d" % number).digest()
    entry64 = to_base64(entry)
    return {"entry": entry64, "proof": proof, "log": VKEY, "witnesses": [], "quorum": 0}


def test_the_document_has_the_vector_that_the_code_writes() -> None:
    assert in_the_document() == PROOF


@pytest.mark.parametrize("judge", [AICS, SIGSTORE])
def test_a_third_party_proves_entry_1_of_the_vector_and_no_other(
    judge: str, tmp_path: Path
) -> None:
    proof = in_the_document()
    moved = proof.replace("index 1", "index 0")
    questions = [of_entry(1, proof), of_entry(0, proof), of_entry(2, proof), of_entry(1, moved)]
    accepted = [not why for why in ask(judge, questions, tmp_path)]
    assert accepted == [True, False, False, False]


@pytest.mark.parametrize("judge", [AICS, SIGSTORE, SD_JWT, OPENSSL])
def test_every_third_party_accepts_the_receipt_of_version_1(judge: str, tmp_path: Path) -> None:
    text = (VECTORS / "receipt-v1.txt").read_text("utf-8")
    receipt = parse_receipt(text)
    witnesses = witness("w1.example"), witness("w2.example")
    trust = Trust(receipt.log, receipt.submit, witnesses, quorum=2)
    assert ask(judge, [about(text, trust)], tmp_path) == [""]
