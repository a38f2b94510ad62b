"""What a file really is, by its bytes; the name and the sender's claim can only contradict it.

Reads heads, tails and lists of contents, with the standard library alone. Refuses every type that
is not on the list, one file dressed as another, and two files in one.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

from bot.evidence import archive
from bot.evidence.kinds import (
    IMAGES,
    MAX_BYTES,
    MAX_BYTES_OF,
    MEGABYTE,
    RECORDINGS,
    Found,
    Kind,
    Refusal,
    Stop,
    Why,
    refuse,
)

EXTENSIONS: Final = {
    "jpg": Kind.JPEG,
    "jpeg": Kind.JPEG,
    "jpe": Kind.JPEG,
    "png": Kind.PNG,
    "webp": Kind.WEBP,
    "heic": Kind.HEIC,
    "heif": Kind.HEIC,
    "avif": Kind.HEIC,
    "pdf": Kind.PDF,
    "docx": Kind.DOCX,
    "docm": Kind.DOCX,
    "xlsx": Kind.XLSX,
    "xlsm": Kind.XLSX,
    "pptx": Kind.PPTX,
    "pptm": Kind.PPTX,
    "odt": Kind.ODT,
    "ods": Kind.ODS,
    "txt": Kind.TEXT,
    "text": Kind.TEXT,
    "md": Kind.TEXT,
    "csv": Kind.TEXT,
    "log": Kind.TEXT,
    "mp3": Kind.MP3,
    "m4a": Kind.M4A,
    "ogg": Kind.OGG,
    "oga": Kind.OGG,
    "opus": Kind.OGG,
    "mp4": Kind.MP4,
    "m4v": Kind.MP4,
}
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
MIME_OF: Final = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.WEBP: "image/webp",
    Kind.HEIC: "image/heic",
    Kind.PDF: "application/pdf",
    Kind.DOCX: _OFFICE + "wordprocessingml.document",
    Kind.XLSX: _OFFICE + "spreadsheetml.sheet",
    Kind.PPTX: _OFFICE + "presentationml.presentation",
    Kind.ODT: "application/vnd.oasis.opendocument.text",
    Kind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Kind.TEXT: "text/plain",
    Kind.MP3: "audio/mpeg",
    Kind.M4A: "audio/mp4",
    Kind.OGG: "audio/ogg",
    Kind.MP4: "video/mp4",
}
"""The type to send a file of each kind with."""
_CLAIMS: Final = {mime: kind for kind, mime in MIME_OF.items()} | {
    "image/jpg": Kind.JPEG,
    "image/heif": Kind.HEIC,
    "image/avif": Kind.HEIC,
    "text/csv": Kind.TEXT,
    "text/markdown": Kind.TEXT,
    "audio/mp3": Kind.MP3,
    "audio/m4a": Kind.M4A,
    "audio/x-m4a": Kind.M4A,
    "audio/opus": Kind.OGG,
    "video/ogg": Kind.OGG,
    "application/ogg": Kind.OGG,
}
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif"})
_MP4_BRANDS: Final = frozenset({b"mp41", b"mp42", b"avc1", b"M4V ", b"3gp4", b"3gp5", b"MSNV"})
_COMPOUND_FILE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_OPC_MAIN: Final = {
    b"wordprocessingml.document.main+xml": Kind.DOCX,
    b"spreadsheetml.sheet.main+xml": Kind.XLSX,
    b"presentationml.presentation.main+xml": Kind.PPTX,
}
_MACROS: Final = (b"macroEnabled", b"vbaProject", b"vbaData", b"ms-office.activeX")
_MARKUP: Final = ("<!doctype", "<html", "<svg", "<?xml", "<script", "{\\rtf", "%!ps", "#!")


def inspect(content: bytes, name: str, claimed_mime: str) -> Found | Refusal:
    """Return what the bytes are, or why they are not taken.

    `name` and `claimed_mime` are the sender's; both may be empty, and neither is ever believed.
    One picture format named as another is let pass (messengers do that), as with recordings.
    """
    if not content:
        return refuse(Why.EMPTY)
    try:
        found = _kind(content)
    except Stop as stop:
        return stop.refusal
    named = _named(name, claimed_mime, found)
    if named is not None:
        return refuse(Why.DISGUISED, named=named, found=found or "unknown")
    if not isinstance(found, Kind):
        return refuse(Why.TYPE)
    limit = MAX_BYTES_OF.get(found, MAX_BYTES)
    if len(content) > limit:
        return refuse(Why.TOO_LARGE, kind=found, limit=limit // MEGABYTE)
    second = _second(content, found)
    if second is not None:
        return refuse(Why.TWO_IN_ONE, found=second)
    return Found(found)


def _named(name: str, claimed_mime: str, found: Kind | str) -> Kind | None:
    """Return the kind that the name or the claim contradicts the bytes with, if either does."""
    extension = name.rpartition(".")[2].strip().lower() if "." in name else ""
    mime = claimed_mime.partition(";")[0].strip().lower()
    for claim in (EXTENSIONS.get(extension), _CLAIMS.get(mime)):
        if claim is not None and claim is not found and not _alike(claim, found):
            return claim
    return None


def _alike(claim: Kind, found: Kind | str) -> bool:
    return any(claim in family and found in family for family in (IMAGES, RECORDINGS))


def _kind(content: bytes) -> Kind | str:
    """Return the kind, `zip` for an archive that is no document, or nothing."""
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    if content.startswith(_COMPOUND_FILE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Stop(Why.ENCRYPTED, kind="office")
        raise Stop(Why.OLD_OFFICE)
    head = (
        (content.startswith(b"\xff\xd8\xff"), Kind.JPEG),
        (content.startswith(b"\x89PNG\r\n\x1a\n"), Kind.PNG),
        (content.startswith(b"RIFF") and content[8:12] == b"WEBP", Kind.WEBP),
        (content.startswith(b"%PDF-"), Kind.PDF),
        (content.startswith(b"OggS"), Kind.OGG),
        (content.startswith(b"ID3"), Kind.MP3),
        (content[0] == 0xFF and content[1:2] in {b"\xfb", b"\xf3", b"\xf2"}, Kind.MP3),
    )
    for is_it, kind in head:
        if is_it:
            return kind
    if content[4:8] == b"ftyp":
        return _boxed(content[8:12])
    return Kind.TEXT if _is_text(content) else ""


def _boxed(brand: bytes) -> Kind | str:
    if brand in _HEIC_BRANDS:
        return Kind.HEIC
    if brand in {b"M4A ", b"M4B "}:
        return Kind.M4A
    return Kind.MP4 if brand in _MP4_BRANDS or brand.startswith(b"iso") else ""


def _packed(content: bytes) -> Kind | str:
    with archive.opened(content) as packed:
        names = set(packed.namelist())
        if "[Content_Types].xml" in names:
            types = archive.read(packed, "[Content_Types].xml")
            kinds = [kind for mark, kind in _OPC_MAIN.items() if mark in types]
            lower = [name.lower() for name in names]
            if any(mark in types for mark in _MACROS) or any("vbaproject" in n for n in lower):
                raise Stop(Why.MACROS, kind=_office(names))
            if any("/embeddings/" in name or "/activex/" in name for name in lower):
                raise Stop(Why.EMBEDDED, kind=_office(names))
            return kinds[0] if len(kinds) == 1 else "zip"
        if "mimetype" in names:
            mime = archive.read(packed, "mimetype").strip().decode("ascii", "replace")
            kind = next((k for k in (Kind.ODT, Kind.ODS) if MIME_OF[k] == mime), None)
            if kind is None:
                return "zip"
            if any(name.startswith(("Basic/", "Scripts/")) for name in names):
                raise Stop(Why.MACROS, kind=kind)
            if any(name.startswith(("Object ", "ObjectReplacements/")) for name in names):
                raise Stop(Why.EMBEDDED, kind=kind)
            manifest = "META-INF/manifest.xml"
            if manifest in names and b"encryption-data" in archive.read(packed, manifest):
                raise Stop(Why.ENCRYPTED, kind=kind)
            return kind
    return "zip"


def _office(names: set[str]) -> Kind | str:
    """Return the kind that the folders of an office file point to, for a refusal."""
    folders = {"word": Kind.DOCX, "xl": Kind.XLSX, "ppt": Kind.PPTX}
    found = {folders[top] for name in names if (top := name.partition("/")[0]) in folders}
    return found.pop() if len(found) == 1 else "office"


def _second(content: bytes, found: Kind) -> str | None:
    """Return what else the file is: readers look for a zip at the end, for a PDF near the front."""
    if found is not Kind.PDF and b"%PDF-" in content[:1024] and found is not Kind.TEXT:
        return Kind.PDF
    packed = content.startswith(b"PK")
    if not packed and found is not Kind.TEXT and zipfile.is_zipfile(io.BytesIO(content)):
        return "zip"
    return None


def _is_text(content: bytes) -> bool:
    text = as_text(content)
    if text is None or text.lstrip().lower().startswith(_MARKUP):
        return False
    return all(char.isprintable() or char in "\t\r\n\f" or ord(char) > 0x9F for char in text)


def as_text(content: bytes) -> str | None:
    """Return plain text: UTF-8, or UTF-16 with its mark; None if it is neither."""
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        return None
