"""What the bench prints: each figure beside its goal, its baseline and their ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure. `met` is None where no goal was set."""

    what: str
    goal: str
    parley: str
    baseline: str
    ratio: str = ""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement: its name, what its baseline is, its figures."""

    name: str
    baseline: str
    lines: Sequence[Line]


def ratio(ours: float, other: float) -> str:
    """Return how many times the other figure ours is."""
    return f"{ours / other:.2f}" if other else "-"


def show(parts: Sequence[Part], console: Console) -> None:
    """Print one table of everything that was measured."""
    table = Table(title="make bench", title_justify="left", header_style="bold")
    for heading in ("figure", "goal", "Parley", "baseline", "ratio", "met"):
        table.add_column(heading, justify="left" if heading in ("figure", "goal") else "right")
    for part in parts:
        table.add_section()
        table.add_row(f"[bold]{part.name}[/]", "", "", f"[dim]{part.baseline}[/]")
        for line in part.lines:
            met = {None: "", True: "[green]yes[/]", False: "[red]no[/]"}[line.met]
            table.add_row(f"  {line.what}", line.goal, line.parley, line.baseline, line.ratio, met)
    console.print(table)
