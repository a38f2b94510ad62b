"""The languages the bot speaks. A language is one more table with the same keys.

The tests hold every catalogue to the keys and insertions of English; a person whose language
is missing is spoken to in English.
"""

from __future__ import annotations

from bot.words.en import ENGLISH

CATALOGUES: dict[str, dict[str, str]] = {"en": ENGLISH}


def catalogue(language: str) -> dict[str, str]:
    """Return the sentences of a language tag (`ar`, `en-GB`), or English."""
    return CATALOGUES.get(language) or CATALOGUES.get(language.split("-", maxsplit=1)[0]) or ENGLISH
