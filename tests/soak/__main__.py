"""`make soak`: many seeds of the simulation, or one of them again.

python -m tests.soak [--seeds N] [--first SEED] [--days DAYS] [--store memory|sql] [--mutants]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from tests.soak.mutants import MUTANTS, caught
from tests.soak.seeds import Judged, missing, reproducer, run_seed, table
from tests.soak.simulate import Plan, plan_of

PROGRESS_S = 15.0
ENOUGH = 200
"""From so many seeds on everything in the table must have happened."""


def _plan(seed: int, asked: argparse.Namespace) -> Plan:
    plan = plan_of(seed)
    if asked.days is not None:
        plan = replace(plan, days=asked.days)
    if asked.store is not None:
        plan = replace(plan, sql=asked.store == "sql")
    return replace(plan, sparse=False) if asked.dense else plan


def _all(asked: argparse.Namespace) -> Iterator[Judged]:
    seeds = range(asked.first, asked.first + asked.seeds)
    plans = [_plan(seed, asked) for seed in seeds]
    if asked.cores == 1 or len(seeds) == 1:
        yield from map(run_seed, seeds, plans)
        return
    with ProcessPoolExecutor(asked.cores) as cores:
        yield from cores.map(run_seed, seeds, plans)


def _shown(found: Iterable[Judged], asked: argparse.Namespace) -> tuple[Counter[str], int]:
    """Print what is found while it is found; return how often all happened, and the bad seeds."""
    counts: Counter[str] = Counter()
    began = told = time.monotonic()
    done = bad = texts = days = 0
    core = 0.0
    for one in found:
        done, texts, days, core = done + 1, texts + one.texts, days + one.days, core + one.seconds
        counts.update(one.counts)
        if one.faults:
            bad += 1
            print(reproducer(one), flush=True)
            for fault in one.faults if asked.all else ():
                print(f"  {fault}", flush=True)
        now = time.monotonic()
        if now - told >= PROGRESS_S:
            told = now
            rate = done / (now - began)
            left = (asked.seeds - done) / rate / 60
            print(f"... {done}/{asked.seeds}, {bad} bad, {rate:.2f} seeds/s, {left:.0f} min left", flush=True)  # fmt: skip
    took = time.monotonic() - began
    print(table(counts))
    print(
        f"{done} seeds, {days / 365:.0f} years, {texts:,} texts received, {bad} with faults; "
        f"{took:.0f} s, {done / took:.2f} seeds/s, {core:.0f} s of one core"
    )
    return counts, bad


def _mutants(cores: int) -> int:
    """Plant every fault in turn; 1 if one of them was not found."""
    missed = 0
    with ProcessPoolExecutor(cores) as workers:
        for found in workers.map(caught, MUTANTS):
            missed += found.by is None
            what = "NOT FOUND" if found.by is None else f"seed {found.by.seed}"
            print(f"{found.name:<46} {what}, {found.tried} tried", flush=True)
            if found.by is not None:
                print(f"    {found.by.faults[0][:150]}", flush=True)
    print(f"{len(MUTANTS)} faults planted, {len(MUTANTS) - missed} found")
    return 1 if missed else 0


def main() -> int:
    """Run the seeds; 1 if any of them found a fault."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--days", type=int, default=None, help="instead of a year, or 21")
    parser.add_argument("--store", choices=("memory", "sql"), help="instead of sql every 20th")
    parser.add_argument("--dense", action="store_true", help="many watches in every seed")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--all", action="store_true", help="print every fault")
    parser.add_argument("--mutants", action="store_true", help="faults planted on purpose instead")
    asked = parser.parse_args()
    if asked.mutants:
        return _mutants(asked.cores)
    counts, bad = _shown(_all(asked), asked)
    never = missing(counts) if asked.seeds >= ENOUGH else []
    for name in never:
        print(f"never happened: {name}")
    return 1 if bad or never else 0


if __name__ == "__main__":
    sys.exit(main())
