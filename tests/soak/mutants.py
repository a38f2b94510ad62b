"""Faults planted on purpose: a simulation that does not find them would find nothing.

Each stands for something that a real bot could do: functions of the engine, of the way out or of
the alarm are replaced for as long as a seed is played, in this process only. `caught` plays seeds
until one finds the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.soak.mutants_engine import ENGINE
from tests.soak.mutants_shell import SHELL
from tests.soak.seeds import Judged, run_seed

SEEDS: Final = (4, 14, 24, 34, 44, 54, *range(4), *range(5, 9), *range(64, 124, 10))
"""Weeks of many watches first, they are short; then years."""
FIRST: Final[Mapping[str, tuple[int, ...]]] = {
    "clocks change a day late": (0,),
    "a skipped time is left out": (12, 17, 18, 55),
    "a doubled time is due at its second": (7, 27, 55, 67),
    "raises again at every start": (44,),
    "nothing is raised when the clock is set back": (24,),
    "a step of the clock is not noticed": (24,),
    "marked as sent before it is": (14,),
    "what fails is given up": (14,),
}
"""Seeds in which it happens what a fault needs to show."""

Planted = tuple[tuple[object, str, object], ...]
"""What is replaced: where, by what name, with what."""

MUTANTS: Final[Mapping[str, Callable[[], Planted]]] = {**ENGINE, **SHELL}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Replace what a mutant replaces while the block lasts."""
    kept: list[tuple[object, str, object]] = []
    try:
        for owner, what, new in MUTANTS[name]():
            kept.append((owner, what, getattr(owner, what)))
            setattr(owner, what, new)
        yield
    finally:
        for owner, what, old in reversed(kept):
            setattr(owner, what, old)


@dataclass(frozen=True, slots=True)
class Caught:
    """`by` is the seed that found the mutant, None if none of them did."""

    name: str
    by: Judged | None
    tried: int


def caught(name: str) -> Caught:
    """Play seeds with a mutant in the bot until the checker finds a fault."""
    seeds = tuple(dict.fromkeys((*FIRST.get(name, ()), *SEEDS)))
    for tried, seed in enumerate(seeds, start=1):
        with planted(name):
            judged = run_seed(seed)
        if judged.faults:
            return Caught(name, judged, tried)
    return Caught(name, None, len(seeds))
