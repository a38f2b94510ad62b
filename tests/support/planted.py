"""Marks that must not be found again, and the search for them in every byte of a file."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pikepdf

CORE = "QxPLANTEDxQ"
SECONDS = (4_612_347, 100_003)
"""The seconds of the planted latitude, as EXIF writes them: a fraction."""


def mark(label: str) -> str:
    return f"{CORE}{label}"


_NEEDLES = [
    *(CORE.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be", "utf-32-le")),
    CORE.encode().hex().encode(),
    CORE.encode().hex().upper().encode(),
    CORE.encode("utf-16-be").hex().upper().encode(),
    *(struct.pack(order + "II", *SECONDS) for order in "<>"),
]


def found_in(content: bytes, depth: int = 0) -> list[str]:
    """Return what follows each planted mark, looked for in the bytes and in whatever they unpack to."""
    found = [
        repr(content[match.start() : match.end() + 24])
        for needle in _NEEDLES
        for match in re.finditer(re.escape(needle), content)
    ]
    if depth < 3:
        for inner in _unpacked(content):
            found += found_in(inner, depth + 1)
    return found


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield packed.comment
            for entry in packed.infolist():
                yield entry.filename.encode() + entry.extra + entry.comment
                yield packed.read(entry)
        return
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as pdf:
            for thing in pdf.objects:
                yield thing.unparse(resolved=True)
                if isinstance(thing, pikepdf.Stream):
                    yield thing.read_raw_bytes()
                    try:
                        yield thing.read_bytes()
                    except pikepdf.PdfError:
                        continue
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        try:
            yield zlib.decompressobj().decompress(content[match.start() :], 2_000_000)
        except zlib.error:
            continue
