"""The seeds that every run of the tests plays, in two halves: two workers take a file each.

Together they hold two hundred years of few watches and fifty times three weeks of many.
"""

from __future__ import annotations

from functools import cache

from tests.soak.seeds import Judged, run_seed

HALF, AT_ONCE = 125, 5
YEARS = 100
"""So many seeds of a half last a year."""


@cache
def judged(first: int) -> tuple[Judged, ...]:
    """Play a few seeds, once in a process."""
    return tuple(run_seed(seed) for seed in range(first, first + AT_ONCE))


def firsts(half: int) -> range:
    """Return where the batches of a half begin."""
    return range(half * HALF, (half + 1) * HALF, AT_ONCE)


def of_half(half: int) -> list[Judged]:
    """Return all that was found in a half."""
    return [one for first in firsts(half) for one in judged(first)]
