# ruff: noqa: RUF001 - endings of two scripts
"""Which words of a roster a word of a text may stand for: the same, inflected, or respelled.

One word at a time; what stands around it is for `names` to weigh. Refuses to decide:
a candidate says how near it is, not that it is meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from bot.redaction import names_endings as endings
from bot.redaction.folding import whole_word_look_alikes
from bot.redaction.folding_table import TO_CYRILLIC, TO_GREEK, TO_LATIN
from bot.redaction.names_common import COMMON
from bot.redaction.spelling import (
    Reading,
    Script,
    allowed,
    distance,
    plainly,
    readings,
    script_of,
    vowels_in_common,
)

_REMEMBERED: Final = 50_000
_ROSTER_READINGS: Final = 24
_TEXT_READINGS: Final = 10
_LEAST_CONSONANTS: Final = 3
_LONG_FOR_TWO: Final = 4
"""Letters from which a word of two consonants has vowels enough, in a script that may omit them."""
_NARROW: Final = 0.08
_PLAIN_READINGS: Final = 4
_PLAIN_COST: Final = 0.25
_LETTER_DIGITS: Final = str.maketrans(
    {"2": "", "3": "a", "5": "kh", "6": "t", "7": "h", "8": "gh", "9": "k"}
)
"""Digits that Arabic is typed with in Latin letters: `7addad`, `Ka3bi`."""
_DIGITS: Final = re.compile(r"\d+")
_ELIDED: Final = frozenset(
    ["d", "l", "qu", "s", "n", "j", "m", "t", "c", "jusqu", "lorsqu", "puisqu"]
)
_DRAWN: Final = tuple(map(frozenset, (TO_LATIN, TO_CYRILLIC, TO_GREEK)))
"""Letters that are drawn like ones of another script."""
_CONSONANT_ENDING: Final = frozenset("мвхгсsmvz")


class Candidate(NamedTuple):
    """A roster word that a text's word may stand for; `distance` 0 if spelled as there."""

    word: int
    exact: bool
    distance: float
    consonants: int
    """How many consonants were compared; 0 for an exact spelling."""
    vowels: int
    """How many vowels both have written."""
    whole: bool
    """Whether nothing was taken off the text's word."""


_Spoken = dict[str, list[tuple[Reading, bool]]]
_Match = tuple[float, Reading, Reading, bool]
"""How far apart, the text's reading, the roster's, and if nothing was taken off."""


@dataclass(slots=True)
class Index:
    """Roster words by spelling and by sound; `number` is a word's place in the order of adding."""

    exact: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    sound: dict[str, list[tuple[int, Reading]]] = field(default_factory=lambda: defaultdict(list))
    plain: dict[str, list[tuple[int, Reading]]] = field(default_factory=lambda: defaultdict(list))
    said: dict[int, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    _said_here: dict[str, tuple[dict[int, bool], _Spoken]] = field(default_factory=dict)
    numbers: dict[tuple[tuple[str, ...], int], int] = field(default_factory=dict)

    def add(self, spellings: tuple[str, ...], most: int = _ROSTER_READINGS) -> int:
        """Return the number of a roster word, given its folded spellings; index it if new.

        `most` is how many ways to say it are told apart.
        """
        number = self.numbers.get((spellings, most))
        if number is not None:
            return number
        number = self.numbers[spellings, most] = len(self.numbers)
        spelled = dict.fromkeys(spellings)
        for one in spellings:
            script = script_of(one)
            if script is not None:
                spelled[endings.without_article(one, script)] = None
                spelled[endings.as_servant(one)] = None
        for one in spelled:
            self._add_spelling(number, one, most)
        return number

    def _add_spelling(self, number: int, one: str, most: int) -> None:
        script = script_of(one)
        letters = set(one)
        drawn = len(one) >= 3 and any(letters <= known for known in _DRAWN)
        alike: Iterable[str] = whole_word_look_alikes(one) if drawn else ()
        forms = dict.fromkeys((one, *alike))
        if script is not None:
            forms.update(dict.fromkeys(endings.bare_name(one, script)))
        for form in forms:
            known = self.exact[form]
            if number not in known:
                known.append(number)
        said = self.said[number]
        for reading in readings(one, most):
            if reading.key:
                said.append(reading)
                if len(reading.key) >= _LEAST_CONSONANTS - 1:
                    self.sound[reading.key].append((number, reading))
                if reading.cost <= _PLAIN_COST and not reading.abjad:
                    self.plain[plainly(reading)].append((number, reading))

    def look_up(self, word: str, *, widely: bool) -> tuple[Candidate, ...]:
        """Return what a folded word of a text may stand for, nearest first.

        `widely` for a word that looks like a name: then also by sound with other vowels.
        """
        exact: dict[int, bool] = {}
        best: dict[int, _Match] = {}
        for written, script, stems, sounded in _forms(word):
            self._exactly(written, stems, exact)
            if widely or COMMON.isdisjoint(stems):
                for stem, whole in sounded:
                    if widely or script.abjad:
                        self._compare_sound(stem, exact, best, whole=whole, widely=widely)
                    if not script.abjad:
                        self._compare_plainly(stem, exact, best, whole=whole, widely=widely)
        return _candidates(exact, best)

    def keys(self, numbers: Iterable[int]) -> Mapping[str, tuple[int, ...]]:
        """Return which of these roster words may be said with which consonants."""
        table: dict[str, dict[int, None]] = {}
        for number in numbers:
            for reading in self.said[number]:
                table.setdefault(reading.key, {})[number] = None
        return {key: tuple(listed) for key, listed in table.items()}

    def heard(
        self, word: str, among: frozenset[int], keys: Mapping[str, tuple[int, ...]]
    ) -> tuple[Candidate, ...]:
        """Return which of these roster words a text's word may stand for; short ones as well.

        `keys` is what `self.keys` says of `among`.
        """
        spelled, spoken = self._spoken(word)
        exact: dict[int, bool] = {}
        if not among.isdisjoint(spelled):
            exact = {number: whole for number, whole in spelled.items() if number in among}
        common = spoken.keys() & keys.keys()
        best: dict[int, _Match] = {}
        for number in {number for key in common for number in keys[key]}:
            if number in exact:
                continue
            for theirs in self.said[number]:
                for ours, whole in spoken.get(theirs.key, ()):
                    limit = allowed(ours.key)
                    off = distance(ours, theirs, limit)
                    if off <= limit and (number not in best or off < best[number][0]):
                        best[number] = (off, ours, theirs, whole)
        return _candidates(exact, best)

    def _spoken(self, word: str) -> tuple[dict[int, bool], _Spoken]:
        """Return exact roster words and readings by key of a text's word, remembered."""
        known = self._said_here.get(word)
        if known is None:
            exact: dict[int, bool] = {}
            spoken: _Spoken = {}
            for written, _, stems, sounded in _forms(word):
                self._exactly(written, stems, exact)
                for stem, whole in sounded:
                    for reading in readings(stem, _TEXT_READINGS):
                        if reading.key:
                            spoken.setdefault(reading.key, []).append((reading, whole))
            known = exact, spoken
            if len(self._said_here) >= _REMEMBERED:
                self._said_here.clear()
            self._said_here[word] = known
        return known

    def _exactly(self, word: str, stems: tuple[str, ...], exact: dict[int, bool]) -> None:
        for stem in stems:
            for number in self.exact.get(stem, ()):
                exact.setdefault(number, stem == word)

    def _compare_plainly(
        self,
        stem: str,
        exact: dict[int, bool],
        best: dict[int, _Match],
        *,
        whole: bool,
        widely: bool,
    ) -> None:
        least = _LEAST_CONSONANTS - widely
        # Of a name's readings the first ones are there already.
        for reading in readings(stem, _TEXT_READINGS if widely else _PLAIN_READINGS):
            if reading.rank >= _PLAIN_READINGS:
                break
            if len(reading.key) < least or reading.key not in self.sound:
                continue
            for number, theirs in self.plain.get(plainly(reading), ()):
                if number not in best and number not in exact:
                    best[number] = (distance(reading, theirs), reading, theirs, whole)

    def _compare_sound(
        self,
        stem: str,
        exact: dict[int, bool],
        best: dict[int, _Match],
        *,
        whole: bool,
        widely: bool,
    ) -> None:
        short = widely or (whole and len(stem) >= _LONG_FOR_TWO)
        for reading in readings(stem, _TEXT_READINGS):
            key = reading.key
            if len(key) < _LEAST_CONSONANTS - short:
                continue
            listed = self.sound.get(key)
            if listed is None:
                continue
            limit = allowed(key) if widely else _NARROW * len(key)
            cost = reading.cost
            room = limit - cost
            for number, theirs in listed:
                if theirs.cost > room:
                    break
                if number in exact:
                    continue
                known = best.get(number)
                if known is not None and known[0] <= cost + theirs.cost:
                    continue
                off = distance(reading, theirs, limit)
                if off <= limit and (known is None or off < known[0]):
                    best[number] = (off, reading, theirs, whole)

    def settle(self) -> None:
        """Put the likeliest readings first; `look_up` counts on it once all words are added."""
        for table in (self.sound, self.plain):
            for known in table.values():
                known.sort(key=lambda one: one[1].cost)


def _nearest(one: Candidate) -> tuple[bool, float, int]:
    return not one.exact, one.distance, one.word


def _sounded(word: str, script: Script, stems: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield what to compare by sound; an ending of vowels alone hardly changes that."""
    yielded = {word, endings.without_article(word, script), endings.as_servant(word)}
    yield from ((one, True) for one in sorted(yielded, key=len, reverse=True))
    for stem in stems:
        cut = _CONSONANT_ENDING & set(word[len(stem) :]) or not word.startswith(stem)
        if cut and stem not in yielded and len(stem) >= 2:
            yielded.add(stem)
            yield stem, False


def _candidates(exact: dict[int, bool], best: dict[int, _Match]) -> tuple[Candidate, ...]:
    found = [
        Candidate(number, True, 0.0, 0, 0, whole)  # noqa: FBT003
        for number, whole in exact.items()
    ]
    for number, (off, ours, theirs, whole) in best.items():
        if number not in exact:
            vowels = vowels_in_common(ours, theirs)
            found.append(Candidate(number, False, off, len(ours.key), vowels, whole))  # noqa: FBT003
    found.sort(key=_nearest)
    return tuple(found)


_Form = tuple[str, Script, tuple[str, ...], tuple[tuple[str, bool], ...]]
"""A word as it may be meant, its script, its stems, and what to compare by sound."""


@lru_cache(maxsize=16384)
def _forms(word: str) -> tuple[_Form, ...]:
    forms: list[_Form] = []
    for written in _written(word):
        script = script_of(written)
        if script is not None:
            stems = endings.stems(written, script)
            forms.append((written, script, stems, tuple(_sounded(written, script, stems))))
    return tuple(forms)


def _unelided(parts: list[str]) -> list[str]:
    """Return what stands before a quote and, where that is a French elision, what stands behind."""
    return parts[: 2 if parts[0] in _ELIDED else 1]


def _written(word: str) -> tuple[str, ...]:
    """Return a word as it stands, without digits around it, and with digits read as letters."""
    if not _DIGITS.search(word):
        quoteless = word if "'" not in word or "\u05d0" <= word[0] <= "\u05ea" else ""
        return (word,) if quoteless else tuple(
            dict.fromkeys((word.replace("'", ""), word.rstrip("'"), *_unelided(word.split("'"))))
        )  # fmt: skip
    bare = word.strip("0123456789")
    return tuple(dict.fromkeys(one for one in (bare, word.translate(_LETTER_DIGITS)) if one))
