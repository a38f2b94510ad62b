import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.disclose import narrowed
from bot.cli.main import parley
from bot.ledger.party import sign_record
from bot.ledger.receipt import Receipt, parse_receipt
from bot.ledger.verify import verify_receipt
from tests.ledger.building import FIELDS, key
from tests.ledger.test_verify import GOOD, LOG, NOON, TRUST, WATCHED, earlier, seen

FULL = replace(
    earlier(seen(GOOD), 6, NOON - 60, NOON - 50),
    parties=(sign_record(GOOD.jwt, NOON, key("north")),),
)


def typed(*args: str | Path) -> Result:
    return CliRunner().invoke(parley, [str(a) for a in args], prog_name="parley")


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    path = tmp_path / "K7QF.receipt"
    path.write_bytes(FULL.text().encode())
    return path


def test_only_the_named_fields_are_shown_and_they_are_proved(receipt: Path, tmp_path: Path) -> None:
    out = tmp_path / "less"
    result = typed("disclose", receipt, "--only", "text, code", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stderr == (
        "Shown: code, text. Not shown: 14 of the record's 16 places."
        " Left out: 1 of the parties' signatures.\n"
    )
    verdict = verify_receipt(out.read_bytes(), trust=WATCHED)
    assert verdict.ok
    assert dict(verdict.fields) == {"code": "C6", "text": FIELDS["text"]}
    assert (verdict.not_before, verdict.not_after) == (NOON - 60, NOON + 60)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert receipt.read_bytes() == FULL.text().encode()


def test_nothing_else_of_the_receipt_is_left_in_the_file(receipt: Path) -> None:
    shown = typed("disclose", receipt, "--only", "code").stdout
    assert parse_receipt(shown).parties == ()
    for hidden in FULL.disclosures:
        assert (hidden.text in shown) is (hidden.name == "code")


def test_signatures_stay_if_asked_for(receipt: Path) -> None:
    shown = typed("disclose", receipt, "--only", "code", "--signatures")
    assert parse_receipt(shown.stdout).parties == FULL.parties
    assert "Left out" not in shown.stderr


def test_an_unknown_field_is_named_beside_those_there_are(receipt: Path, tmp_path: Path) -> None:
    out = tmp_path / "less"
    result = typed("disclose", receipt, "--only", "text,\x1bdue", "--out", out)
    assert result.exit_code == 2
    assert result.output == (
        "parley: this receipt shows no field “\\u{1b}due”; it shows:"
        " ack, by, case, code, recorded_at, said_at, text, to, type\n"
    )
    assert not out.exists()
    assert typed("disclose", receipt, "--only", "").exit_code == 2


def test_a_file_that_is_there_is_never_overwritten(receipt: Path) -> None:
    result = typed("disclose", receipt, "--only", "text", "--out", receipt)
    assert result.exit_code == 2
    assert "exists already: nothing was written" in result.output
    assert receipt.read_bytes() == FULL.text().encode()


def test_a_link_is_not_followed(receipt: Path, tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    assert typed("disclose", receipt, "--only", "text", "--out", link).exit_code == 2
    assert not target.exists()


def test_a_false_receipt_is_not_narrowed_to_its_true_part(tmp_path: Path) -> None:
    false = tmp_path / "false"
    wrong = replace(FULL, disclosures=(LOG.receipt(5).disclosures[3],))
    for content, says in (
        (wrong.text().encode(), "A field shown is not part of the record."),
        (FULL.text().encode()[:-1], "damaged"),
        (b"\xff", "not text"),
        (b"x" * 300_000, "larger"),
    ):
        false.write_bytes(content)
        result = typed("disclose", false, "--only", "code")
        assert result.exit_code == 2
        assert says in result.output
    assert typed("disclose", tmp_path / "none", "--only", "code").exit_code == 2


@given(st.sets(st.sampled_from(sorted(FIELDS)), min_size=1), st.booleans())
@settings(max_examples=100)
def test_any_choice_of_fields_is_proved_and_says_nothing_more(
    names: set[str], signatures: bool
) -> None:
    less: Receipt = narrowed(FULL, sorted(names, reverse=True), signatures=signatures)
    verdict = verify_receipt(less.text(), trust=TRUST)
    assert verdict.ok
    assert {name for name, _ in verdict.fields} == names
    # Less of less is the same as less at once: nothing is added on the way.
    one = min(names)
    assert narrowed(less, [one], signatures=False) == narrowed(FULL, [one], signatures=False)
