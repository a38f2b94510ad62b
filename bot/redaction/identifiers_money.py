"""Where money goes: IBAN and crypto wallets, each by the check its format has."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.redaction.checksums import (
    IBAN_LENGTHS,
    base58_bytes,
    base58_is_sound,
    bech32_is_sound,
    iban_is_sound,
)
from bot.redaction.folding import Folded
from bot.redaction.hits import Hit, Kind
from bot.redaction.rules import Rule, alnum, pattern, written

_IBAN: Final = pattern(
    r"[a-z]{2}(?<![^\W_][a-z]{2})[ .-]?\d(?:[ .-]{0,2}\d)(?:[ .\-/]{0,2}[a-z0-9]){11,40}"
)


IBAN_DIGITS: Final = 8
"""No account number has fewer."""


def ibans(folded: Folded, low: int, high: int) -> list[Hit]:
    """Return the account numbers that pass; words that follow one are not taken for its end."""
    hits = []
    at = low
    while found := _IBAN.search(folded.text, at, high):
        # A word before it may look like its beginning: `in 2024 UA21 ...`.
        at = found.start() + 2
        letters = [at for at in range(found.start(), found.end()) if folded.text[at].isalnum()]
        length = IBAN_LENGTHS.get(folded.text[letters[0]] + folded.text[letters[1]])
        if length is None or len(letters) < length:
            continue
        compact = "".join(folded.text[at] for at in letters[:length])
        if iban_is_sound(compact):
            at = letters[length - 1] + 1
            hits.append(Hit(*folded.span(letters[0], at), Kind.IBAN, compact))
    return hits


def _as_written(found: re.Match[str], folded: Folded) -> str:
    return unicodedata.normalize("NFKC", written(folded, *found.span("it")))


def _base58(found: re.Match[str], folded: Folded) -> str | None:
    text = _as_written(found, folded)
    if base58_is_sound(text):
        return text
    raw = base58_bytes(text) if 43 <= len(text) <= 44 else None
    mixed = any(c.isdecimal() for c in text) and text.lower() != text and text.upper() != text
    return text if raw and len(raw) == 32 and mixed else None


def _bech32(found: re.Match[str], _: Folded) -> str | None:
    return found["it"] if bech32_is_sound(found["it"]) else None


def _as_it_is(found: re.Match[str], _: Folded) -> str:
    return alnum(found["it"])


def _ton(found: re.Match[str], folded: Folded) -> str | None:
    text = _as_written(found, folded)
    return text if text[:2] in {"EQ", "UQ", "kQ", "0Q"} else None


DIGIT_RULES: Final = (
    Rule(Kind.WALLET, pattern(r"(?<!\w)(?P<it>[0-9a-z]{25,44})(?!\w)"), _base58, token=25),
    Rule(
        Kind.WALLET,
        pattern(
            r"(?<!\w)(?P<it>(?:bc|tb|ltc|bcrt|addr|cosmos|bnb|ln)[a-z0-9]{0,12}1[02-9ac-hj-np-z]{8,100})(?!\w)"
        ),
        _bech32,
        token=20,
    ),
    Rule(
        Kind.WALLET,
        pattern(r"(?<!\w)(?P<it>0x ?[0-9a-f]{40}(?:[0-9a-f]{24})?)(?!\w)"),
        _as_it_is,
        needs=("0x",),
    ),
    Rule(
        Kind.WALLET,
        pattern(r"(?<!\w)(?P<it>[48][0-9ab][1-9a-z]{93}(?:[1-9a-z]{11})?)(?!\w)"),
        _as_it_is,
        token=90,
    ),
    Rule(Kind.WALLET, pattern(r"(?<![\w-])(?P<it>[euk0]q[a-z0-9_-]{46})(?![\w-])"), _ton, token=40),
    Rule(
        Kind.WALLET,
        pattern(r"(?<!\w)(?P<it>(?:bitcoincash|ecash):[qp][02-9ac-hj-np-z]{41})(?!\w)"),
        _as_it_is,
        token=40,
    ),
)
WALLET_AFTER_WORD: Final = Rule(
    Kind.WALLET,
    pattern(
        r"[^\w]{1,4}(?:(?:address|wallet|is|адрес|адресс|is:|المحفظه|كتوبت) ?:? ?){0,2}(?P<it>(?=[a-z]*\d)[0-9a-z]{24,110})(?!\w)"
    ),
    _as_it_is,
)
