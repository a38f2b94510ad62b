from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence.kinds import Found, Kind, Refusal, Why, refuse
from bot.evidence.looking import inspect
from tests.support.planted_office import (
    changed,
    excel,
    macros,
    plain_word,
    powerpoint,
    swapped,
    with_inside,
)
from tests.support.planted_opendocument import opendocument
from tests.support.planted_pdf import pdf
from tests.support.planted_pictures import jpeg, png, webp

BODIES = {
    Kind.JPEG: jpeg(),
    Kind.PNG: png(),
    Kind.WEBP: webp(),
    Kind.HEIC: b"\0\0\0\x18ftypheic" + bytes(20),
    Kind.PDF: pdf(),
    Kind.DOCX: plain_word(),
    Kind.XLSX: excel(),
    Kind.PPTX: powerpoint(),
    Kind.ODT: opendocument(Kind.ODT),
    Kind.ODS: opendocument(Kind.ODS),
    Kind.TEXT: "Alive on Friday. حيّ\n".encode(),
    Kind.MP3: b"ID3\x04" + bytes(40),
    Kind.M4A: b"\0\0\0\x18ftypM4A " + bytes(20),
    Kind.OGG: b"OggS" + bytes(40),
    Kind.MP4: b"\0\0\0\x18ftypisom" + bytes(20),
}


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return out.getvalue()


def test_every_kind_is_tried() -> None:
    assert set(BODIES) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_a_file_is_what_its_bytes_say(kind: Kind) -> None:
    assert inspect(BODIES[kind], "", "") == Found(kind)
    assert inspect(BODIES[kind], "IMG_0001", "application/octet-stream") == Found(kind)


@pytest.mark.parametrize("kind", Kind)
def test_recordings_and_heic_can_be_sealed_but_not_cleaned(kind: Kind) -> None:
    stays = {Kind.HEIC, Kind.MP3, Kind.M4A, Kind.OGG, Kind.MP4}
    assert Found(kind).cleanable is (kind not in stays)


@pytest.mark.parametrize(
    ("kind", "name", "mime", "named"),
    [
        (Kind.PDF, "photo.jpg", "", "jpeg"),
        (Kind.PDF, "", "image/jpeg; charset=x", "jpeg"),
        (Kind.JPEG, "letter.PDF ", "application/pdf", "pdf"),
        (Kind.DOCX, "table.xlsx", "", "xlsx"),
        (Kind.TEXT, "photo.png", "image/png", "png"),
        (Kind.MP4, "photo.jpeg", "", "jpeg"),
        (Kind.ODT, "letter.docx", "", "docx"),
    ],
)
def test_a_disguise_is_told(kind: Kind, name: str, mime: str, named: str) -> None:
    assert inspect(BODIES[kind], name, mime) == refuse(Why.DISGUISED, named=named, found=kind)


def test_a_zip_or_a_program_dressed_as_a_document_is_told() -> None:
    plain = zipped(readme=b"x")
    assert inspect(plain, "a.docx", "") == refuse(Why.DISGUISED, named="docx", found="zip")
    program = b"MZ" + bytes(range(256))
    assert inspect(program, "a.pdf", "") == refuse(Why.DISGUISED, named="pdf", found="unknown")


def test_one_picture_format_named_as_another_is_let_pass() -> None:
    assert inspect(BODIES[Kind.WEBP], "photo.jpg", "image/jpeg") == Found(Kind.WEBP)
    assert inspect(BODIES[Kind.M4A], "voice.mp3", "audio/mpeg") == Found(Kind.M4A)


@pytest.mark.parametrize(
    "content",
    [
        zipped(readme=b"x"),
        b"MZ" + bytes(100),
        b"\x7fELF" + bytes(100),
        b"GIF89a" + bytes(20),
        b"<html><script>x</script>",
        b'<?xml version="1.0"?><svg/>',
        b"  <!DOCTYPE html>",
        b"{\\rtf1 x}",
        b"#!/bin/sh\n",
        b"text with a \0 in it",
    ],
)
def test_types_that_are_not_on_the_list_are_refused(content: bytes) -> None:
    assert inspect(content, "", "") == refuse(Why.TYPE)


def test_nothing_is_nothing() -> None:
    assert inspect(b"", "a.jpg", "image/jpeg") == refuse(Why.EMPTY)


@pytest.mark.parametrize("kind", [Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.PDF, Kind.MP4])
def test_a_file_that_is_also_a_zip_is_refused(kind: Kind) -> None:
    both = BODIES[kind] + zipped(payload=b"x")
    assert inspect(both, "", "") == refuse(Why.TWO_IN_ONE, found="zip")


def test_a_picture_that_is_also_a_pdf_is_refused() -> None:
    both = jpeg()[:2] + b"\xff\xfe\x00\x20%PDF-1.7 ".ljust(36) + jpeg()[2:]
    assert inspect(both, "", "") == refuse(Why.TWO_IN_ONE, found=Kind.PDF)


def test_the_video_that_phones_put_behind_a_photograph_is_no_second_file() -> None:
    assert inspect(jpeg(trailing=BODIES[Kind.MP4]), "", "") == Found(Kind.JPEG)


def test_sizes_are_limited_by_kind() -> None:
    large = BODIES[Kind.JPEG].ljust(15_000_001, b"\0")
    assert inspect(large, "", "") == refuse(Why.TOO_LARGE, kind=Kind.JPEG, limit=15)
    assert inspect(large[:-1], "", "") == Found(Kind.JPEG)
    text = b"a" * 1_000_001
    assert inspect(text, "", "") == refuse(Why.TOO_LARGE, kind=Kind.TEXT, limit=1)
    video = BODIES[Kind.MP4].ljust(50_000_001, b"\0")
    assert inspect(video, "", "") == refuse(Why.TOO_LARGE, kind=Kind.MP4, limit=50)


def test_documents_with_programs_inside_are_refused() -> None:
    assert inspect(macros(), "a.docm", "") == refuse(Why.MACROS, kind=Kind.DOCX)
    main = "wordprocessingml.document.main"
    types = swapped(f"openxmlformats-officedocument.{main}", "ms-word.document.macroEnabled.main")
    named = changed(plain_word(), {"[Content_Types].xml": types})
    assert inspect(named, "", "") == refuse(Why.MACROS, kind=Kind.DOCX)
    hidden = with_inside(plain_word(), "word/VBAProject.bin", b"x")
    assert inspect(hidden, "", "") == refuse(Why.MACROS, kind=Kind.DOCX)
    basic = with_inside(opendocument(Kind.ODS), "Basic/Standard/Module1.xml", b"x")
    assert inspect(basic, "", "") == refuse(Why.MACROS, kind=Kind.ODS)


def test_documents_inside_documents_are_refused() -> None:
    inside = with_inside(plain_word(), "word/embeddings/oleObject1.bin", b"x")
    assert inspect(inside, "", "") == refuse(Why.EMBEDDED, kind=Kind.DOCX)
    inside = with_inside(opendocument(Kind.ODT), "Object 1/content.xml", b"x")
    assert inspect(inside, "", "") == refuse(Why.EMBEDDED, kind=Kind.ODT)


def test_encrypted_and_old_office_files_say_so() -> None:
    compound = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100)
    assert inspect(compound, "a.doc", "") == refuse(Why.OLD_OFFICE)
    locked = compound + "EncryptedPackage".encode("utf-16-le")
    assert inspect(locked, "a.docx", "") == refuse(Why.ENCRYPTED, kind="office")
    manifest = b"<manifest:encryption-data/>"
    out = zipped(mimetype=b"application/vnd.oasis.opendocument.text")
    locked = with_inside(out, "META-INF/manifest.xml", manifest)
    assert inspect(locked, "", "") == refuse(Why.ENCRYPTED, kind=Kind.ODT)


def test_no_refusal_says_anything_of_the_name() -> None:
    name = "Ahmad-Karimi-passport.jpg"
    for content in (*BODIES.values(), zipped(x=b"y"), b"\0\0"):
        assert "Karimi" not in repr(inspect(content, name, "image/jpeg; name=Karimi"))


@settings(max_examples=200)
@given(st.binary(max_size=400), st.text(max_size=20), st.text(max_size=20))
def test_whatever_comes_there_is_an_answer(content: bytes, name: str, mime: str) -> None:
    assert isinstance(inspect(content, name, mime), Found | Refusal)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([Kind.DOCX, Kind.ODT]), st.integers(0, 10**6), st.integers(1, 255))
def test_an_archive_with_a_flipped_byte_gets_an_answer(kind: Kind, at: int, flip: int) -> None:
    content = bytearray(BODIES[kind])
    content[-1 - at % min(2_000, len(content))] ^= flip
    assert isinstance(inspect(bytes(content), "", ""), Found | Refusal)
