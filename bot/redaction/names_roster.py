"""A person's name as a roster spells it, taken apart: which words, and which of them tell who.

Titles and particles are set aside. Refuses to guess a language: what it takes for the surname
follows from commas, capitals, patronymics and place, and in doubt both ends count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.redaction.folding import fold
from bot.redaction.names_words import ABD, PARTICLES, TITLES, WRITTEN_TOGETHER
from bot.redaction.spelling_table import SPELLED

_SPELLINGS: Final = re.compile(r"\s*[/;|=()\[\]\n]\s*")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\"][^\W\d_]+)*'?")
_ARTICLE: Final = re.compile(r"^(?:ال|al|el)(?=...)")
_PATRONYMIC: Final = re.compile(
    r".{3,}(?:ович|евич|евна|овна|ична|инична|ильич|івна|ovich|evich|ovych|evych|ovna|evna|ichna|ivna)$"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One word of a name in its folded spellings, the roster's own first."""

    spellings: tuple[str, ...]
    surname: bool

    @property
    def word(self) -> str:
        """Return the roster's own spelling, folded."""
        return self.spellings[0]


def persons(spelling: str, given: Callable[[str], bool]) -> Iterator[tuple[Part, ...]]:
    """Return the parts of each name in a roster entry: `Karim Haddad / كريم حداد` has two.

    `given` tells whether a folded word is a usual given name. An entry of titles and particles only keeps
    them: better a find too many than a person whose name is never found.
    """
    for one in _SPELLINGS.split(spelling):
        head, comma, tail = one.partition(",")
        if comma and _significant(head) and _significant(tail):
            first = _significant(head)
            rest = _significant(tail)
            yield tuple(Part(w, surname=True) for w in first) + tuple(
                Part(w, surname=False) for w in rest
            )
            continue
        words = _significant(one) or _spelled(one)
        if words:
            yield _with_surname(words, one, given)


def _with_surname(
    words: list[tuple[str, ...]], source: str, given: Callable[[str], bool]
) -> tuple[Part, ...]:
    last = len(words) - 1
    shouted = [at for at, word in enumerate(words) if word[0] in _shouted(source)]
    if last == 0:
        tells = {0}
    elif shouted and len(shouted) < len(words):
        tells = set(shouted)
    elif _PATRONYMIC.match(words[last][0]) and last >= 2:
        tells = {0}
    elif given(words[last][0]) and not given(words[0][0]):
        tells = {0, last}
    else:
        tells = {last} | {
            at for at in range(1, last) if len(words[at][0]) >= 5 and not given(words[at][0])
        }
        tells = {at for at in tells if at == last or not _PATRONYMIC.match(words[at][0])}
    return tuple(Part(word, surname=at in tells) for at, word in enumerate(words))


def _shouted(source: str) -> frozenset[str]:
    words = [found[0] for found in re.finditer(r"[^\W\d_]{3,}", source)]
    return frozenset(fold(word).text for word in words if word.isupper())


def _spelled(source: str) -> list[tuple[str, ...]]:
    """Return each word folded, and folded after its marked letters were spelled out."""
    plain = _WORD.findall(fold(source).text)
    spelled = _WORD.findall(fold("".join(SPELLED.get(c, c) for c in source.lower())).text)
    words: list[tuple[str, ...]] = []
    for at, word in enumerate(plain):
        other = spelled[at] if len(spelled) == len(plain) else word
        both = (without_quote(word), without_quote(other))
        words.append(tuple(dict.fromkeys(both)))
    return words


def without_quote(word: str) -> str:
    """Return a folded word without the quotes that Latin spellings use for a hamza or an elision."""
    return word if "\u05d0" <= word[0] <= "\u05ea" else word.replace("'", "")


def _significant(source: str) -> list[tuple[str, ...]]:
    words = _spelled(source)
    kept: list[tuple[str, ...]] = []
    servant: tuple[str, ...] = ()
    before = ""
    for word in words:
        particle, before = before, word[0] if word[0] in WRITTEN_TOGETHER else ""
        if word[0] in ABD and len(words) > 1:
            servant = word
        elif word[0] in PARTICLES or (word[0] in TITLES and len(words) > 1):
            continue
        elif servant:
            # `Abd al-Rahman` is one name however it is spaced.
            rest = _ARTICLE.sub("", word[0])
            kept.append((servant[0][:3] + rest, servant[0] + word[0], rest))
            servant = ()
        else:
            # `Abu Khalil` is also written `Abukhalil`.
            together = (particle + word[0],) if particle else ()
            kept.append((*word, *together))
    return kept + ([servant] if servant else [])
