"""`parley demo`: set the stage, play a scenario, report; then stay up for a person to join."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.demo.homeserver import HomeserverFailed
from bot.demo.report import Report, write
from bot.demo.scenarios import gulf_war_1991, iran_iraq_1988
from bot.demo.stage import Stage
from bot.demo.transcript import Transcript

REPOSITORY = Path(__file__).resolve().parents[2]

Scenario = Callable[[Stage, Report], Awaitable[None]]
SCENARIOS: dict[str, tuple[str, Scenario]] = {
    "gulf-war-1991": ("config/cases/gulf-war-1991.toml", gulf_war_1991.play),
    "iran-iraq-1988": ("config/cases/iran-iraq-1988.toml", iran_iraq_1988.play),
}
"""Name to case file and script, in the order in which all of them are played."""
ALL = "all"


def main(args: list[str]) -> int:
    """Run the demonstration; return the exit code (1 if any step failed)."""
    options = _options(args)
    os.umask(0o077)
    console = Console(width=None if os.isatty(1) else 100, highlight=False)
    try:
        return asyncio.run(_main(options, console))
    except HomeserverFailed as failed:
        console.print(f"[bold red]The demonstration cannot start.[/] {failed}")
        return 2
    except KeyboardInterrupt:
        return 130


def _options(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="parley demo",
        description="Play whole negotiations, each on a real homeserver of its own on this machine.",
        epilog="Examples:  parley demo   |   parley demo --exit --report r.json"
        "   |   parley demo --scenario iran-iraq-1988",
    )
    parser.add_argument("--scenario", choices=[ALL, *SCENARIOS], default=ALL)
    parser.add_argument("--exit", action="store_true", help="end when all is played")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what was seen as JSON")
    parser.add_argument("--quiet", action="store_true", help="only the steps, no transcript")
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="where everything is kept (default: var/demo/…)"
    )
    return parser.parse_args(args)


async def _main(options: argparse.Namespace, console: Console) -> int:
    root = options.state or REPOSITORY / "var" / "demo" / f"{time.strftime('%Y%m%d-%H%M%S')}"
    names = list(SCENARIOS) if options.scenario == ALL else [options.scenario]
    begun = time.monotonic()
    reports: list[Report] = []

    def tell(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/]  {what} …")

    with _interruptible():
        for name in names:
            state = root / name
            console.print(f"[bold]Parley demo[/], scenario [bold]{name}[/], in {state}")
            case_text = await asyncio.to_thread((REPOSITORY / SCENARIOS[name][0]).read_text)
            case_text = at_another_hour(case_text, time.gmtime().tm_hour)
            async with Stage(state, case_text, tell) as stage:
                transcript = Transcript(console, stage, quiet=options.quiet)
                reports.append(await _played(options, console, stage, transcript, name))
                if name == names[-1]:
                    _finish(options, console, reports, time.monotonic() - begun)
                    if not options.exit:
                        await _stay(console, stage, transcript)
    return 0 if all(report.ok for report in reports) else 1


def at_another_hour(case_text: str, now: int) -> str:
    """Return a case file with its daily digests half a day off: one by itself is in no script.

    `now` is the hour in UTC, 0 to 23. Every zone of the case files is within four hours of it,
    and a play takes two or three.
    """
    daily = f'digest = "daily {(now + 12) % 24:02}:00'
    return re.sub(r'^digest = "daily \d\d:\d\d', daily, case_text, flags=re.MULTILINE)


async def _played(
    options: argparse.Namespace, console: Console, stage: Stage, transcript: Transcript, name: str
) -> Report:
    """Play one scenario on its stage; `--quiet` leaves out the transcript."""
    console.print("[dim]A rehearsal: a minute of the case passes in a second.[/]")
    transcript.skip()
    report = Report(name, transcript.step)
    script = SCENARIOS[name][1]
    if options.quiet:
        await script(stage, report)
        return report
    async with asyncio.TaskGroup() as group:
        printing = group.create_task(transcript.run())
        await script(stage, report)
        printing.cancel()
    return report


def _finish(
    options: argparse.Namespace, console: Console, reports: list[Report], seconds: float
) -> None:
    if options.report:
        write(reports, options.report)
    for report in reports:
        _summary(console, report)
    console.print(f"[dim]{seconds:.0f} s in all[/]")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end everything in order, as Ctrl-C does."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _summary(console: Console, report: Report) -> None:
    failed = [step for step in report.steps if not step.ok]
    console.print()
    for step in failed:
        console.print(f"[bold red]failed[/] {step.name}: {step.seen}")
    seen = f"{len(report.steps) - len(failed)} of {len(report.steps)} steps as expected"
    console.print(f"[bold]{report.scenario}: {seen}[/]")


async def _stay(console: Console, stage: Stage, transcript: Transcript) -> None:
    """Stay up until Ctrl-C; show how to join with any Matrix client."""
    console.print(
        f"\nHomeserver: [bold]{stage.homeserver.url}[/]  (any Matrix client; Ctrl-C ends)"
    )
    table = Table("log in as", "password", "recovery key", "sits in")
    for name, person in stage.persons.items():
        table.add_row(
            name,
            stage.passwords[name],
            await person.recovery_key(),
            ", ".join(sorted(stage.compartments_of(name))),
        )
    console.print(table)
    console.print(
        "A new device gets no key until it is vouched for: after the log-in, verify it with the"
        " recovery key.\nEvery room is called Parley; its first message says which one it is."
        f"\nReceipts are checked with:  parley verify FILE --trust '{stage.log_key}'"
    )
    await transcript.run()
