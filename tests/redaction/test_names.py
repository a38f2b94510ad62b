from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redaction.hits import Kind
from bot.redaction.names import compile_names
from bot.redaction.names_common import COMMON
from bot.redaction.names_words import ABD, PARTICLES, TITLES
from tests.redaction import names_set
from tests.redaction.names_set import Case

_ALPHABETS = (
    "abcdefghiklmnoprstuvz",
    "абвгдезиклмнопрстуфх",
    "ابتجحخدرزسشعفقكلمنهوي",
    "אבגדהוזחטיכלמנספצקרשת",
)
_SAID_NOTHING = COMMON | PARTICLES | TITLES | ABD
_WORD = st.sampled_from(_ALPHABETS).flatmap(
    lambda letters: st.text(letters, min_size=4, max_size=9)
).filter(lambda word: word not in _SAID_NOTHING)  # fmt: skip
_NAME = st.tuples(_WORD, _WORD).filter(lambda words: words[0] != words[1]).map(
    lambda words: f"{words[0].title()} {words[1].title()}"
)  # fmt: skip
_ENTRIES = st.lists(_NAME, min_size=1, max_size=6, unique=True).map(
    lambda names: [(f"{at}", name) for at, name in enumerate(names)]
)


@pytest.mark.parametrize("case", names_set.cases(), ids=range(len(names_set.cases())))
def test_a_bent_name_is_found_whole(case: Case) -> None:
    assert names_set.is_found(case)


@pytest.mark.parametrize("text", names_set.innocent())
def test_nothing_is_found_in_an_innocent_text(text: str) -> None:
    assert not names_set.roster().hits(text)


def test_the_set_is_as_large_as_was_asked_for() -> None:
    texts = [case.text for case in names_set.cases()]
    assert len(set(texts)) == len(texts) >= 60
    assert len(set(names_set.innocent())) >= 30


def test_the_page_on_names_shows_what_is_found_today() -> None:
    now = names_set.PAGE.read_text("utf-8")
    assert names_set.page(now) == now, "run: python -m tests.documents.made"


@settings(max_examples=200, deadline=None)
@given(_ENTRIES, st.text(max_size=80))
def test_hits_lie_within_the_text_in_order(entries: list[tuple[str, str]], text: str) -> None:
    known = {one for one, _ in entries}
    at = 0
    for hit in compile_names(entries).hits(f"{text} {entries[0][1]} {text}"):
        assert at <= hit.start < hit.end <= 2 * len(text) + len(entries[0][1]) + 2
        assert hit.kind is Kind.NAME
        assert hit.key in known
        at = hit.end


@settings(max_examples=200, deadline=None)
@given(_ENTRIES, st.sampled_from([" ", ", ", "\n", "(", "!"]), st.data())
def test_a_name_as_the_roster_has_it_is_always_found(
    entries: list[tuple[str, str]], edge: str, data: st.DataObject
) -> None:
    _, name = data.draw(st.sampled_from(entries))
    text = f"x{edge}{name}{edge}y"
    start = text.index(name)
    hits = compile_names(entries).hits(text)
    assert any(hit.start <= start and start + len(name) <= hit.end for hit in hits)


@settings(max_examples=150, deadline=None)
@given(_ENTRIES, _ENTRIES, st.text(max_size=20), st.data())
def test_more_names_never_take_a_find_away(
    few: list[tuple[str, str]], more: list[tuple[str, str]], around: str, data: st.DataObject
) -> None:
    _, name = data.draw(st.sampled_from(few))
    _, other = data.draw(st.sampled_from(more))
    text = f"{around} {name} {other.split()[0]} {around} {name.split()[1]} {other}"
    before = compile_names(few).hits(text)
    after = compile_names([*few, *((f"more-{one}", name) for one, name in more)]).hits(text)
    covered = {at for hit in after for at in range(hit.start, hit.end)}
    assert all(set(range(hit.start, hit.end)) <= covered for hit in before)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=3), st.text(max_size=60))
def test_no_unicode_is_too_much(spellings: list[str], text: str) -> None:
    names = compile_names([(f"{at}", one) for at, one in enumerate(spellings)])
    for hit in names.hits(text):
        assert 0 <= hit.start < hit.end <= len(text)


def test_the_order_of_entries_does_not_matter() -> None:
    entries = [("a", "Karim Haddad"), ("b", "Nour Haddad"), ("c", "Karim Khoury")]
    text = "Haddad, Karim Khoury and N. Haddad"
    found = {compile_names(listed).hits(text) for listed in permutations(entries)}
    assert len(found) == 1


def test_a_surname_goes_by_the_person_named_in_full() -> None:
    names = compile_names([("a", "Karim Haddad"), ("b", "Nour Haddad")])
    assert [hit.key for hit in names.hits("Haddad is here")] == ["a"]
    assert [hit.key for hit in names.hits("Nour Haddad spoke. Later Haddad left.")] == ["b", "b"]


def test_a_given_name_alone_counts_after_a_title_only() -> None:
    names = compile_names([("a", "Karim Haddad")])
    assert not names.hits("Karim was seen")
    assert [hit.key for hit in names.hits("Captain Karim was seen")] == ["a"]


def test_an_everyday_word_counts_by_its_capital_only() -> None:
    names = compile_names([("a", "Miriam Rose")])
    assert not names.hits("They rose early")
    assert names.hits("We saw Rose there")
    assert names.hits("we saw miriam rose there")


def test_the_commonest_names_count_with_company_only() -> None:
    names = compile_names([("a", "Yusuf Hassan")])
    assert not names.hits("Hassan was seen")
    assert names.hits("Y. Hassan was seen")
    assert names.hits("Yusuf was seen, Hassan") == ()
    assert names.hits("Yousuf Hasan was seen")


def test_an_entry_may_hold_several_spellings() -> None:
    names = compile_names([("a", "Karim Haddad / Георгий Соколовский (يوسف المنصوري)")])
    for text in ("Haddad is here", "Соколовский здесь", "هنا المنصوري"):
        assert [hit.key for hit in names.hits(text)] == ["a"]


def test_a_name_of_one_word_counts_alone() -> None:
    names = compile_names([("a", "Zoryana")])
    assert [hit.key for hit in names.hits("ask Zoryana")] == ["a"]


def test_without_names_nothing_is_found() -> None:
    assert compile_names([]).hits("Karim Haddad") == ()
    assert compile_names([("a", ""), ("b", " ./ ")]).hits("Karim Haddad") == ()
