"""What was found in a text: where, of which kind, and what it is once spelling is set aside.

Refuses to keep the words that were found: a hit has offsets, and a key to compare with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique

from typing_extensions import override


@unique
class Kind(StrEnum):
    """What kind of thing names, reaches or places a person."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    MATRIX_ID = "matrix_id"
    COORDINATES = "coordinates"
    MGRS = "mgrs"
    PLATE = "plate"
    IBAN = "iban"
    WALLET = "wallet"
    DOCUMENT = "document"
    SERVICE_NUMBER = "service_number"
    BIRTH_DATE = "birth_date"
    IP = "ip"
    URL = "url"
    UNIT = "unit"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Hit:
    """One find: `start` to `end` in the original text; `key` is equal for equal things.

    The key is secret as the thing itself is, and is therefore not shown in a traceback.
    """

    start: int
    end: int
    kind: Kind
    key: str

    @override
    def __repr__(self) -> str:
        """Show where and of which kind, never what."""
        return f"Hit({self.start}, {self.end}, {self.kind.value})"


def merged(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Return hits in order, none touching another's characters, covering all that was covered.

    Of those that overlap the longest gives kind and key, and grows over the others.
    """
    found: list[Hit] = []
    longest = 0
    for hit in sorted(hits, key=lambda one: (one.start, -one.end)):
        last = found[-1] if found else None
        if last is None or hit.start >= last.end:
            found.append(hit)
            longest = hit.end - hit.start
            continue
        better = hit if hit.end - hit.start > longest else last
        longest = max(longest, hit.end - hit.start)
        found[-1] = Hit(last.start, max(last.end, hit.end), better.kind, better.key)
    return tuple(found)
