# ruff: noqa: RUF001 - letters that look alike are what is tested
from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.folding import fold, squeeze, unleet, whole_word_look_alikes
from bot.redaction.hits import Hit, Kind, merged

_SPELLINGS = [
    ("АhmЕd  Khаn", "ahmed khan"),
    ("Саmir Ηassan", "camir hassan"),
    ("Мoсква и Иванoв", "москва и иванов"),
    ("s\u200ba\u2060m\u00adi\ufe0fr", "samir"),
    ("\u202esamir\u202c", "samir"),
    ("s\U000e0061amir", "samir"),
    ("２０°３０′ ｓａｍｉｒ", "20°30' samir"),
    ("أَحْمَد ـــ بـــن", "احمد بن"),
    ("А h м е d", "a h m e d"),
    ("𝕾𝖆𝖒𝖎𝖗 🅂🄰🇲", "samir sam"),
    ("Straße  Łódź Ærø", "strasse lodz aero"),
    ("٣٣٫٥ ۱۲۳", "33.5 123"),
    ("line\r\n\tend", "line end"),
    ("a\x00b\ud800c", "abc"),
    ("ꓢꓮM ᏚᎪm", "sam sam"),
]


@pytest.mark.parametrize(("written", "read"), _SPELLINGS)
def test_the_same_letters_are_read_however_they_are_written(written: str, read: str) -> None:
    assert fold(written).text.replace("  ", " ") == read


@pytest.mark.parametrize("word", ["Москва", "Ахмет", "Αθήνα", "أحمد", "דוד"])
def test_a_word_of_one_script_stays_in_it(word: str) -> None:
    assert not fold(word).text.isascii()


def test_what_is_spelled_with_things_between_is_one_word_squeezed() -> None:
    for spelled in ("s a m i r", "s.a.m.i.r", "s-a\n-m i\u200b_r"):
        assert squeeze(fold(spelled)).text == "samir"


def test_a_digit_between_letters_is_read_as_a_letter_and_one_at_an_edge_is_not() -> None:
    assert unleet(fold("h4dd4d s@mir 4th K7")).text == "haddad samir 4th k7"
    assert unleet(fold("ha1dar"), one="l").text == "haldar"
    assert unleet(fold("K7QF 7Q4K-X2MN samir@mail.org")).text == "k7qf 7q4k-x2mn samir@mail.org"


def test_a_word_drawn_wholly_in_another_script_is_listed() -> None:
    assert whole_word_look_alikes("copa") == ("сора",)
    assert whole_word_look_alikes("with") == ()


def test_a_span_takes_the_marks_of_its_last_letter_and_not_the_space() -> None:
    text = "x أحمدٌ y"
    folded = fold(text)
    at = folded.text.index("احمد")
    start, end = folded.span(at, at + 4)
    assert text[start:end] == "أحمدٌ"
    assert fold("ab").span(2, 2) == (2, 2)


@settings(max_examples=200)
@given(st.text(alphabet=st.characters() | st.sampled_from("aеοأ\u0301\u200b ßﷺ½")))
def test_each_folded_character_knows_where_it_came_from(text: str) -> None:
    for folded in (fold(text), squeeze(fold(text)), unleet(fold(text))):
        assert len(folded.origin) == len(folded.text)
        assert list(folded.origin) == sorted(folded.origin)
        for at in range(len(folded.text)):
            start, end = folded.span(at, at + 1)
            assert 0 <= start < end <= len(text)


@settings(max_examples=200)
@given(st.text())
def test_folded_text_folds_to_itself(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=8))
def test_merged_hits_cover_what_was_covered_and_never_overlap(
    places: list[tuple[int, int]],
) -> None:
    hits = [Hit(start, start + length, Kind.NAME, f"{start}") for start, length in places]
    found = merged(hits)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    covered = {at for hit in hits for at in range(hit.start, hit.end)}
    assert {at for hit in found for at in range(hit.start, hit.end)} == covered


def test_of_overlapping_hits_the_longest_names_the_kind() -> None:
    url = Hit(0, 30, Kind.URL, "u")
    assert merged([Hit(10, 20, Kind.PHONE, "p"), url, Hit(30, 31, Kind.IP, "i")])[0] == url
    assert "secret" not in repr(Hit(0, 1, Kind.NAME, "secret"))
