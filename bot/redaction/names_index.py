# ruff: noqa: RUF001 - endings of two scripts
"""Which words of a roster a word of a text may stand for: the same, inflected, or respelled.

One word at a time; what stands around it is for `names` to weigh. Refuses to decide:
a candidate says how near it is, not that it is meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bot.redaction.folding import whole_word_look_alikes
from bot.redaction.names_common import COMMON
from bot.redaction.names_endings import bare_name, stems, without_article
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

_ROSTER_READINGS: Final = 24
_TEXT_READINGS: Final = 10
_LEAST_CONSONANTS: Final = 3
_NARROW: Final = 0.08
_PLAIN_READINGS: Final = 4
_PLAIN_COST: Final = 0.25
_LETTER_DIGITS: Final = str.maketrans(
    {"2": "", "3": "a", "5": "kh", "6": "t", "7": "h", "8": "gh", "9": "k"}
)
"""Digits that Arabic is typed with in Latin letters: `7addad`, `Ka3bi`."""
_DIGITS: Final = re.compile(r"\d+")
_CONSONANT_ENDING: Final = frozenset("мвхгсsmvz")


@dataclass(frozen=True, slots=True)
class Candidate:
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


@dataclass(slots=True)
class Index:
    """Roster words by spelling and by sound; `number` is a word's place in the order of adding."""

    exact: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    sound: dict[str, list[tuple[int, Reading]]] = field(default_factory=lambda: defaultdict(list))
    plain: dict[str, list[tuple[int, Reading]]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, spellings: tuple[str, ...]) -> int:
        """Return the number of a roster word, given its folded spellings, and index it if new."""
        number = self.numbers.get(spellings)
        if number is not None:
            return number
        number = self.numbers[spellings] = len(self.numbers)
        spelled = dict.fromkeys(spellings)
        for one in spellings:
            script = script_of(one)
            if script is not None:
                spelled[without_article(one, script)] = None
        for one in spelled:
            self._add_spelling(number, one)
        return number

    def _add_spelling(self, number: int, one: str) -> None:
        script = script_of(one)
        alike: Iterable[str] = whole_word_look_alikes(one) if len(one) >= 3 else ()
        forms = dict.fromkeys((one, *alike))
        if script is not None:
            forms.update(dict.fromkeys(bare_name(one, script)))
        for form in forms:
            if number not in self.exact[form]:
                self.exact[form].append(number)
        seen: set[str] = set()
        for reading in readings(one, _ROSTER_READINGS):
            if reading.key and reading.key not in seen:
                seen.add(reading.key)
                self.sound[reading.key].append((number, reading))
                if reading.cost <= _PLAIN_COST and not reading.abjad:
                    self.plain[plainly(reading)].append((number, reading))

    def look_up(self, word: str, *, widely: bool) -> tuple[Candidate, ...]:
        """Return what a folded word of a text may stand for, nearest first.

        `widely` for a word that may be a name by its looks or its neighbours: then also by sound
        with other vowels, and short ones.
        """
        best: dict[int, Candidate] = {}
        for written in _written(word):
            script = script_of(written)
            if script is not None:
                self._compare(written, script, best, widely=widely)
        return tuple(sorted(best.values(), key=lambda one: (not one.exact, one.distance)))

    def _compare(
        self, word: str, script: Script, best: dict[int, Candidate], *, widely: bool
    ) -> None:
        bare = without_article(word, script)
        sounded: dict[str, bool] = {word: True, bare: True}
        common = False
        for stem in stems(word, script):
            whole = stem == word
            common = common or stem in COMMON
            for number in self.exact.get(stem, ()):
                best.setdefault(number, Candidate(number, True, 0.0, 0, 0, whole))  # noqa: FBT003
            if whole or not word.startswith(stem) or _CONSONANT_ENDING & set(word[len(stem) :]):
                sounded.setdefault(stem, False)
        if common and not widely:
            return
        # Where case or neighbours show nothing, an abjad's word is compared by sound all the same.
        for stem, whole in sounded.items():
            if len(stem) < 2:
                continue
            if widely or script.abjad:
                self._compare_sound(stem, best, whole=whole, widely=widely)
            else:
                self._compare_plainly(stem, best, whole=whole)

    def _compare_plainly(self, stem: str, best: dict[int, Candidate], *, whole: bool) -> None:
        for reading in readings(stem, _PLAIN_READINGS):
            if len(reading.key) < _LEAST_CONSONANTS:
                continue
            for number, theirs in self.plain.get(plainly(reading), ()):
                if number not in best:
                    off = distance(reading, theirs)
                    best[number] = _candidate(number, reading, theirs, off, whole=whole)

    def _compare_sound(
        self, stem: str, best: dict[int, Candidate], *, whole: bool, widely: bool
    ) -> None:
        for reading in readings(stem, _TEXT_READINGS):
            if not reading.key or (not widely and len(reading.key) < _LEAST_CONSONANTS):
                continue
            limit = allowed(reading.key) if widely else _NARROW * len(reading.key)
            room = limit - reading.cost
            for number, theirs in self.sound.get(reading.key, ()):
                if theirs.cost > room:
                    break
                known = best.get(number)
                if known is not None and known.distance <= reading.cost + theirs.cost:
                    continue
                off = distance(reading, theirs)
                if off <= limit and (known is None or off < known.distance):
                    best[number] = _candidate(number, reading, theirs, off, whole=whole)

    def settle(self) -> None:
        """Put the likeliest readings first; `look_up` counts on it once all words are added."""
        for table in (self.sound, self.plain):
            for known in table.values():
                known.sort(key=lambda one: one[1].cost)


def _candidate(
    number: int, ours: Reading, theirs: Reading, off: float, *, whole: bool
) -> Candidate:
    return Candidate(
        number,
        exact=False,
        distance=off,
        consonants=len(ours.key),
        vowels=vowels_in_common(ours, theirs),
        whole=whole,
    )


def _written(word: str) -> tuple[str, ...]:
    """Return a word as it stands, without digits around it, and with digits read as letters."""
    if not _DIGITS.search(word):
        quoteless = word if "'" not in word or "\u05d0" <= word[0] <= "\u05ea" else ""
        return (word,) if quoteless else tuple(
            dict.fromkeys((word.replace("'", ""), word.rstrip("'"), *word.split("'")[:1]))
        )  # fmt: skip
    bare = word.strip("0123456789")
    return tuple(dict.fromkeys(one for one in (bare, word.translate(_LETTER_DIGITS)) if one))
