"""How a recogniser is written: a pattern over folded text, and a judge that names what it found.

Patterns are run only where the text has what they need - a digit, an `@`, a word that announces a
number - because most of what people write has none of it. Refuses nothing and finds nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import ahocorasick

from bot.redaction.folding import Folded, fold
from bot.redaction.folding_table import TABLE
from bot.redaction.hits import Hit, Kind

Judge = Callable[[re.Match[str], Folded], str | None]
"""Returns the canonical key of what matched, or None where it is something else after all."""


class At(Enum):
    """Where a rule's pattern may begin; elsewhere it is not tried."""

    ANYWHERE = auto()
    NUMBER = auto()
    """At a number, its sign or its bracket."""
    LETTERS = auto()
    """At one to three letters with a number behind them."""
    EITHER = auto()
    """At a number or at the word before it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern. The group `it`, where there is one, is what is hidden; else all of it."""

    kind: Kind
    pattern: re.Pattern[str]
    judge: Judge
    least: int = 1
    """Digits that the zone must have for this rule to be tried."""
    needs: tuple[str, ...] = ()
    """Of these the zone must have one."""
    hint: re.Pattern[str] | None = None
    """What the zone must have somewhere."""
    at: At = At.ANYWHERE
    token: int = 0
    """How long the zone's longest word must be."""


def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern whose letters beyond ASCII are folded as the text is that it is run over."""
    return re.compile("".join(char if char.isascii() else char.translate(TABLE) for char in text))


_DIGIT_RUN: Final = re.compile(r"\d+")
_TIME: Final = re.compile(
    r"(?:(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?|20[2-9]\d-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]20[2-9]\d)"
    r"(?![\w:/°'\"+-]|[.,]\d| ?[nsew]\b)"
)
"""Times of day and dates of these years: what is most often written in figures, and nobody's."""
_JOINTS: Final = frozenset(".,:/+-_=") | frozenset("abcdefghijklmnopqrstuvwxyz")
_BEFORE, _AFTER = 14, 18
"""How far around digits a rule reaches: to the end of the word that stands there."""
_LONGEST: Final = 120


def zones(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the parts of a folded text that have digits: where each begins, ends, how many digits.

    What belongs to a number but stands farther off is found by the word that announces it.
    """
    start = end = many = passed = 0
    for found in _DIGIT_RUN.finditer(text):
        first, last = found.span()
        if first < passed:
            continue
        if (time := _TIME.match(text, first)) and not (first and text[first - 1] in _JOINTS):
            passed = time.end()
            continue
        if many and first - _BEFORE <= end:
            end = last + _AFTER
            many += last - first
            continue
        if many:
            yield start, _word_end(text, end), many
        low = max(0, first - _BEFORE)
        start = max(text.rfind(" ", max(0, low - _LONGEST), low), low - _LONGEST, 0)
        end, many = last + _AFTER, last - first
    if many:
        yield start, _word_end(text, end), many


def _word_end(text: str, at: int) -> int:
    space = text.find(" ", at, at + _LONGEST)
    return space if space >= 0 else min(len(text), at + _LONGEST)


_NUMBERS: Final = re.compile(r"([+(\-]?[ (]?)\d+")
_LETTERED: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_]{1,3}-)?[^\W\d_]{1,3}[ -]{0,3}(?=\d)")
_NAMED: Final = re.compile(r"(?<![^\W_])[^\W\d_]{1,12}\.? ?(?=[-+]?\d)")


class ZoneRules:
    """Rules for the parts of a text that have digits, in order; most are too long for most parts."""

    __slots__ = ("_fitting", "_least", "_rules", "_token")

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._least = max(rule.least for rule in self._rules)
        self._token = max(rule.token for rule in self._rules)
        self._fitting: dict[tuple[int, int], tuple[Rule, ...]] = {}

    def fitting(self, many: int, longest: int) -> tuple[Rule, ...]:
        """Return the rules for which a zone has digits enough and a word that is long enough."""
        # Beyond what any rule asks for more makes no difference; so there are few to remember.
        size = min(many, self._least), min(longest, self._token)
        known = self._fitting.get(size)
        if known is None:
            known = self._fitting[size] = tuple(
                rule for rule in self._rules if rule.least <= size[0] and rule.token <= size[1]
            )
        return known


def in_zone(rules: ZoneRules, folded: Folded, low: int, high: int, many: int) -> Iterator[Hit]:
    """Yield what the rules find in a zone, trying only those that can, and only where they can."""
    text = folded.text
    zone = text[low:high]
    starts: dict[At, list[int]] = {}
    # By identity, because a pattern's hash goes through all that it was compiled to.
    hints: dict[int, bool] = {}
    for rule in rules.fitting(many, max(map(len, zone.split(" ")))):
        if rule.needs:
            # A loop, because `any` with a generator takes longer than all that is looked for.
            for one in rule.needs:
                if one in zone:
                    break
            else:
                continue
        if rule.hint:
            hint = id(rule.hint)
            if hint not in hints:
                hints[hint] = rule.hint.search(zone) is not None
            if not hints[hint]:
                continue
        if rule.at is At.ANYWHERE:
            yield from apply(rule, folded, low, high)
            continue
        if rule.at not in starts:
            starts[rule.at] = _starts(rule.at, text, low, high)
        last, match = low, rule.pattern.match
        for start in starts[rule.at]:
            if start >= last and (found := match(text, start, high)):
                last = found.end()
                if hit := judged(rule, found, folded):
                    yield hit


def _starts(at: At, text: str, low: int, high: int) -> list[int]:
    """Return where in a zone a number, letters with a number, or either may begin."""
    if at is At.LETTERS:
        return [found.start() for found in _LETTERED.finditer(text, low, high)]
    starts: set[int] = set()
    for found in _NUMBERS.finditer(text, low, high):
        # Behind its first digit no rule's pattern begins.
        for place in range(found.start(), found.end(1) + 1):
            if text[place] != " ":
                starts.add(place)
    if at is At.EITHER:
        starts.update(found.start() for found in _NAMED.finditer(text, low, high))
    return sorted(starts)


def apply(rule: Rule, folded: Folded, low: int, high: int) -> Iterator[Hit]:
    """Yield what one rule finds between two places of the folded text."""
    for found in rule.pattern.finditer(folded.text, low, high):
        if hit := judged(rule, found, folded):
            yield hit


def judged(rule: Rule, found: re.Match[str], folded: Folded) -> Hit | None:
    """Return the hit for one match, if the judge takes it."""
    if (key := rule.judge(found, folded)) is None:
        return None
    group = "it" if "it" in rule.pattern.groupindex else 0
    return Hit(*folded.span(*found.span(group)), rule.kind, key)


def written(folded: Folded, start: int, end: int) -> str:
    """Return characters as they were written, capitals and all, without what shows nothing."""
    return "".join(folded.source[at] for at in folded.origin[start:end])


def alnum(text: str) -> str:
    """Return the letters and digits only."""
    return "".join(char for char in text if char.isalnum())


def digits(text: str) -> str:
    """Return the digits only."""
    return "".join(char for char in text if char.isdecimal())


class Announcers:
    """Words that say what the next number is, in several languages, found in one pass.

    What follows each is matched with its rules, right behind the word.
    """

    __slots__ = ("_rules", "_words")

    def __init__(self, table: Iterable[tuple[str, Sequence[Rule]]]) -> None:
        self._words = ahocorasick.Automaton()
        found: dict[str, list[Sequence[Rule]]] = {}
        for words, rules in table:
            for word in words.split("|"):
                found.setdefault(fold(word).text, []).append(rules)
        for word, groups in found.items():
            self._words.add_word(word, (len(word), [rule for rules in groups for rule in rules]))
        self._words.make_automaton()

    def hits(self, folded: Folded) -> Iterator[Hit]:
        """Yield what follows an announcing word that stands on its own."""
        text = folded.text
        for last, (length, rules) in self._words.iter(text):
            start = last + 1 - length
            if start and text[start - 1].isalpha() and text[start].isascii():
                continue
            for rule in rules:
                if (found := rule.pattern.match(text, last + 1)) and (
                    hit := judged(rule, found, folded)
                ):
                    yield hit
