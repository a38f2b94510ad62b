"""A roster made ready for looking up: every word, pair and joined spelling of every name.

Done once per roster; ten thousand names take a few seconds. Refuses to keep more than a dozen
persons apart who share a surname: all are found, and go by the first of them.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import permutations
from typing import Final, TypeVar

from anyascii import anyascii

from bot.redaction.folding import fold
from bot.redaction.names_index import Candidate, Index
from bot.redaction.names_roster import Part, persons
from bot.redaction.names_words import COMMONEST, GIVEN
from bot.redaction.spelling import Script, readings, script_of

_At = TypeVar("_At")

_SHARED: Final = 12
_REMEMBERED: Final = 200_000
_JOINED_LEAST: Final = 5
_JOINED_READINGS: Final = 8
_SURE: Final = 0.3
_LARGE: Final = 10_000
HEAD: Final = 4
"""Letters of a joined spelling that are looked at first; none is shorter."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What a run of letters spells without a break: persons, and whether two of their words."""

    persons: tuple[int, ...]
    full: bool


Pair = tuple[Candidate, Candidate, int]
"""What two words stand for, and the first person who has both."""


@dataclass(slots=True)
class Roster:
    """All names of a roster. Persons are numbered in the order of their ids, words by `index`."""

    ids: tuple[str, ...]
    index: Index = field(default_factory=Index)
    surnames: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Words that tell who, with the persons."""
    others: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """The other words of a name."""
    whole: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Two words of one person written as one."""
    initials: dict[tuple[int, str], tuple[int, ...]] = field(default_factory=dict)
    """A surname and the sound that another word of the name begins with."""
    joined: dict[str, Joined] = field(default_factory=dict)
    heads: set[str] = field(default_factory=set)
    """How joined spellings begin: most words of a text begin none."""
    commonest: set[int] = field(default_factory=set)
    """Words that tell nothing alone."""
    lengths: dict[int, int] = field(default_factory=dict)
    """How many letters a word has."""
    bearers: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """All persons with a word in their name, however many."""
    partners: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The words that stand beside a word in some name."""
    verdicts: dict[tuple[str, int], Joined] = field(default_factory=dict)
    """What a word of some look means with nothing beside it, once judged."""
    insides: dict[str, tuple[tuple[int, int, Joined], ...]] = field(default_factory=dict)
    """What a longer word holds, once looked for."""
    closed: set[str] = field(default_factory=set)
    """Words of a text that hold no name and begin none that is written in pieces."""
    nothing: set[str] = field(default_factory=set)
    """Words of a text that stand for nobody."""
    unmarked: set[str] = field(default_factory=set)
    """Words that stand for nobody unless their case shows a name."""
    _pairs: dict[tuple[str, str, bool], tuple[Pair, ...]] = field(default_factory=dict)
    _beside: dict[tuple[str, int], tuple[Candidate, ...]] = field(default_factory=dict)
    _known: dict[tuple[str, bool], tuple[Candidate, ...]] = field(default_factory=dict)
    _said: dict[int, tuple[frozenset[int], Mapping[str, tuple[int, ...]]]] = field(
        default_factory=dict
    )

    def look_up(self, word: str, *, widely: bool) -> tuple[Candidate, ...]:
        """Return what a folded word may stand for (see `Index.look_up`), remembered."""
        known = self._known.get((word, widely))
        if known is None:
            known = tuple(
                one
                for one in self.index.look_up(word, widely=widely)
                if one.word in self.bearers or one.word in self.whole
            )
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
                self.verdicts.clear()
                self._beside.clear()
                self._pairs.clear()
                self.insides.clear()
                self.closed.clear()
                self.nothing.clear()
                self.unmarked.clear()
            self._known[word, widely] = known
        return known

    def pairs(self, word: str, other: str, *, widely: bool) -> tuple[Pair, ...]:
        """Return the two words of one person that two words of a text may stand for, nearest first.

        `widely` is about the first, as for `look_up`.
        """
        known = self._pairs.get((word, other, widely))
        if known is None:
            found = [
                (one, two, min(persons))
                for one in self.look_up(word, widely=widely)
                for two in self.beside(other, one.word)
                if (persons := self.bearers[one.word] & self.bearers[two.word])
            ]
            found.sort(key=lambda pair: (pair[0].distance + pair[1].distance, pair[2]))
            known = self._pairs[word, other, widely] = tuple(found)
        return known

    def beside(self, word: str, number: int) -> tuple[Candidate, ...]:
        """Return which partners of a roster word a text's word may stand for, remembered."""
        known = self._beside.get((word, number))
        if known is None:
            known = self._beside[word, number] = self.index.heard(word, *self._among(number))
        return known

    def _among(self, number: int) -> tuple[frozenset[int], Mapping[str, tuple[int, ...]]]:
        """Return the partners of a roster word and by which consonants they go, remembered."""
        known = self._said.get(number)
        if known is None:
            partners = frozenset(self.partners[number])
            known = self._said[number] = partners, self.index.keys(partners)
        return known


def first_sounds(word: str) -> frozenset[str]:
    """Return the consonants that a folded word may begin with, `V` for a vowel."""
    return frozenset(
        reading.key[:1] if not reading.vowels[0] and reading.key else "V"
        for reading in readings(word)
    )


def build(entries: Iterable[tuple[str, str]]) -> Roster:
    """Return the roster of (id, spelling) entries; the order of entries does not matter."""
    # All that is made here is kept, and to search it for garbage takes as long as to make it.
    collects = gc.isenabled()
    gc.disable()
    try:
        roster = _built(entries)
        if len(roster.index.numbers) >= _LARGE:
            # Once now, or else the first text that is searched waits for it.
            gc.collect()
        return roster
    finally:
        if collects:
            gc.enable()


def _built(entries: Iterable[tuple[str, str]]) -> Roster:
    listed = sorted(set(entries))
    ids = tuple(dict.fromkeys(one for one, _ in listed))
    numbers = {one: at for at, one in enumerate(ids)}
    roster = Roster(ids)
    usual = _usual()
    for one, spelling in listed:
        for parts in persons(spelling, lambda word: _is_one_of(usual, word)):
            _add(roster, numbers[one], parts)
    roster.index.settle()
    roster.heads.update(spelled[:HEAD] for spelled in roster.joined)
    return roster


@cache
def _usual() -> Index:
    """Return the names that many bear, which no roster changes: made once."""
    index = Index()
    for name in sorted(GIVEN | COMMONEST):
        index.add((name,))
    index.settle()
    return index


def _is_one_of(index: Index, word: str) -> bool:
    return any(
        one.exact or one.distance <= _SURE for one in index.look_up(word, widely=True) if one.whole
    )


def _add(roster: Roster, person: int, parts: tuple[Part, ...]) -> None:
    words = [roster.index.add(part.spellings) for part in parts]
    for part, word in zip(parts, words, strict=True):
        roster.bearers[word].add(person)
        if word not in roster.lengths:
            roster.lengths[word] = max(map(len, part.spellings))
            if part.word in COMMONEST:
                roster.commonest.add(word)
        _put(roster.surnames if part.surname else roster.others, word, person)
        if part.surname and word not in roster.commonest and len(part.word) >= _JOINED_LEAST:
            for spelled in _in_latin(part.word):
                roster.joined.setdefault(spelled, Joined((person,), full=False))
    for (at, _), (to, other) in permutations(enumerate(words), 2):
        roster.partners[words[at]].add(other)
        if parts[to].surname:
            for sound in first_sounds(parts[at].word):
                _put(roster.initials, (other, sound), person)
        if parts[at].surname or parts[to].surname:
            _join(roster, person, parts[at].word + parts[to].word)
    if len(parts) > 2:
        _join(roster, person, "".join(part.word for part in parts))


def _in_latin(word: str) -> tuple[str, ...]:
    """Return a word, and a Cyrillic one also as passports and names of files have it."""
    if script_of(word) is not Script.CYRILLIC:
        return (word,)
    return (word, fold(anyascii(word)).text.replace("'", ""))


def _join(roster: Roster, person: int, spelled: str) -> None:
    if len(spelled) <= _JOINED_LEAST:
        return
    known = roster.joined.get(spelled)
    if known is None or not known.full:
        roster.joined[spelled] = Joined((person,), full=True)
        word = roster.index.add((spelled,), _JOINED_READINGS)
        roster.lengths[word] = len(spelled)
        _put(roster.whole, word, person)


def _put(table: dict[_At, tuple[int, ...]], at: _At, person: int) -> None:
    known = table.get(at, ())
    if person not in known and len(known) < _SHARED:
        table[at] = (*known, person)
