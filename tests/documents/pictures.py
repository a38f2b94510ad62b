"""Draw a digest on paper as pictures, so that people can look at it.

    .venv/bin/python -m tests.documents.pictures docs/pictures

It plays a case, composes the digest of one principal, prints it as the bot does, and draws the PDF
with another library: a page in English, a page from right to left, and the chart alone.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pypdfium2
from PIL import Image

from bot.digest.chart import chart
from bot.digest.compose import compose
from bot.domain.ids import CompartmentId
from bot.ports import Paper
from bot.runner.papers import on_paper
from bot.typeset.form import form
from bot.typeset.press import printed
from tests.support.orchid import MEDIATORS, QUIET, short_code, with_keys
from tests.support.playbook import Play

BENCH, CAUCUS = CompartmentId("bench-north"), "caucus-north"
SCALE = 1.5
"""Pixels for each point of the page: 108 to the inch."""
COLOURS = 48
CONDITION = ((6, 7), (5, 7), (4, 6), (4, 5), (6, 6), (7, 6), (8, 8))
"""Of one person by two assessors, one pair every few days."""
PROMISED = {1: "promise", 4: "maps"}
"""After which of them a promise is made."""
_NEEDY = 5
_ZONE = 'zone = "Asia/Baghdad"\nlanguage = '
ENGLISH = {
    "first": "we can receive at the northern crossing on any day but Friday",
    "second": "the lists of the wounded are with the neutral body",
    "promise": "release ten wounded prisoners at the northern crossing",
    "later": "hand over the list of the graves in the valley",
    "maps": "give the maps of the mined road to the neutral body",
    "kept": "let the doctor of the neutral body in",
    "needs": "needs insulin, a doctor",
    "seen": "seen by the delegate, walks with a stick",
}
ARABIC = {
    "first": "نستطيع الاستقبال عند المعبر الشمالي في أي يوم ما عدا الجمعة",
    "second": "قوائم الجرحى لدى الهيئة المحايدة، وفيها 10 أسماء",
    "promise": "الإفراج عن عشرة أسرى جرحى عند المعبر الشمالي",
    "later": "تسليم قائمة القبور في الوادي",
    "maps": "تسليم خرائط الطريق الملغومة إلى الهيئة المحايدة",
    "kept": "السماح بدخول طبيب الهيئة المحايدة",
    "needs": "needs إنسولين، طبيب",
    "seen": "رآه المندوب، يمشي بعصا",
}
_ARABIC_NAMES = {
    "Minister Karam": "الوزير كرم",
    "Lt. Haddad": "الملازم حداد",
    "Maj. Yazan": "الرائد يزن",
    'name = "North"': 'name = "الشمال"',
    'name = "South"': 'name = "الجنوب"',
}


def paper(*, arabic: bool = False) -> Paper:
    """Return the paper of a digest: three weeks of one party's case, its chart with two assessors."""
    play = _played(arabic=arabic)
    case = play.case
    reader = case.compartments[BENCH]
    said = compose(case, reader, play.now, code=short_code("digest"), confirm=timedelta(hours=12))
    lines = chart(case, BENCH, play.now)
    made, _ = on_paper(case, play._opened, said, lines, reader.party, now=play.now)
    return made


def _played(*, arabic: bool) -> Play:
    text, words = QUIET, ARABIC if arabic else ENGLISH
    if arabic:
        for name, other in _ARABIC_NAMES.items():
            text = text.replace(name, other)
        text = text.replace(f'{_ZONE}"en"', f'{_ZONE}"ar"')
    play = Play()
    play.takes_case_file(with_keys(text, *MEDIATORS))
    play.makes_rooms()
    people = [seat for seat in sorted(play.case.seats) if seat not in MEDIATORS]
    play.enrols(*people)
    play.verifies(*people)
    _story(play, words)
    return play


def _story(play: Play, words: dict[str, str]) -> None:
    """Three weeks: two watches, one person's condition by two people, four promises."""
    _types(play, f"!record {words['first']}")
    welfare = play.code_of(_types(play, "!watch add welfare for H-TEAL every 4d grace 12h"))
    sign = play.code_of(_types(play, "!watch add sign of life for H-AMBER every 4d grace 6h"))
    _accepted(play, words["kept"], "in 2d")
    for number, (first, second) in enumerate(CONDITION):
        needs = f" {words['needs']}" if number < _NEEDY else ""
        _types(play, f"!index {welfare} {first}{needs}")
        _types(play, f"!index {welfare} {second}", "yazan")
        play.passes(days=2, hours=9)
        _types(play, f"!report {welfare} media: {words['seen']}")
        if number < _NEEDY:
            _types(play, f"!report {sign} media: {words['seen']}")
        if number in PROMISED:
            _accepted(play, words[PROMISED[number]], "in 6d")
    _types(play, f"!record {words['second']}", "yazan")
    _accepted(play, words["later"], "in 20d")


def _accepted(play: Play, text: str, due: str) -> None:
    """A promise of North that South has accepted; the first of them is kept at once."""
    code = play.code_of(_types(play, f"!commit to south by {due}: {text}"))
    _types(play, f"!confirm {code}")
    asked = play.code_of(_types(play, f"!release {code} to shuttle-south"))
    _types(play, f"!consent {asked}", "yazan")
    there = play.code_of(play.said_in("shuttle-south"))
    play.types("merrow", "shuttle-south", f"!accept {there}")
    if len(play.case.commitments) == 1:
        _types(play, f"!fulfilled {code}")


def _types(play: Play, text: str, seat: str = "haddad") -> str:
    return play.types(seat, CAUCUS, text)


def drawn(pdf: bytes) -> list[Image.Image]:
    """Return each page of a PDF as a picture."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=SCALE).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def small(picture: Image.Image) -> Image.Image:
    """Return the picture in few colours: text and thin lines need no more."""
    return picture.quantize(COLOURS, dither=Image.Dither.NONE)


def chart_alone(made: Paper) -> Paper:
    """Return a paper of the same chart and no words."""
    return Paper(made.title, "", made.language, "", (), made.pictures)


def cropped(picture: Image.Image, edge: int = 24) -> Image.Image:
    """Return what stands on a page above its foot, with a narrow edge."""
    picture = picture.crop((0, 0, picture.width, round(0.9 * picture.height)))
    box = picture.convert("L").point(lambda shade: 255 * (shade < 250)).getbbox()
    if box is None:
        raise ValueError("an empty page")
    left, top, right, bottom = box
    return picture.crop((left - edge, top - edge, right + edge, bottom + edge))


def main(folder: Path) -> None:
    """Write the pictures."""
    english, arabic = paper(), paper(arabic=True)
    pages = {
        "digest-page": drawn(printed(form(english))),
        "digest-page-arabic": drawn(printed(form(arabic))),
    }
    for name, found in pages.items():
        small(found[0]).save(folder / f"{name}.png", optimize=True)
    (alone,) = drawn(printed(form(chart_alone(english))))
    small(cropped(alone)).save(folder / "chart.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
