"""Paper: the same bytes for the same words, every script readable, nothing typed obeyed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ports import Curve, NotPrinted, Paper, Picture
from bot.typeset.form import form
from bot.typeset.press import MOST_BYTES, TypstPress, printed, words_of
from bot.words.document import (
    Block,
    Break,
    Bullets,
    Code,
    Em,
    Heading,
    Para,
    Quote,
    Strong,
    Table,
    Text,
    Value,
)

START = datetime(2027, 3, 1, 8, tzinfo=UTC)
ARABIC, HEBREW, CYRILLIC = "كريم الحداد", "יוסף כהן", "Карим Хаддад"


def paper(*blocks: Block, language: str = "en", pictures: tuple[Picture, ...] = ()) -> Paper:
    return Paper("Digest", "TLP:AMBER+STRICT", language, "{page} / {pages}", blocks, pictures)


def text_of(made: Paper) -> str:
    return " ".join(" ".join(words_of(printed(form(made)))).split())


def picture(*values: int, hours: int = 24) -> Picture:
    points = tuple((START + timedelta(hours=hours * n), v) for n, v in enumerate(values))
    return Picture("Well-being", 1, 10, (Curve((Value("H-TEAL"), Text(", by one")), points),))


def test_every_kind_of_block_comes_out_as_words() -> None:
    said = text_of(
        paper(
            Heading((Text("Bottom line"),)),
            Para((Text("plain "), Strong((Text("strong"),)), Em((Text("em"),)), Break())),
            Bullets(((Code((Text("K7QF"),)), Text(" promised")),)),
            Quote("first\nsecond"),
            Table(("Check", "Due"), (("visit", "Friday"),)),
        )
    )
    for word in [
        "Bottom",
        "plain",
        "strong",
        "em",
        "K7QF",
        "promised",
        "first",
        "second",
        "Check",
        "Due",
        "visit",
        "Friday",
    ]:
        assert word in said


def test_the_same_paper_gives_the_same_bytes_in_another_process_and_another_year() -> None:
    made = paper(Para(ARABIC), pictures=(picture(3, 5),))
    program = (
        "import sys, hashlib; from bot.typeset.press import printed;"
        "print(hashlib.sha256(printed(sys.stdin.read())).hexdigest())"
    )
    environments = ({"TZ": "Asia/Kathmandu", "LC_ALL": "C"}, {"SOURCE_DATE_EPOCH": "1"})
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=form(made),
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1", **environment},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for environment in environments
    }
    assert len(found) == 1


def test_no_date_is_written() -> None:
    assert b"CreationDate" not in printed(form(paper(Para("x"))))


@pytest.mark.parametrize("name", [ARABIC, HEBREW, CYRILLIC, "Łukasz Đặng Ğ"])
def test_every_script_has_its_letters(name: str) -> None:
    for language in ("en", "ar"):
        said = text_of(paper(Para((Text("by "), Value(name))), language=language))
        assert all(word in said for word in name.split()), said


@pytest.mark.parametrize(
    "typed",
    [
        '#import "@preview/x:0.1.0"',
        '#read("paper.typ")',
        '#panic("x")',
        "$ a $ _b_ *c* <label> @ref // no",
        "\\ \\u{41} #{while true {}}",
        '"quoted" \\n {page}',
    ],
)
def test_what_somebody_typed_is_shown_and_never_obeyed(typed: str) -> None:
    said = text_of(paper(Para((Value(typed),)), Bullets((typed,)), Quote(typed)))
    assert said.replace(" ", "").count(typed.replace(" ", "")) == 3


def runs(*blocks: Block, language: str) -> list[bool]:
    return [block["rtl"] for block in json.loads(form(paper(*blocks, language=language)))["blocks"]]


def test_a_right_to_left_language_turns_the_page_round() -> None:
    block = Para((Value("one"),))
    assert printed(form(paper(block))) != printed(form(paper(block, language="ar")))
    assert runs(block, language="fa-IR") == [True]


def test_a_block_runs_as_its_own_sentence_does_whatever_is_inserted() -> None:
    english = Para((Value(ARABIC), Text(" promises "), Value(ARABIC)))
    arabic = Bullets(((Value("K7QF"), Text(f" {ARABIC} "), Value("Fri 18:00")),))
    table = Table(((Text("Due"),),), ((ARABIC,),))
    for language in ("en", "ar"):
        assert runs(english, arabic, table, language=language) == [False, True, False]
        assert runs(Quote(ARABIC), Quote("one"), language=language) == [True, False]


def test_a_line_without_a_letter_of_its_own_runs_as_the_others_do() -> None:
    bare = Bullets(((Code((Value("K7QF"),)), Text(": "), Value(ARABIC)),))
    assert runs(Para((Text("one"),)), bare, language="ar") == [False, False]
    assert runs(Heading((Text(ARABIC),)), bare, language="ar") == [True, True]


def test_a_list_runs_as_most_of_its_items_do() -> None:
    english, arabic = (Text("one"),), (Text(ARABIC),)
    assert runs(Bullets((english, arabic, arabic)), language="ar") == [True]
    assert runs(Bullets((arabic, english, english)), language="ar") == [False]


def left_edges(made: Paper, *words: str) -> list[float]:
    """Where words stand on the first page."""
    text = pypdfium2.PdfDocument(printed(form(made)))[0].get_textpage()
    found = [text.search(word, match_case=True).get_next() for word in words]
    return [text.get_charbox(at)[0] for at, _ in found]


@pytest.mark.parametrize("said", ["By ", f"{ARABIC} "])
def test_the_second_clock_and_a_length_of_time_are_not_torn_apart(said: str) -> None:
    times = "Thu 18 Mar 02:00 Baghdad (17 Apr 23:00 UTC)"
    made = paper(Para((Text(said), Value(times), Text("; "), Value("4 d 9 h"))), language="ar")
    clock, length = left_edges(made, "17", "Apr", "UTC"), left_edges(made, "4", "9")
    assert clock == sorted(clock)
    assert length == sorted(length)


def test_a_picture_has_its_captions_ticks_and_values() -> None:
    said = text_of(paper(pictures=(picture(4, 5, 3, 6),)))
    for word in ("Well-being", "H-TEAL", "1 Mar", "4 Mar", "10"):
        assert word in said


@pytest.mark.parametrize(
    "drawn",
    [
        picture(),
        picture(4),
        picture(4, 5, hours=0),
        picture(1, 10, hours=24 * 300),
        Picture("Commitments", 0, 0, (Curve("n", ((START, 0),)),), steps=True),
    ],
)
def test_any_picture_can_be_drawn(drawn: Picture) -> None:
    assert printed(form(paper(Para("x"), pictures=(drawn,)))).startswith(b"%PDF")


def test_nothing_to_draw_draws_nothing() -> None:
    assert printed(form(paper(Para("x"), pictures=(picture(),)))) == printed(form(paper(Para("x"))))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_no_words_stop_the_press(words: list[str]) -> None:
    assert printed(form(paper(*(Para(one) for one in words), Quote(words[0])))).startswith(b"%PDF")


def test_what_does_not_compile_and_what_is_too_long_say_so_without_words() -> None:
    with pytest.raises(NotPrinted, match=r"^not_compiled$"):
        printed('{"title": "secret"}')
    with pytest.raises(NotPrinted, match=r"^not_read$"):
        words_of(b"secret")
    press = TypstPress()
    with pytest.raises(NotPrinted, match=r"^too_long$"):
        asyncio.run(press.pdf(paper(Para("x" * MOST_BYTES))))
    press.close()


def test_a_press_prints_beside_the_loop() -> None:
    async def both() -> tuple[bytes, tuple[str, ...]]:
        press = TypstPress()
        made = await press.pdf(paper(Para("beside")))
        return made, await press.words_in(made)

    made, words = asyncio.run(both())
    assert made == printed(form(paper(Para("beside"))))
    assert "beside" in words[0]
