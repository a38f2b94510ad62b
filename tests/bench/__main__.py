"""`make bench`: one run, one table; every figure beside its baseline on the same homeserver.

Nothing here passes or fails: a goal is shown next to what was measured. The machine's speed
drifts, so look at the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.asking import burst, latency
from tests.bench.cost import COMMAND, TALK, per_message
from tests.bench.disk import commits
from tests.bench.figures import quantile
from tests.bench.rooms import with_rooms
from tests.bench.stage import BARE, MIRROR, PARLEY, Stage
from tests.bench.start import starts


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as it is shown."""

    what: str
    goal: str
    parley: str
    baseline: str
    ratio: str


@dataclass(slots=True)
class Bench:
    """What is being measured, how much of it, and the rows so far."""

    stage: Stage
    quick: bool
    tell: Callable[[str], None]
    rows: list[Row] = field(default_factory=list)

    def add(self, what: str, goal: str, ours: str, theirs: str = "", ratio: str = "") -> None:
        """Add a line."""
        self.rows.append(Row(what, goal, ours, theirs, ratio))


def _times(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if theirs > 0 else ""


async def _latency(bench: Bench) -> None:
    taken = await latency(bench.stage, 15 if bench.quick else 60)
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        ours, theirs = (quantile(taken[bot], share) for bot in (PARLEY, BARE))
        bench.add(
            f"command to reply, {name}", "at most 1.15 of the bare bot",
            f"{ours * 1e3:.0f} ms", f"{theirs * 1e3:.0f} ms", _times(ours, theirs),
        )  # fmt: skip


async def _burst(bench: Bench) -> None:
    count = 200 if bench.quick else 1000
    found = {bot: await burst(bench.stage, bot, count) for bot in (PARLEY, BARE, MIRROR)}
    ours, theirs, server = (found[bot] for bot in (PARLEY, BARE, MIRROR))
    bench.add(
        f"burst of {count} commands: answered once", "all",
        f"{ours.answers.once} (+{ours.answers.more} twice)",
        f"{theirs.answers.once} (+{theirs.answers.more} twice)",
        _times(ours.answers.share, theirs.answers.share),
    )  # fmt: skip
    bench.add(
        "burst: answers per second", "the homeserver's own rate",
        f"{ours.rate:.1f}", f"{server.rate:.1f} (plain reflection)", _times(ours.rate, server.rate),
    )  # fmt: skip


async def _cost(bench: Bench) -> None:
    for line, name in ((TALK, "talk"), (COMMAND, "command")):
        for together in (1, 10, 100):
            messages = 100 if together == 100 or bench.quick else 200
            messages = max(messages, together)
            ours = await per_message(
                bench.stage, PARLEY, line, together=together, messages=messages
            )
            theirs = await per_message(
                bench.stage, BARE, line, together=together, messages=messages
            )
            bench.add(
                f"CPU per message, {name}, {together} per sync",
                "≤ 1.5 ms" if together == 100 else "",
                f"{ours.message_ms:.2f} ms", f"{theirs.message_ms:.2f} ms",
                _times(ours.message_ms, theirs.message_ms),
            )  # fmt: skip


async def _memory(bench: Bench) -> None:
    found = await with_rooms(bench.stage, 40 if bench.quick else 200)
    bench.add(
        f"memory with {found.rooms} rooms", "< 100 MB",
        f"{found.parley:.0f} MB ({found.after_start:.0f} after a new start)",
        f"{found.bare:.0f} MB ({found.bare_rooms} rooms joined)", _times(found.parley, found.bare),
    )  # fmt: skip


async def _start(bench: Bench) -> None:
    records = 2_000 if bench.quick else 10_000
    found = await starts(bench.stage, records, 2 if bench.quick else 3)
    full, empty, bare = (quantile(s, 0.5) for s in (found.full, found.empty, found.bare))
    bench.add(
        f"start with {records:,} records", "< 2 s",
        f"{full:.2f} s ({empty:.2f} s with none)", f"{bare:.2f} s (bare bot, none)",
        _times(full, bare),
    )  # fmt: skip


async def _disk(bench: Bench) -> None:
    count = 100 if bench.quick else 400
    ours, bare = await asyncio.to_thread(commits, bench.stage.folder, count)
    a, b = quantile(ours, 0.5), quantile(bare, 0.5)
    bench.add(
        "one record and one notice, durable", "",
        f"{a * 1e3:.2f} ms", f"{b * 1e3:.2f} ms (8 kB, fdatasync)", _times(a, b),
    )  # fmt: skip


PARTS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "latency": _latency,
    "burst": _burst,
    "cost": _cost,
    "memory": _memory,
    "disk": _disk,
    "start": _start,
}
"""`start` is last: it fills the journal."""


def main() -> None:
    """Measure what was asked for and print the table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer runs, in about a minute each")
    asked = parser.parse_args()
    console = Console(width=120, highlight=False)
    asyncio.run(_run(console, asked.only or list(PARTS), quick=asked.quick))


async def _run(console: Console, names: list[str], *, quick: bool) -> None:
    def tell(what: str) -> None:
        console.print(f"[dim]{what} …[/]")

    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        async with Stage(Path(folder), tell) as stage:
            bench = Bench(stage, quick, tell)
            for name in names:
                tell(f"measuring {name}")
                await PARTS[name](bench)
    table = Table("what", "goal", "parley", "baseline: bare nio 0.26 echo bot", "ratio")
    for row in bench.rows:
        table.add_row(row.what, row.goal, row.parley, row.baseline, row.ratio)
    console.print(table)


if __name__ == "__main__":
    main()
