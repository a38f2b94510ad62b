"""Bytes once given to a party stay valid for ever: these files are never regenerated."""

import hashlib
from pathlib import Path

from bot.ledger.record import open_record, seal
from bot.ledger.verify import parse_trust, verify_receipt
from tests.ledger.building import FIELDS, key, rk
from tests.ledger.test_mutations import RAW

VECTORS = Path(__file__).parent / "vectors"


def test_the_receipt_of_version_1_is_still_written_and_still_proved() -> None:
    old = (VECTORS / "receipt-v1.txt").read_bytes()
    assert old == RAW
    log = old.decode().split("\n")[1].removeprefix("log ")
    verdict = verify_receipt(old, trust=parse_trust(log))
    assert verdict.ok
    assert dict(verdict.fields)["code"] == "C6"


def test_a_record_of_version_1_is_still_sealed_and_opened_byte_for_byte() -> None:
    record = seal(FIELDS, rk(0), key("issuer"))
    digest = hashlib.sha256(record.content).hexdigest()
    assert digest == "3fcc842b6f6db169bd6f77e6cc1ea0b6594d9bf16562a7aa9183a58c847ed05e"
    assert (
        hashlib.sha256(record.jwt).hexdigest()
        == "1df6775536034cd10a3c51897214553933f39964da1179c1fcb619bd2df1691f"
    )
    assert open_record(record.jwt, record.content, rk(0)) == record.disclosures
