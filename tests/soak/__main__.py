"""`make soak`: many seeds of the simulation, or one of them again.

python -m tests.soak [--seeds N] [--first SEED] [--days DAYS] [--store memory|sql]
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.soak.checker import check
from tests.soak.simulate import simulate


def run_seed(
    seed: int, days: int | None = None, *, sql: bool | None = None
) -> tuple[list[str], int]:
    """Return what the checker found in one seed, and how many texts clients received."""
    found = simulate(seed, days, sql=sql)
    faults = check(found.wishes, found.deeds, found.received, found.known, found.rooms)
    return faults, len(found.received)


def reproducer(seed: int, faults: list[str]) -> str:
    """Return one line that names the seed, how to run it again, and its first fault."""
    return f"seed {seed}: python -m tests.soak --first {seed} --seeds 1  # {len(faults)} faults; {faults[0]}"


def main() -> int:
    """Run the seeds; 1 if any of them found a fault."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--days", type=int, default=None, help="instead of 21, or 365 every 50th")
    parser.add_argument("--store", choices=("memory", "sql"), help="instead of sql every 10th")
    parser.add_argument("--all", action="store_true", help="print every fault")
    asked = parser.parse_args()
    sql = None if asked.store is None else asked.store == "sql"
    bad, texts = 0, 0
    for seed in range(asked.first, asked.first + asked.seeds):
        faults, received = run_seed(seed, asked.days, sql=sql)
        texts += received
        if faults:
            bad += 1
            print(reproducer(seed, faults), flush=True)
            if asked.all:
                print("\n".join(f"  {fault}" for fault in faults), flush=True)
    took = time.process_time()
    print(
        f"{asked.seeds} seeds, {texts} texts received, {bad} with faults, {took:.0f} s of one core"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
