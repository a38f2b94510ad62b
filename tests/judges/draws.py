"""Chance that can be repeated: the same seed gives the same trials on every machine.

The `random` module is banned in this repository, and Hypothesis would ask a judge once for each
example; the judges are programs, and are asked once for all. So: SHA-256 over a counter.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
# Quotes, backslash, controls, a line separator, right to left, beyond the basic plane.
_LETTERS = 'abcXYZ 019"\\/\n\t\x01\x7f~.=é€ß\u2028\u202e\u0625\u0637\u0644\u0627\u0642Δж中🕊'


class Draws:
    """A stream of choices that depends on the seed alone."""

    def __init__(self, seed: str) -> None:
        self._seed, self._count = seed.encode(), 0

    def octets(self, length: int = 32) -> bytes:
        """Up to 32 bytes."""
        self._count += 1
        return hashlib.sha256(self._seed + b"\n%d" % self._count).digest()[:length]

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1; limits here are tiny beside 2^64, so the bias is nil."""
        return int.from_bytes(self.octets(8), "big") % limit

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, things: Sequence[_T]) -> _T:
        return things[self.below(len(things))]

    def some(self, things: Sequence[_T], count: int) -> list[_T]:
        """So many different ones, in any order."""
        left = list(things)
        return [left.pop(self.below(len(left))) for _ in range(count)]

    def text(self) -> str:
        return "".join(self.pick(_LETTERS) for _ in range(self.below(40)))

    def size(self, largest: int) -> int:
        """A tree size: small ones as often as large ones, and often at or beside a power of two."""
        bits = self.below(largest.bit_length())
        size = (1 << bits) + (self.pick((-1, 0, 1)) if self.chance(30) else self.below(1 << bits))
        return min(max(size, 1), largest)

    def flipped(self, raw: bytes) -> bytes:
        """The same bytes with one bit turned."""
        place, bad = self.below(8 * len(raw)), bytearray(raw)
        bad[place // 8] ^= 1 << place % 8
        return bytes(bad)
