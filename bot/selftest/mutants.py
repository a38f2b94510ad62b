"""Leaks that the search must find: each a small fault, of a kind that programs really have.

`parley selftest noninterference --mutants` puts them in one by one. A search that misses one of them
proves nothing by finding nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.selftest.comparing import Divergence
from bot.selftest.faults import Mutant
from bot.selftest.making import made
from bot.selftest.mutants_read import READ
from bot.selftest.mutants_sent import SENT
from bot.selftest.mutants_told import TOLD
from bot.selftest.noninterference import difference, silent

MUTANTS: Final[tuple[Mutant, ...]] = (*READ, *TOLD, *SENT)


def mutants() -> tuple[Mutant, ...]:
    """Return the table."""
    return MUTANTS


def caught_at(mutant: Mutant, cases: Iterable[int]) -> int | None:
    """Return how many cases went by before the leak was seen; None if it was not."""
    with silent():
        for number, seed in enumerate(cases):
            if shown_by(mutant, seed) is not None:
                return number
    return None


def shown_by(mutant: Mutant, seed: int) -> Divergence | None:
    """Play one history and its twin with the leak in the engine."""
    history = made(seed)
    with mutant.fault():
        return difference(history)
