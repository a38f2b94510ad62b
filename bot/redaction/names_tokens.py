"""A folded text as words, and what can be seen of each: its case, its neighbours, what glues it.

Refuses to know any name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from bot.redaction.folding import Folded, fold
from bot.redaction.names_common import COMMON
from bot.redaction.names_endings import without_article
from bot.redaction.names_words import ABD, PARTICLES
from bot.redaction.spelling import Script, script_of
from bot.redaction.spelling_table import SPELLED

_WORD: Final = re.compile(r"([^\W_]+(?:'[^\W_]+)*'?)")
_HUMP: Final = re.compile(r"[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐ](?<=[a-zß-öø-ÿа-яёіїєґ].)")
"""A capital behind a small letter; the capital first, because capitals are rare."""
_APART: Final = re.compile(r"[!?]|;.|[.:]\W*\s", re.DOTALL)
"""What parts sentences; a semicolon with nothing behind it parts the fields of a table."""
_GLUE: Final = frozenset("@#/_=&%\\")
_ARTICLES: Final = frozenset(("al", "el", "ul", "ar", "as", "an", "аль", "эль", "ال", "אל"))
_MARKED: Final = frozenset(SPELLED)
_HAS_MARKED: Final = re.compile(f"[{''.join(sorted(one for one in SPELLED if len(one) == 1))}]")
_HANDLE: Final = re.compile(
    r"[@#/_=&%\\.0-9]"
    r"(?:(?<=[@#/_=&%\\])|(?<=\w\.)(?=\w)|(?<=[0-9])(?=[^\W\d_])|(?<=[^\W\d_][0-9]))"
)
"""A sign that glues words, a stop within one, a digit beside a letter: in one class, to be fast."""
_WIDEST_GAP: Final = 6
_LEAST_HUMP: Final = 3
_EVERYDAY: Final = frozenset({"an", "as", "at", "do"})
"""Articles of names that are English words where a space follows: `at Wadi Salam`."""


class Token(NamedTuple):
    """A word of the folded text, `start` to `end` in it."""

    start: int
    end: int
    word: str


class Words:
    """The words of one folded text in order."""

    def __init__(self, folded: Folded) -> None:
        """Cut the text once."""
        self.folded = folded
        self.text = folded.text
        # Words and what is between them by turns; so where each begins is a running sum.
        pieces = _WORD.split(self.text)
        words, edges = pieces[1::2], list(accumulate(map(len, pieces)))
        self.tokens = list(map(Token, edges[::2], edges[1::2], words))
        # Letters one by one are words of one letter, unless a quote makes one word of them.
        self.letters = "'" in self.text or list(map(len, words)).count(1) >= 3
        if humps := {found.start() - 1 for found in _HUMP.finditer(folded.source)}:
            self.tokens = list(_cut(self.tokens, folded, humps))
            words = [token.word for token in self.tokens]
        if not ABD.isdisjoint(words):
            self.tokens = list(_one_servant(self.tokens, self.text))
        lower = folded.source.lower()
        self.plain = _HAS_MARKED.search(lower) is None
        self._handles = _HANDLE.search(self.text) is not None
        self._cased = folded.source != lower

    def near(self, at: int) -> bool:
        """Whether a word and the next stand side by side in one sentence."""
        one, other = self.tokens[at], self.tokens[at + 1]
        gap = self.text[one.end : other.start]
        if gap in {" ", ""}:
            return True
        if len(gap) > _WIDEST_GAP:
            return False
        # The stop of an initial or an abbreviation ends no sentence.
        return len(one.word) <= 3 or not _APART.search(gap)

    def spellings(self, at: int) -> tuple[str, ...]:
        """Return a word as folded and, if it has marked letters, with those spelled out."""
        token = self.tokens[at]
        if self.plain:
            return (token.word,)
        written = self.folded.source[slice(*self.folded.span(token.start, token.end))].lower()
        if _MARKED.isdisjoint(written):
            return (token.word,)
        spelled = fold("".join(SPELLED.get(char, char) for char in written)).text
        return (token.word, spelled.replace(" ", ""))

    def beside(self, at: int) -> bool:
        """Whether nothing but spaces, stops and the like is between a word and the next."""
        gap = self.text[self.tokens[at].end : self.tokens[at + 1].start]
        return len(gap) <= 3 and not gap.strip(" .,_-\n")

    def capital(self, at: int) -> bool:
        """Whether a word begins with a capital in the original."""
        return self.folded.source[self.folded.origin[self.tokens[at].start]].isupper()

    def initial(self, at: int) -> bool:
        """Whether a word is one letter that may stand for a name."""
        token = self.tokens[at]
        if len(token.word) > 1 or not token.word.isalpha():
            return False
        follows = self.text[token.end : token.end + 1]
        return follows in {".", "_", "-"} or (self.capital(at) and token.word not in COMMON)

    def is_cased(self, at: int) -> bool:
        """Whether a word's script has capitals."""
        return has_case(self.tokens[at].word)

    def marked(self, at: int) -> bool:
        """Whether a word may be a name by its case: a capital, a handle, or nobody uses capitals."""
        return not self.is_cased(at) or self.look(at) > 0

    def unmarked(self, token: Token) -> bool:
        """Whether one glance tells that a word of a script with capitals is not `marked`."""
        if not self._cased or (self._handles and self._is_glued(token)):
            return False
        return not self.folded.source[self.folded.origin[token.start]].isupper()

    def look(self, at: int) -> int:
        """Return 2 for a capital or a part of a handle, 1 where nobody uses capitals, else 0."""
        return 2 if self.capital(at) or self.glued(at) else 0 if self._cased else 1

    def glued(self, at: int) -> bool:
        """Whether a word is part of an address, a handle, a tag or a file name."""
        return self._handles and self._is_glued(self.tokens[at])

    def _is_glued(self, token: Token) -> bool:
        start, end, word = token
        text = self.text
        if text[start - 1 : start] in _GLUE or (behind := text[end : end + 1]) in _GLUE:
            return True
        if behind == "." and text[end + 1 : end + 2].isalnum():
            return True
        # Hardly any word has anything but letters.
        return not word.isalpha() and any(map(str.isdigit, word))

    def may_be_a_name(self, at: int) -> bool:
        """Whether an unknown word between two known ones may be a further name."""
        return self.marked(at) and self.tokens[at].word not in COMMON

    def begin(self, at: int) -> int:
        """Return where a word begins, with the article or particles written before it."""
        start = self.tokens[at].start
        while at and self.tokens[at - 1].word in PARTICLES and self.near(at - 1):
            at -= 1
            gap = self.text[self.tokens[at].end : self.tokens[at + 1].start]
            if gap == " " and self.tokens[at].word in _EVERYDAY:
                break
            if len(self.tokens[at].word) > 1:
                start = self.tokens[at].start
        return start


def has_case(word: str) -> bool:
    """Whether a folded word's script has capitals."""
    first = word[0]
    if first.isalpha():
        return "a" <= first <= "z" or "\u0400" <= first <= "\u052f"
    return script_of(word) in (Script.LATIN, Script.CYRILLIC)


def _one_servant(tokens: Iterable[Token], text: str) -> Iterator[Token]:
    """Yield `Abd al-Rahman` as the one word that it is."""
    servant: Token | None = None
    article = False
    for token in tokens:
        if servant is not None:
            gap = text[servant.end : token.start]
            if len(gap) <= 4 and not _APART.search(gap):
                if token.word in _ARTICLES and not article:
                    article = True
                    continue
                script = script_of(token.word)
                word = token.word if script is None else without_article(token.word, script)
                yield Token(servant.start, token.end, servant.word[:3] + word)
                servant = None
                continue
            yield servant
            servant = None
        if token.word in ABD:
            servant, article = token, False
        else:
            yield token
    if servant is not None:
        yield servant


def _cut(tokens: Iterable[Token], folded: Folded, humps: AbstractSet[int]) -> Iterator[Token]:
    """Yield `SamirHaddad` as the two words that it is; `humps` are the ends of such words."""
    for token in tokens:
        start, end, _ = token
        if end - start >= 2 * _LEAST_HUMP:
            cuts = [at + 1 for at in range(start, end - 1) if folded.origin[at] in humps]
            cuts = [at for at in cuts if folded.origin[at] != folded.origin[at - 1]]
            edges = [start, *cuts, end]
            sizes = [b - a for a, b in pairwise(edges)]
            parts = [folded.text[a:b] for a, b in pairwise(edges)]
            if cuts and all(
                size >= _LEAST_HUMP or part in PARTICLES
                for size, part in zip(sizes, parts, strict=True)
            ):
                for at, part in zip(edges, parts, strict=False):
                    yield Token(at, at + len(part), part)
                continue
        yield token
