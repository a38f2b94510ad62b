from __future__ import annotations

import io
import re
import zipfile

import docx
import openpyxl
import pptx
import pytest

from bot.evidence.cleaning import clean
from bot.evidence.kinds import Cleaned, Found, Kind, Why, refuse
from bot.evidence.looking import inspect
from tests.support.planted import found_in, mark
from tests.support.planted_office import (
    SEEN,
    changed,
    excel,
    into,
    plain_word,
    powerpoint,
    swapped,
    word,
)

PLANTED = {Kind.DOCX: word(), Kind.XLSX: excel(), Kind.PPTX: powerpoint()}


def cleaned(content: bytes, kind: Kind) -> Cleaned:
    made = clean(content, kind)
    assert isinstance(made, Cleaned), made
    return made


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name).decode("utf-8", "replace") for name in packed.namelist()}


@pytest.mark.parametrize("kind", PLANTED)
def test_the_search_finds_what_is_planted(kind: Kind) -> None:
    assert len(set(found_in(PLANTED[kind]))) > 15


@pytest.mark.parametrize("kind", PLANTED)
def test_nothing_planted_in_an_office_file_is_in_any_byte_of_the_clean_one(kind: Kind) -> None:
    assert inspect(PLANTED[kind], "", "") == Found(kind)
    made = cleaned(PLANTED[kind], kind)
    assert found_in(made.content) == []
    assert {"properties", "exif", "gps"} <= set(made.removed)


@pytest.mark.parametrize("kind", PLANTED)
def test_the_archive_itself_says_nothing(kind: Kind) -> None:
    with zipfile.ZipFile(io.BytesIO(cleaned(PLANTED[kind], kind).content)) as packed:
        assert packed.comment == b""
        for entry in packed.infolist():
            assert (entry.date_time, entry.extra, entry.comment) == (
                (1980, 1, 1, 0, 0, 0),
                b"",
                b"",
            )
            assert not re.search("docProps|custom|comment|printer|notes|people", entry.filename)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_clean_file_comes_out_of_a_second_cleaning_unchanged(kind: Kind) -> None:
    once = cleaned(PLANTED[kind], kind).content
    parts_of_twice = parts(cleaned(once, kind).content)
    for name, part in parts(once).items():
        if not name.startswith("media/"):  # pictures are encoded again
            assert parts_of_twice[name] == part


def test_a_cleaned_text_opens_elsewhere_and_says_what_was_seen() -> None:
    made = cleaned(PLANTED[Kind.DOCX], Kind.DOCX)
    opened = docx.Document(io.BytesIO(made.content))
    said = "\n".join(paragraph.text for paragraph in opened.paragraphs)
    for seen in (
        *(
            "A heading",
            SEEN,
            "commented",
            "inserted",
            "reformatted",
            "field result",
            "simple result",
        ),
        *("controlled", "linked words", "foreign", "styled"),
    ):
        assert seen in said
    style = opened.paragraphs[0].style
    assert style is not None
    assert style.name == "Heading 1"
    assert opened.tables[0].cell(0, 0).text == "a cell"
    assert opened.sections[0].header.paragraphs[0].text == "a visible header"
    assert opened.settings.odd_and_even_pages_header_footer
    assert len(opened.inline_shapes) == 1
    assert {"bookmarks", "comments", "fields", "hidden", "links", "tracked_changes"} <= set(
        made.removed
    )


def test_page_numbers_stay_fields_and_revision_ids_go() -> None:
    body = parts(cleaned(PLANTED[Kind.DOCX], Kind.DOCX).content)["word/document.xml"]
    assert "> PAGE </w:instrText>" in body
    assert body.count("w:instrText>") == 1
    assert body.count("fldCharType") == 3
    assert "rsid" not in body


def test_a_cleaned_workbook_opens_elsewhere_and_shows_what_was_seen() -> None:
    made = cleaned(PLANTED[Kind.XLSX], Kind.XLSX)
    with pytest.warns(UserWarning, match="no default style"):
        opened = openpyxl.load_workbook(io.BytesIO(made.content))
    assert opened.sheetnames == ["A visible sheet"]
    sheet = opened.active
    assert [sheet[cell].value for cell in ("A1", "B1", "A2", "A3")] == [
        SEEN,
        12.5,
        "noted",
        "linked",
    ]
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A5:B6"]
    assert len(sheet._images) == 1
    assert sheet.page_setup.orientation == "landscape"
    assert {"comments", "defined_names", "formulas", "hidden", "links"} <= set(made.removed)


def test_cleaned_slides_open_elsewhere_and_show_what_was_seen() -> None:
    made = cleaned(PLANTED[Kind.PPTX], Kind.PPTX)
    opened = pptx.Presentation(io.BytesIO(made.content))
    assert len(opened.slides) == 1
    shapes = list(opened.slides[0].shapes)
    assert [shape.text_frame.text for shape in shapes if shape.has_text_frame] == [
        SEEN,
        "a visible body",
    ]
    assert [shape.table.cell(0, 0).text for shape in shapes if shape.has_table] == ["a cell"]
    assert {"hidden", "links", "notes"} <= set(made.removed)


_VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


@pytest.mark.parametrize(
    "paragraph",
    [
        f'<w:p><w:r><w:pict {_VML}><v:textpath string="SECRET"/></w:pict></w:r></w:p>',
        f"<w:p><w:r><w:drawing><c:chart {_C}/></w:drawing></w:r></w:p>",
        "<w:altChunk/>",
        f'<w:p><w:r><w:drawing><a:graphic {_A}><a:graphicData uri="urn:x"/></a:graphic></w:drawing></w:r></w:p>',
        "<w:p><w:unheardOf><w:r><w:t>seen</w:t></w:r></w:unheardOf></w:p>",
        (
            f'<w:p><w:r><mc:AlternateContent {_MC}><mc:Choice Requires="new"><w:t>seen</w:t></mc:Choice>'
            "</mc:AlternateContent></w:r></w:p>"
        ),
    ],
)
def test_what_people_see_is_carried_or_the_file_stays(paragraph: str) -> None:
    assert clean(plain_word(paragraph), Kind.DOCX) == refuse(Why.UNSURE, kind=Kind.DOCX)


def test_what_nobody_sees_and_nobody_knows_is_left_out() -> None:
    unknown = f"<w:unheardOf><w:also w:val='{mark('x')}'/></w:unheardOf>"
    assert found_in(cleaned(plain_word(unknown), Kind.DOCX).content) == []
    misused = f'<w:p><w:pPr><w:jc w:val="{mark("x")}"/></w:pPr></w:p>'
    assert found_in(cleaned(plain_word(misused), Kind.DOCX).content) == []


def test_a_shape_that_is_switched_off_is_not_carried() -> None:
    off = changed(
        PLANTED[Kind.PPTX],
        {"ppt/slides/slide1.xml": swapped('<p:cNvPr id="2"', '<p:cNvPr hidden="1" id="2"')},
    )
    opened = pptx.Presentation(io.BytesIO(cleaned(off, Kind.PPTX).content))
    texts = [shape.text_frame.text for shape in opened.slides[0].shapes if shape.has_text_frame]
    assert texts == ["a visible body"]


def test_a_style_that_hides_text_keeps_the_file_where_it_is() -> None:
    hiding = '<w:style w:type="character" w:styleId="x"><w:rPr><w:vanish/></w:rPr></w:style>'
    content = changed(plain_word(), {"word/styles.xml": into("</w:styles>", hiding)})
    assert clean(content, Kind.DOCX) == refuse(Why.UNSURE, kind=Kind.DOCX)


def test_a_number_format_with_words_in_it_keeps_the_workbook_where_it_is() -> None:
    made, out = openpyxl.Workbook(), io.BytesIO()
    made.active["A1"] = 5
    made.active["A1"].number_format = '0 "for our friend"'
    made.save(out)
    assert clean(out.getvalue(), Kind.XLSX) == refuse(Why.UNSURE, kind=Kind.XLSX)


def test_entities_are_refused_before_they_are_read() -> None:
    doctype = '<!DOCTYPE w:document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w:document'
    content = changed(plain_word(), {"word/document.xml": swapped("<w:document", doctype)})
    assert clean(content, Kind.DOCX) == refuse(Why.BOMB, kind=Kind.DOCX)


def test_broken_xml_is_damaged() -> None:
    content = changed(plain_word(), {"word/document.xml": lambda part: part[: len(part) // 2]})
    assert clean(content, Kind.DOCX) == refuse(Why.DAMAGED, kind=Kind.DOCX)
