"""Seeds, played and judged: what may not be, and how often everything that is to happen did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.soak import nemesis
from tests.soak.checker import check
from tests.soak.people import ZONES
from tests.soak.simulate import Plan, simulate
from tests.soak.world import HIT

STORMS = tuple(nemesis.NAMES.values())
NEMESIS = (
    nemesis.REST,
    nemesis.MIDDLE,
    nemesis.PAUSE,
    nemesis.SET_ON,
    nemesis.SET_BACK,
    *STORMS,
    *(HIT + name for name in STORMS),
)
OBLIGATIONS = (
    "watch set",
    "reminder at the due time",
    "next level",
    "last level repeats",
    "last level said at the desk",
    "raised late, and says why",
    "raised in one list with others",
    "raised again: clock set back",
    "acknowledged",
    "next level after an acknowledgement",
    "evidence ends it",
    "evidence before it is due",
    "weak report leaves it open",
)
CHANGES = (
    "due around a change of clocks",
    "due at a local time that is skipped",
    "due at a local time that comes twice",
)
MUST_OCCUR = (*NEMESIS, *OBLIGATIONS, *CHANGES, *ZONES)


@dataclass(frozen=True, slots=True)
class Judged:
    """One seed. `seconds` are of one core."""

    seed: int
    faults: tuple[str, ...]
    counts: Counter[str]
    texts: int
    days: int
    seconds: float


def run_seed(seed: int, plan: Plan | None = None) -> Judged:
    """Play a seed and judge it."""
    began = time.process_time()
    found = simulate(seed, plan)
    verdict = check(found.wishes, found.deeds, found.received, found.known, found.rooms)
    return Judged(
        seed,
        tuple(verdict.faults),
        verdict.counts + found.counts,
        len(found.received),
        found.days,
        time.process_time() - began,
    )


def reproducer(judged: Judged) -> str:
    """Return one line that names the seed, how to run it again, and its first fault."""
    return (
        f"seed {judged.seed}: python -m tests.soak --first {judged.seed} --seeds 1"
        f"  # {len(judged.faults)} faults; {judged.faults[0]}"
    )


def total(some: Iterable[Judged]) -> Counter[str]:
    """Return how often each thing happened in all of them."""
    return sum((one.counts for one in some), Counter[str]())


def missing(counts: Counter[str]) -> list[str]:
    """Return what should have happened and never did."""
    return [name for name in MUST_OCCUR if not counts[name]]


def table(counts: Counter[str]) -> str:
    """Return what happened and how often, for people."""
    parts = (
        ("the nemesis", NEMESIS),
        ("obligations looked at", OBLIGATIONS),
        ("clock changes (reminders)", CHANGES),
        ("zones (reminders)", ZONES),
    )
    lines: list[str] = []
    for title, names in parts:
        lines.append(f"{title}:")
        lines += [f"  {counts[name]:>9,}  {name}" for name in names]
    return "\n".join(lines)
