# ruff: noqa: RUF001 - letters of several scripts
"""What is looked at first, to be fast, must never hide a find from what is looked at then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.redaction import folding, identifiers, identifiers_contact, names_pieces, views
from bot.redaction.folding import fold
from bot.redaction.hits import Kind
from bot.redaction.names import compile_names
from bot.redaction.names_tokens import Words
from bot.redaction.protected import protect
from bot.redaction.rules import At
from bot.redaction.spelling_table import SPELLED
from tests.redaction.adversarial_set import cases, innocent

_PAIRS = {
    "a scheme's colon": (identifiers_contact._SCHEME, identifiers_contact._SCHEME_SIGN),
    "a domain's ending": (identifiers_contact._BARE_HINT, identifiers_contact._BARE_SIGN),
    "a digit read as a letter": (folding._LEET_INSIDE, folding._LEET_READ),
    "a long token": (views._TOKEN, views._LONG),
}
_RULES = identifiers._DIGIT_RULES._rules


def _texts() -> Iterator[str]:
    yield from (case.text for case in cases())
    yield from (text for _, text in innocent())


@pytest.mark.parametrize("pair", _PAIRS)
@given(drawn=st.data())
@settings(max_examples=100, deadline=None)
def test_what_is_looked_at_first_stands_wherever_there_is_something(
    pair: str, drawn: st.DataObject
) -> None:
    whole, first = _PAIRS[pair]
    text = drawn.draw(st.from_regex(whole))
    assume(whole.search(text) and not text.startswith("www."))
    assert first.search(text) or "www." in text


@pytest.mark.parametrize(
    ("whole", "first"),
    [(views._MISTYPED, views._DIGIT_LETTER), (views._BESIDE_DIGITS, views._DRAWN_DIGIT)],
)
def test_a_letter_among_digits_is_seen_from_the_digit(
    whole: re.Pattern[str], first: re.Pattern[str]
) -> None:
    for text in map("".join, product("OlS|1aА -", repeat=5)):
        assert first.search(text) or not whole.search(text)


_LETTERS = st.text(st.sampled_from("abзвжη αш-. \n_1'ا٣"), max_size=12)


def test_letters_of_two_scripts_side_by_side_are_seen_from_either() -> None:
    one, other = f"[{folding._LATIN}]", f"[{folding._OTHERS}]"
    mixed = re.compile(
        rf"{one}(?:{other}|[\W_]{{1,3}}{other}(?!\w))|{other}(?:{one}|[\W_]{{1,3}}{one}(?!\w))"
    )
    for text in map("".join, product("aв -1", repeat=7)):
        assert bool(folding._MIXED.search(text)) is bool(mixed.search(text))


@given(_LETTERS)
@settings(max_examples=300)
def test_a_text_with_letters_one_by_one_is_known_by_its_words(text: str) -> None:
    folded = fold(text)
    assert Words(folded).letters or not names_pieces._SPACED.search(folded.text)


@given(st.text(st.sampled_from("abcAКb к9@_./'&= "), max_size=16))
@settings(max_examples=300)
def test_one_glance_at_a_words_case_says_what_a_long_look_says(text: str) -> None:
    words = Words(fold(text))
    handles = re.search(r"[@#/_=&%\\]|\w\.\w|[^\W\d_]\d|\d[^\W\d_]", words.text)
    assert words._handles is bool(handles)
    for at, token in enumerate(words.tokens):
        assert words.unmarked(token) is (words.look(at) == 0)
        assert words.text[token.start : token.end] == token.word


@pytest.mark.parametrize("number", range(len(_RULES)))
@given(drawn=st.data())
@settings(max_examples=12, deadline=None)
def test_what_a_rule_needs_is_in_whatever_it_finds(number: int, drawn: st.DataObject) -> None:
    rule = _RULES[number]
    text = "7" + drawn.draw(st.from_regex(rule.pattern))
    for found in rule.pattern.finditer(text):
        # A zone line is judged by its fillers.
        assert any(one in found[0] for one in rule.needs) or rule.needs in {(), ("<",)}
        if rule.at in {At.NUMBER, At.EITHER} and found.start():
            # Rules are tried at a number's first digit alone.
            assert not text[found.start() - 1 : found.start() + 1].isdecimal()


def test_every_mark_that_says_a_sound_is_seen() -> None:
    assert Words(fold("Karim Haddad")).plain
    for letter in SPELLED:
        assert len(letter) > 1 or not Words(fold(f"Kari{letter} Haddad")).plain


def test_a_servant_is_one_word_also_where_words_are_written_together() -> None:
    words = Words(fold("see KarimAbd al-Rahman"))
    assert [token.word for token in words.tokens] == ["see", "karim", "abdrahman"]


def test_the_rules_for_a_zone_are_those_that_it_is_large_enough_for() -> None:
    for many in range(30):
        for longest in (0, 8, 9, 17, 89, 90, 500):
            fitting = [one for one in _RULES if one.least <= many and one.token <= longest]
            assert list(identifiers._DIGIT_RULES.fitting(many, longest)) == fitting


def test_a_text_that_is_folded_already_is_searched_like_any_other() -> None:
    protected = protect([("a", "Samir Haddad"), ("c", "K-FLORA")], places=[("b", "Изюм")])
    for text in _texts():
        assert list(protected.hits(fold(text))) == list(protected.hits(text))


def test_digits_that_are_a_time_are_not_counted_and_hide_no_plate() -> None:
    texts = ["AB12CDE at 18:00", "at 18:00 AB12 CDE", "from 2026-11-22 on AB12CDE"]
    kinds = [[hit.kind for hit in identifiers.identifiers(text)] for text in texts]
    assert kinds == [[Kind.PLATE]] * 3


@pytest.mark.parametrize("sign", ["-at-", "*at*", "_at_", " - at - ", " (at) ", "[at]"])
def test_an_address_is_found_by_each_way_to_write_its_sign(sign: str) -> None:
    found = identifiers.identifiers(f"write to samir{sign}example (dot) org")
    assert "samir@example.org" in [hit.key for hit in found]


@pytest.mark.parametrize(
    "text", ["they say freekarimhaddad now", "ask Ka rimHad- dad", "see @haddad"]
)
def test_a_text_that_is_searched_again_tells_the_same(text: str) -> None:
    names = compile_names([("a", "Karim Haddad")])
    first = names.hits(text)
    assert first
    assert names.hits(text) == first == names.hits(f"{text} {text}")[: len(first)]
