"""How inserted words are shown: names, wordings, file names, anything somebody typed.

Such words may be anything and must never look like more than words. What cannot be seen and could
deceive is left out, right-to-left text is kept to its own place, and nothing becomes a link or a
mention in a client that makes those out of plain text. The record keeps what was said.
"""

import re
import unicodedata
from typing import Final

_FSI, _PDI, _WORD_JOINER = "\u2068", "\u2069", "\u2060"
_LINE_ENDS: Final = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Letters and marks that draw nothing: with spaces they can push words to a line of their own.
_DRAWS_NOTHING: Final = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f"
_BLANKS: Final = re.compile(rf"[\s{_DRAWS_NOTHING}\u200c\u200d]{{2,}}")
# Visible although Unicode counts them as format characters (Arabic number signs and the like).
_DRAWN_FORMATS: Final = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
)
_JOINERS: Final = frozenset("\u200c\u200d")
_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))
# Where clients turn plain text into a link or a mention: @name, #alias, scheme:, name.tld.
_LINKS: Final = re.compile(r"(?<=[@\uff20#])(?=\S)|(?<=[^\W\d_]:)(?=\S)|(?<=[\w)\]]\.)(?=[^\W\d_])")


def clean(text: str) -> str:
    """`text` without what cannot be seen and could deceive; line ends are line feeds.

    Removed: control and format characters, bidirectional overrides and isolates, zero-width
    ones except the joiners that Persian, Indic scripts and emoji need. Runs of blanks become
    one space. Lone surrogates, which no server takes, become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return _BLANKS.sub(" ", text)
    kept: list[str] = []
    for mark in _LINE_ENDS.sub("\n", text):
        category = unicodedata.category(mark)
        if mark == "\t":
            kept.append(" ")
        elif (
            mark == "\n"
            or category not in ("Cc", "Cf", "Cs")
            or mark in _DRAWN_FORMATS
            or (mark in _JOINERS and kept and _joins(kept[-1]))
        ):
            kept.append(mark)
        elif category == "Cs":
            kept.append("\ufffd")
    return _BLANKS.sub(lambda run: "\n" if "\n" in run[0] else " ", "".join(kept))


def _joins(mark: str) -> bool:
    return not mark.isascii() and unicodedata.category(mark)[0] in "LMS"


def on_one_line(text: str) -> str:
    """`text` ready to stand inside a sentence; a line end is drawn, so it cannot start a line."""
    return isolated(clean(text).strip("\n").replace("\n", " \u21b5 "))


def isolated(text: str) -> str:
    """Cleaned text that makes no link; in an isolate if any of it runs from right to left."""
    shown = _LINKS.sub(_WORD_JOINER, text)
    if not text.isascii() and any(
        unicodedata.bidirectional(mark) in _RIGHT_TO_LEFT for mark in shown
    ):
        return f"{_FSI}{shown}{_PDI}"
    return shown
