"""The parts of docs/COMMITMENTS.md that are made from the program: states, and one promise's story."""

from __future__ import annotations

import re
from pathlib import Path

from bot.domain.promise_states import TABLE, Happening
from bot.engine.commands.clauses import FORMS
from tests.support.orchid import QUIET
from tests.support.playbook import Play, opened

COMMITMENTS = Path(__file__).parents[2] / "docs/COMMITMENTS.md"


def diagram() -> str:
    """Return the table of states as a picture that code hosts draw (Mermaid)."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> read_back: promised"]
    arrows: dict[tuple[str, str], list[Happening]] = {}
    for row in TABLE:
        to = row.to.name.lower() if row.to is not None else "as_before"
        arrows.setdefault((row.state.name.lower(), to), []).append(row.happening)
    for (one, other), happenings in arrows.items():
        lines.append(f"    {one} --> {other}: {' / '.join(h.value for h in happenings)}")
    return "\n".join([*lines, "```"])


def table() -> str:
    """Return the same as a table, for whoever reads the source of the page."""
    rows = ["| in | when | becomes | told |", "|---|---|---|---|"]
    rows += [
        f"| {r.state} | {r.happening} | {r.to or 'what it was before'} | {r.told} |" for r in TABLE
    ]
    return "\n".join(rows)


def clauses() -> str:
    """Return every clause as it can be typed."""
    return "\n".join(["| clause |", "|---|", *(f"| `{form}` |" for form in FORMS)])


def story() -> str:
    """Return one promise from its read-back to its verdict, played through the real engine."""
    play = opened(text=QUIET)
    lines: list[str] = []
    line = "!commit to South by fri 18:00, verified by relief: release ten wounded prisoners"
    code = play.code_of(_type(play, lines, "haddad", "caucus-north", line))
    _type(play, lines, "haddad", "caucus-north", f"!confirm {code}")
    there = ""
    for target in ("shuttle-south", "humanitarian"):
        asked = _type(play, [], "haddad", "caucus-north", f"!release {code} to {target}")
        _type(play, [], "yazan", "caucus-north", f"!consent {play.code_of(asked)}")
        there = there or play.code_of(play.said_in(target))
        _heard(play, lines, target)
    copy = play.code_of(play.said_in("humanitarian"))
    _type(play, lines, "merrow", "shuttle-south", f"!accept {there}")
    claim = f"!fulfilled {code} partial: nine have crossed, one is in hospital"
    _type(play, lines, "haddad", "caucus-north", claim)
    verdict = f"!verdict {copy} partly: nine counted at the crossing"
    _type(play, lines, "brenner", "humanitarian", verdict)
    _type(play, lines, "merrow", "shuttle-south", "!board")
    return "\n".join(["```text", *lines, "```"])


def _type(play: Play, lines: list[str], seat: str, place: str, text: str) -> str:
    lines.append(f"[{place}] {seat}: {text}")
    said = play.types(seat, place, text)
    for heard in dict.fromkeys(h.compartment for h in play.fresh):
        _heard(play, lines, heard)
    return said


def _heard(play: Play, lines: list[str], place: str) -> None:
    lines.append(f"[{place}] Parley:")
    lines.extend(f"    {line}" for line in play.said_in(place).splitlines())


PARTS = {"diagram": diagram, "states": table, "clauses": clauses, "story": story}


def commitments(text: str) -> str:
    """Return the page with every made part as the program gives it today."""
    for name, part in PARTS.items():
        found = re.search(rf"(?s)(?<=<!-- made: {name} -->\n).*?(?=<!-- end -->)", text)
        if found is None:
            raise ValueError(f"the page has no place for {name}")
        text = f"{text[: found.start()]}{part()}\n{text[found.end() :]}"
    return text


if __name__ == "__main__":
    COMMITMENTS.write_text(commitments(COMMITMENTS.read_text("utf-8")), "utf-8")
