import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.encoding import (
    FormatError,
    from_base64,
    from_base64url,
    from_decimal,
    sized,
    to_base64,
    to_base64url,
)


@given(st.binary())
def test_bytes_read_back_from_either_alphabet(raw: bytes) -> None:
    assert from_base64(to_base64(raw)) == raw
    assert from_base64url(to_base64url(raw)) == raw


@pytest.mark.parametrize("text", ["QQ", "QR==", "QQ==\n", " QQ==", "QQ=", "Q-==", "é", "QQ==QQ=="])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        from_base64(text)


@pytest.mark.parametrize("text", ["QQ==", "QR", "QQ\n", "Q", "Q+", "Q/", "é", "QQ=QQ"])
def test_base64url_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        from_base64url(text)


@pytest.mark.parametrize("text", ["", "00", "01", "-1", "+1", "1_0", " 1", "1\n", "\u0661", "1e3"])
def test_a_number_has_one_spelling(text: str) -> None:
    with pytest.raises(FormatError):
        from_decimal(text)


def test_a_number_ends_below_two_to_the_sixty_third() -> None:
    assert from_decimal("0") == 0
    assert from_decimal(str(2**63 - 1)) == 2**63 - 1
    for text in (str(2**63), "9" * 30):
        with pytest.raises(FormatError):
            from_decimal(text)


def test_a_value_of_the_wrong_length_is_refused() -> None:
    assert sized(b"abc", 3) == b"abc"
    with pytest.raises(FormatError):
        sized(b"abc", 4)
