"""Plain text: what is seen stays, byte by byte; what is invisible goes.

Zero-width and tag characters can carry a hidden mark of who was given which copy. The joiners
that Persian, Arabic and Indic scripts need stay, and so do the marks of writing direction.
Refuses what is neither UTF-8 nor UTF-16 with its mark.
"""

from __future__ import annotations

import re
from typing import Final

from bot.evidence.kinds import Cleaned, Kind, Stop, Why
from bot.evidence.looking import as_text

_UNSEEN: Final = re.compile(
    "[\u00ad\u180b-\u180e\u200b\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]"
)


def clean_text(content: bytes) -> Cleaned:
    """Return the text as UTF-8 with plain line ends. Stops with DAMAGED."""
    text = as_text(content)
    if text is None:
        raise Stop(Why.DAMAGED, kind=Kind.TEXT)
    seen = visible(text)
    removed = ("invisible",) if seen != text else ()
    lines = seen.replace("\r\n", "\n").replace("\r", "\n")
    return Cleaned(
        "\n".join(line.rstrip() for line in lines.split("\n")).encode(), Kind.TEXT, removed
    )


def visible(text: str) -> str:
    """Return the text without characters that nobody sees."""
    return _UNSEEN.sub("", text)
