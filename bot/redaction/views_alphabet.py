"""Names spelled over the radio, `Kilo Hotel Oscar`, read as the letters they stand for.

The international alphabet, as armies and red crosses use it. Refuses fewer than four words in a
row: a hotel and an oscar are no name.
"""

from __future__ import annotations

import re
from typing import Final

from bot.redaction.view import View, replaced

_ALPHABET: Final = (
    "alfa alpha bravo charlie delta echo foxtrot golf hotel india juliett juliet kilo lima mike"
    " november oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray x-ray yankee"
    " zulu"
)
_WORD: Final = rf"(?:{'|'.join(_ALPHABET.split())})"
_SPELLED: Final = re.compile(
    rf"(?<![^\W_])({_WORD})(?:[\W_]{{1,3}}{_WORD}(?![^\W_])){{3,}}", re.IGNORECASE
)
_LETTER: Final = re.compile(_WORD, re.IGNORECASE)
_VOWELS: Final = ("alfa", "alpha", "echo", "india", "oscar", "uniform", "yankee")


def spelled(view: View) -> View | None:
    """Return the text with each run of such words as one word, or None where there is none."""
    lower = view.text.lower()
    # A name has a vowel, and few texts have one of these words.
    if not any(word in lower for word in _VOWELS) or not _SPELLED.search(view.text):
        return None
    return replaced(
        view,
        (
            (*found.span(), "".join(word[0][0] for word in _LETTER.finditer(found[0])).title())
            for found in _SPELLED.finditer(view.text)
        ),
    )
