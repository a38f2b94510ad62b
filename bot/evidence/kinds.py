"""What a file can be, what may be wrong with it, and what comes back when it is made safe to show.

"Clean" here means: nothing leaves that a person looking at the file would not see. What people do
see stays: faces, backgrounds, street signs, names in a letter, the sender in a page header, and
whatever a printer or a camera hid in the pixels themselves. Whether that may be shown is for a
human to decide, never for this package. It refuses to hand out what it cannot clean with
certainty; such a file stays sealed in its compartment.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MEGABYTE: Final = 1_000_000
MAX_BYTES: Final = 15 * MEGABYTE
"""Of a file as sent, and of one handed out, where `MAX_BYTES_OF` says nothing else."""


class Kind(StrEnum):
    """What the bytes of a file are. The value is a safe word to show."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    TEXT = "text"
    MP3 = "mp3"
    M4A = "m4a"
    OGG = "ogg"
    MP4 = "mp4"


IMAGES: Final = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.HEIC})
RECORDINGS: Final = frozenset({Kind.MP3, Kind.M4A, Kind.OGG, Kind.MP4})
OOXML: Final = frozenset({Kind.DOCX, Kind.XLSX, Kind.PPTX})
OPEN_DOCUMENTS: Final = frozenset({Kind.ODT, Kind.ODS})
STAYS: Final = RECORDINGS | {Kind.HEIC}
"""Taken as evidence and sealed; no library here writes them anew, so they are shown nowhere else."""

MAX_BYTES_OF: Final = {Kind.TEXT: MEGABYTE, Kind.MP4: 50 * MEGABYTE}


class Why(StrEnum):
    """Why a file is not taken, or not shown elsewhere: a key of the catalogue of sentences.

    The arguments that go with each are named beside it; every one is a `Kind`, one of the words
    `zip`, `image`, `unknown`, or a number. No refusal carries a byte of the file or of its name.
    """

    EMPTY = "evidence.empty"
    TOO_LARGE = "evidence.too_large"
    """`kind`, `limit` in whole megabytes."""
    TYPE = "evidence.type"
    """Not on the list of types."""
    DISGUISED = "evidence.disguised"
    """`named`, `found`: the name or the sender's claim says one, the bytes say the other."""
    TWO_IN_ONE = "evidence.two_in_one"
    """`found`: a second file is hidden in this one."""
    DAMAGED = "evidence.damaged"
    """`kind`: corrupt or cut short."""
    ENCRYPTED = "evidence.encrypted"
    """`kind`: opens with a password only; `office` where even its type is hidden."""
    OLD_OFFICE = "evidence.old_office"
    """The binary format of before 2007."""
    MACROS = "evidence.macros"
    """`kind`"""
    EMBEDDED = "evidence.embedded"
    """`kind`: another document or a program object lies inside."""
    PIXELS = "evidence.pixels"
    """`kind`, `limit` in megapixels."""
    BOMB = "evidence.bomb"
    """`kind`: unpacks to far more than it weighs, or to too many parts."""
    PAGES = "evidence.pages"
    """`kind`, `limit` pages, slides or sheets."""
    STAYS = "evidence.stays"
    """`kind`: taken, but cannot be cleaned: stays in its compartment."""
    UNSURE = "evidence.unsure"
    """`kind`: something that people see in it cannot be carried over with certainty: stays."""
    TOO_LONG = "evidence.too_long"
    """Reading it took too long, and was ended."""
    TOO_HEAVY = "evidence.too_heavy"
    """Reading it took too much memory, and was ended."""
    CRASHED = "evidence.crashed"
    """Reading it brought the reader down; nothing else was touched."""


Arg = str | int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing is shown; `why` is the catalogue's key, `args` its safe arguments by name."""

    why: Why
    args: tuple[tuple[str, Arg], ...] = ()


def refuse(why: Why, **args: Arg) -> Refusal:
    """Return a refusal."""
    return Refusal(why, tuple(sorted(args.items())))


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes are."""

    kind: Kind

    @property
    def cleanable(self) -> bool:
        """Say whether `clean` can be tried; otherwise it may be sealed, and stays where it is."""
        return self.kind not in STAYS


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file that is safe to show as far as a machine can tell; `removed` says what is gone.

    Each of `removed` is one of a fixed list of words (`exif`, `gps`, `comments`, …), sorted.
    """

    content: bytes
    kind: Kind
    removed: tuple[str, ...]


class Unclean(Exception):
    """The cleaned file still holds what it must not: a fault of ours, never handed out."""


class Stop(Exception):
    """Ends the reading of a file with a refusal, from deep inside."""

    def __init__(self, why: Why, **args: Arg) -> None:
        super().__init__(why)
        self.refusal = refuse(why, **args)
