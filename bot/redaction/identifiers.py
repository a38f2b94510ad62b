"""Every identifier in a text: what reaches, places or numbers a person, by form and by check.

One pass over folded text. Refuses to be certain: precision matters, but where a form is nobody's
time, amount or code, it is shown to the person who decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import ahocorasick

from bot.redaction import (
    identifiers_contact,
    identifiers_dates,
    identifiers_money,
    identifiers_papers,
    identifiers_place,
    identifiers_units,
)
from bot.redaction.folding import Folded, fold
from bot.redaction.hits import Hit, Kind
from bot.redaction.rules import Announcers, ZoneRules, apply, digits, in_zone, zones

_DIGIT_RULES: Final = ZoneRules(
    (
        *identifiers_contact.DIGIT_RULES,
        *identifiers_place.DIGIT_RULES,
        *identifiers_money.DIGIT_RULES,
        *identifiers_papers.DIGIT_RULES,
        *identifiers_dates.DIGIT_RULES,
        *identifiers_units.DIGIT_RULES,
    )
)
_COUNTED: Final = {Kind.PHONE: 7, Kind.DOCUMENT: 6, Kind.SERVICE_NUMBER: 6, Kind.PLATE: 4}
"""Of how many digits a number may be, that a count may follow."""
_COUNT: Final = re.compile(r"[ /]\d{1,2}\Z")
_WORD_BEHIND: Final = re.compile(r"[ \n][^\W\d]")
_PHONE_WORDS: Final = (
    "tel|tel.|phone|telephone|mobile|cell|call|ring|whatsapp|telegram|signal|viber|fax|sms|sat phone|thuraya|iridium|imo"
    "|тел|тел.|телефон|телефона|телефону|моб|моб.|звоните|позвоните|звонить|номер|номеру|ватсап"
    "|هاتف|الهاتف|هاتفه|جوال|جواله|موبايل|تلفون|رقم|رقمه|اتصل|واتساب|فاكس|تلفن|تماس|شماره|همراه"
    "|טלפון|טל|טל'|נייד|פלאפון|וואטסאפ|התקשרו|פקס"
)
_WALLET_WORDS: Final = (
    "btc|bitcoin|xbt|eth|ethereum|usdt|usdc|tron|trx|monero|xmr|litecoin|ltc|wallet|solana|ripple|xrp|crypto"
    "|кошелек|биткоин|محفظة|بيتكوين|ארנק|ביטקוין|کیف پول"
)
_ANNOUNCERS: Final = Announcers(
    (
        (_PHONE_WORDS, (identifiers_contact.PHONE_AFTER_WORD,)),
        (_WALLET_WORDS, (identifiers_money.WALLET_AFTER_WORD,)),
        (identifiers_papers.DOCUMENT_WORDS, identifiers_papers.DOCUMENT_AFTER_WORD),
        (identifiers_papers.SERVICE_WORDS, (identifiers_papers.SERVICE_AFTER_WORD,)),
        (identifiers_papers.PLATE_WORDS, identifiers_papers.PLATE_AFTER_WORD),
        (identifiers_dates.BIRTH_WORDS, (identifiers_dates.AFTER_WORD,)),
    )
)


def _level_words() -> ahocorasick.Automaton:
    words = ahocorasick.Automaton()
    for word in identifiers_units.LEVEL_OF:
        words.add_word(word, word)
    words.make_automaton()
    return words


_LEVELS: Final = _level_words()


def identifiers(text: str | Folded) -> tuple[Hit, ...]:
    """Return everything that was found, by place; finds may overlap, see `hits.merged`."""
    folded = fold(text)
    found = {hit for hit in _found(folded) if hit.end > hit.start}
    found |= {
        one for hit in found if hit.kind in _COUNTED and (one := _without_count(folded.source, hit))
    }
    return tuple(sorted(found, key=lambda hit: (hit.start, -hit.end, hit.kind)))


def _without_count(text: str, hit: Hit) -> Hit | None:
    """Return a number without the figures behind it, which may count the next word.

    In `+380 67 412 55 38 2 days ago` either may be the number, and both are looked for.
    """
    if not _WORD_BEHIND.match(text, hit.end):
        return None
    count = _COUNT.search(text, hit.start, hit.end)
    if count is None:
        return None
    rest = digits(fold(text[hit.start : count.start()]).text)
    if len(rest) < _COUNTED[hit.kind]:
        return None
    phone = hit.kind is Kind.PHONE
    key = rest.lstrip("0")[-8:] if phone else hit.key[: 1 - len(count[0])]
    return Hit(hit.start, count.start(), hit.kind, key)


def _found(folded: Folded) -> Iterator[Hit]:
    text = folded.text
    has_digits = False
    for low, high, many in zones(text):
        has_digits = True
        yield from in_zone(_DIGIT_RULES, folded, low, high, many)
        if many < identifiers_money.IBAN_DIGITS:
            continue
        yield from identifiers_money.ibans(folded, low, high)
    if has_digits:
        yield from _ANNOUNCERS.hits(folded)
    if "<<" in text and not has_digits:
        yield from apply(identifiers_papers.ZONE_LINE, folded, 0, len(text))
    if "@" in text:
        yield from identifiers_contact.at_signs(folded)
    yield from identifiers_contact.spelled_mail(folded)
    yield from identifiers_contact.matrix_names(folded)
    yield from identifiers_contact.urls(folded)
    yield from identifiers_units.units(folded, _LEVELS)
