"""Draw docs/pictures/demo.svg from what a run of the demonstration printed.

    make demo ARGS="--exit" > var/transcript.txt
    .venv/bin/python -m tests.documents.picture var/transcript.txt > docs/pictures/demo.svg

It selects, wraps and colours; it changes no word. A block is chosen by a text that stands in it.
The picture fetches nothing: no font, no style, no script.
"""

from __future__ import annotations

import re
import sys
import textwrap
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

CHOSEN = (
    "!commit to South by",
    "Read-back",
    "!confirm",
    "is in force on your side",
    "!release {code} to",
    "It goes as an offer",
    "!consent",
    "North offers",
    "!accept",
    "South accepted",
    "✓ The receipt proves it without the bot",
    "level 2: sign of life",
    "✓ A stranger let in by a member",
    "✓ A member's new unsigned device",
    "steps as expected",
)
ROOMS = {"caucus-north": "#7fb4ff", "shuttle-south": "#e7a6f0", "humanitarian": "#8fd694"}
HEAD = re.compile(r"\d\d:\d\d:\d\d (\S+) +(read by .*)")
ROOM = re.compile(r"([a-z-]+) ─+")
SUM = re.compile(r"\d+ of \d+ steps as expected.*")
COLUMNS, HIGH, WIDE = 98, 19, 8.1
STYLE = "text{font:13.2px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d8dce3;white-space:pre}.d{fill:#868d99}.g{fill:#7ee08a;font-weight:bold}.b{font-weight:bold;fill:#fff}"


@dataclass(slots=True)
class Block:
    """One message, one step's outcome or the sum; `lines` as people see them, unwrapped."""

    room: str = ""
    who: str = ""
    read: str = ""
    lines: list[str] = field(default_factory=list)


def blocks(transcript: str) -> list[Block]:
    """Return everything that a transcript shows, in order."""
    found: list[Block] = []
    room = ""
    for line in transcript.splitlines():
        opened, head = ROOM.fullmatch(line), HEAD.fullmatch(line)
        if opened:
            room = opened[1]
        elif head:
            found.append(Block(room, head[1], head[2]))
        elif line.startswith("╭") or SUM.fullmatch(line):
            found.append(Block(lines=[line] if SUM.fullmatch(line) else []))
        elif line.startswith("│") and found:
            _add(found[-1], line.strip("│ "), fresh=bool(re.match(r"│ (✓|✗|  \S)", line)))
        elif line.strip() and found and found[-1].who:
            _add(found[-1], line.strip(), fresh=line.startswith("   "))
    return found


def _add(block: Block, text: str, *, fresh: bool) -> None:
    if fresh or not block.lines:
        block.lines.append(text)
    else:
        block.lines[-1] += f" {text}"


def chosen(transcript: str) -> list[Block]:
    """Return the first block with each chosen text, in the order of the run."""
    rest, picked = blocks(transcript), []
    code = re.search(r"Read-back `(\w{4})`", transcript)
    for wanted in CHOSEN:
        text = wanted.format(code=code[1] if code else "")
        at = next((n for n, found in enumerate(rest) if _shows(found, text)), None)
        if at is None:
            raise SystemExit(f"no such block in this transcript: {text}")
        picked.append(rest[at])
        rest = rest[at + 1 :]
    return picked


def _shows(block: Block, text: str) -> bool:
    if text.startswith("!"):
        return any(line.startswith(text) for line in block.lines) and block.who != "Parley"
    return text in "\n".join(block.lines)


def rows(picked: list[Block]) -> list[str]:
    """Return the picture's lines as SVG text content."""
    made: list[str] = []
    before = ""
    for block in picked:
        if not block.who:
            first, *more = [line for line in block.lines if not line.startswith("expected:")]
            made += ["", f'<tspan class="g">{escape(first)}</tspan>']
            made += [f'<tspan class="d" dx="16">{escape(row)}</tspan>' for row in _wrapped(more)]
            before = ""
            continue
        colour = ROOMS.get(block.room, "#ffcf70")
        if block.room != before:
            rule = "─" * (COLUMNS - len(block.room) - 1)
            made += ["", f'<tspan fill="{colour}">{block.room} {rule}</tspan>']
            before = block.room
        name = '<tspan class="b">' if block.who == "Parley" else f'<tspan fill="{colour}">'
        made.append(f'{name}{escape(block.who)}</tspan> <tspan class="d">{escape(block.read)}</tspan>')  # fmt: skip
        made += [f'<tspan dx="16">{_marked(row)}</tspan>' for row in _wrapped(block.lines)]
    return made


def _wrapped(lines: list[str]) -> list[str]:
    return [row for line in lines for row in textwrap.wrap(line, COLUMNS - 2)]


def _marked(row: str) -> str:
    return re.sub(r"`[^`]+`", lambda code: f'<tspan class="b">{code[0]}</tspan>', escape(row))


def draw(transcript: str) -> str:
    """Return the picture."""
    made = rows(chosen(transcript))[1:]
    width, height = round(COLUMNS * WIDE) + 32, (len(made) + 2) * HIGH
    texts = "\n".join(
        f'<text x="16" y="{(n + 1) * HIGH + 10}">{row}</text>' for n, row in enumerate(made) if row
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>Excerpt of a run of make demo</title>\n<style>{STYLE}</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="#16191f"/>\n{texts}\n</svg>'
    )


if __name__ == "__main__":
    print(draw(Path(sys.argv[1]).read_text("utf-8")))
