import hashlib
import json
import re
import subprocess
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from bot.cli.main import parley
from bot.cli.verify import UNREADABLE, Brought, run
from bot.ledger.encoding import FormatError
from bot.ledger.evidence import Evidence
from bot.ledger.stamp import MAX_ROOTS, MAX_TOKEN, parse_roots, verify_stamp
from bot.ledger.verdict import SENTENCES, Fault, Stamped, StampFalse, Verdict
from bot.ledger.verify import Trust, verify_receipt
from tests.ledger.authority import NOW, YEAR, Authority, certificate, openssl, openssl_accepts
from tests.ledger.test_verify import GOOD, LOG, NOON, TRUST, WATCHED, earlier, seen

NOTE = GOOD.proof.checkpoint.body()
VKEY = LOG.public.vkey()


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("red") / "own")


@pytest.fixture(scope="module")
def token(red: Authority) -> bytes:
    return red.stamp(NOTE)


def wrong(authority: Authority, token: bytes, note: bytes = NOTE) -> Fault:
    """What is wrong with a token, in the same word from the stamp's verifier and the receipt's."""
    with pytest.raises(StampFalse) as caught:
        verify_stamp(note, token, [authority.root])
    verdict = judged(authority, token) if note == NOTE else None
    if verdict is not None:
        assert not verdict.ok
        assert verdict.fault == caught.value.fault
        assert SENTENCES[caught.value.fault] in verdict.sentences[0]
        assert verdict.stamped is None
    return caught.value.fault


def judged(authority: Authority, token: bytes, trust: Trust = TRUST) -> Verdict:
    return verify_receipt(
        GOOD.text(), trust=trust, stamp=lambda note: verify_stamp(note, token, [authority.root])
    )


def test_a_stamp_tells_who_dated_the_checkpoint_and_when(red: Authority, token: bytes) -> None:
    stamped = verify_stamp(NOTE, token, [red.root])
    assert stamped.authority == "Clock of the Red Cross"
    assert 0 <= stamped.at - NOW.timestamp() + 1 < 7200
    assert stamped.not_after == stamped.at + 2  # 1.5 seconds, counted against the reader
    assert stamped.nonce
    assert openssl_accepts(NOTE, token, red)


def test_an_authority_need_not_state_its_accuracy(tmp_path: Path) -> None:
    exact = Authority(tmp_path / "exact", accuracy="secs:0")
    config = (exact.home / "ts.cnf").read_text().replace("accuracy = secs:0\n", "")
    (exact.home / "ts.cnf").write_text(config)
    stamped = verify_stamp(NOTE, exact.stamp(NOTE), [exact.root])
    assert stamped.not_after == stamped.at


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_a_stamp_over_another_good_digest_holds_too(red: Authority, digest: str) -> None:
    token = asked_by_openssl(red, digest)
    assert verify_stamp(NOTE, token, [red.root]).authority == red.name
    assert openssl_accepts(NOTE, token, red)


def test_a_stamp_over_a_broken_digest_is_refused(red: Authority) -> None:
    assert wrong(red, asked_by_openssl(red, "sha1")) == Fault.STAMP_DIGEST


def asked_by_openssl(authority: Authority, digest: str) -> bytes:
    note, query = authority.home / "note", authority.home / "query"
    note.write_bytes(NOTE)
    openssl("ts", "-query", "-data", note, f"-{digest}", "-cert", "-out", query)
    return authority.answer(query.read_bytes())


def test_a_stamp_of_another_checkpoint_is_refused(red: Authority) -> None:
    other = LOG.checkpoint(10).body()
    assert wrong(red, red.stamp(other)) == Fault.STAMP_OTHER
    assert wrong(red, red.stamp(NOTE), other) == Fault.STAMP_OTHER
    assert not openssl_accepts(NOTE, red.stamp(other), red)


def test_an_authority_is_not_believed_for_its_name(tmp_path: Path, token: bytes) -> None:
    blue = Authority(tmp_path / "blue", "Clock of the Blue Cross")
    assert wrong(blue, token) == Fault.STAMP_AUTHORITY
    name = "Clock of the Red Cross root"
    namesake = certificate(name, name, serial=1, key="another's", signed_by="another's")
    with pytest.raises(StampFalse) as caught:
        verify_stamp(NOTE, token, [namesake.public_bytes(Encoding.PEM)])
    assert caught.value.fault == Fault.STAMP_AUTHORITY


def test_a_stamp_without_its_certificate_is_traced_to_nobody(red: Authority) -> None:
    assert wrong(red, red.stamp(NOTE, cert_req=False)) == Fault.STAMP_AUTHORITY


def test_certificates_are_judged_at_the_time_of_the_stamp(tmp_path: Path) -> None:
    gone = Authority(tmp_path / "gone", valid=(NOW - 2 * YEAR, NOW - YEAR))
    coming = Authority(tmp_path / "coming", valid=(NOW + YEAR, NOW + 2 * YEAR))
    for authority in (gone, coming):
        assert wrong(authority, authority.stamp(NOTE)) == Fault.STAMP_EXPIRED


def test_a_stamp_outlives_the_certificate_that_made_it(tmp_path: Path) -> None:
    expiry = int(time.time()) + 2  # noqa: TID251  # the test waits for it
    end = NOW + timedelta(seconds=expiry - NOW.timestamp())
    brief = Authority(tmp_path / "brief", valid=(NOW - YEAR, end))
    token = brief.stamp(NOTE)
    while time.time() <= expiry + 1:  # noqa: TID251
        time.sleep(0.1)
    stamped = verify_stamp(NOTE, token, [brief.root])
    assert stamped.at <= expiry
    assert not openssl_accepts(NOTE, token, brief)
    assert openssl_accepts(NOTE, token, brief, "-attime", str(stamped.at))


def test_a_certificate_for_something_else_dates_nothing(red: Authority, token: bytes) -> None:
    for purpose in (ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.OCSP_SIGNING):
        other = certificate(red.name, red.issuer, purpose=purpose)
        changed = red.with_other_certificate(token, other)
        assert wrong(red, changed) == Fault.STAMP_PURPOSE
        assert not openssl_accepts(NOTE, changed, red)


def test_a_stamp_carries_the_certificates_between(tmp_path: Path) -> None:
    # Longer than the signer's in all: rfc3161-client wants them in DER's order.
    between = certificate(
        "A long name for what stands between", "Clock of the Red Cross root", serial=2**158
    )
    far = Authority(
        tmp_path / "far", carried=(between,), issuer="A long name for what stands between"
    )
    token = far.stamp(NOTE)
    assert verify_stamp(NOTE, token, [far.root]).authority == far.name
    assert openssl_accepts(NOTE, token, far)


def test_nobody_lends_an_authority_another_name(tmp_path: Path) -> None:
    issuer = "Clock of the Red Cross root"
    lent = certificate(
        "Ministry of Justice of a large country", issuer, purpose=ExtendedKeyUsageOID.TIME_STAMPING,
        signed_by="a forger",
    )  # fmt: skip
    lending = Authority(tmp_path / "lending", carried=(lent,))
    assert wrong(lending, lending.stamp(NOTE)) == Fault.STAMP_AUTHORITY


def test_a_refusal_is_no_stamp(red: Authority) -> None:
    assert wrong(red, red.answer(b"no question")) == Fault.STAMP_REFUSED


def test_what_is_no_stamp_or_not_all_of_one_cannot_be_read(red: Authority, token: bytes) -> None:
    for damaged in (b"", b"\n", token + b"\0", NOTE, red.root):
        assert wrong(red, damaged) == Fault.STAMP_MALFORMED
    for end in range(0, len(token), 7):
        assert wrong(red, token[:end]) == Fault.STAMP_MALFORMED


def test_a_stamp_too_large_to_be_one_is_not_looked_into(tmp_path: Path) -> None:
    ballast = certificate("ballast", "nobody", ballast=bytes(MAX_TOKEN - 4096))
    heavy = Authority(tmp_path / "heavy", carried=(ballast,))
    assert verify_stamp(NOTE, heavy.stamp(NOTE), [heavy.root]).authority == heavy.name
    ballast = certificate("ballast", "nobody", ballast=bytes(MAX_TOKEN))
    heavier = Authority(tmp_path / "heavier", carried=(ballast,))
    assert wrong(heavier, heavier.stamp(NOTE)) == Fault.STAMP_MALFORMED


def test_a_changed_signature_or_statement_is_seen(red: Authority, token: bytes) -> None:
    assert wrong(red, token[:-1] + bytes([token[-1] ^ 1])) == Fault.STAMP_SIGNATURE
    (at,) = re.findall(rb"\d{14}Z", token)
    for years, fault in ((1, Fault.STAMP_SIGNATURE), (9, Fault.STAMP_EXPIRED)):
        backdated = b"%d0101000000Z" % (int(at[:4]) - years)
        assert wrong(red, token.replace(at, backdated)) == fault
    digest = hashlib.sha512(NOTE).digest()
    other = LOG.checkpoint(10).body()
    moved = token.replace(digest, hashlib.sha512(other).digest())
    assert wrong(red, moved, other) == Fault.STAMP_SIGNATURE


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_no_changed_byte_makes_a_stamp_say_something_else(red: Authority, token: bytes) -> None:
    said = verify_stamp(NOTE, token, [red.root])
    refused = 0
    for place in range(len(token)):
        changed = bytearray(token)
        changed[place] ^= 1 << place % 8
        try:
            assert verify_stamp(NOTE, bytes(changed), [red.root]) == said
        except StampFalse:
            refused += 1
    # What nothing signs and nothing is concluded from: some numbers of versions and algorithms.
    assert refused > len(token) - 20


def test_roots_are_pem_bundles_or_der(red: Authority, token: bytes) -> None:
    (root,) = parse_roots([red.root])
    other = certificate("other root", "other root").public_bytes(Encoding.PEM)
    for good in (b"# Red Cross\n" + other + red.root, root.public_bytes(Encoding.DER)):
        assert verify_stamp(NOTE, token, [good]).authority == red.name
    for bad in ([], [b""], [b"x"], [red.root[:-60]], [red.root + b" " * MAX_ROOTS]):
        with pytest.raises(FormatError):
            verify_stamp(NOTE, token, bad)


def test_a_stamped_receipt_says_by_when_the_record_existed(red: Authority, token: bytes) -> None:
    verdict = judged(red, token)
    assert verdict.ok
    assert verdict.stamped == verify_stamp(NOTE, token, [red.root])
    told = "\n".join(verdict.sentences)
    assert "Stamped by “Clock of the Red Cross” at 20" in told
    assert "Z, give or take 2 s: the record existed by then." in told
    assert "When: no witness you trust has dated this.\n" in told


def test_witnesses_and_an_authority_must_not_contradict_each_other() -> None:
    receipt = earlier(seen(GOOD, NOON + 60, NOON + 60), 5, NOON, NOON)

    def at(seconds: int) -> Verdict:
        stamped = Stamped("clock", seconds - 1, seconds)
        return verify_receipt(receipt.text(), trust=WATCHED, stamp=lambda _: stamped)

    assert at(NOON - 1).fault == Fault.STAMP_TIMES
    assert at(NOON).ok
    # Later than the witnesses saw it says less, and is no contradiction.
    late = at(NOON + 999)
    assert (late.ok, late.not_after) == (True, NOON + 60)


def test_the_command_line_takes_a_stamp(red: Authority, token: bytes, tmp_path: Path) -> None:
    receipt, stamp, root = tmp_path / "r", tmp_path / "t.tsr", red.home / "root.pem"
    receipt.write_text(GOOD.text(), newline="")
    stamp.write_bytes(token)
    words = ["verify", str(receipt), "--trust", VKEY, "--stamp", str(stamp), "--tsa", str(root)]
    plain = CliRunner().invoke(parley, words)
    assert (plain.exit_code, "Stamped by" in plain.output) == (0, True)
    told = json.loads(CliRunner().invoke(parley, [*words, "--json"]).output)
    stamped = verify_stamp(NOTE, token, [red.root])
    assert told["stamped"]["by"] == red.name
    assert told["stamped"]["not_after"] == stamped.not_after
    assert told["stamped"]["at"].endswith("Z")
    stamp.write_bytes(red.stamp(LOG.checkpoint(10).body()))
    other = CliRunner().invoke(parley, [*words, "--json"])
    assert other.exit_code == 1
    assert json.loads(other.output)["fault"] == "stamp-of-other-checkpoint"
    stamp.write_bytes(b"none")
    assert CliRunner().invoke(parley, words).exit_code == 2


def test_what_is_brought_along_for_a_stamp_must_be_of_use(
    red: Authority, token: bytes, tmp_path: Path
) -> None:
    receipt, stamp, root = tmp_path / "r", tmp_path / "t.tsr", red.home / "root.pem"
    fork = tmp_path / "fork"
    receipt.write_text(GOOD.text(), newline="")
    stamp.write_bytes(token)
    evidence = Evidence(LOG.public, LOG.checkpoint(3), LOG.checkpoint(4))
    fork.write_text(evidence.text(), newline="")
    both = Brought(VKEY, stamp=stamp, authorities=(root,))
    for path, brought, part in [
        (receipt, replace(both, trusted=None), "--trust"),
        (receipt, replace(both, authorities=()), "--tsa"),
        (receipt, replace(both, stamp=None), "--stamp"),
        (receipt, replace(both, stamp=tmp_path / "none"), "The time stamp cannot be read"),
        (receipt, replace(both, authorities=(stamp,)), "neither PEM nor DER"),
        (fork, both, "dates receipts"),
    ]:
        said: list[str] = []
        assert run(path, brought, as_json=False, out=said.append) == UNREADABLE
        assert len(said) == 1
        assert part in said[0]


def test_the_command_of_the_specification_takes_the_same_bytes(
    red: Authority, token: bytes, tmp_path: Path
) -> None:
    (tmp_path / "RECEIPT").write_text(GOOD.text(), newline="")
    (tmp_path / "TOKEN.tsr").write_bytes(token)
    (tmp_path / "CERT.pem").write_bytes(red.root)
    spec = Path(__file__).parents[2] / "docs/spec/ledger.md"
    lines = spec.read_text().partition("## 14 ")[2].splitlines()
    commands = [
        line.removeprefix("> ") for line in lines if line.startswith(("> sed", "> openssl"))
    ]
    assert len(commands) == 2
    done = subprocess.run(
        ["sh", "-ec", "\n".join(commands)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "Verification: OK" in done.stdout
    assert (tmp_path / "note").read_bytes() == NOTE
