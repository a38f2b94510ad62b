import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from bot.ledger.checkpoint import (
    Checkpoint,
    NoteLine,
    cosign,
    cosignature_time,
    log_signature_holds,
    parse_checkpoint,
    sign_checkpoint,
)
from bot.ledger.encoding import FormatError
from bot.ledger.keys import PublicKey, log_key, parse_vkey
from bot.ledger.proof import TlogProof, parse_tlog_proof
from bot.ledger.tree import EMPTY_ROOT, MemoryNodes, inclusion_path, leaf_hash, root_at
from tests.ledger.building import SmallLog, key, witness

NAME = "ledger.example/bot1"
VKEY = "ledger.example/bot1+6df27b82+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
PROOF = """\
c2sp.org/tlog-proof@v1
index 1
AIyVCV8RJSs+pU7weTHAX2HfpoBVpgq5jFqo951H9Sc=
9qpgxZWEJqzxgP1G5YdPqwcWym8GTEdfGWxt7OKkSfI=

ledger.example/bot1
3
xHj/EKjoUsanzudbTuqXURbxwzk1frYh1+HMZmHL9D8=

— ledger.example/bot1 bfJ7ggMctbUA1Xl+Cu+V8wXgJA90haDMT16iEbQwwcyLAGUhGwRVWKTgHtm/N5B2TF6dv9PuQJKbLSatQ0InuScQVwg=
"""
SIGNER = SigningKey(bytes(range(32)))


def test_the_test_vector_comes_out_byte_for_byte() -> None:
    nodes = MemoryNodes()
    nodes.extend(leaf_hash(hashlib.sha256(b"commitment %d" % i).digest()) for i in range(3))
    checkpoint = sign_checkpoint(NAME, 3, root_at(3, nodes), SIGNER)
    proof = TlogProof(b"", 1, inclusion_path(nodes, 1, 3), checkpoint)
    assert log_key(NAME, SIGNER).vkey() == VKEY
    assert proof.text() == PROOF
    assert parse_tlog_proof(PROOF) == proof
    assert log_signature_holds(parse_tlog_proof(PROOF).checkpoint, parse_vkey(VKEY))


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = sign_checkpoint(NAME, 0, EMPTY_ROOT, SIGNER)
    assert parse_checkpoint(empty.text()) == empty
    with pytest.raises(FormatError):
        sign_checkpoint(NAME, 0, bytes(32), SIGNER)


GOOD = SmallLog().grow(5).checkpoint().text()
BODY, SIGNATURES = GOOD.split("\n\n")
ORIGIN, SIZE, ROOT = BODY.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(GOOD[:-1], id="no final newline"),
        pytest.param(GOOD + "\n", id="a blank line at the end"),
        pytest.param(BODY + "\n\n", id="no signature"),
        pytest.param(GOOD.replace("\n\n", "\nextension\n\n"), id="an extension line"),
        pytest.param(GOOD.replace("\n\n", "\n\n\n"), id="two blank lines"),
        pytest.param(GOOD.replace(SIZE, "05"), id="a leading zero"),
        pytest.param(GOOD.replace(SIZE, "+5"), id="a sign"),
        pytest.param(GOOD.replace(SIZE, "\u0665"), id="an Arabic digit"),
        pytest.param(GOOD.replace(SIZE, "9223372036854775808"), id="a size of 2^63"),
        pytest.param(GOOD.replace(SIZE, "9" * 5000), id="five thousand digits"),
        pytest.param(GOOD.replace(ROOT, ROOT.rstrip("=")), id="a root without padding"),
        pytest.param(GOOD.replace(ROOT, ROOT[:-2] + "B="), id="stray bits in the root"),
        pytest.param(GOOD.replace(ROOT, ROOT + "\t"), id="a tab"),
        pytest.param(GOOD.replace("— ", "- "), id="a hyphen for a dash"),
        pytest.param(GOOD.replace("— ", "—  "), id="two spaces"),
        pytest.param(GOOD.replace(ORIGIN, "a b"), id="a space in the name"),
        pytest.param(GOOD.replace(ORIGIN, "a+b"), id="a plus in the name"),
        pytest.param(GOOD.replace(ORIGIN, "a\u00a0b"), id="a space that does not break"),
        pytest.param(GOOD.replace(ORIGIN, "a\u200bb"), id="a character that is not seen"),
        pytest.param(GOOD.replace(ORIGIN, "a\ud800"), id="half a character"),
        pytest.param(GOOD.replace(ORIGIN, ""), id="no name"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="DOS line ends"),
        pytest.param(BODY + "\n\n" + SIGNATURES * 40, id="forty signatures"),
        pytest.param(BODY + "\n\n— x AAAAAA==\n", id="a key id and no signature"),
    ],
)
def test_a_checkpoint_that_does_not_round_trip_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_checkpoint(text)


@given(st.text(max_size=300) | st.text("\n— 05abc+/=", max_size=120).map(lambda s: GOOD + s))
def test_a_parsed_checkpoint_is_always_the_text_it_came_from(text: str) -> None:
    try:
        parsed = parse_checkpoint(text)
    except FormatError:
        return
    assert parsed.text() == text


def test_unknown_signatures_are_kept_and_ignored_but_a_false_one_of_the_log_spoils_the_note() -> (
    None
):
    log = SmallLog().grow(5)
    good = cosign(log.checkpoint(), "someone.example/w9", 1_800_000_000, key("w9"))
    assert log_signature_holds(parse_checkpoint(good.text()), log.public)
    false = Checkpoint(good.origin, good.size, good.root, (*good.lines, good.lines[0]))
    assert log_signature_holds(false, log.public)
    line = good.lines[0]
    forged = type(line)(line.name, line.key_id, bytes(64))
    false = Checkpoint(good.origin, good.size, good.root, (*good.lines, forged))
    assert not log_signature_holds(false, log.public)


def test_a_key_of_another_name_type_or_person_is_not_the_log_s() -> None:
    log = SmallLog().grow(2)
    checkpoint, right = log.checkpoint(), log.public
    assert log_signature_holds(checkpoint, right)
    assert not log_signature_holds(checkpoint, PublicKey("other.example", 1, right.public))
    assert not log_signature_holds(checkpoint, PublicKey(right.name, 4, right.public))
    assert not log_signature_holds(checkpoint, log_key(right.name, key("stranger")))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u200bb", 256 * "a"])
def test_a_key_takes_no_name_that_a_note_cannot_carry(name: str) -> None:
    with pytest.raises(FormatError):
        log_key(name, key("log"))


def test_a_log_signs_only_under_its_own_name_and_as_a_log() -> None:
    log = SmallLog().grow(2)
    checkpoint, right = log.checkpoint(), log.public
    renamed = replace(checkpoint, origin="other.example")
    signature = log.signer.sign(renamed.body()).signature
    renamed = replace(renamed, lines=(NoteLine(right.name, right.key_id(), signature),))
    assert not log_signature_holds(renamed, right)
    as_witness = PublicKey(right.name, 4, right.public)
    line = NoteLine(right.name, as_witness.key_id(), checkpoint.lines[0].signature)
    assert not log_signature_holds(replace(checkpoint, lines=(line,)), as_witness)


def test_a_cosignature_tells_its_time_and_binds_it() -> None:
    log, mine = SmallLog().grow(3), witness("w1.example")
    seen = cosign(log.checkpoint(), "w1.example", 1_800_000_000, key("w1.example"))
    assert seen.lines[1].key_id == mine.key_id()
    assert mine.key_id() != PublicKey(mine.name, 1, mine.public).key_id()
    assert cosignature_time(parse_checkpoint(seen.text()), mine) == 1_800_000_000
    assert cosignature_time(seen, witness("w2.example")) is None
    assert cosignature_time(seen, log.public) is None
    blob = bytearray(seen.lines[1].signature)
    for place in (7, 8, 71):
        bad = bytearray(blob)
        bad[place] ^= 1
        line = type(seen.lines[1])(mine.name, mine.key_id(), bytes(bad))
        with pytest.raises(FormatError, match="does not verify"):
            cosignature_time(
                Checkpoint(seen.origin, seen.size, seen.root, (seen.lines[0], line)), mine
            )


def test_a_cosignature_signs_the_text_that_the_specification_gives() -> None:
    log = SmallLog().grow(3)
    seen = cosign(log.checkpoint(), "w1.example", 1679315147, key("w1.example"))
    message = b"cosignature/v1\ntime 1679315147\n" + log.checkpoint().body()
    key("w1.example").verify_key.verify(message, seen.lines[1].signature[8:])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(VKEY.replace("6df27b82", "6DF27B82"), id="capital hex"),
        pytest.param(VKEY.replace("6df27b82", "6df27b83"), id="another key id"),
        pytest.param(VKEY.replace("bot1", "bot2"), id="another name"),
        pytest.param(VKEY[:-1] + "5", id="another key"),
        pytest.param(VKEY + "\n", id="a newline"),
        pytest.param(PublicKey(NAME, 6, bytes(32)).vkey(), id="a type not checked here"),
        pytest.param(PublicKey(NAME, 1, bytes(31)).vkey(), id="a short key"),
    ],
)
def test_a_verifier_key_that_does_not_round_trip_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_vkey(text)


def test_both_kinds_of_verifier_key_round_trip() -> None:
    for public in (SmallLog().public, witness("w1.example")):
        assert parse_vkey(public.vkey()) == public
