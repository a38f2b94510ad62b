"""Caveats as people type and read them.

Refuses a word it does not know: a caveat that was mistyped must never be silently missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.domain.ids import RecordId
from bot.domain.vocabulary import CompartmentKind
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.times import deadline, short
from bot.policy.label import UNOWNED, Caveats
from bot.words.phrase import Fact, Phrase, phrase

FORM = "[no-forward] [eyes-only] [chatham-house] [until WHEN] [held]"

_WORD = {
    "no-forward": ("no-forward", "no forward"),
    "eyes-only": ("eyes-only", "eyes only"),
    "chatham-house": ("chatham-house", "chatham house", "chatham"),
    "held": ("held",),
    "until": ("until",),
}
_SPELLED = {spelling: name for name, spellings in _WORD.items() for spelling in spellings}
_ANY = re.compile(
    r"(?<![\w-])("
    + "|".join(sorted(map(re.escape, _SPELLED), key=len, reverse=True))
    + r")(?![\w-])",
    re.IGNORECASE,
)

SHARED_BY_MANY = frozenset({CompartmentKind.PLENARY, CompartmentKind.HUMANITARIAN})
"""Kinds of compartment that people come and go in: nothing stays for named eyes there."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What was typed after the words. `held`: it goes with `!deliver both` and not before."""

    caveats: Caveats = UNOWNED.caveats
    held: bool = False


def mentions_any(words: str) -> bool:
    """Tell whether words that stand without quotes hold something that reads like a caveat."""
    return _ANY.search(words) is not None


def read_terms(ctx: Ctx, tail: str) -> Terms | Refused:
    """Read caveats in any order, each once; `until` takes what follows up to the next one."""
    found = list(_ANY.finditer(tail))
    before = tail[: found[0].start()] if found else tail
    if before.strip(" ,;"):
        return _unknown(before)
    terms, seen = Terms(), set[str]()
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(tail)
        name, rest = _SPELLED[match[1].casefold()], tail[match.end() : end].strip(" ,;")
        if name in seen:
            return _unknown(match[1])
        seen.add(name)
        if rest and name != "until":
            return _unknown(rest)
        added = _with(ctx, terms, name, rest)
        if isinstance(added, Refused):
            return added
        terms = added
    return terms


def _with(ctx: Ctx, terms: Terms, name: str, rest: str) -> Terms | Refused:
    match name:
        case "held":
            return replace(terms, held=True)
        case "no-forward":
            caveats = replace(terms.caveats, no_forward=True)
        case "eyes-only":
            caveats = replace(terms.caveats, eyes_only=True)
        case "chatham-house":
            caveats = replace(terms.caveats, unattributed=True)
        case _:
            until = deadline(ctx, rest)
            if isinstance(until, Refused):
                return until
            caveats = replace(terms.caveats, until=until)
    return replace(terms, caveats=caveats)


def _unknown(typed: str) -> Refused:
    return refuse("caveat.unknown", typed=short(typed.strip()), form=FORM)


def shown(caveats: Caveats, record: RecordId) -> tuple[Phrase, ...]:
    """Return one line for each caveat of words whose record is given; they are its own."""
    lines: list[Phrase] = []
    if caveats.no_forward:
        lines.append(phrase("caveat.no_forward"))
    if caveats.eyes_only:
        lines.append(phrase("caveat.eyes_only"))
    if caveats.unattributed:
        lines.append(phrase("caveat.unattributed"))
    if caveats.until is not None:
        lines.append(phrase("caveat.until", at=Fact(record, caveats.until)))
    return tuple(lines)
