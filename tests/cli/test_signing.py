import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from bot.cli.main import parley
from bot.cli.signing import NAMED_BY_CODE
from bot.domain import bodies as b
from bot.ledger.encoding import FormatError, to_base64
from bot.ledger.party import (
    key_file,
    one_party_per_key,
    parse_key_file,
    parse_party,
    parse_party_line,
    party_signature_holds,
    sign_record,
)
from bot.ledger.receipt import Receipt, parse_receipt
from bot.ledger.verdict import Fault
from bot.ledger.verify import verify_receipt
from tests.ledger.building import key
from tests.ledger.test_verify import OTHER, OWED, PROMISE, REGISTERED, REGISTRY, believing, signed

VKEY = OWED.public.vkey()


def typed(*args: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(parley, [str(a) for a in args], input=stdin, prog_name="parley")


@pytest.fixture
def promise(tmp_path: Path) -> Path:
    path = tmp_path / "K7QF.receipt"
    path.write_bytes(PROMISE.text().encode())
    return path


@pytest.fixture
def north(tmp_path: Path) -> Path:
    path = tmp_path / "north.key"
    assert typed("key", "new", path).exit_code == 0
    return path


def public(path: Path) -> str:
    return typed("key", "show", path).stdout.strip()


def test_a_new_key_is_private_and_only_its_public_half_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "north.key"
    result = typed("key", "new", path)
    assert result.exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    signer = parse_key_file(path.read_text())
    assert result.stdout == to_base64(bytes(signer.verify_key)) + "\n" == public(path) + "\n"
    assert to_base64(bytes(signer)) not in result.output


def test_a_key_is_never_written_over_another(north: Path) -> None:
    before = north.read_bytes()
    result = typed("key", "new", north)
    assert result.exit_code == 2
    assert "exists already: nothing was written" in result.output
    assert north.read_bytes() == before


def test_two_keys_differ(tmp_path: Path) -> None:
    assert typed("key", "new", tmp_path / "1").stdout != typed("key", "new", tmp_path / "2").stdout


def test_a_record_is_signed_shown_and_its_level_rises_with_the_key_alone(
    promise: Path, north: Path, tmp_path: Path
) -> None:
    out = tmp_path / "signed"
    asked = typed("sign", promise, "--key", north, "--out", out, stdin="y\n")
    assert asked.exit_code == 0
    assert "obligor: “North”" in asked.stderr
    assert "the 12 of its 16 places that this receipt does not show you" in asked.stderr
    assert promise.read_bytes() == PROMISE.text().encode()
    plain = typed("verify", out, "--trust", VKEY)
    assert "Level: recorded by the bot." in plain.stdout
    assert "whose key that is, this receipt cannot show" in plain.stdout
    trusted = typed("verify", out, "--trust", VKEY, "--party", f"North={public(north)}")
    assert trusted.exit_code == 0
    assert "Level: signed by the obligor." in trusted.stdout
    as_json = typed("verify", out, "--trust", VKEY, "--party", f"North={public(north)}", "--json")
    assert json.loads(as_json.stdout)["level"] == "signed by the obligor"


def test_nothing_is_signed_without_a_yes(promise: Path, north: Path, tmp_path: Path) -> None:
    out = tmp_path / "signed"
    assert typed("sign", promise, "--key", north, "--out", out, stdin="n\n").exit_code == 1
    assert not out.exists()


def test_standard_output_is_the_receipt_and_nothing_else(promise: Path, north: Path) -> None:
    result = typed("sign", promise, "--key", north, "--yes")
    assert len(parse_receipt(result.stdout).parties) == 1


def coded(tmp_path: Path, kind: str, code: str = "K7QF") -> tuple[Path, Receipt]:
    """A receipt that shows its code, in a file."""
    REGISTRY.append({"record": kind, "code": code, "obligor": "north"})
    found = REGISTRY.receipt(REGISTRY.nodes.size - 1, ("code", "obligor", "record"))
    path = tmp_path / f"{kind.replace('/', '-')}-{code}"
    path.write_text(found.text())
    return path, found


def test_the_kinds_that_a_code_names_are_the_items_of_a_case() -> None:
    kinds = (b.ItemRecorded, b.CommitmentProposed, b.ItemReleased, b.WatchSet, b.KeyRegistered)
    assert {kind.TAG for kind in kinds} == NAMED_BY_CODE


@pytest.mark.parametrize("kind", sorted(NAMED_BY_CODE))
def test_the_line_to_type_is_printed_beside_the_file(
    kind: str, north: Path, tmp_path: Path
) -> None:
    path, found = coded(tmp_path, kind)
    result = typed("sign", path, "--key", north, "--out", tmp_path / "out", "--yes")
    assert "type this one line in the room" in result.stderr
    verb, code, line = result.stdout.removesuffix("\n").split(" ", 2)
    assert (verb, code) == ("!signed", "K7QF")
    assert parse_receipt((tmp_path / "out").read_text()).parties == (parse_party_line(line),)
    assert party_signature_holds(found.jwt, parse_party_line(line))
    piped = typed("sign", path, "--key", north, "--yes")
    assert len(parse_receipt(piped.stdout).parties) == 1
    assert "\n!signed K7QF party " in piped.stderr


def test_the_line_is_of_the_signature_made_last(north: Path, tmp_path: Path) -> None:
    path, _ = coded(tmp_path, "item.recorded/1")
    south, one = tmp_path / "south.key", tmp_path / "one"
    typed("key", "new", south)
    typed("sign", path, "--key", north, "--out", one, "--yes")
    result = typed("sign", one, "--key", south, "--out", tmp_path / "two", "--yes")
    assert result.stdout.startswith(f"!signed K7QF party {public(south)} ")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("commitment.confirmed/1", "K7QF"),
        ("watch.satisfied/1", "K7QF"),
        ("item.recorded/1", "K7QF\n!commit"),
    ],
)
def test_no_line_is_printed_for_a_record_that_its_code_does_not_name(
    kind: str, code: str, north: Path, tmp_path: Path
) -> None:
    path, _ = coded(tmp_path, kind, code)
    result = typed("sign", path, "--key", north, "--out", tmp_path / "out", "--yes")
    assert result.stdout == ""
    assert "There is no line to type" in result.stderr
    assert "!signed" not in result.stderr


def test_a_second_party_signs_beside_the_first(promise: Path, north: Path, tmp_path: Path) -> None:
    south, one, two = tmp_path / "south.key", tmp_path / "one", tmp_path / "two"
    typed("key", "new", south)
    typed("sign", promise, "--key", north, "--out", one, "--yes")
    typed("sign", one, "--key", south, "--out", two, "--yes")
    both = ["--party", f"North={public(north)}", "--party", f"South={public(south)}"]
    said = typed("verify", two, "--trust", VKEY, *both).stdout
    assert "“North” signed" in said
    assert "“South” signed" in said


def test_each_way_not_to_sign_says_why(promise: Path, north: Path, tmp_path: Path) -> None:
    once = tmp_path / "once"
    typed("sign", promise, "--key", north, "--out", once, "--yes")
    full, false, loose, bots = (tmp_path / n for n in ("full", "false", "loose", "bots"))
    full.write_text(signed(PROMISE, *"abcdefgh").text())
    false.write_text(replace(PROMISE, log=OTHER.public).text())
    loose.write_text(north.read_text())
    loose.chmod(0o640)
    bots.touch(0o600)
    bots.write_text(key_file(OWED.submit))
    broken = tmp_path / "broken"
    broken.touch(0o600)
    broken.write_text(north.read_text().replace("v1", "v2"))
    for receipt, secret, why in (
        (once, north, "this key has signed this record already"),
        (full, north, "carries 8 signatures already"),
        (false, north, "The log did not sign this checkpoint."),
        (tmp_path / "none", north, "cannot be read"),
        (promise, tmp_path / "none", "cannot be read"),
        (promise, promise, "can be read by others"),
        (promise, loose, "can be read by others"),
        (promise, broken, "not a usable key: the file is not a party's key"),
        (promise, bots, "this is the bot's own key"),
    ):
        result = typed("sign", receipt, "--key", secret, "--yes")
        assert (result.exit_code, result.stdout) == (2, "")
        assert why in result.stderr


def test_each_way_to_bring_a_wrong_party_key_says_so(promise: Path, tmp_path: Path) -> None:
    one, two = (to_base64(bytes(key(name).verify_key)) for name in ("north", "south"))
    for args, why in (
        (["--party", f"North={one}"], "give --trust as well"),
        (["--trust", VKEY, "--party", one], "must be given with its name"),
        (["--trust", VKEY, "--party", f"={one}"], "must be given with its name"),
        (["--trust", VKEY, "--party", "North=" + "?" * 44], "base64 value is damaged"),
        (["--trust", VKEY, "--party", ""], "must be given with its name"),
        (
            ["--trust", VKEY, "--party", f"North={one}", "--party", f"South={one}"],
            "one key is given for two parties",
        ),
        (["--trust", VKEY, "--registered", tmp_path / "none"], "A registration cannot be read"),
        (["--trust", VKEY, "--registered", promise], "not one of a party's key"),
    ):
        result = typed("verify", promise, *args)
        assert result.exit_code == 2
        assert why in result.stdout
    unsigned = typed("verify", promise, "--trust", VKEY, "--party", f"South={two}")
    assert unsigned.exit_code == 0
    assert "You gave a key of “South”: it has not signed this record." in unsigned.stdout


def test_a_registered_key_raises_the_level_too(tmp_path: Path) -> None:
    registration, promise = tmp_path / "registration", tmp_path / "promise"
    registration.write_text(REGISTERED.text())
    REGISTRY.append({"obligor": "North", "text": "ten", "record": "commitment.confirmed/1"})
    owed = REGISTRY.receipt(REGISTRY.nodes.size - 1, ("obligor", "text"))
    promise.write_text(signed(owed, "north").text())
    args: list[str | Path] = ["verify", promise, "--trust", REGISTRY.public.vkey()]
    assert "Level: recorded by the bot." in typed(*args).stdout
    assert "Level: signed by the obligor." in typed(*args, "--registered", registration).stdout


SECRET = key_file(key("north"))


@given(st.integers(0, len(SECRET) - 1), st.characters(max_codepoint=0x2FF))
@settings(max_examples=200)
def test_a_key_file_with_another_letter_is_no_key(place: int, letter: str) -> None:
    changed = SECRET[:place] + letter + SECRET[place + 1 :]
    if changed == SECRET:
        return
    with pytest.raises(FormatError) as wrong:
        parse_key_file(changed)
    assert SECRET.split("\n")[1].removeprefix("secret ") not in str(wrong.value)


@given(st.integers(0, len(SECRET) - 1), st.text(min_size=1, max_size=3))
@settings(max_examples=100)
def test_a_key_file_that_is_cut_or_longer_is_no_key(place: int, junk: str) -> None:
    for changed in (SECRET[:place], SECRET[:place] + junk + SECRET[place:], SECRET + junk):
        with pytest.raises(FormatError):
            parse_key_file(changed)


@given(st.binary(min_size=32, max_size=32))
def test_every_key_is_read_as_it_was_written(seed: bytes) -> None:
    assert bytes(parse_key_file(key_file(SigningKey(seed)))) == seed


@given(st.text(min_size=1, max_size=40), st.binary(min_size=32, max_size=32))
def test_a_party_and_its_key_are_read_as_they_were_written(name: str, raw: bytes) -> None:
    assert parse_party(f"{name}={to_base64(raw)}") == (name, raw)


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_of_a_party_fail(text: str) -> None:
    try:
        name, raw = parse_party(text)
    except FormatError:
        return
    assert f"{name}={to_base64(raw)}" == text


def test_a_party_may_have_two_keys_but_no_key_two_parties() -> None:
    one, two = bytes(32), bytes([1] * 32)
    assert one_party_per_key([("N", one), ("N", two), ("N", one)]) == (("N", one), ("N", two))
    with pytest.raises(FormatError, match="two parties"):
        one_party_per_key([("N", one), ("S", one)])


def test_a_signature_is_of_one_record_one_time_and_one_key() -> None:
    party = sign_record(PROMISE.jwt, 7, key("north"))
    for wrong in (
        replace(party, time=8),
        replace(party, public=bytes(key("south").verify_key)),
        replace(party, signature=party.signature[:-1] + bytes([party.signature[-1] ^ 1])),
    ):
        verdict = verify_receipt(replace(PROMISE, parties=(wrong,)).text(), trust=believing())
        assert verdict.fault is Fault.PARTY_SIGNATURE
