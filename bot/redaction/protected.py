"""What one reader must not be shown: names, identifiers and places of compartments closed to them.

Compiled once per reader, searched for many times. Refuses to print itself: it holds secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import ahocorasick

from bot.domain.geneva import code_name
from bot.redaction.folding import Folded, fold, squeeze
from bot.redaction.folding_table import TO_LATIN
from bot.redaction.hits import Hit, Kind
from bot.redaction.identifiers_place import near_keys
from bot.redaction.names import Names, compile_names
from bot.redaction.rules import alnum

_SHORTEST: Final = 6
"""A key of fewer letters and digits is only looked for as what it is, not inside of words."""
_LOCAL: Final = 7
"""Digits of a telephone number in a country of few, without the country's code."""
_CERTAIN: Final = 9
"""A number of fewer digits is none where more digits adjoin it."""
_REVERSED: Final = 10
"""From this length on also backwards."""
_NEVER_INSIDE: Final = frozenset({Kind.COORDINATES, Kind.MGRS, Kind.UNIT, Kind.NAME, Kind.PLACE})
_PAGE: Final = re.compile(r"/?[?#]")
_AS_LATIN: Final = str.maketrans(TO_LATIN)
"""Code names are in Latin letters; one to one, so that places stay."""
_PAPERS: Final = frozenset({Kind.DOCUMENT, Kind.SERVICE_NUMBER})
"""What is a number of the one to some is one of the other to others."""
_POINTS: Final = frozenset({Kind.COORDINATES, Kind.MGRS})


@dataclass(frozen=True, slots=True, repr=False)
class Protected:
    """Names and places by id, identifiers by the keys that `identifiers` gives them."""

    names: Names
    places: Names
    keys: frozenset[tuple[Kind, str]] = frozenset()
    inside: ahocorasick.Automaton | None = field(default=None, compare=False)
    codes: ahocorasick.Automaton | None = field(default=None, compare=False)

    def is_kept(self, hit: Hit) -> bool:
        """Tell whether an identifier that was found is one of the protected."""
        if (hit.kind, hit.key) in self.keys:
            return True
        # A link leads to the same page whatever is asked of it.
        return hit.kind is Kind.URL and (hit.kind, _PAGE.split(hit.key)[0]) in self.keys

    def hits(self, text: str | Folded) -> Iterator[Hit]:
        """Yield protected names and places in a text, folded or not."""
        yield from self.names.hits(text)
        yield from self._code_hits(text)
        for hit in self.places.hits(text):
            yield Hit(hit.start, hit.end, Kind.PLACE, hit.key)

    def _code_hits(self, text: str | Folded) -> Iterator[Hit]:
        """Yield code names, whole and as words of their own: their parts are everyday words."""
        if self.codes is None:
            return
        squeezed = squeeze(fold(text))
        source = squeezed.source
        for last, (length, key) in self.codes.iter(squeezed.text.translate(_AS_LATIN)):
            start, end = squeezed.span(last + 1 - length, last + 1)
            if not (source[start - 1 : start].isalnum() or source[end : end + 1].isalnum()):
                yield Hit(start, end, Kind.NAME, key)

    def inside_hits(self, text: str | Folded) -> Iterator[Hit]:
        """Yield protected identifiers by their bare letters and digits, whatever is between."""
        if self.inside is None:
            return
        squeezed = squeeze(fold(text))
        for last, (length, kind, key) in self.inside.iter(squeezed.text):
            start = last + 1 - length
            if length < _CERTAIN and _in_longer_number(squeezed, start, last, kind):
                continue
            if kind is Kind.PHONE:
                start = _with_country(squeezed, start)
            yield Hit(*squeezed.span(start, last + 1), kind, key)


def _in_longer_number(squeezed: Folded, start: int, last: int, kind: Kind) -> bool:
    """Tell whether a number is but a part of a longer one, where nothing stands between."""
    text, origin = squeezed.text, squeezed.origin
    if not text[start : last + 1].isdecimal():
        return False
    goes_on = text[last + 1 : last + 2].isdecimal() and origin[last + 1] - origin[last] == 1
    # A phone's country code goes before it.
    before = kind is not Kind.PHONE and start > 0 and text[start - 1].isdecimal()
    return goes_on or (before and origin[start] - origin[start - 1] == 1)


def _with_country(squeezed: Folded, start: int) -> int:
    """Return where a number begins whose last digits begin at `start`."""
    for at in range(start, max(0, start - 8), -1):
        apart = squeezed.origin[at] - squeezed.origin[at - 1]
        if not squeezed.text[at - 1].isdecimal() or apart > 4:
            return at
    return max(0, start - 8)


def not_known(
    entries: Iterable[tuple[str, str]], known: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Return the (id, spelling) pairs that are not spelled like a name that is known anyway."""
    free = {_spelling(name) for name in known}
    return tuple((one, name) for one, name in entries if name and _spelling(name) not in free)


def _spelling(name: str) -> str:
    return fold(name).text.strip()


def protect(
    names: Iterable[tuple[str, str]] = (),
    identifiers: Iterable[Hit | tuple[Kind, str]] = (),
    places: Iterable[tuple[str, str]] = (),
) -> Protected:
    """Compile (id, spelling) pairs of names and places, and identifiers as they were found.

    `identifiers` are finds in the closed compartments' texts, or their (kind, key) pairs.
    """
    pairs = {one if isinstance(one, tuple) else (one.kind, one.key) for one in identifiers}
    keys = set(pairs)
    for kind, key in pairs & {pair for pair in pairs if pair[0] in _POINTS}:
        # Also turned around: some write the longitude first.
        for near in near_keys(key):
            turned = ",".join(reversed(near.split(",")))
            keys.update((point, one) for point in _POINTS for one in (near, turned))
        keys.add((kind, key))
    by_ear = {(kind, one) for kind, key in pairs for one in _by_ear(kind, key)}
    keys |= {(kind, key) for of, key in pairs | by_ear if of in _PAPERS for kind in _PAPERS}
    keys |= by_ear | {(kind, one) for kind, key in pairs for one in _abroad(kind, key)}
    listed = sorted(set(names))
    return Protected(
        compile_names(pair for pair in listed if code_name(pair[1]) is None),
        compile_names(places),
        frozenset(keys),
        _inside(sorted(pairs | by_ear)),
        _codes(listed),
    )


_READ: Final = tuple(
    str.maketrans(one, other) for one, other in (("hprcbyx", "nrgsvuh"), ("nrgsvu", "hprcby"))
)
"""What is drawn as the one Latin letter in Cyrillic, and said as the other; and back."""


def _by_ear(kind: Kind, key: str) -> Iterator[str]:
    """Yield keys that a document has where its letters were copied by ear."""
    if kind in _PAPERS and not key.isdecimal():
        yield from (key.translate(table) for table in _READ)


def _abroad(kind: Kind, key: str) -> Iterator[str]:
    """Yield keys that a short telephone number has with its country's code, or without it."""
    if kind is Kind.PHONE and len(key) == _LOCAL:
        # The last figure of the country's code is the first of eight.
        yield from (f"{code}{key}" for code in range(10))
    elif kind is Kind.PHONE:
        yield key[-_LOCAL:]


def _codes(names: Iterable[tuple[str, str]]) -> ahocorasick.Automaton | None:
    found = ahocorasick.Automaton()
    for one, spelling in names:
        if code_name(spelling) is not None:
            bare = alnum(fold(spelling).text)
            found.add_word(bare, (len(bare), one))
    if not len(found):
        return None
    found.make_automaton()
    return found


def _inside(pairs: Iterable[tuple[Kind, str]]) -> ahocorasick.Automaton | None:
    found = ahocorasick.Automaton()
    for kind, key in pairs:
        if kind in _NEVER_INSIDE:
            continue
        for spelled in _spelled(kind, key):
            bare = alnum(fold(spelled).text)
            if len(bare) >= _SHORTEST:
                found.add_word(bare, (len(bare), kind, key))
            if len(bare) >= _REVERSED:
                found.add_word(bare[::-1], (len(bare), kind, key))
    if not len(found):
        return None
    found.make_automaton()
    return found


def _spelled(kind: Kind, key: str) -> tuple[str, ...]:
    """Return the orders in which a key may be written."""
    if kind is Kind.BIRTH_DATE and key.count("-") == 2:
        year, month, day = key.split("-")
        return year + month + day, day + month + year, month + day + year
    if kind in {Kind.EMAIL, Kind.MATRIX_ID}:
        words = key.replace("@", " at ", key[1:].count("@")).replace(":", " at ")
        return key, words, words.replace(".", " dot "), words.replace(" at ", " on ")
    if kind is Kind.IP and "." in key and ":" not in key:
        return key, *_other_bases(key)
    if kind is Kind.WALLET and key.startswith("0x"):
        return key, key[2:]
    if kind is Kind.IBAN:
        # Without its country an account is still an account.
        return key, key[4:]
    return (key,)


def _other_bases(address: str) -> tuple[str, ...]:
    """Return an IPv4 address as browsers also read it: one number, hexadecimal, octal."""
    parts = [int(part) for part in address.split(".")]
    whole = int.from_bytes(bytes(parts))
    return (
        str(whole),
        f"{whole:08x}",
        f"0x{whole:08x}",
        "".join(f"0x{part:02x}" for part in parts),
        "".join(f"0x{part:x}" for part in parts),
        "".join(f"0{part:o}" for part in parts),
        "".join(f"{part:03}" for part in parts),
    )
