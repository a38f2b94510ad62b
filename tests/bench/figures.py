"""What a measurement is made of: quantiles, a process's own time and memory, answers counted.

Linux only: the figures of another process come from /proc. Refuses to guess: an empty sample
has no quantile.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def quantile(sample: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the sample does not exceed."""
    if not sample:
        raise ValueError("an empty sample has no quantile")
    return sorted(sample)[max(0, math.ceil(share * len(sample)) - 1)]


def in_turn(
    calls: Mapping[str, Callable[[], object]],
    rounds: int,
    each: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Return seconds of one call of each, over and over: A B, then B A, `each` times at once."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        for name in calls if number % 2 else reversed([*calls]):
            call, began = calls[name], clock()
            for _ in range(each):
                call()
            taken[name].append((clock() - began) / each)
    return taken


def typical_ratio(ours: Sequence[float], other: Sequence[float]) -> float:
    """Return the median of the ratios pair by pair: a machine that slows down slows both."""
    return quantile([a / b for a, b in zip(ours, other, strict=True)], 0.5)


def cpu_seconds(pid: int) -> float:
    """Return the user and system time a process has used, all its threads together."""
    # The name in parentheses may hold spaces; after it come fields 3 and on (proc(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def memory_mib(pid: int, *, peak: bool = False) -> float:
    """Return a process's resident memory now, or the most it ever was, in MiB."""
    wanted = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(wanted):
            return int(line.split()[1]) / 1024
    raise LookupError(wanted)


async def idle_rate(pid: int, seconds: float) -> float:
    """Return the CPU seconds that a process uses in a second of doing nothing for anybody."""
    before, since = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - since)


async def until_idle(pid: int, quiet_s: float = 1.0) -> None:
    """Wait until a process has used at most two ticks of CPU in a while: it has nothing to do."""
    while True:
        before = cpu_seconds(pid)
        await asyncio.sleep(quiet_s)
        if cpu_seconds(pid) - before <= 2.5 / TICKS_PER_S:
            return


@dataclass(frozen=True, slots=True)
class Answered:
    """How often each question was answered."""

    once: int
    more: int
    never: int

    @property
    def share(self) -> float:
        """The part that was answered exactly once."""
        return self.once / (self.once + self.more + self.never)


def answered(asked: Iterable[str], heard: Iterable[str]) -> Answered:
    """Count how often each thing asked was heard back; what nobody asked counts for nothing."""
    counts = Counter(heard)
    times = [counts[one] for one in asked]
    return Answered(
        sum(n == 1 for n in times), sum(n > 1 for n in times), sum(n == 0 for n in times)
    )
