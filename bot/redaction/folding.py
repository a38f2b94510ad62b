"""One spelling for all ways to write the same letters, with the way back to the original text.

What hides a name from a reader's eye or from a search - case, width, look-alike letters of another
script, marks, characters that show nothing, runs of space - is set aside here, once, for all who
search. Refuses to lose the place: every folded character knows where it came from.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count
from typing import Final

from anyascii import anyascii

from bot.redaction.folding_table import (
    CYRILLIC_CAPITALS,
    GREEK_CAPITALS,
    TABLE,
    TO_CYRILLIC,
    TO_GREEK,
    TO_LATIN,
)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `origin[i]` is where in `source` its character i begins."""

    text: str
    origin: Sequence[int]
    source: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the original that characters `start` to `end` come from.

        Marks that sit on its last letter belong to it; the spaces that follow do not.
        """
        if start >= end:
            at = self.origin[start] if start < len(self.text) else len(self.source)
            return at, at
        last = self.origin[end - 1] + 1
        while last < len(self.source) and unicodedata.category(self.source[last])[0] == "M":
            last += 1
        return self.origin[start], last


_ASCII: Final = {code: TABLE[code] for code in range(128)}
_DROPPED: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_WIDE: Final = re.compile("  +")
_APART: Final = re.compile(r"[^0-9a-z]+")
_KEEP: Final = bytes(chr(code).isalnum() for code in range(256))

_LATIN: Final = "a-z"
_OTHERS: Final = "\u0370-\u03ff\u0400-\u052f\u0531-\u0587"
_LETTER: Final = f"[{_LATIN}{_OTHERS}]"
_HAS_LATIN: Final = re.compile(f"[{_LATIN}]")
_HAS_OTHERS: Final = re.compile(f"[{_OTHERS}]")
_MIXED: Final = re.compile(
    rf"[{_OTHERS}](?:[{_LATIN}]|(?<=[{_LATIN}].)|[\W_]{{1,3}}[{_LATIN}](?!\w)"
    # What stands before is asked for by length, because a pattern cannot look back by one to three.
    rf"|(?!\w)(?:(?<=[{_LATIN}][\W_].)|(?<=[{_LATIN}][\W_]{{2}}.)|(?<=[{_LATIN}][\W_]{{3}}.)))"
)
"""A letter with one of the other kind beside it, or apart from one of them that stands alone.

Looked at from the other letters only, because a pattern is found fast by one class at its start.
"""
_SPACED: Final = rf"(?<!\w){_LETTER}(?:[\W_]{{1,3}}{_LETTER}(?!\w))+"
"""Letters one by one, each with something between: one word all the same."""
_WORD: Final = re.compile(f"{_SPACED}|{_LETTER}+")

_LEET: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g",
                "@": "a", "$": "s", "!": "i", "|": "l"}  # fmt: skip
_LEET_READ: Final = re.compile(r"[0-9@$!|](?=[a-z])")
"""Stands in every text that `_LEET_INSIDE` changes; few texts have it."""
_LEET_SIGN: Final = re.compile(r"[0-9@$!|]+")
_LEET_LONGEST: Final = 18
_LEET_WORD: Final = re.compile(r"[a-z0-9@$!|]{5,16}(?![a-z0-9@$|])")
"""Codes are shorter, wallets longer."""
_LEET_INSIDE: Final = re.compile(
    r"(?<=[a-z])[0134578@$!|9]{1,2}(?=[a-z])|(?<![^\s(\"'])[013450@$!]{1,2}(?=[a-z][a-z0-9@$!]{2})"
)
_ADDRESS: Final = re.compile(r"@[a-z0-9-]+[.:][a-z]")


def fold(text: str | Folded) -> Folded:
    """Return the text in small letters of one width, one skeleton per word, single spaces.

    Digits of every script become 0 to 9, quotes and hyphens one each. Digits that stand for
    letters stay digits: see `unleet`. What is folded already stays as it is, so that those who
    search one text for several things fold it once.
    """
    if isinstance(text, Folded):
        return text
    if text.isascii() and not _DROPPED.search(text):
        return _single_spaced(text.translate(_ASCII), range(len(text)), text)
    folded = text.translate(TABLE)
    origin: Sequence[int] = range(len(text))
    # A table entry is there for each character that was just translated.
    if not TABLE.uneven.isdisjoint(text):
        lengths = [len(TABLE[code]) for code in map(ord, text)]
        if max(lengths) == 1:
            origin = array("I", compress(count(), lengths))
        else:
            origin = array("I", (at for at, n in enumerate(lengths) for _ in range(n)))
    if _HAS_LATIN.search(folded) and _MIXED.search(folded):
        folded = _one_script(folded, origin, text)
    return _single_spaced(folded, origin, text)


def squeeze(folded: Folded) -> Folded:
    """Return it without anything between letters and digits: spaces, dots, hyphens, line ends."""
    text, origin = folded.text, folded.origin
    if text.isascii():
        squeezed = _APART.sub("", text)
        if len(squeezed) == len(text):
            return folded
        kept: Sequence[int] = text.encode("ascii").translate(_KEEP)
    else:
        kept = bytearray(map(str.isalnum, text))
        squeezed = "".join(compress(text, kept))
    return Folded(squeezed, array("I", compress(origin, kept)), folded.source)


def unleet(folded: Folded, one: str = "i") -> Folded:
    """Return it with digits and signs between letters read as letters: `h4dd4d`, `s@mir`.

    `one` is what 1 stands for, `i` or `l`. At most two together, and at a word's beginning one with
    three characters behind it, in words of 5 to 16; so a code, a plate, an address or a wallet is
    left alone as often as not. Only names are looked for in it.
    """

    def letters(found: re.Match[str]) -> str:
        return "".join(one if char == "1" else _LEET[char] for char in found[0])

    text, read, done = folded.text, list[str](), 0
    if not _LEET_READ.search(text):
        return folded
    for sign in _LEET_SIGN.finditer(text):
        if sign.start() < done:
            continue
        low = max(done, sign.start() - _LEET_LONGEST)
        start = text.rfind(" ", low, sign.start()) + 1 or low
        while text[start] in "(\"'":
            start += 1
        if start and text[start - 1] not in " (\"'":
            continue
        word = _LEET_WORD.match(text, start)
        if word and not _ADDRESS.search(text, start, word.end() + 2):
            read += (text[done:start], _LEET_INSIDE.sub(letters, word[0]))
            done = word.end()
    text = "".join((*read, text[done:]))
    return folded if text == folded.text else Folded(text, folded.origin, folded.source)


def whole_word_look_alikes(word: str) -> tuple[str, ...]:
    """Return a folded word as drawn with letters of another script only, for each that can.

    `fold` mends words of two scripts. A word wholly of the other one cannot be told from a real
    word; who looks for `copa` looks for these spellings too.
    """
    tables: tuple[Mapping[str, str], ...] = (TO_LATIN, TO_CYRILLIC, TO_GREEK)
    drawn = ("".join(table.get(char, "") for char in word) for table in tables)
    return tuple(dict.fromkeys(one for one in drawn if len(one) == len(word) and one != word))


def _single_spaced(text: str, origin: Sequence[int], source: str) -> Folded:
    if "  " not in text:
        return Folded(text, origin, source)
    pieces: list[str] = []
    starts = array("I")
    last = 0
    for found in _WIDE.finditer(text):
        keep = found.start() + 1
        pieces.append(text[last:keep])
        starts.extend(origin[last:keep])
        last = found.end()
    pieces.append(text[last:])
    starts.extend(origin[last:])
    return Folded("".join(pieces), starts, source)


def _sounded(char: str) -> str:
    """Return the Latin letter that is read for one that no Latin one is drawn like."""
    latin = anyascii(char).lower()
    return latin if len(latin) == 1 and latin.isalpha() else char


def _one_script(folded: str, origin: Sequence[int], source: str) -> str:
    """Rewrite each word that mixes scripts in one of them; no length changes."""

    def word(found: re.Match[str]) -> str:
        letters = found[0]
        latin = len(_HAS_LATIN.findall(letters))
        others = len(_HAS_OTHERS.findall(letters))
        if not latin or not others:
            return letters
        to_latin = sum(char in TO_LATIN for char in letters) == others
        back = TO_GREEK if "\u0370" <= _HAS_OTHERS.findall(letters)[0] < "\u0400" else TO_CYRILLIC
        start = found.start()
        drawn = letters
        if back is TO_CYRILLIC and not to_latin:
            # A capital may be drawn as another letter than its small one.
            shown = (source[origin[start + at]] for at in range(len(letters)))
            drawn = "".join(
                CYRILLIC_CAPITALS.get(one, char) for one, char in zip(shown, letters, strict=True)
            )
        to_others = sum(char in back for char in drawn) == len(_HAS_LATIN.findall(drawn))
        if to_others and (not to_latin or others > latin):
            return "".join(back.get(char, char) for char in drawn)
        if not to_latin and others > latin:
            return letters
        return "".join(
            GREEK_CAPITALS.get(source[origin[start + at]]) or TO_LATIN.get(char) or _sounded(char)
            for at, char in enumerate(letters)
        )

    return _WORD.sub(word, folded)
