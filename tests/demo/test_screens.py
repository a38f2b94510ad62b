"""The search of a client's bytes finds what it is for, however it is dressed up."""

from __future__ import annotations

import json

import pytest

from bot.demo.report import NotAsExpected
from bot.demo.scenarios.looking import clock_after, code_in
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


def test_codes_and_times_are_read_off_an_answer() -> None:
    assert code_in("On record as `K7\u2060QF`, words of `karam`") == "K7QF"
    assert clock_after("Day 1, Mon 1 Mar 02:29 Tehran (23:58 UTC).", 5) == "00:03"
    with pytest.raises(NotAsExpected):
        code_in("Nothing done")
