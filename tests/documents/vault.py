"""The parts of docs/QUESTIONS.md that are made from the program: states, and a question's life.

`python -m tests.documents.made` writes them into the page; a test compares.
"""

from __future__ import annotations

import re
from pathlib import Path

from bot.domain.question_states import TABLE, USED_UP
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

QUESTIONS = Path(__file__).parents[2] / "docs/QUESTIONS.md"
ROOM = "humanitarian"


def diagram() -> str:
    """Return the table of states as a picture that code hosts draw (Mermaid)."""
    first, *_ = TABLE
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first.state.name}: deposited"]
    lines += [f"    {row.state.name} --> {row.to.name}: {row.turn}" for row in TABLE]
    lines += [f"    {state.name} --> [*]" for state in sorted(USED_UP)]
    return "\n".join([*lines, "```"])


def table() -> str:
    """Return the same as a table, for whoever reads the source of the page."""
    rows = ["| in | when | becomes | told |", "|---|---|---|---|"]
    rows += [f"| {r.state} | {r.turn} | {r.to} | {r.told} |" for r in TABLE]
    return "\n".join(rows)


def life() -> str:
    """Return what is typed and said of one question, played through the real engine."""
    play = opened(text=QUIET)
    lines: list[str] = []
    _type(play, lines, "brenner", "!watch add sign of life for H-TEAL every 24h")
    deposit = '!question deposit for H-TEAL: "Who sang at the gate?" answer "Aunt Zahra"'
    _type(play, lines, "salim", deposit)
    code = play.code_of(play.said_in(ROOM))
    _type(play, lines, "brenner", f"!question ask {code}")
    _type(play, lines, "brenner", f"!question answer {code}: my aunt")
    _type(play, lines, "brenner", f"!question answer {code}: aunt Zahra")
    return "\n".join(["```text", *lines[:-1], "```"])


def _type(play: Play, lines: list[str], who: str, text: str) -> None:
    lines.append(f"[{ROOM}] {who}: {text}")
    play.types(who, ROOM, text)
    for heard in play.fresh:
        lines.append(f"[{heard.compartment}] Parley:")
        lines.extend(f"    {line}" for line in heard.text.splitlines())
    lines.append("")


PARTS = {"diagram": diagram, "states": table, "life": life}


def questions(text: str) -> str:
    """Return the page with every made part as the program gives it today."""
    for name, part in PARTS.items():
        made = part()
        pattern = re.compile(rf"(<!-- made: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, places = pattern.subn(lambda found, m=made: f"{found[1]}{m}\n{found[2]}", text)  # type: ignore[misc]
        if places != 1:
            raise ValueError(f"the page has no place for {name}")
    return text
