from __future__ import annotations

import io
import re
import zipfile

import pytest
from lxml import etree

from bot.evidence.cleaning import clean
from bot.evidence.kinds import Cleaned, Found, Kind, Why, refuse
from bot.evidence.looking import inspect
from tests.support.planted import found_in
from tests.support.planted_office import SEEN
from tests.support.planted_opendocument import opendocument

KINDS = [Kind.ODT, Kind.ODS]


def cleaned(content: bytes, kind: Kind) -> Cleaned:
    made = clean(content, kind)
    assert isinstance(made, Cleaned), made
    return made


def words(content: bytes, part: str = "content.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        root = etree.fromstring(packed.read(part))
    return re.sub(r"\s+", " ", " ".join(root.itertext()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_finds_what_is_planted(kind: Kind) -> None:
    assert len(set(found_in(opendocument(kind)))) > 15


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_planted_in_an_opendocument_is_in_any_byte_of_the_clean_one(kind: Kind) -> None:
    content = opendocument(kind)
    assert inspect(content, "", "") == Found(kind)
    made = cleaned(content, kind)
    assert found_in(made.content) == []
    assert {"properties", "settings", "thumbnail", "comments", "hidden"} <= set(made.removed)
    assert inspect(made.content, "", "") == Found(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_parts_that_are_needed_are_there(kind: Kind) -> None:
    with zipfile.ZipFile(io.BytesIO(cleaned(opendocument(kind), kind).content)) as packed:
        names = packed.namelist()
        first = packed.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    pictures = ["Pictures/1.jpeg"] if kind is Kind.ODT else []
    assert sorted(names[1:]) == sorted(
        ["META-INF/manifest.xml", *pictures, "content.xml", "styles.xml"]
    )


def test_what_is_seen_in_a_text_stays() -> None:
    made = cleaned(opendocument(Kind.ODT), Kind.ODT).content
    said = words(made)
    for seen in ("A heading", SEEN, "bold", "linked words", "shown author", "shown property"):
        assert seen in said
    assert "a visible header" in words(made, "styles.xml")
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        content = packed.read("content.xml").decode()
    assert 'fo:color="#ff0000"' in content
    assert "rsid" not in content


def test_what_is_seen_in_a_spreadsheet_stays() -> None:
    made = cleaned(opendocument(Kind.ODS), Kind.ODS).content
    assert f"{SEEN} 12.5 third" in words(made).replace("\n", " ")
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        content = packed.read("content.xml").decode()
    assert 'table:name="A visible sheet"' in content
    assert 'office:value="12.5"' in content
    assert "formula" not in content


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_file_comes_out_of_a_second_cleaning_unchanged(kind: Kind) -> None:
    once = cleaned(opendocument(kind), kind).content
    assert words(cleaned(once, kind).content) == words(once)


@pytest.mark.parametrize(
    "body",
    [
        "<text:p><draw:custom-shape><text:p>seen</text:p></draw:custom-shape></text:p>",
        "<text:p><draw:frame><draw:object xlink:href='./x'/></draw:frame></text:p>",
        "<text:unheard-of><text:p>seen</text:p></text:unheard-of>",
        "<table:table><table:table-column table:visibility='collapse'/></table:table>",
    ],
)
def test_what_people_see_is_carried_or_the_file_stays(body: str) -> None:
    assert clean(opendocument(Kind.ODT, body), Kind.ODT) == refuse(Why.UNSURE, kind=Kind.ODT)
