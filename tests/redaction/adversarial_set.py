"""The adversarial set: texts in which something protected is hidden, and innocent ones.

Each is data; `score` runs it through the tear line's proposal and through the last gate.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.redaction.identifiers import identifiers
from bot.redaction.last_gate import scan
from bot.redaction.masking import Pseudonyms, propose
from bot.redaction.protected import Protected, protect

FOLDER: Final = Path(__file__).parent / "adversarial"
FILES: Final = ("forms", "hidden", "links", "matrix", "split", "further")
HELD_OUT: Final = ("held_out", "held_out_second", "held_out_third")
"""Written as a stranger would, before the code was looked at; each has a roster of its own."""
OWN: Final = "protected"
"""The roster of every other file."""
_KEY: Final = b"the key of one invented recipient"


@dataclass(frozen=True, slots=True)
class Case:
    """Parts as they are shown one after another, and what must be found: a span over them joined."""

    file: str
    kind_of_trick: str
    kind: str
    parts: tuple[str, ...]
    start: int
    end: int

    @property
    def text(self) -> str:
        """Return the parts in one."""
        return "\n".join(self.parts)

    @property
    def hidden(self) -> str:
        """Return what must be found, as it is written."""
        return self.text[self.start : self.end]


@cache
def protected(roster: str = OWN) -> Protected:
    """Return what the reader of a file's texts must not see."""
    table = _read(roster)
    found = [hit for text in table["written"] for hit in identifiers(text)]
    return protect(map(tuple, table["names"]), found, map(tuple, table["places"]))


@cache
def cases() -> tuple[Case, ...]:
    """Return every case of every file."""
    return tuple(
        _case(file, one["class"], one["kind"], one["parts"])
        for file in FILES + HELD_OUT
        for one in _read(file)["case"]
    )


def innocent() -> tuple[tuple[str, str], ...]:
    """Return rosters, each with a text in which nothing is to be masked."""
    held_out = ((file, text) for file in HELD_OUT for text in _read(file)["innocent"])
    return (*((OWN, text) for text in _read("innocent")["texts"]), *held_out)


def _roster(file: str) -> str:
    return file if file in HELD_OUT else OWN


@cache
def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{file}.toml").read_text("utf-8"))


def _case(file: str, trick: str, kind: str, parts: Sequence[str]) -> Case:
    marked = "\n".join(parts)
    start, end = marked.index("⟦"), marked.index("⟧") - 1
    clean = tuple(part.replace("⟦", "").replace("⟧", "") for part in parts)
    return Case(file, trick, kind, clean, start, end)


def is_masked(case: Case) -> bool:
    """Tell whether the proposal hides every letter and digit of what must be hidden."""
    made = propose(case.text, protected(_roster(case.file)), Pseudonyms(_KEY)).replacements
    covered = {at for one in made for at in range(one.start, one.end)}
    return all(
        at in covered
        for at in range(case.start, case.end)
        if case.text[at].isalnum() and not _in_markup(case.text, at, case.start)
    )


def is_stopped(case: Case) -> bool:
    """Tell whether the last gate finds something protected where it is hidden."""
    begins = [0]
    for part in case.parts:
        begins.append(begins[-1] + len(part) + 1)
    return any(
        begins[one.part] + one.start < case.end and begins[one.last] + one.end > case.start
        for one in scan(case.parts, protected(_roster(case.file)))
    )


def _in_markup(text: str, at: int, start: int) -> bool:
    """Tell whether a character is a tag's between the parts of what is hidden."""
    opened = text.rfind("<", start, at)
    return opened >= 0 and text.find(">", opened) >= at


def masked_by_mistake(roster: str, text: str) -> bool:
    """Tell whether the proposal changes an innocent text."""
    return bool(propose(text, protected(roster), Pseudonyms(_KEY)).replacements)


def stopped_by_mistake(roster: str, text: str) -> bool:
    """Tell whether the last gate stops an innocent text."""
    return bool(scan([text], protected(roster)))
