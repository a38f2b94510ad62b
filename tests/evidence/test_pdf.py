from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, String

from bot.evidence.cleaning import clean
from bot.evidence.kinds import Cleaned, Kind, Unclean, Why, refuse
from bot.evidence.pdf import _check_ours
from tests.support.planted import found_in, mark
from tests.support.planted_pdf import pdf

PLANTED = pdf()


def cleaned(content: bytes) -> Cleaned:
    made = clean(content, Kind.PDF)
    assert isinstance(made, Cleaned), made
    return made


def drawn(content: bytes, page: int = 0) -> list[tuple[int, ...]]:
    """Return the colours of some points of a page."""
    with pypdfium2.PdfDocument(content) as opened:
        image = opened[page].render(scale=1, rev_byteorder=True).to_pil().convert("RGB")
    points = [(70, 130), (220, 80), (210, 160), (250, 160), (280, 10)]
    return [image.getpixel(point) for point in points]


def saved(change: Callable[[pikepdf.Pdf], None], pages: int = 1) -> bytes:
    made, out = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(page_size=(300, 200))
    change(made)
    made.save(out)
    return out.getvalue()


def test_the_search_finds_what_is_planted() -> None:
    assert len(set(found_in(PLANTED))) > 40


def test_nothing_planted_in_a_pdf_is_in_any_byte_of_the_clean_one() -> None:
    made = cleaned(PLANTED)
    assert found_in(made.content) == []
    with pikepdf.open(io.BytesIO(made.content)) as opened:
        assert len(opened.pages) == 2
        assert set(opened.Root.keys()) == {"/Type", "/Pages"}
        assert "/Info" not in opened.trailer
    assert {
        "actions",
        "annotations",
        "attachments",
        "editor_notes",
        "form",
        "info",
        "outlines",
        "revisions",
        "scripts",
        "text_layer",
        "xmp",
    } <= set(made.removed)


def test_what_is_seen_on_a_page_stays_where_it_is() -> None:
    before, after = drawn(PLANTED), drawn(cleaned(PLANTED).content)
    for old, new in zip(before, after, strict=True):
        assert all(abs(one - other) < 12 for one, other in zip(old, new, strict=True))
    assert (before[0][0] > 240, before[0][1] < 20) == (True, True)


def test_the_same_pdf_comes_out_the_same_twice() -> None:
    assert cleaned(PLANTED).content == cleaned(PLANTED).content


def test_pages_keep_their_size_and_their_turn() -> None:
    def turn(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.Rotate = 90

    with pikepdf.open(io.BytesIO(cleaned(saved(turn)).content)) as opened:
        assert [int(side) for side in opened.pages[0].mediabox] == [0, 0, 200, 300]


def test_an_encrypted_pdf_says_so() -> None:
    assert clean(pdf(password="open sesame"), Kind.PDF) == refuse(Why.ENCRYPTED, kind=Kind.PDF)


def test_more_pages_than_allowed_are_refused() -> None:
    content = saved(lambda _: None, pages=61)
    assert clean(content, Kind.PDF) == refuse(Why.PAGES, kind=Kind.PDF, limit=60)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"x" * 5000, PLANTED[:300]])
def test_a_broken_pdf_is_damaged(content: bytes) -> None:
    assert clean(content, Kind.PDF) == refuse(Why.DAMAGED, kind=Kind.PDF)


def test_a_form_that_needs_a_script_to_be_drawn_stays() -> None:
    def form(made: pikepdf.Pdf) -> None:
        made.Root.AcroForm = Dictionary(Fields=Array([]), XFA=String("x"))

    assert clean(saved(form), Kind.PDF) == refuse(Why.UNSURE, kind=Kind.PDF)


@pytest.mark.parametrize(
    "font",
    [
        Dictionary(Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.Arial),
        Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=Name.Arial,
            Encoding=Dictionary(Differences=Array([65, Name.afii10017])),
        ),
    ],
)
def test_letters_that_would_have_to_be_guessed_stay(font: Dictionary) -> None:
    def use(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.Resources = Dictionary(Font=Dictionary(F=made.make_indirect(font)))

    assert clean(saved(use), Kind.PDF) == refuse(Why.UNSURE, kind=Kind.PDF)


def test_a_sheet_too_large_to_be_drawn_fine_enough_is_refused() -> None:
    def widen(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.MediaBox = Array([0, 0, 14_000, 200])

    assert clean(saved(widen), Kind.PDF) == refuse(Why.PIXELS, kind=Kind.PDF, limit=11)


def test_our_own_work_is_looked_at_key_by_key() -> None:
    made = cleaned(PLANTED).content
    _check_ours(made, 2)
    with pytest.raises(Unclean):
        _check_ours(made, 1)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as opened:
        opened.docinfo["/Author"] = mark("x")
        opened.save(out)
    with pytest.raises(Unclean):
        _check_ours(out.getvalue(), 2)
    for key in ("PieceInfo", "Lang", "Outlines"):
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(made)) as opened:
            opened.Root[f"/{key}"] = String(mark("x"))
            opened.save(out)
        with pytest.raises(Unclean):
            _check_ours(out.getvalue(), 2)
