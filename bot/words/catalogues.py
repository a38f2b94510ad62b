"""The languages the bot speaks. A language is one more table with the same keys.

The tests hold every catalogue to the keys and insertions of English; a person whose language
is missing is spoken to in English.
"""

from __future__ import annotations

from bot.words import ar_commitment, ar_digest
from bot.words.en import ENGLISH

CATALOGUES: dict[str, dict[str, str]] = {
    "en": ENGLISH,
    # So far what binds a party, what a promise of it is coming to, and digests; else English.
    "ar": {**ENGLISH, **ar_commitment.COMMITMENTS, **ar_digest.DIGESTS},
}


def catalogue(language: str) -> dict[str, str]:
    """Return the sentences of a language tag (`ar`, `en-GB`), or English."""
    return CATALOGUES.get(language) or CATALOGUES.get(language.split("-", maxsplit=1)[0]) or ENGLISH
