"""The tear line that the bot proposes: each name, number and place a stable stand-in.

One value has one stand-in for one recipient, in this text and the next; another recipient's numbers
tell nothing about it. It proposes: a person reads, edits and sends. Refuses to call a text safe.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.redaction.folding import fold
from bot.redaction.hits import Hit, Kind, merged
from bot.redaction.identifiers import identifiers
from bot.redaction.protected import Protected
from bot.redaction.view import plain, replaced
from bot.redaction.views import views

SAID: Final[Mapping[Kind, str]] = {
    Kind.NAME: "person",
    Kind.PHONE: "phone",
    Kind.EMAIL: "email",
    Kind.MATRIX_ID: "account",
    Kind.COORDINATES: "location",
    Kind.MGRS: "location",
    Kind.PLATE: "plate",
    Kind.IBAN: "bank account",
    Kind.WALLET: "wallet",
    Kind.DOCUMENT: "document",
    Kind.SERVICE_NUMBER: "service number",
    Kind.BIRTH_DATE: "birth date",
    Kind.IP: "address",
    Kind.URL: "link",
    Kind.UNIT: "unit",
    Kind.PLACE: "place",
}
"""What a stand-in says it stands for."""
_STAND_IN: Final = re.compile(rf"\[(?:{'|'.join(sorted(set(SAID.values())))}) \d+\]")
_ROUNDS: Final = 6
_FREE_BEFORE: Final = re.compile(r"\s[(\"']{0,3}\Z")
_FREE_BEHIND: Final = re.compile(r"[.,;:!?)\"']{0,3}(?:\s|\Z)")
_NEAR: Final = 40
"""Characters to each side of a stand-in that are looked at again, at least."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Numbers that one recipient was given: by a keyed hash, so that the table tells no value.

    `key` is this recipient's secret, 16 to 64 bytes. Keep what a proposal returns.
    """

    key: bytes = field(repr=False)
    numbers: Mapping[str, int] = field(default_factory=dict)

    def numbered(self, values: Iterable[tuple[Kind, str]]) -> tuple[tuple[int, ...], Pseudonyms]:
        """Return each value's number, the next one where it is new, and the table that has them."""
        numbers, given = dict(self.numbers), list[int]()
        for kind, value in values:
            word = SAID[kind]
            named = hashlib.blake2b(f"{word}\0{value}".encode(), key=self.key, digest_size=16)
            tag = f"{word}:{named.hexdigest()}"
            if tag not in numbers:
                taken = (number for one, number in numbers.items() if one.startswith(f"{word}:"))
                numbers[tag] = max(taken, default=0) + 1
            given.append(numbers[tag])
        return tuple(given), Pseudonyms(self.key, numbers) if given else self


@dataclass(frozen=True, slots=True)
class Replacement:
    """One stand-in: what it hides in the original (`start` to `end`), and where it stands now."""

    kind: Kind
    number: int
    start: int
    end: int
    at: int

    @property
    def text(self) -> str:
        """Return the stand-in as it is written."""
        return f"[{SAID[self.kind]} {self.number}]"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tear line to be edited, what was replaced in it, and the numbers as they are now."""

    text: str
    replacements: tuple[Replacement, ...]
    pseudonyms: Pseudonyms


def propose(text: str, protected: Protected, pseudonyms: Pseudonyms) -> Proposal:
    """Return the text with every identifier and every protected name and place replaced.

    What only shows once its neighbours are hidden is hidden as well.
    """
    hits = merged(_found(text, protected))
    for _ in range(_ROUNDS):
        proposal = _rendered(text, hits, pseudonyms)
        more = list(_near_stand_ins(proposal, protected))
        if not more:
            return proposal
        # The way back to the text's own places is long, and hardly ever asked for.
        replacements = ((one.start, one.end, one.text) for one in proposal.replacements)
        hits = merged((*hits, *map(replaced(plain(text), replacements).home, more)))
    return _rendered(text, hits, pseudonyms)


def _rendered(text: str, hits: tuple[Hit, ...], pseudonyms: Pseudonyms) -> Proposal:
    made: list[Replacement] = []
    written: list[str] = []
    last = moved = 0
    numbers, pseudonyms = pseudonyms.numbered((hit.kind, hit.key) for hit in hits)
    for hit, number in zip(hits, numbers, strict=True):
        one = Replacement(hit.kind, number, hit.start, hit.end, hit.start + moved)
        stand_in = one.text
        moved += len(stand_in) - (hit.end - hit.start)
        made.append(one)
        written += (text[last : hit.start], stand_in)
        last = hit.end
    return Proposal("".join(written) + text[last:], tuple(made), pseudonyms)


def _near_stand_ins(proposal: Proposal, protected: Protected) -> Iterator[Hit]:
    """Yield what shows in a masked text beside stand-ins that something touches.

    A name that ran into a number hid it; where a space stood, nothing has changed.
    """
    text = proposal.text
    for one in proposal.replacements:
        low, high = one.at, one.at + len(one.text)
        before = text[low - 5 : low] if low > 5 else f" {text[:low]}"
        if _FREE_BEFORE.search(before) and _FREE_BEHIND.match(text, high):
            continue
        # From space to space, so that no word is cut.
        start = max(text.rfind(" ", 0, max(0, low - _NEAR)) + 1, low - 2 * _NEAR, 0)
        end = text.find(" ", high + _NEAR, high + 2 * _NEAR)
        for hit in _found(text[start : end if end >= 0 else high + _NEAR], protected):
            yield Hit(start + hit.start, start + hit.end, hit.kind, hit.key)


def _found(text: str, protected: Protected) -> Iterator[Hit]:
    """Yield what is to be hidden, in every view of the text; stand-ins are nothing to hide."""
    stand_ins = [found.span() for found in _STAND_IN.finditer(text)]
    for view in views(text):
        folded = fold(view.text)
        kept = (*protected.hits(folded), *protected.inside_hits(folded))
        for hit in (*kept, *identifiers(folded)):
            yield from _beside(text, view.home(hit), stand_ins)


def _beside(text: str, hit: Hit, stand_ins: list[tuple[int, int]]) -> Iterator[Hit]:
    """Yield the parts of a find that lie outside of stand-ins and have letters or digits."""
    start = hit.start
    for low, high in [*stand_ins, (hit.end, hit.end)]:
        end = min(low, hit.end)
        if start < end and any(map(str.isalnum, text[start:end])):
            yield Hit(start, end, hit.kind, hit.key)
        start = max(start, high)
