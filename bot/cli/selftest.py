"""`parley selftest`: the promises that can be tried out without anybody's case."""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import sys
import time
from typing import Final

import click

from bot.cli.failing import part

EVERY_S: Final = 2.0
"""So often a long search says how far it is."""
MUTANT_CASES: Final = 400


@click.group()
def selftest() -> None:
    """Try out the bot's promises on random histories. Needs no settings, no store, no network.

    \b
    Examples:
      parley selftest noninterference
      parley selftest noninterference --mutants
    """


@selftest.command()
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="The first case. The same seed is the same history.")  # fmt: skip
@click.option("--cases", type=click.IntRange(min=1), default=200, show_default=True, help="How many histories, each with its twin.")  # fmt: skip
@click.option("--mutants", is_flag=True, help="Put known leaks into the engine instead: each must be found.")  # fmt: skip
def noninterference(seed: int, cases: int, *, mutants: bool) -> None:
    """What happens in a compartment shows nowhere else.

    Plays random histories on the real engine and the real road to the homeserver, each with a twin
    that differs inside one compartment only, and compares all that is observable outside: texts,
    codes, order, number, errors, files, instants. The first difference is shrunk to a few lines.

    Exit code 0: no difference; with --mutants: every leak was found. 1: otherwise.

    \b
    Examples:
      parley selftest noninterference
      parley selftest noninterference --seed 1000 --cases 2000
      parley selftest noninterference --seed 1234 --cases 1
      parley selftest noninterference --mutants
    """
    if mutants:
        raise SystemExit(_mutants(seed))
    search = part("bot.selftest.noninterference", "search")
    told = part("bot.selftest.report", "told")
    began = said = time.monotonic()
    done = 0

    def progress(_seed: int) -> None:
        nonlocal said, done
        done += 1
        if time.monotonic() - said >= EVERY_S:
            said = time.monotonic()
            _say(f"{done} of {cases} cases, {done / (said - began):.1f} a second")

    found = search(range(seed, seed + cases), progress, _shrinking)
    if found is not None:
        for line in told(found):
            click.echo(line)
        raise SystemExit(1)
    took = time.monotonic() - began
    click.echo(f"{cases} histories and their twins: no difference outside ({took:.1f} s).")


def _shrinking(seed: int) -> None:
    _say(f"seed {seed} shows a difference; looking for the fewest lines that do")


def _mutants(seed: int) -> int:
    caught_at = part("bot.selftest.mutants", "caught_at")
    table = part("bot.selftest.mutants", "mutants")()
    missed = 0
    for mutant in table:
        case = caught_at(mutant, range(seed, seed + MUTANT_CASES))
        missed += case is None
        result = "NOT FOUND" if case is None else f"case {case + 1}"
        click.echo(f"{mutant.name:<26} {result:>10}  {mutant.says}")
    click.echo(
        f"{len(table) - missed} of {len(table)} leaks found within {MUTANT_CASES} cases each"
    )
    return 1 if missed else 0


def _say(text: str) -> None:
    """Tell how it goes, apart from the result."""
    click.echo(text, err=True, nl=not sys.stderr.isatty())
    if sys.stderr.isatty():
        click.echo("\r", err=True, nl=False)
