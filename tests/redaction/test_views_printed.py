from __future__ import annotations

import pytest

from bot.ports import Paper
from bot.redaction.identifiers import identifiers
from bot.redaction.last_gate import scan
from bot.redaction.protected import protect
from bot.redaction.views_printed import as_printed
from bot.typeset.form import form
from bot.typeset.press import printed, words_of
from bot.words.document import Block, Bullets, Para, Quote, Table, Value

_NAMES = ("علاء سلامة", "بلال عبد السلام", "יוסף מזרחי", "Карим Хаддад", "Mahmoud al-Tikriti")
_NUMBERS = (
    "+964 770 123 4567",
    "mahmoud.t@relief-line.org",
    "@leila.by:hs.mediators.net",
    "36.3350, 43.1189",
    "GB29 NWBK 6016 1331 9268 19",
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "passport FA765432",
    "born 14 March 1979",
    "203.0.113.45",
    "https://drop.example.net/lists/alpha",
    "72nd Mechanized Brigade",
)
_CLOSED = protect(
    ((name, name) for name in _NAMES), [hit for text in _NUMBERS for hit in identifiers(text)]
)
_AROUND = {
    "en": "the words of the parties",
    "ar": "كلمات الطرفين حول الامر",
    "he": "המילים של הצדדים",
}


@pytest.mark.parametrize("language", _AROUND)
@pytest.mark.parametrize("said", [*_NAMES, *_NUMBERS])
def test_a_printed_page_shows_what_is_closed(language: str, said: str) -> None:
    around = _AROUND[language]
    blocks: tuple[Block, ...] = (
        Para((Value(f"{around} {said} {around}"),)),
        Quote(f"{around}\n{said}"),
        Table((around, "b", "c"), ((said, "1", "2"),)),
        Bullets((around, said)),
    )
    for block in blocks:
        page = Paper(around, "TLP:AMBER", language, "{page} / {pages}", (block,))
        assert scan(words_of(printed(form(page))), _CLOSED)
    empty = Paper(around, "TLP:AMBER", language, "{page}", (Para((Value(around),)),))
    assert not scan(words_of(printed(form(empty))), _CLOSED)


def test_a_page_without_words_from_right_to_left_is_in_order() -> None:
    assert not list(as_printed("samir@example.org, 12 tents; Хаддад"))
    assert not list(as_printed("كلمات الطرفين"))


def test_every_character_of_the_view_stands_for_its_own() -> None:
    text = "هو org.example@samir عالء"
    (view,) = as_printed(text)
    assert view.text == "هو samir@example.org علاء"
    assert "".join(text[at] for at in view.starts) == view.text
