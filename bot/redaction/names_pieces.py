# ruff: noqa: RUF002 - an example in Cyrillic
"""Names whose letters or syllables stand apart, and names inside of longer words.

Here a name must be spelled as on the roster, letter for letter: what is put together from pieces
is too easily something else. Refuses to join everyday words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from bot.redaction.names_build import HEAD, Joined, Roster
from bot.redaction.names_common import COMMON
from bot.redaction.names_tokens import Words

_SPACED: Final = re.compile(r"(?<![^\W_])[^\W\d_](?:[\W_]{1,3}[^\W\d_](?![^\W_])){2,}")
_MOST_PIECES: Final = 5
_SHORT: Final = 4
_SHORTEST_INSIDE: Final = 6
_SHORTEST_SPACED: Final = 4
_LONGEST: Final = 40


def spaced(roster: Roster, words: Words) -> Iterator[tuple[int, int, Joined]]:
    """Yield names written letter by letter: `H a d d a d`, `К.а.р.и.м.о.в`."""
    if not words.letters:
        return
    text = words.text
    for found in _SPACED.finditer(text):
        places = [at for at in range(found.start(), found.end()) if text[at].isalpha()]
        letters = "".join(text[at] for at in places)
        parts = list(_inside(roster, letters, _SHORTEST_SPACED))
        for one in roster.index.look_up(letters, widely=True):
            persons = roster.whole.get(one.word)
            tells = persons or roster.surnames.get(one.word)
            if tells and (one.exact or one.consonants >= 3):
                parts.append((0, len(letters), Joined(tells, full=bool(persons))))
        for start, end, known in parts:
            yield places[start], places[end - 1] + 1, known


def in_syllables(roster: Roster, words: Words) -> Iterator[tuple[int, int, Joined]]:
    """Yield names cut into pieces, and names within longer words."""
    joined, insides, heads, closed = roster.joined, roster.insides, roster.heads, roster.closed
    tokens = words.tokens
    last = len(tokens) - 1
    broken = "- " in words.text or "-\n" in words.text
    for at, (begin, stop, word) in enumerate(tokens):
        # Nearly every word is one of these: one look, instead of one for each way to hold a name.
        if word in closed and not broken:
            continue
        size = len(word)
        inside: tuple[tuple[int, int, Joined], ...] = ()
        if size > _SHORTEST_INSIDE:
            found = insides.get(word)
            inside = _remembered(roster, word) if found is None else found
            for start, end, known in inside:
                if end - start < size and (
                    known.full or (words.glued(at) and (not start or end == size))
                ):
                    yield begin + start, begin + end, known
        if at == last:
            continue
        if broken and words.text[stop : stop + 2] in {"- ", "-\n"}:
            yield from _hyphenated(roster, words, at)
        if size >= HEAD and word[:HEAD] not in heads:
            if not inside:
                closed.add(word)
            continue
        spelled = word + tokens[at + 1].word
        if len(spelled) >= HEAD and spelled[:HEAD] not in heads:
            continue
        if spelled in joined and _pieces(words, at, at + 1):
            yield begin, tokens[at + 1].end, joined[spelled]
        if size > _SHORT or len(spelled) > 2 * _SHORT:
            continue
        for to in range(at + 2, min(at + _MOST_PIECES, last + 1)):
            spelled += tokens[to].word
            if spelled in joined and _pieces(words, at, to):
                yield begin, tokens[to].end, joined[spelled]


def _pieces(words: Words, at: int, to: int) -> bool:
    pieces = words.tokens[at : to + 1]
    gaps = [words.text[one.end : other.start] for one, other in pairwise(pieces)]
    if any("," in gap and " " in gap for gap in gaps):
        # "A man, sour with age": a comma parts words.
        return False
    apart = any(map(str.isspace, gaps)) and all(piece.word in COMMON for piece in pieces)
    return not apart and all(words.near(one) for one in range(at, to))


def _hyphenated(roster: Roster, words: Words, at: int) -> Iterator[tuple[int, int, Joined]]:
    """Yield a surname that the end of a line divides."""
    first, second = words.tokens[at : at + 2]
    for one in roster.look_up(first.word + second.word, widely=True):
        persons = roster.surnames.get(one.word)
        if persons and (one.exact or (one.consonants >= 4 and one.distance <= 0.6)):
            yield first.start, second.end, Joined(persons, full=False)


def _remembered(roster: Roster, word: str) -> tuple[tuple[int, int, Joined], ...]:
    known = roster.insides.get(word)
    if known is None:
        known = roster.insides[word] = tuple(_inside(roster, word, _SHORTEST_INSIDE))
    return known


def _inside(roster: Roster, letters: str, least: int) -> Iterator[tuple[int, int, Joined]]:
    """Yield every name that stands in a run of letters."""
    for start in range(max(0, len(letters) - least + 1)):
        for end in range(min(len(letters), start + _LONGEST), start + least - 1, -1):
            known = roster.joined.get(letters[start:end])
            if known is not None:
                yield start, end, known
