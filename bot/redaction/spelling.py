"""How a word sounds, whichever of four scripts it is written in.

Two spellings of one name share a *key*, its consonants; how well the vowels between agree is a
*distance*. Both are wide on purpose, because who hides a name respells it. Refuses to say whether
a word is a name: that needs a roster and its neighbours (`names`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum, unique
from functools import lru_cache
from math import inf
from typing import Final, NamedTuple

from bot.redaction.spelling_table import ARABIC, CYRILLIC, HEBREW, LATIN, Rules


@unique
class Script(IntEnum):
    """The scripts that names are compared over; the last two leave short vowels out."""

    LATIN = 0
    CYRILLIC = 1
    ARABIC = 2
    HEBREW = 3

    @property
    def abjad(self) -> bool:
        """Whether short vowels are not written."""
        return self >= Script.ARABIC


class Reading(NamedTuple):
    """One way to say a word: consonants, and the vowels before, between and after them."""

    key: str
    consonants: str
    vowels: tuple[str, ...]
    script: Script
    abjad: bool
    cost: float
    """How unlikely this reading is among those of its word, 0 for the likeliest."""
    rank: int
    """How many ways to read the word come before it."""


_MOST_READINGS: Final = 24
_VOWELS: Final = frozenset("aeiou")
_CONSONANT: Final = re.compile("[^aeiou]")
_DOUBLED: Final = re.compile(r"([^aeiou])\1+")
_UNLIKELY: Final = 0.12
_UNLIKELY_ABJAD: Final = 0.06
_LEAST_LIKELY: Final = 0.5
_ROUNDING: Final = 1e-9
_THREE: Final = {"": "", "a": "a", "e": "a", "i": "i", "o": "u", "u": "u"}
_MERGED: Final = str.maketrans("zg", "sk")
_NO_VOWELS: Final = str.maketrans("", "", "aeiou")
_KEY: Final = _MERGED | _NO_VOWELS


def script_of(word: str) -> Script | None:
    """Return the script of a folded word's first letter, or None for any other than the four."""
    for char in word:
        if "a" <= char <= "z":
            return Script.LATIN
        if "\u0400" <= char <= "\u052f":
            return Script.CYRILLIC
        if "\u0600" <= char <= "\u077f":
            return Script.ARABIC
        if "\u05d0" <= char <= "\u05ea":
            return Script.HEBREW
        if char.isalpha():
            return None
    return None


_Rule = tuple[str, str, bool, tuple[str, ...]]


def _by_first_letters(rules: Rules) -> dict[str, list[_Rule]]:
    """Return rules by the letter, or if some have more by the two, that words they apply to have.

    A rule is its letters, what must follow, if at the end, and the readings.
    """
    table: dict[str, list[_Rule]] = {}
    for letters, choices in rules.items():
        bare, _, before = letters.removesuffix("$").partition("<")
        for start in {bare[0], bare[:2]}:
            table.setdefault(start, []).append((bare, before, letters[-1] == "$", choices))
    for start, listed in table.items():
        if len(start) > 1:
            listed.extend(rule for rule in table.get(start[0], ()) if len(rule[0]) == 1)
    for start, listed in table.items():
        if len(start) == 1:
            listed[:] = (rule for rule in listed if len(rule[0]) == 1)
        # The longest first, and of those the one that asks for more.
        listed.sort(key=lambda rule: (-len(rule[0]), not (rule[1] or rule[2]), rule[0]))
    return table


def _steps(word: str) -> Iterator[tuple[str, ...]]:
    """Yield what each letter, or group of letters, of a word may be read as."""
    at, size = 0, len(word)
    while at < size:
        for letters, before, at_end, choices in (
            _RULES.get(word[at : at + 2]) or _RULES.get(word[at]) or ()
        ):
            to = at + len(letters)
            if (
                not word.startswith(letters, at)
                or (at_end and to < size)
                or (before and (to >= size or word[to] not in before))
            ):
                continue
            yield choices
            at = to
            break
        else:
            at += 1


_RULES: Final = _by_first_letters(LATIN | CYRILLIC | ARABIC | HEBREW)
"""In one table, because a word that hides may mix scripts."""


@lru_cache(maxsize=32768)
def readings(word: str, most: int = _MOST_READINGS) -> tuple[Reading, ...]:
    """Return the readings of a folded word of one script, one per key; the likeliest first."""
    script = script_of(word)
    if script is None:
        return ()
    abjad = script.abjad
    step = _UNLIKELY_ABJAD if abjad else _UNLIKELY
    said = [(0.0, "")]
    sure = ""
    for choices in _steps(word):
        if len(choices) == 1:
            sure += choices[0]
            continue
        said = [
            (cost + step * at, one + sure + choice)
            for at, choice in enumerate(choices)
            for cost, one in said
            if cost + step * at <= _LEAST_LIKELY
        ]
        sure = ""
        said.sort(key=_cost)
        del said[most:]
    found: dict[str, Reading] = {}
    for rank, (cost, one) in enumerate(said):
        spoken = one + sure
        if _DOUBLED.search(spoken):
            if abjad:
                for reading in _doubled(spoken, script, cost, rank):
                    found.setdefault(reading.key, reading)
                continue
            spoken = _DOUBLED.sub(r"\1", spoken)
        key = spoken.translate(_KEY)
        if key not in found:
            vowels = tuple(_CONSONANT.split(spoken))
            found[key] = Reading(
                key, spoken.translate(_NO_VOWELS), vowels, script, abjad, cost, rank
            )
    return tuple(found.values())


def _cost(said: tuple[float, str]) -> float:
    return said[0]


def _doubled(said: str, script: Script, cost: float, rank: int) -> tuple[Reading, Reading]:
    """Return a reading as two sounds and as one long sound, where vowels may be unwritten."""
    consonants = said.translate(_NO_VOWELS)
    vowels = _CONSONANT.split(said)
    keep = [
        at for at, one in enumerate(consonants) if not at or one != consonants[at - 1] or vowels[at]
    ]
    once = "".join(consonants[at] for at in keep)
    return (
        _reading(consonants, vowels, script, cost, rank),
        _reading(once, [vowels[0], *(vowels[at + 1] for at in keep)], script, cost, rank),
    )


def _reading(consonants: str, vowels: list[str], script: Script, cost: float, rank: int) -> Reading:
    key = consonants.translate(_MERGED)
    return Reading(key, consonants, tuple(vowels), script, script.abjad, cost, rank)


def plainly(reading: Reading) -> str:
    """Return a reading with vowels told apart in three kinds only, to look up without comparing."""
    first, *others = [_THREE[vowels[:1]] for vowels in reading.vowels]
    pairs = zip(reading.key, others, strict=True)
    return first + "".join([one + vowel for one, vowel in pairs])


_APART: Final = {
    frozenset(pair): cost
    for pairs, cost in (
        ("ae ei", 0.2), ("ou", 0.1), ("ao", 0.25), ("ai au", 0.45), ("eo eu", 0.5), ("iu io", 0.6),
    )
    for pair in pairs.split()
}  # fmt: skip


@lru_cache(maxsize=65536)
def _between(ours: str, theirs: str) -> float:
    """Return how far two written runs of vowels are apart, 0 to about 1."""
    if ours == theirs:
        return 0.0
    if not ours or not theirs:
        return 0.45 + 0.1 * max(len(ours), len(theirs))
    best = min(
        0.0 if one == other else _APART[frozenset((one, other))] for one in ours for other in theirs
    )
    return best + 0.1 * abs(len(ours) - len(theirs))


@lru_cache(maxsize=65536)
def _against_abjad(mater: str, vowels: str) -> float:
    """Return how far a vowel letter of an abjad (or none) is from written vowels."""
    if mater == vowels:
        return 0.0
    if not mater:
        return 0.0 if len(vowels) <= 1 else 0.1
    if not vowels:
        return 0.35 * len(mater)
    near = {"a": "aoe", "i": "iea", "u": "uo", "e": "ea"}
    return sum(
        0.0 if set(near.get(one, one)) & set(vowels) else 0.4 for one in dict.fromkeys(mater)
    ) + 0.1 * max(0, len(mater) - len(vowels) - 1)


def distance(ours: Reading, theirs: Reading, limit: float = inf) -> float:
    """Return how far two readings of one key are apart: 0 for none, about 0.5 for each vowel.

    Beyond `limit` it is only told that they are farther apart.
    """
    total = ours.cost + theirs.cost
    if ours.consonants != theirs.consonants:
        # A voiced letter for a voiceless one: usual between scripts, a difference within one.
        off = 0.25 if ours.script is theirs.script else 0.1
        pairs = zip(ours.consonants, theirs.consonants, strict=True)
        total += off * sum([one != other for one, other in pairs])
        if total > limit:
            return total
    if ours.abjad is not theirs.abjad:
        room = limit - total + _ROUNDING
        # A case that Russian and Ukrainian add is one vowel at the end.
        ending = _CASE if Script.CYRILLIC in {ours.script, theirs.script} else _FINAL
        if ours.abjad:
            return total + _half_written(ours.vowels, theirs.vowels, room, ending)
        return total + _half_written(theirs.vowels, ours.vowels, room, ending)
    if ours.vowels == theirs.vowels:
        return total
    half = 0.5 if ours.abjad else 1.0
    last = len(ours.vowels) - 1
    for at, (one, other) in enumerate(zip(ours.vowels, theirs.vowels, strict=True)):
        if one != other:
            # An ending changes with the case; a beginning hardly ever changes.
            weight = 0.5 if at == last else 1.4 if at == 0 else 1.0
            total += _between(one, other) * weight * half
            if total > limit:
                return total
    return total


_FINAL, _CASE = 0.4, 0.2
"""How far a final vowel is from none, which abjads write too; that of a case, or an `e`, is less."""


def _half_written(
    maters: tuple[str, ...], vowelled: tuple[str, ...], limit: float, ending: float
) -> float:
    total = 0.0
    last = len(maters) - 1
    for at, (mater, vowels) in enumerate(zip(maters, vowelled, strict=True)):
        if at == 0:
            if not mater:
                total += 0.6 if vowels else 0.0
            elif not vowels:
                total += 0.5
            elif mater[0] == "a" and mater[1:]:
                # At the start an alef or ayin only carries the vowel.
                total += _against_abjad(mater[1:], vowels)
        elif at == last and not mater and vowels:
            # A final vowel is written also where short ones are not.
            total += _CASE if vowels == "e" else ending
        elif mater != vowels:
            total += _against_abjad(mater, vowels)
        if total > limit:
            break
    return total


def vowels_in_common(ours: Reading, theirs: Reading) -> int:
    """Return in how many places both readings have a vowel written."""
    return sum(bool(a and b) for a, b in zip(ours.vowels, theirs.vowels, strict=True))


def allowed(key: str) -> float:
    """Return the distance up to which two readings of a key count as one name."""
    return (0.1, 0.3, 0.5, 0.9, 1.2, 1.5, 1.8)[min(len(key), 6)]
