"""`parley doctor`: look at everything the bot stands on, and say what to do about it."""

# ruff: noqa: D301  # click reads \b in a docstring as "do not wrap"

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import click

from bot.cli.checks import Check, Level, counts, examine
from bot.settings import Settings, load

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def doctor(config: Path | None, as_json: bool) -> None:
    """Check settings, keys, store, homeserver and clock; change nothing.

    Exit code 0: nothing failed. 1: something did.

    \b
    Examples:
      parley doctor
      parley --config /etc/parley/parley.toml doctor --json
    """
    checks = asyncio.run(_examined(load(config)))
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for line in rendered(checks):
            click.echo(line)
    raise SystemExit(1 if counts(checks)[Level.FAIL] else 0)


async def _examined(settings: Settings) -> tuple[Check, ...]:
    from bot.cli.visiting import visiting  # noqa: PLC0415  # help needs no Matrix library
    from bot.scheduling.clock import wall  # noqa: PLC0415

    async with visiting(settings, wall) as visit:
        return await examine(visit)


def rendered(checks: tuple[Check, ...]) -> list[str]:
    """Return the report: a line per check, what to do below it, a sum at the end."""
    lines = []
    for check in checks:
        mark = click.style(f"{check.level:<4}", fg=_COLOURS[check.level], bold=True)
        lines.append(f"{mark}  {check.name:<15}  {check.says}")
        if check.do:
            lines.append(f"{'':<23}→ {check.do}")
    found = counts(checks)
    lines.append(
        f"{found[Level.OK]} ok, {found[Level.WARN]} to look at, {found[Level.FAIL]} failed"
    )
    return lines
