"""`make bench`: every promised figure in one run, beside a named baseline, on one machine.

    python -m tests.bench [--quick] [--only NAME ...] [--keep]

Figures are ratios within one run; a time alone says more about the machine than about the bot.
Nothing here fails on a slow day: the exit code tells only whether everything could be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tests.bench.asking import Burst, burst, latency
from tests.bench.cost import COMMAND, TALK, per_message, resting
from tests.bench.digests import digests_part
from tests.bench.digests import measure as measure_digests
from tests.bench.figures import quantile
from tests.bench.ledger import measure
from tests.bench.ledger_lines import ledger_part
from tests.bench.paper import measure as measure_paper
from tests.bench.paper import paper_part
from tests.bench.redaction import measure as measure_redaction
from tests.bench.redaction import redaction_part
from tests.bench.rooms import with_rooms
from tests.bench.stage import BARE, MIRROR, PARLEY, Stage
from tests.bench.start import starts
from tests.bench.table import Line, Part, ratio, show
from tests.bench.watches import Size as WatchesSize
from tests.bench.watches import measure as measure_watches
from tests.bench.watches_lines import watches_part

BARE_NAME = "stock nio bot"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    pairs: int
    commands: int
    messages: dict[int, int]
    rooms: int
    records: int
    rounds: int
    appends: int
    watches: WatchesSize
    masked: int
    papers: int


WIDTH = 120
"""Where the output is no terminal."""

FULL = Size(120, 1_000, {100: 500, 10: 100, 1: 50}, 200, 10_000, 3, 1_000,
            WatchesSize(100_000, 10_000, 2_000), 1_000, 40)  # fmt: skip
QUICK = Size(30, 300, {100: 200, 10: 30, 1: 15}, 30, 2_000, 2, 400,
             WatchesSize(10_000, 1_000, 400), 200, 10)  # fmt: skip


async def measure_latency(stage: Stage, size: Size) -> Part:
    """One command at a time, asked of both bots in turn."""
    taken = await latency(stage, size.pairs)
    lines = []
    for name, share in (("p50", 0.50), ("p95", 0.95)):
        ours, bare = (quantile(taken[bot], share) for bot in (PARLEY, BARE))
        lines.append(
            Line(
                f"command to answer, {name}", "at most 15 % over", _ms(ours), _ms(bare),
                ratio(ours, bare), ours <= 1.15 * bare,
            )
        )  # fmt: skip
    return Part("latency", BARE_NAME, lines)


async def measure_burst(stage: Stage, size: Size) -> Part:
    """Ten people at once. The mirror goes before and after, so that a busy machine is seen."""
    half = size.commands // 2
    first = await burst(stage, MIRROR, half)
    ours = await burst(stage, PARLEY, size.commands)
    last = await burst(stage, MIRROR, size.commands - half)
    bare = await burst(stage, BARE, size.commands)
    rate = size.commands / (half / first.rate + (size.commands - half) / last.rate)
    server = 1e3 * (first.server_cpu + last.server_cpu) / size.commands
    own = 1e3 * ours.server_cpu / size.commands
    return Part(
        "burst",
        f"{BARE_NAME}, mirror",
        [
            Line(
                f"{size.commands} commands of ten people: once, twice, never",
                "all once", _fates(ours), f"bot {_fates(bare)}", "",
                ours.answers.once == size.commands,
            ),
            Line(
                "answers a second", "the homeserver's own rate", f"{ours.rate:.1f}",
                f"mirror {rate:.1f}", ratio(ours.rate, rate), None,
            ),
            Line(
                "Synapse CPU per command", "", f"{own:.0f} ms", f"mirror {server:.0f} ms",
                ratio(own, server),
            ),
            Line(
                "bot CPU per command on record", "", _cpu(ours, size.commands),
                f"bot {1e3 * bare.bot_cpu / max(1, bare.answers.once):.1f} ms",
            ),
        ],
    )  # fmt: skip


async def measure_cost(stage: Stage, size: Size) -> Part:
    """CPU of both bots, by how many messages come in one `/sync`."""
    lines = []
    idle = {bot: await resting(stage, bot) for bot in (PARLEY, BARE)}
    for kind, line in (("talk", TALK), ("command", COMMAND)):
        for together, messages in sorted(size.messages.items()):
            ours, bare = [
                await per_message(stage, bot, line, together=together, messages=messages)
                for bot in (PARLEY, BARE)
            ]
            goal = kind == "talk" and together == max(size.messages)
            lines.append(
                Line(
                    f"CPU per {kind}, {together} at once", "at most 1.5 ms" if goal else "",
                    f"{ours:.2f} ms", f"{bare:.2f} ms",
                    ratio(ours, bare),
                    ours <= 1.5 if goal else None,
                )
            )  # fmt: skip
    ours_idle, bare_idle = (f"{1e3 * idle[bot]:.1f} ms" for bot in (PARLEY, BARE))
    silence = Line("CPU per second of silence", "", ours_idle, bare_idle)
    return Part("cpu", BARE_NAME, [*lines, silence])


async def measure_memory(stage: Stage, size: Size) -> Part:
    """Resident memory with many rooms."""
    found = await with_rooms(stage, size.rooms)
    bare = f"{found.bare:.1f} MiB in {found.bare_rooms + 10} rooms"
    return Part(
        "memory",
        BARE_NAME,
        [
            Line(
                f"{found.rooms} rooms, after a new start", "under 100 MB",
                f"{found.after_start:.1f} MiB", bare, ratio(found.after_start, found.bare),
                found.after_start < 100,
            ),
            Line(
                f"{found.rooms} rooms, just made in {found.made_s:.0f} s", "under 100 MB",
                f"{found.parley:.1f} MiB", bare, ratio(found.parley, found.bare),
                found.parley < 100,
            ),
        ],
    )  # fmt: skip


async def measure_start(stage: Stage, size: Size) -> Part:
    """From nothing to standing."""
    found = await starts(stage, size.records, size.rounds)
    full, empty, bare = (
        quantile(taken, 0.5) for taken in (found.full, found.empty, found.bare)
    )  # fmt: skip
    return Part(
        "start",
        "Parley, no records",
        [
            Line(
                f"cold to standing, {size.records} records", "under 2 s", f"{full:.2f} s",
                f"{empty:.2f} s", ratio(full, empty), full < 2,
            ),
            Line("of it for the records", "", f"{full - empty:.2f} s", "0 s"),
            Line("the stock bot's start", "", "", f"{bare:.2f} s"),
        ],
    )  # fmt: skip


Measure = Callable[[Stage, Size], Awaitable[Part]]
MEASURES: dict[str, Measure] = {
    "latency": measure_latency,
    "burst": measure_burst,
    "cpu": measure_cost,
    "memory": measure_memory,
    "start": measure_start,
}
LEDGER, WATCHES, REDACTION, DIGESTS = "ledger", "watches", "redaction", "digests"
PAPER = "paper"
"""Need no stage, and are measured once nobody stands on it."""
NAMES = (*MEASURES, LEDGER, WATCHES, REDACTION, DIGESTS, PAPER)


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME",
                        help=f"some of: {', '.join(NAMES)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer of everything")
    parser.add_argument("--keep", action="store_true", help="keep the directory and say where")
    asked = parser.parse_args()
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    size = QUICK if asked.quick else FULL
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        parts = asyncio.run(measured(folder, asked.only, size, console))
    finally:
        if asked.keep:
            console.print(f"kept: {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    show(parts, console)


async def measured(folder: Path, only: Sequence[str], size: Size, console: Console) -> list[Part]:
    """Set the stage, then measure one thing after another."""
    began, parts = time.monotonic(), list[Part]()

    def tell(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.0f} s[/]  {what}")

    if asked := [name for name in MEASURES if name in only]:
        async with Stage(folder, tell) as stage:
            for name in asked:
                parts.append(await MEASURES[name](stage, size))
                tell(f"{name} measured")
    if LEDGER in only:
        parts.append(ledger_part(await asyncio.to_thread(measure, folder, size.appends, tell)))
        tell("ledger measured")
    if REDACTION in only:
        masked = await asyncio.to_thread(measure_redaction, size.masked, tell)
        parts.append(redaction_part(masked))
        tell("redaction measured")
    if DIGESTS in only:
        parts.append(
            digests_part(await asyncio.to_thread(measure_digests, size.records, size.rounds))
        )
        tell("digests measured")
    if PAPER in only:
        parts.append(paper_part(await asyncio.to_thread(measure_paper, size.papers)))
        tell("paper measured")
    if WATCHES in only:
        parts.append(
            watches_part(await asyncio.to_thread(measure_watches, folder, size.watches, tell))
        )
        tell("watches measured")
    return parts


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.1f} ms"


def _cpu(found: Burst, count: int) -> str:
    return f"{1e3 * found.bot_cpu / count:.1f} ms"


def _fates(found: Burst) -> str:
    return f"{found.answers.once} / {found.answers.more} / {found.answers.never}"


if __name__ == "__main__":
    main()
