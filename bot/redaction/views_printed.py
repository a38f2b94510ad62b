"""A page's text as its extraction gives it, put back into the order in which it is read.

Among words that run from right to left a library gives the parts of an address, a number or an
English sentence last part first (`org.example@samir`), and the one sign for lam and alef as alef
and lam. Refuses to change what has no such words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.redaction.view import View, plain, replaced

_LEFTWARD: Final = re.compile("[\u0590-\u08ff]")
_RUN: Final = re.compile(r"[!-~](?:[ -~]*[!-~])")
_PART: Final = re.compile(r"[A-Za-z]+|[+-]?\d+(?:[.,:/+-]\d+)*|.", re.DOTALL)
_ALEF_LAM: Final = re.compile("(?<=[\u0621-\u064a])ال")


_PAGE_NUMBER: Final = re.compile(
    r"\n[ \t]*[-\u2013\u2014 ]*\d{1,4}(?:[ ]?/[ ]?\d{1,4})?[-\u2013\u2014 ]*(?=\n)"
)


def as_printed(text: str) -> Iterator[View]:
    """Yield the text without the numbers of its pages, and in reading order if it has another."""
    if _PAGE_NUMBER.search(text):
        yield replaced(plain(text), ((m.start(), m.end(), "") for m in _PAGE_NUMBER.finditer(text)))
    yield from _in_order(text)


def _in_order(text: str) -> Iterator[View]:
    if text.isascii() or not _LEFTWARD.search(text):
        return
    order = list(range(len(text)))
    for run in _RUN.finditer(text):
        parts = [part.span() for part in _PART.finditer(text, *run.span())]
        order[run.start() : run.end()] = [at for part in reversed(parts) for at in range(*part)]
    for pair in _ALEF_LAM.finditer(text):
        low, high = pair.span()
        order[low:high] = reversed(order[low:high])
    if order == list(range(len(text))):
        return
    whole = plain(text)
    yield View(
        "".join(text[at] for at in order),
        [whole.starts[at] for at in order],
        [whole.ends[at] for at in order],
    )
