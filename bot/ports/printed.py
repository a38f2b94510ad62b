"""What the runner needs of a press: a document and its pictures become one PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.words.document import Block, Words


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a picture, oldest point first: instants (aware) and whole values."""

    caption: Words
    points: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Curves over one axis from `low` to `high`; `title` says what the numbers are.

    `steps`: a count, which holds until the next point; else points are joined by straight lines.
    """

    title: Words
    low: int
    high: int
    curves: tuple[Curve, ...]
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """One document to print. `marking` stands at the head and foot of every page.

    `language` is a tag (`ar`); text of its script runs as it does. `page` is how a page is
    numbered, with `{page}` and `{pages}` in it.
    """

    title: str
    marking: str
    language: str
    page: str
    blocks: tuple[Block, ...]
    pictures: tuple[Picture, ...] = ()


class NotPrinted(Exception):
    """Nothing came out of the press. Never holds words of the document."""


class Press(Protocol):
    """Prints. The same paper gives the same bytes, always and everywhere."""

    async def pdf(self, paper: Paper) -> bytes:
        """Return a PDF. Raises `NotPrinted`."""

    async def words_in(self, pdf: bytes) -> tuple[str, ...]:
        """Return the text of each page of a PDF that this press made. Raises `NotPrinted`."""
