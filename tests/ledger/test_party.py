import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from bot.ledger.encoding import FormatError, to_base64
from bot.ledger.party import PartySignature, parse_party_line, parse_public, sign_record
from tests.ledger.building import key

LINE = sign_record(b"jwt", 1_804_334_400, key("north")).line()
ORDER_EIGHT = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=64, max_size=64),
)
def test_a_line_is_read_as_it_was_written(public: bytes, time: int, signature: bytes) -> None:
    party = PartySignature(public, time, signature)
    assert parse_party_line(party.line()) == party


@given(st.integers(0, len(LINE)), st.text(max_size=3))
@settings(max_examples=200)
def test_a_line_has_one_spelling(place: int, junk: str) -> None:
    changed = LINE[:place] + junk + LINE[place:]
    try:
        found = parse_party_line(changed)
    except FormatError:
        return
    assert found.line() == changed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        to_base64(bytes(31)),
        to_base64(bytes(33)),
        to_base64(bytes(32)),
        to_base64(bytes([1]) + bytes(31)),
        to_base64(bytes.fromhex(ORDER_EIGHT)),
        to_base64(bytes([2]) + bytes(31)),
        to_base64(bytes([255] * 32)),
        to_base64(bytes(key("north").verify_key)).rstrip("="),
    ],
)
def test_what_no_honest_key_can_be_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_public(text)


@given(st.binary(min_size=32, max_size=32))
def test_every_honest_key_is_read(seed: bytes) -> None:
    public = bytes(SigningKey(seed).verify_key)
    assert parse_public(to_base64(public)) == public
