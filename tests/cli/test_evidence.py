import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.main import parley
from bot.ledger.witness import Seen, State
from tests.ledger.test_witness import FORK, LOG, OTHER, PUBLIC

VKEY = LOG.public.vkey()


def typed(*args: str | Path) -> Result:
    return CliRunner().invoke(parley, [str(a) for a in args], prog_name="parley")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    earlier = replace(LOG.receipt(7, size=11), before=LOG.checkpoint(6))
    stale = replace(LOG.receipt(7, size=11), before=FORK.checkpoint(6))
    told = Seen(LOG.checkpoint(9), 5)
    contents = {
        "mine": LOG.receipt(3, size=7).text(),
        "theirs": FORK.receipt(3, size=11).text(),
        "honest": LOG.receipt(3, size=11).text(),
        "earlier": earlier.text(),
        "stale": stale.text(),
        "foreign": OTHER.receipt(3, size=11).text(),
        "note": LOG.checkpoint(9).text(),
        "fork": FORK.checkpoint(9).text(),
        "proof": FORK.receipt(3, size=9).proof.text(),
        "state": State(PUBLIC, ((LOG.public, replace(told, fork=FORK.checkpoint(9))),)).text(),
        "calm": State(PUBLIC, ((LOG.public, told), (OTHER.public, Seen(OTHER.checkpoint(9), 5)))).text(),
        "junk": "junk",
    }  # fmt: skip
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    return {name: tmp_path / name for name in contents}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("mine", "theirs"),
        ("fork", "calm"),
        ("state", "state"),
        ("mine", "state"),
        ("proof", "mine"),
        ("stale", "honest"),
        ("stale", "stale"),
    ],
)
def test_a_fork_is_proved_from_what_people_have(
    files: dict[str, Path], tmp_path: Path, one: str, two: str
) -> None:
    out = tmp_path / "evidence"
    made = typed("evidence", files[one], files[two], "--out", out)
    assert made.exit_code == 0, made.output
    assert made.stderr.startswith("Proved: the log signed two histories")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    judged = typed("verify", out, "--trust", VKEY)
    assert judged.exit_code == 0
    assert f"Against whom: whoever holds the log's key, {VKEY}." in judged.stdout
    told = json.loads(typed("verify", out, "--trust", VKEY, "--json").stdout)
    assert (told["kind"], told["proved"]) == ("fork", True)
    assert typed("verify", out).exit_code == 1
    assert typed("verify", out, "--trust", OTHER.public.vkey()).exit_code == 1
    other_way = typed("evidence", files[two], files[one])
    assert other_way.stdout == out.read_text()


def test_bare_checkpoints_need_the_key_of_their_log(files: dict[str, Path]) -> None:
    without = typed("evidence", files["note"], files["fork"])
    assert without.exit_code == 2
    assert "give it with --trust VKEY" in without.output
    assert typed("evidence", files["note"], files["fork"], "--trust", VKEY).exit_code == 0


@pytest.mark.parametrize(
    ("one", "two"), [("mine", "honest"), ("note", "calm"), ("mine", "mine"), ("earlier", "honest")]
)
def test_an_honest_log_is_not_accused(
    files: dict[str, Path], tmp_path: Path, one: str, two: str
) -> None:
    out = tmp_path / "evidence"
    result = typed("evidence", files[one], files[two], "--out", out)
    assert result.exit_code == 1
    assert result.output == "parley: no contradiction here: nothing is proved against the log\n"
    assert not out.exists()


def test_what_cannot_be_compared_says_why(files: dict[str, Path], tmp_path: Path) -> None:
    for args, why in (
        ((files["mine"], files["foreign"]), "from two different logs"),
        ((files["mine"], files["junk"]), "is no receipt, checkpoint, proof or state"),
        ((files["mine"], tmp_path / "none"), "cannot be read"),
        ((files["mine"], files["theirs"], "--trust", "x"), "the log's key cannot be read"),
        ((files["mine"], files["theirs"], "--trust", PUBLIC.vkey()), "is not a log's"),
        ((files["mine"], files["theirs"], "--out", files["note"]), "exists already"),
    ):
        result = typed("evidence", *args)
        assert result.exit_code == 2
        assert why in result.output


def test_a_receipt_is_told_from_evidence_by_its_kind(files: dict[str, Path]) -> None:
    told = json.loads(typed("verify", files["mine"], "--trust", VKEY, "--json").stdout)
    assert (told["kind"], told["proved"]) == ("receipt", True)
