"""Protected names in running text, however they are spelled, in four scripts.

The rule. A *full name*, that is two words of one person side by side in any order (a comma, an
initial, a particle or one unknown word may stand between), counts in every spelling, also written
as one word. A *surname* alone counts when it is distinctive: at least three letters, none of the
commonest names, and no everyday word unless its capital shows a name; the wider it is respelled,
the longer it must be. With an initial or a title beside it any surname counts. A *given name*
alone counts only after a title. An entry of a single word counts as a surname.

Refuses to promise: who is described instead of named is not found here. It is wide on purpose;
`docs/NAMES.md` has what it finds and what it finds wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.redaction.folding import Folded, fold, unleet
from bot.redaction.hits import Hit, Kind, merged
from bot.redaction.names_build import Joined, Roster, build, first_sounds
from bot.redaction.names_common import COMMON
from bot.redaction.names_index import Candidate
from bot.redaction.names_pieces import in_syllables, spaced
from bot.redaction.names_tokens import Words, has_case
from bot.redaction.names_words import PARTICLES, TITLES

_FURTHEST: Final = 4
"""How many words the second of a full name may be away, particles and one unknown word between."""


_AROUND: Final = 64
"""Letters to each side of what was read otherwise that are searched again."""


@dataclass(frozen=True, slots=True)
class _Find:
    start: int
    end: int
    persons: tuple[int, ...]
    full: bool


@dataclass(frozen=True, slots=True)
class Names:
    """A roster that texts are searched with; see `compile_names`."""

    roster: Roster

    def hits(self, text: str | Folded) -> tuple[Hit, ...]:
        """Return where names stand in a text, in order, not overlapping; the key is a person's id.

        Of several persons whom a find may mean it is one who is named in full elsewhere in the
        text, or else the first by id.
        """
        if not self.roster.ids:
            return ()
        folded = fold(text)
        finds = list(_Search(self.roster, folded).finds())
        # What 1 stands for is asked only where there is one.
        for one in ("i", "l") if "1" in folded.text else ("i",):
            read = unleet(folded, one)
            if read is folded:
                # Nothing is read otherwise, whatever 1 stands for.
                break
            for low, part in _changed(folded, read):
                finds += (
                    _Find(low + f.start, low + f.end, f.persons, f.full)
                    for f in _Search(self.roster, part).finds()
                )
        named = {person for find in finds if find.full for person in find.persons[:1]}
        return merged(
            Hit(
                *folded.span(find.start, find.end),
                Kind.NAME,
                self.roster.ids[min(find.persons, key=lambda one: (one not in named, one))],
            )
            for find in finds
        )


def _changed(folded: Folded, read: Folded) -> Iterator[tuple[int, Folded]]:
    """Yield the parts of a text around what was read otherwise, each with where it begins."""
    text, low, high = read.text, -1, -1
    for at, (one, other) in enumerate(zip(folded.text, text, strict=True)):
        if one == other or at < high - _AROUND:
            continue
        if low >= 0 and at - _AROUND > high:
            yield low, Folded(text[low:high], read.origin[low : high + 1], read.source)
            low = -1
        if low < 0:
            low = text.rfind(" ", 0, max(0, at - _AROUND)) + 1
        space = text.find(" ", at + _AROUND)
        high = space if space >= 0 else len(text)
    if low >= 0:
        yield low, Folded(text[low:high], read.origin[low : high + 1], read.source)


def compile_names(entries: Iterable[tuple[str, str]]) -> Names:
    """Return what finds the names of (id, spelling as the roster has it) entries.

    Several entries may share an id; a spelling may hold several, `Karim Haddad / كريم حداد`.
    """
    return Names(build(entries))


class _Search:
    """One pass over one text."""

    def __init__(self, roster: Roster, folded: Folded) -> None:
        self.roster = roster
        self.words = Words(folded)
        self.tokens = self.words.tokens

    def finds(self) -> Iterator[_Find]:
        """Yield what the text holds, some of it more than once."""
        plain = self.words.plain
        nothing, unmarked = self.roster.nothing, self.roster.unmarked
        for at, token in enumerate(self.tokens):
            bare = token.word
            if plain and (bare in nothing or (bare in unmarked and self.words.unmarked(token))):
                continue
            for word in (bare,) if plain else self.words.spellings(at):
                looked = self._looked(at, word) if len(word) > 1 else ()
                if looked:
                    yield from self._full(at, word)
                    yield from self._alone(at, word, looked)
        for search in (spaced, in_syllables):
            for start, end, known in search(self.roster, self.words):
                yield _Find(start, end, known.persons, known.full)

    def _looked(self, at: int, word: str) -> tuple[Candidate, ...]:
        cased = self.words.is_cased(at)
        widely = cased and self.words.look(at) > 0
        looked = self.roster.look_up(word, widely=widely)
        if not looked and word == self.tokens[at].word:
            # Who is nobody when looked for widely is nobody otherwise.
            (self.roster.nothing if widely or not cased else self.roster.unmarked).add(word)
        return looked

    # -- two words of one person ------------------------------------------------------------

    def _full(self, at: int, ours: str) -> Iterator[_Find]:
        for step in (-1, 1):
            unknown = 0
            to = at
            for _ in range(_FURTHEST):
                to += step
                if not 0 <= to < len(self.tokens) or not self.words.near(min(to, to - step)):
                    break
                word = self.tokens[to].word
                persons = self._pair(at, ours, to) if len(word) > 1 else ()
                if persons:
                    first, last = min(at, to), max(at, to)
                    yield _Find(self.words.begin(first), self.tokens[last].end, persons, full=True)
                if word not in PARTICLES and len(word) > 1:
                    unknown += 1
                    if unknown > 1 or not self.words.may_be_a_name(to):
                        break

    def _pair(self, at: int, word: str, to: int) -> tuple[int, ...]:
        widely = self.words.is_cased(at) and self.words.marked(at)
        for other in self.words.spellings(to):
            for one, two, person in self.roster.pairs(word, other, widely=widely):
                if self._pair_counts(at, one, to, two):
                    return (person,)
        return ()

    def _pair_counts(self, at: int, one: Candidate, to: int, other: Candidate) -> bool:
        if self.tokens[at].word in COMMON and self.tokens[to].word in COMMON:
            # Two everyday words are two everyday words, unless spelled and written as a name is.
            both = one.exact and other.exact
            return both and (self.words.marked(at) or self.words.marked(to))
        if one.exact or other.exact:
            return True
        consonants = one.consonants + other.consonants
        return consonants >= 4 and one.distance + other.distance <= 0.2 * consonants

    # -- one word ---------------------------------------------------------------------------

    def _alone(self, at: int, word: str, looked: tuple[Candidate, ...]) -> Iterator[_Find]:
        token = self.tokens[at]
        start, end, sounds, titled = self._company(at)
        if sounds or titled:
            for one in looked:
                if not self._sounds(one):
                    continue
                for sound in sounds if self.words.marked(at) else ():
                    persons = self.roster.initials.get((one.word, sound))
                    if persons:
                        yield _Find(start, end, persons, full=False)
                        return
                titles = self.roster.surnames.get(one.word) or self.roster.others.get(one.word)
                if titled and titles:
                    yield _Find(self.words.begin(at), token.end, titles, full=False)
                    return
        verdict = (word, self.words.look(at))
        known = self.roster.verdicts.get(verdict)
        if known is None:
            known = self._judged(looked, *verdict)
            self.roster.verdicts[verdict] = known
        if known.persons:
            yield _Find(self.words.begin(at), token.end, known.persons, known.full)

    def _judged(self, looked: tuple[Candidate, ...], word: str, look: int) -> Joined:
        for one in looked:
            whole = self.roster.whole.get(one.word)
            if whole and (one.exact or (one.consonants >= 4 and one.distance <= 0.6)):
                return Joined(whole, full=True)
        for one in looked:
            surnames = self.roster.surnames.get(one.word)
            if surnames and self._distinctive(word, one, look):
                return Joined(surnames, full=False)
        return Joined((), full=False)

    def _sounds(self, one: Candidate) -> bool:
        return one.exact or (one.consonants >= 2 and one.distance <= 0.15 * one.consonants)

    def _distinctive(self, word: str, one: Candidate, look: int) -> bool:
        """Whether a surname counts with nothing beside it: see the module's rule."""
        cased = has_case(word)
        marked = look > 0 or not cased
        letters = self.roster.lengths[one.word]
        if one.word in self.roster.commonest or letters <= 2:
            return False
        if one.exact:
            if word in COMMON:
                return cased and look > 1
            return marked if letters == 3 and cased else one.whole or letters > 3
        if word in COMMON or one.consonants <= 1:
            return False
        said = one.consonants + 0.5 * one.vowels
        if one.consonants == 2:
            vowelled = one.whole and one.vowels >= 2
            return vowelled and marked and one.distance <= (0.2 if cased else 0.0)
        if not cased:
            least = 3.0 if one.whole else 3.5
            return said >= least and one.distance <= (0.02 if said < 3.5 else 0.08) * one.consonants
        if not marked:
            return one.distance <= 0.05 * one.consonants
        return one.distance <= (0.25 if one.vowels >= 2 else 0.08) * one.consonants

    def _company(self, at: int) -> tuple[int, int, frozenset[str], bool]:
        """Return the span with the initials around a word, their sounds, and if a title leads."""
        start, end = self.words.begin(at), self.tokens[at].end
        sounds: frozenset[str] = frozenset()
        titled = False
        for step in (-1, 1):
            to = at
            for _ in range(3):
                to += step
                if not 0 <= to < len(self.tokens) or not self.words.near(min(to, to - step)):
                    break
                other = self.tokens[to]
                if self.words.initial(to) and self.words.beside(min(to, to - step)):
                    sounds |= first_sounds(other.word)
                    start, end = min(start, other.start), max(end, other.end)
                    continue
                if step < 0 and other.word in PARTICLES:
                    continue
                titled = titled or (step < 0 and other.word in TITLES)
                break
        return start, end, sounds, titled
