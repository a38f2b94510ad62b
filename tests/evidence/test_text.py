from __future__ import annotations

import pytest

from bot.evidence.cleaning import clean
from bot.evidence.kinds import Cleaned, Kind, Why, refuse


def test_marks_that_nobody_sees_are_taken_out() -> None:
    marked = "A\u200bB\ufeff \U000e0041\U000e0042C\u2063\x1b"
    assert clean(marked.encode(), Kind.TEXT) == Cleaned(b"AB C", Kind.TEXT, ("invisible",))


@pytest.mark.parametrize("seen", ["می‌خواهم", "שלום, عالم", "Привіт\tжиття\n", "क्‍ष"])
def test_what_a_script_needs_stays(seen: str) -> None:
    assert clean(seen.encode(), Kind.TEXT) == Cleaned(seen.encode(), Kind.TEXT, ())


def test_line_ends_and_blanks_after_them_carry_nothing() -> None:
    assert clean(b"a \t \r\nb\r", Kind.TEXT) == Cleaned(b"a\nb\n", Kind.TEXT, ())


def test_utf16_with_its_mark_is_read() -> None:
    assert clean("héllo".encode("utf-16"), Kind.TEXT) == Cleaned("héllo".encode(), Kind.TEXT, ())


def test_another_encoding_is_damaged() -> None:
    assert clean(b"\xe9t\xe9", Kind.TEXT) == refuse(Why.DAMAGED, kind=Kind.TEXT)
