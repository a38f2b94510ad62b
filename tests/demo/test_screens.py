"""The search of a client's bytes finds what it is for, however it is dressed up."""

from __future__ import annotations

import json

import pytest

from bot.demo.report import NotAsExpected
from bot.demo.scenarios.screens import screened
from bot.ports.printed import Paper
from bot.typeset.form import form
from bot.typeset.press import printed
from bot.words.document import Block, Para, Quote, Text

WORDS = "H-CEDAR would rather stay"


def reported(**content: str) -> str:
    return json.dumps({"ev": "timeline", "content": content}, ensure_ascii=False)


@pytest.mark.parametrize(
    "content",
    [
        {"body": f"they say {WORDS}, it seems"},
        {"body": "hello", "formatted_body": "h-cedar <b>would</b> rat<i>her</i> stay"},
        {"body": "H-CE\u200bDAR wo\u2060uld rather\nstay"},
        {"body": "hello", "filename": f"{WORDS}.pdf"},
        {"body": "H-CEDAR  would&#x20;rather stay"},
    ],
)
def test_words_are_found_in_any_part_of_a_message(content: dict[str, str]) -> None:
    assert screened(reported(**content), []).holds(WORDS)
    assert not screened(reported(**content), []).holds("H-SLATE")


def test_words_are_found_in_a_file() -> None:
    assert screened("", [WORDS.encode()]).holds(WORDS)


def test_words_are_found_on_every_page_of_a_pdf_and_in_its_title() -> None:
    many = tuple(Quote(f"line {number}") for number in range(200))
    blocks: tuple[Block, ...] = (*many, Para((Text(WORDS),)))
    paper = Paper("Digest of the north", "", "en", "{page} / {pages}", blocks, ())
    screen = screened("", [printed(form(paper))])
    assert screen.pages > 1
    assert screen.holds(WORDS)
    assert screen.holds("Digest of the north")


def test_a_pdf_that_cannot_be_read_is_no_proof() -> None:
    with pytest.raises(NotAsExpected):
        screened("", [b"%PDF-1.7 torn"])


def test_a_code_is_found_as_itself_and_not_inside_a_key() -> None:
    key = reported(event_id="$abcK7QFxyz0123456789")
    assert not screened(key, []).holds_code("K7QF")
    for body in ("see `K7QF`", "K7QF", "see K7\u2060QF.", "receipt-K7QF.json", "!confirm K7QF now"):
        assert screened(reported(body=body), []).holds_code("K7QF"), body


def test_a_file_as_large_as_a_code_and_a_name_inside_a_key_are_no_leak() -> None:
    """Four digits may be a code, and five letters come by chance in so many signatures."""
    sealed = json.dumps({"body": "a.parley", "info": {"size": 3224}}, separators=(",", ":"))
    assert not screened(sealed, []).holds_code("3224")
    assert screened(reported(body="see `3224`"), []).holds_code("3224")
    signature = "kHT3qXqAsIm9/2K7QF+" * 5
    assert not screened(reported(signature=signature), []).holds("qasim")
    assert not screened(reported(signature=signature), []).holds_code("K7QF")
    assert screened(reported(body="Col. Qasim said so"), []).holds("qasim")


def test_words_are_found_in_a_long_path_of_words() -> None:
    path = "files/of/the/caucus/west/handed/over/by/col-qasim"
    assert len(path) > 40
    assert screened(reported(body=path), []).holds("qasim")
