import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.ledger.record as record_module
from bot.ledger.disclosure import Value, make_disclosure, parse_disclosure
from bot.ledger.encoding import FormatError, to_base64url
from bot.ledger.leaf import (
    checksum_of,
    leaf_signature_holds,
    message_of,
    origin_of,
    parse_leaf,
    sign_leaf,
)
from bot.ledger.record import (
    BLOCK,
    disclose,
    open_record,
    parse_jwt,
    presentation,
    record_signature_holds,
    seal,
    verify_disclosures,
)
from tests.ledger.building import FIELDS, key, rk

ISSUER = key("issuer")
SEALED = seal(FIELDS, rk(0), ISSUER)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
VALUES = st.none() | st.integers(-(10**18) + 1, 10**18 - 1) | st.text(max_size=200)
RECORDS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=16)


def payload(jwt: bytes) -> bytes:
    middle = jwt.split(b".")[1]
    return base64.urlsafe_b64decode(middle + b"=" * (-len(middle) % 4))


@given(fields=RECORDS, number=st.integers(0, 1000))
def test_what_was_sealed_is_what_opens(fields: dict[str, Value], number: int) -> None:
    record = seal(fields, rk(number), ISSUER)
    opened = open_record(record.jwt, record.content, rk(number))
    assert {d.name: d.value for d in opened} == fields
    assert opened == record.disclosures
    assert verify_disclosures(record.jwt, opened, fields) == fields
    assert record_signature_holds(parse_jwt(record.jwt), bytes(ISSUER.verify_key))
    assert len(record.content) % BLOCK == 16


@given(fields=RECORDS)
def test_the_signed_part_shows_neither_type_nor_count_nor_words(fields: dict[str, Value]) -> None:
    record = seal(fields, rk(1), ISSUER)
    body = json.loads(payload(record.jwt))
    assert list(body) == ["_sd", "_sd_alg"]
    assert len(body["_sd"]) == 16 == len(set(body["_sd"]))
    assert body["_sd"] == sorted(body["_sd"])
    assert len(record.jwt) == len(SEALED.jwt)


def test_a_record_is_the_same_bytes_whatever_the_order_it_was_told_in() -> None:
    assert seal(dict(list(FIELDS.items())[::-1]), rk(0), ISSUER) == SEALED


def test_salts_decoys_and_key_follow_the_specification() -> None:
    text = next(d for d in SEALED.disclosures if d.name == "by")
    salt = hashlib.blake2b(b"by", digest_size=16, key=rk(0), person=b"nl/salt/v1").digest()
    assert text.text == to_base64url(f'["{to_base64url(salt)}","by","North"]'.encode())
    decoys = {
        to_base64url(
            hashlib.blake2b(bytes([i]), digest_size=32, key=rk(0), person=b"nl/decoy/v1").digest()
        )
        for i in range(16 - len(FIELDS))
    }
    fields = {to_base64url(hashlib.sha256(d.text.encode()).digest()) for d in SEALED.disclosures}
    assert decoys | fields == set(parse_jwt(SEALED.jwt).digests)


def test_content_opens_only_whole_under_its_own_key_and_beside_its_own_record() -> None:
    other = seal({**FIELDS, "text": "release eleven"}, rk(0), ISSUER)
    attempts = [(SEALED.jwt, SEALED.content, rk(1)), (other.jwt, SEALED.content, rk(0))]
    for place in range(0, len(SEALED.content), 97):
        bad = bytearray(SEALED.content)
        bad[place] ^= 1
        attempts.append((SEALED.jwt, bytes(bad), rk(0)))
    attempts += [(SEALED.jwt, SEALED.content[:-1], rk(0)), (SEALED.jwt, b"", rk(0))]
    attempts += [(SEALED.jwt, bytes(10**6), rk(0)), (SEALED.jwt, SEALED.content, b"short")]
    for jwt, content, secret in attempts:
        with pytest.raises(FormatError):
            open_record(jwt, content, secret)


def test_who_holds_the_key_cannot_put_other_fields_beside_the_record() -> None:
    other = seal({**FIELDS, "text": "release eleven"}, rk(0), ISSUER)
    swapped = record_module._encrypt(SEALED.jwt, other.disclosures, rk(0))
    with pytest.raises(FormatError, match="does not belong"):
        open_record(SEALED.jwt, swapped, rk(0))
    reordered = record_module._encrypt(SEALED.jwt, SEALED.disclosures[::-1], rk(0))
    with pytest.raises(FormatError, match="does not belong"):
        open_record(SEALED.jwt, reordered, rk(0))


def test_two_records_under_one_key_still_differ_in_every_block() -> None:
    other = seal({**FIELDS, "zz": 1}, rk(0), ISSUER)
    shared = sum(a == b for a, b in zip(SEALED.content, other.content, strict=True))
    assert shared < len(SEALED.content) // 32


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="no field"),
        pytest.param({f"f{i}": 1 for i in range(17)}, id="seventeen fields"),
        pytest.param({"_sd": "x"}, id="a reserved name"),
        pytest.param({"...": "x"}, id="another reserved name"),
        pytest.param({"Text": "x"}, id="a capital"),
        pytest.param({"n": 10**18}, id="nineteen digits"),
        pytest.param({"n": True}, id="a truth value"),
        pytest.param({"t": "\ud800"}, id="half a character"),
        pytest.param({"t": "x" * 33_000}, id="a field too long"),
        pytest.param({f"f{i}": "x" * 30_000 for i in range(8)}, id="fields too long together"),
    ],
)
def test_a_field_that_no_record_can_carry_is_refused(fields: dict[str, Value]) -> None:
    with pytest.raises(FormatError):
        seal(fields, rk(0), ISSUER)


def b64(text: str) -> str:
    return to_base64url(text.encode())


SALT = "A" * 22


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b64(f'["{SALT}","a","b"]') + "=", id="padding"),
        pytest.param(b64(f'["{SALT}", "a","b"]'), id="a space"),
        pytest.param(b64(f'["{SALT}","a","\\u0062"]'), id="an escape that is not needed"),
        pytest.param(b64(f'["{SALT}","a","\\ud800"]'), id="half a character"),
        pytest.param(b64(f'["{SALT}","a",1.0]'), id="a fraction"),
        pytest.param(b64(f'["{SALT}","a",-0]'), id="minus nothing"),
        pytest.param(b64(f'["{SALT}","a",01]'), id="a leading zero"),
        pytest.param(b64(f'["{SALT}","a",{"9" * 5000}]'), id="five thousand digits"),
        pytest.param(b64(f'["{SALT}","a",true]'), id="a truth value"),
        pytest.param(b64(f'["{SALT}","a",{"[" * 9000}]'), id="depth"),
        pytest.param(b64(f'["{SALT}","a",{{"b":1}}]'), id="an object"),
        pytest.param(b64(f'["{SALT}","_sd","b"]'), id="a reserved name"),
        pytest.param(b64(f'["{SALT}","b"]'), id="no name"),
        pytest.param(b64(f'["{"A" * 21}B","a","b"]'), id="stray bits in the salt"),
        pytest.param(to_base64url(b'["' + b"A" * 22 + b'","a","\xff"]'), id="not UTF-8"),
        pytest.param("é", id="not ASCII"),
        pytest.param("A" * 10**6, id="a megabyte"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_disclosure_with_a_second_spelling_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_disclosure(text)


@given(name=NAMES, value=VALUES, salt=st.binary(min_size=16, max_size=16))
def test_a_disclosure_reads_back(name: str, value: Value, salt: bytes) -> None:
    made = make_disclosure(name, value, salt)
    assert parse_disclosure(made.text) == made
    assert json.loads(base64.urlsafe_b64decode(made.text + "==")) == [
        to_base64url(salt),
        name,
        value,
    ]


def test_only_the_fields_asked_for_are_shown_and_each_must_belong() -> None:
    shown = disclose(SEALED.disclosures, ["text", "by"])
    assert [d.name for d in shown] == ["by", "text"]
    assert presentation(SEALED.jwt, shown).count("~") == 3
    assert verify_disclosures(SEALED.jwt, shown) == {"by": "North", "text": FIELDS["text"]}
    with pytest.raises(KeyError):
        disclose(SEALED.disclosures, ["nonesuch"])
    with pytest.raises(FormatError, match="required field"):
        verify_disclosures(SEALED.jwt, shown, ["to"])
    with pytest.raises(FormatError, match="twice"):
        verify_disclosures(SEALED.jwt, [*shown, shown[0]])
    forged = make_disclosure("by", "South", shown[0].salt)
    with pytest.raises(FormatError, match="not a field"):
        verify_disclosures(SEALED.jwt, [forged])


@pytest.mark.parametrize(
    "jwt",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(SEALED.jwt + b"=", id="padding"),
        pytest.param(SEALED.jwt + b".", id="a fourth part"),
        pytest.param(b"e30" + SEALED.jwt[SEALED.jwt.index(b".") :], id="another header"),
        pytest.param(b"\xff" + SEALED.jwt, id="not ASCII"),
        pytest.param(SEALED.jwt + b"A" * 5000, id="too long"),
        pytest.param(SEALED.jwt[:-4], id="a short signature"),
    ],
)
def test_a_record_that_does_not_round_trip_is_refused(jwt: bytes) -> None:
    with pytest.raises(FormatError):
        parse_jwt(jwt)


def test_digests_out_of_order_or_twice_are_refused() -> None:
    header, _, signature = SEALED.jwt.decode().split(".")
    digests = list(parse_jwt(SEALED.jwt).digests)
    for wrong in (digests[::-1], [digests[0], *digests[:-1]], digests[:-1], [*digests, "A" * 43]):
        body = json.dumps({"_sd": wrong, "_sd_alg": "sha-256"}, separators=(",", ":"))
        with pytest.raises(FormatError):
            parse_jwt(f"{header}.{b64(body)}.{signature}".encode())


def test_a_leaf_is_what_sigsum_says_it_is() -> None:
    message = message_of(SEALED.jwt)
    leaf = sign_leaf(message, ISSUER)
    raw = leaf.encode()
    checksum = hashlib.sha256(hashlib.sha256(SEALED.jwt).digest()).digest()
    assert len(raw) == 128
    assert raw[:32] == checksum == checksum_of(message)
    ISSUER.verify_key.verify(b"sigsum.org/v1/tree-leaf\x00" + checksum, raw[32:96])
    assert raw[96:] == hashlib.sha256(bytes(ISSUER.verify_key)).digest()
    assert parse_leaf(raw) == leaf
    assert leaf_signature_holds(leaf, bytes(ISSUER.verify_key))
    assert not leaf_signature_holds(leaf, bytes(key("stranger").verify_key))
    assert not leaf_signature_holds(leaf, b"short")
    for place in (0, 32, 96):
        bad = bytearray(raw)
        bad[place] ^= 1
        assert not leaf_signature_holds(parse_leaf(bytes(bad)), bytes(ISSUER.verify_key))
    with pytest.raises(FormatError):
        parse_leaf(raw + b"x")
    with pytest.raises(FormatError):
        sign_leaf(b"short", ISSUER)


def test_the_origin_is_the_one_sigsum_derives_from_the_log_s_key() -> None:
    public = bytes(key("log").verify_key)
    assert origin_of(public) == "sigsum.org/v1/tree/" + hashlib.sha256(public).hexdigest()
