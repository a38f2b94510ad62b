import json
from pathlib import Path

import pytest

from bot.cli.verify import NOT_PROVED, PROVED, UNREADABLE, Brought, run
from bot.ledger.receipt import MAX_RECEIPT
from tests.ledger.test_verify import GOOD, LOG, OTHER

VKEY = LOG.public.vkey()


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    path = tmp_path / "K7QF.receipt"
    path.write_bytes(GOOD.text().encode())
    return path


def test_a_good_receipt_exits_with_zero_and_tells_the_story(receipt: Path) -> None:
    said: list[str] = []
    assert run(receipt, Brought(VKEY), as_json=False, out=said.append) == PROVED == 0
    assert said[0].startswith("Proved:")
    assert len(said) > 5


def test_a_false_or_unpinned_receipt_exits_with_one(receipt: Path) -> None:
    for trusted in (None, OTHER.public.vkey()):
        said: list[str] = []
        assert run(receipt, Brought(trusted), as_json=False, out=said.append) == NOT_PROVED == 1
        assert said[0].startswith("Not proved")


def test_what_cannot_be_read_exits_with_two(receipt: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.write_bytes(receipt.read_bytes()[:-5])
    for path, trusted in ((damaged, VKEY), (tmp_path / "none", VKEY), (tmp_path, VKEY)):
        said: list[str] = []
        assert run(path, Brought(trusted), as_json=False, out=said.append) == UNREADABLE == 2
        assert len(said) == 1
    assert run(receipt, Brought("not a key"), as_json=True, out=said.append) == UNREADABLE
    assert json.loads(said[-1])["proved"] is False


def test_a_file_one_byte_too_long_is_called_too_long(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * (MAX_RECEIPT + 1))
    said: list[str] = []
    assert run(path, Brought(VKEY), as_json=True, out=said.append) == UNREADABLE
    assert json.loads(said[0])["fault"] == "too-large"


def test_the_machine_reads_the_same_verdict(receipt: Path) -> None:
    said: list[str] = []
    run(receipt, Brought(VKEY), as_json=True, out=said.append)
    told = json.loads("".join(said))
    assert told["proved"] is True
    assert told["fields"]["by"] == "North"
    assert told["log"] == VKEY
    assert told["level"] == "recorded"
    run(receipt, Brought(OTHER.public.vkey()), as_json=True, out=said.append)
    assert json.loads(said[-1])["fault"] == "foreign-log"
