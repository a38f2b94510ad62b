import secrets
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.enrolment import (
    RANDOM_BYTES,
    code_digest,
    code_matches,
    new_code,
    normalise,
)
from bot.domain.ids import CODE_ALPHABET, SeatId

HADDAD, MERROW = SeatId("haddad"), SeatId("merrow")
CODES = st.text(CODE_ALPHABET, min_size=8, max_size=8).map(lambda c: f"{c[:4]}-{c[4:]}")


def test_the_digest_of_a_code_never_changes_between_versions() -> None:
    assert code_digest("7Q4K-X2MN", HADDAD) == (
        "6a7aea1c7d0d3d1618d61e9841a663af6584614da8606e7b205da3a709033307"
    )


@given(CODES)
def test_a_code_opens_its_own_seat_and_no_other(code: str) -> None:
    digest = code_digest(code, HADDAD)
    assert code_matches(code, HADDAD, digest)
    assert not code_matches(code, MERROW, digest)


@pytest.mark.parametrize(
    "typed",
    [
        "7q4k-x2mn",
        "7Q4KX2MN",
        " 7q4k x2mn ",
        "7Q4K\u2013X2MN",
        "7Q4K\u00a0-\u00a0X2MN",
        "\u200f7Q4K-X2MN",
        "\uff17\uff31\uff14\uff2b-X2MN",
        "7Q4K-XZMN",
    ],
)
def test_a_code_is_taken_as_phones_and_people_spell_it(typed: str) -> None:
    assert normalise(typed) == "7Q4K-X2MN"


@pytest.mark.parametrize(
    "typed", ["", "7Q4K-X2M", "7Q4K-X2MNN", "7Q4K-X2M0", "7Q4K_X2MN", "ÀÀÀÀ-ÀÀÀÀ"]
)
def test_what_is_no_code_is_refused_without_being_repeated(typed: str) -> None:
    assert normalise(typed) is None
    with pytest.raises(ValueError, match=r"^not a one-time code$"):
        code_digest(typed, HADDAD)
    assert not code_matches(typed, HADDAD, code_digest("7Q4K-X2MN", HADDAD))


def test_a_used_code_matches_nothing_any_more() -> None:
    assert not code_matches("7Q4K-X2MN", HADDAD, "")


def test_every_byte_value_is_used_evenly_or_not_at_all() -> None:
    letters = Counter(new_code(bytes([byte]) * 8)[0] for byte in range(243))
    assert set(letters) == set(CODE_ALPHABET)
    assert set(letters.values()) == {9}
    for byte in range(243, 256):
        with pytest.raises(ValueError, match="too few"):
            new_code(bytes([byte]) * RANDOM_BYTES)


def test_drawn_codes_are_codes_and_differ() -> None:
    drawn = {new_code(secrets.token_bytes(RANDOM_BYTES)) for _ in range(200)}
    assert len(drawn) == 200
    assert all(normalise(code) == code for code in drawn)
