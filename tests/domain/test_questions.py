"""When two answers count as the same, and what is kept of one."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.codec import BadForm
from bot.domain.question_states import OPEN, TABLE, USED_UP, QuestionState, question_leads_to
from bot.domain.questions import (
    MOST_WORDS,
    Cost,
    Hashed,
    Sealed,
    fits,
    fits_duress,
    holds,
    key_of,
    sealed_of,
    windows,
    words_of,
)

SAME = [
    ("Aunt Zahra", "aunt zahra"),
    ("Aunt Zahra", "  AUNT\u00a0  Zahra!! "),
    ("Aunt Zahra", "auntzahra"),
    ("the old well", "Old well"),
    ("al-Rashid street", "Rashid Street"),
    ("dog's name", "dogs name"),
    ("Café Núñez", "cafe nunez"),
    ("Straße 12", "STRASSE 12"),
    ("Łódź", "lodz"),
    ("12", "١٢"),
    ("12", "۱۲"),
    ("12", "१२"),
    ("\uff11\uff12\uff4b\uff4d", "12 km"),
    ("أحمد", "احمد"),
    ("إيمان", "ايمان"),
    ("آمنة", "امنه"),
    ("مُحَمَّد", "محمد"),
    ("محمـــد", "محمد"),
    ("مصطفى", "مصطفي"),
    ("فاطمة", "فاطمه"),
    ("البيت القديم", "بيت قديم"),
    ("مسؤول", "مسوول"),
    ("سماء", "سما"),
    ("کتاب", "كتاب"),
    ("Семён", "семен"),
    ("Ёлка", "ЕЛКА"),
    ("שָׁלוֹם", "שלום"),
    ("a\u200bb\u202ec", "abc"),
    ("ﬁre", "fire"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_a_tired_person_types_otherwise_is_the_same_answer(one: str, other: str) -> None:
    assert key_of(one) == key_of(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("aunt zahra", "aunt zahara"), ("12", "21"), ("alice", "ice"), ("محمد", "محمود"), ("a", "b")],
)
def test_another_answer_stays_another(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


def test_an_answer_of_nothing_but_articles_is_compared_all_the_same() -> None:
    assert words_of("The A") == ("the", "a")
    assert key_of("ال") == "ال"


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_folding_a_folded_answer_changes_nothing_more_than_an_article(text: str) -> None:
    once = " ".join(words_of(text))
    assert key_of(unicodedata.normalize("NFD", text)) == key_of(unicodedata.normalize("NFC", text))
    assert key_of(text.upper()) == key_of(text.upper().lower())
    assert all(c.isalnum() or unicodedata.category(c) == "Mc" for c in key_of(text))
    assert "".join(once.split()) == key_of(text)


@given(
    st.lists(st.sampled_from(["the", "river", "12", "بيت", "well", "old"]), min_size=1, max_size=4),
    st.lists(st.sampled_from(["horse", "x", "رمل", "seven"]), max_size=4),
    st.lists(st.sampled_from(["horse", "y", "رمل"]), max_size=4),
)
def test_a_phrase_typed_anywhere_in_an_answer_is_one_of_its_windows(
    phrase: list[str], before: list[str], after: list[str]
) -> None:
    typed = " ".join((*before, *phrase, *after))
    assert holds(typed, key_of(" ".join(phrase))) or set(phrase) == {"the"}


def test_a_duress_phrase_of_articles_alone_would_never_be_found_and_does_not_fit() -> None:
    assert fits_duress("the old well")
    assert not any(map(fits_duress, ["the an al", "old", "", "well " * 13]))


def test_a_window_begins_with_a_word_and_may_end_in_one() -> None:
    assert holds("two users", "use")
    assert not holds("the fuselage", "use")


def test_how_many_windows_there_are_follows_from_the_words_alone() -> None:
    text = "seven horses by the old well"
    assert {len(windows(text, length)) for length in range(1, 99)} == {len(words_of(text))}


def test_what_could_not_be_compared_does_not_fit() -> None:
    assert fits("é2")
    assert not any(map(fits, ["", "!", "x", "- -", "two\nlines", "w" * 201, "\u200b\u0301"]))
    assert fits("horse " * MOST_WORDS)
    assert not fits("horse " * (MOST_WORDS + 1))


KEPT = Sealed(Cost(3, 8192), b"s" * 16, (b"a" * 32, b"b" * 32), b"d" * 32, 7)


def test_what_is_kept_is_read_back_and_shown_by_no_repr() -> None:
    assert sealed_of(KEPT.text()) == KEPT
    assert "6161" not in repr(KEPT)
    assert b"a" * 32 not in repr(KEPT).encode()
    assert "61" not in repr(Hashed(KEPT.text()))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "scrypt"), ("passes", 1000), ("memory", 1 << 40), ("salt", "00"),
        ("answers", []), ("answers", ["00"]), ("duress", "zz"), ("length", None),
    ],
)  # fmt: skip
def test_what_was_spoiled_is_refused_without_a_word_of_it(field: str, value: object) -> None:
    raw = json.loads(KEPT.text())
    if (field, value) == ("answers", []):
        raw["duress"] = ""
    else:
        raw[field] = value
    with pytest.raises(BadForm, match=r"^question$"):
        sealed_of(json.dumps(raw))


def test_the_table_of_states_has_each_pair_once_and_ends_everywhere() -> None:
    pairs = [(row.state, row.turn) for row in TABLE]
    assert len(pairs) == len(set(pairs))
    assert {question_leads_to(*pair) for pair in pairs} | {QuestionState.KEPT} == set(QuestionState)
    assert {QuestionState.ANSWERED, QuestionState.FAILED, QuestionState.BURNT} == USED_UP
    assert not OPEN & USED_UP
