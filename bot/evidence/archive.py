"""Zip archives read with bounds, and written with nothing of their own in them.

Refuses archives that unpack to far more than they weigh, whose parts overlap, share a name, point
outside, are encrypted or packed in a rare way. Nested archives are never opened.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bot.evidence.kinds import MEGABYTE, Stop, Why

MAX_ENTRIES: Final = 2_000
MAX_UNPACKED: Final = 100 * MEGABYTE
FREE_UNPACKED: Final = 5 * MEGABYTE
"""Below this no ratio is looked at: an empty spreadsheet of styles packs very well."""
MAX_RATIO: Final = 100
MAX_PART: Final = 40 * MEGABYTE
_ENCRYPTED: Final = 0x1
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OSError,
)
"""What the standard library raises on a broken archive."""


@contextmanager
def opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """Open the archive inside the block after its list of contents is found harmless.

    Stops with DAMAGED, ENCRYPTED or BOMB.
    """
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
    except (*_BROKEN, RuntimeError) as error:
        raise Stop(Why.DAMAGED, kind="zip") from error
    with packed:
        _check(packed, len(content))
        yield packed


def _check(packed: zipfile.ZipFile, weight: int) -> None:
    entries = packed.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_UNPACKED:
        raise Stop(Why.BOMB, kind="zip")
    if total > FREE_UNPACKED and total > MAX_RATIO * weight:
        raise Stop(Why.BOMB, kind="zip")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise Stop(Why.ENCRYPTED, kind="zip")
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [entry.header_offset for entry in ordered[1:]] + [packed.start_dir]
    for entry, end in zip(ordered, ends, strict=True):
        # 30 bytes of local header: parts that share bytes are how a small bomb grows large.
        if entry.header_offset + 30 + entry.compress_size > end:
            raise Stop(Why.BOMB, kind="zip")
    names = {entry.filename.casefold() for entry in entries}
    methods = {entry.compress_type for entry in entries}
    if (
        len(names) != len(entries)
        or methods - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        or (ordered and ordered[0].header_offset != 0)
        or any(_points_outside(name) for name in names)
    ):
        raise Stop(Why.DAMAGED, kind="zip")


def _points_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def read(packed: zipfile.ZipFile, name: str) -> bytes:
    """Return one part, whole. Stops with DAMAGED if it is missing or broken, BOMB if it is huge."""
    try:
        with packed.open(name) as part:
            content = part.read(MAX_PART + 1)
    except (KeyError, RuntimeError, *_BROKEN) as error:
        raise Stop(Why.DAMAGED, kind="zip") from error
    if len(content) > MAX_PART:
        raise Stop(Why.BOMB, kind="zip")
    return content


def written(parts: Mapping[str, bytes], *, first: str) -> bytes:
    """Return an archive of the parts: `first` stored in front, the rest by name, one fixed date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in [first, *sorted(parts.keys() - {first})]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 0
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            packed.writestr(entry, parts[name])
    return out.getvalue()
