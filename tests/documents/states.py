"""The parts of docs/WATCHES.md that are made from the program: states, ladders, an alarm's story."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.domain.casefile_ladder import parse_ladders
from bot.domain.watch_states import TABLE, WAITS, Happening
from bot.domain.when_show import length
from tests.support.lots import fires
from tests.support.orchid import QUIET
from tests.support.playbook import opened

ROOT = Path(__file__).parents[2]
WATCHES = ROOT / "docs/WATCHES.md"
LADDERS = ROOT / "config/ladders.toml"


def diagram() -> str:
    """Return the table of states as a picture that code hosts draw (Mermaid)."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> scheduled: set"]
    arrows: dict[tuple[str, str], list[Happening]] = {}
    for row in TABLE:
        arrows.setdefault((row.state.value, row.to.value), []).append(row.happening)
    for (one, other), happenings in arrows.items():
        lines.append(f"    {one} --> {other}: {' / '.join(h.value for h in happenings)}")
    return "\n".join([*lines, "    ended --> [*]", "```"])


def table() -> str:
    """Return the same as a table, for whoever reads the source of the page."""
    rows = ["| in | when | becomes | told |", "|---|---|---|---|"]
    rows += [f"| {r.state} | {r.happening} | {r.to} | {r.told} |" for r in TABLE]
    return "\n".join(rows)


def waits() -> str:
    """Return what waits in each state."""
    return "\n".join(
        ["| state | what waits |", "|---|---|", *(f"| {s} | {w} |" for s, w in WAITS.items())]
    )


def ladders() -> str:
    """Return the shipped ladders."""
    rows = [
        "| ladder | level | who | where | outside | until the next |",
        "|---|---|---|---|---|---|",
    ]
    for name, ladder in parse_ladders(LADDERS.read_text("utf-8")).items():
        for number, step in enumerate(ladder, start=1):
            who = ", ".join(sorted(step.roles)) or "whoever can report, verifiers first"
            last = ", for ever" if number == len(ladder) else ""
            outside = ", ".join(step.outside) or "-"
            rooms = ", ".join(step.rooms)
            rows.append(
                f"| `{name}` | {number} | {who} | {rooms} | {outside} | {length(step.wait)}{last} |"
            )
    return "\n".join(rows)


def story() -> str:
    """Return what `!watch why` tells of one alarm, played through the real engine."""
    play = opened(text=QUIET)
    play.ladders = parse_ladders(LADDERS.read_text("utf-8"))
    add = "!watch add sign of life for H-TEAL every 24h"
    code = play.code_of(play.types("brenner", "humanitarian", add))
    play.passes(hours=26, minutes=5)
    play.types(
        "salim", "humanitarian", f"!ack {code} until in 1 h because the delegate is on the road"
    )
    play.passes(hours=2, minutes=30)
    said = play.types("brenner", "humanitarian", f"!watch why {code}")
    return f"```text\n[humanitarian] brenner: !watch why {code}\n{said}\n```"


def listed() -> str:
    """Return what a room is told of checks that come due together."""
    play = opened(text=QUIET)
    for name in ("H-TEAL", "H-LARK", "H-HERON"):
        play.types("brenner", "humanitarian", f"!watch add sign of life for {name} every 24h")
    play.now += timedelta(hours=24)
    fires(play)
    return f"```text\n[humanitarian] Parley:\n{play.said_in('humanitarian')}\n```"


PARTS = {
    "diagram": diagram,
    "states": table,
    "waits": waits,
    "ladders": ladders,
    "story": story,
    "list": listed,
}
