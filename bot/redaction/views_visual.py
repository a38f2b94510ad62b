"""Words that a page or a paste gives as they are drawn, last letter first, put back in order.

Only what shows by its own letters: a Hebrew letter that ends words at the start of one, an Arabic
sign that is drawn at a word's end before one drawn at its start. Refuses to turn anything else:
most words read backwards are no words, but some are names.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.redaction.view import View


def _signs(form: str) -> str:
    """Return the Arabic signs that are drawn in one place of a word only."""
    listed = map(chr, range(0xFB50, 0xFEFD))
    return "".join(char for char in listed if unicodedata.name(char, "").endswith(f"{form} FORM"))


_DRAWN_LAST: Final = re.compile(
    rf"[ךםןףץ{_signs('FINAL')}](?<![\u05d0-\u05ea\u0600-\u06ff\ufb50-\ufefc].)"
    rf"(?=[\u05d0-\u05ea{_signs('MEDIAL')}{_signs('INITIAL')}])"
)
_RUN: Final = re.compile(
    "[\u05d0-\u05ea][\u05d0-\u05ea\u05f3'\" -]*|[\ufb50-\ufdff\ufe70-\ufefc][\ufb50-\ufdff\ufe70-\ufefc ]*"
)


def as_drawn(view: View) -> View | None:
    """Turn every run of words around, where one of them begins with what ends words."""
    text = view.text
    if text.isascii() or not _DRAWN_LAST.search(text):
        return None
    order = list(range(len(text)))
    for run in _RUN.finditer(text):
        if _DRAWN_LAST.search(run[0]):
            low, high = run.span()
            order[low:high] = reversed(order[low:high])
    return View(
        "".join(text[at] for at in order),
        [view.starts[at] for at in order],
        [view.ends[at] for at in order],
    )
