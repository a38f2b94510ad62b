"""The set of bent and hidden names, and the figures about it in docs/NAMES.md."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from bot.redaction.names import Names, compile_names

PAGE: Final = Path(__file__).parents[2] / "docs/NAMES.md"
FILE: Final = Path(__file__).parent / "adversarial/names.toml"


@dataclass(frozen=True, slots=True)
class Case:
    """A text, and the part of it that must be found whole."""

    bent: str
    text: str
    start: int
    end: int


@cache
def roster() -> Names:
    """Return the set's roster, ready."""
    return compile_names(map(tuple, tomllib.loads(FILE.read_text("utf-8"))["roster"]))


@cache
def cases() -> tuple[Case, ...]:
    """Return every text in which a name must be found."""
    table = tomllib.loads(FILE.read_text("utf-8"))["class"]
    return tuple(_case(one["name"], text) for one in table for text in one["texts"])


@cache
def innocent() -> tuple[str, ...]:
    """Return the texts in which none must be found."""
    return tuple(tomllib.loads(FILE.read_text("utf-8"))["innocent"])


def is_found(case: Case) -> bool:
    """Whether all of the name is covered by finds, apart from what is between its words."""
    covered = {at for hit in roster().hits(case.text) for at in range(hit.start, hit.end)}
    return all(at in covered for at in range(case.start, case.end) if case.text[at].isalnum())


def _case(bent: str, marked: str) -> Case:
    before, _, rest = marked.partition("⟦")
    name, _, after = rest.partition("⟧")
    return Case(bent, before + name + after, len(before), len(before) + len(name))


def table() -> str:
    """Return found and all per class, and the innocent texts that are let alone."""
    rows = ["| how the name is bent | found | of |", "|---|---|---|"]
    for bent in dict.fromkeys(case.bent for case in cases()):
        of = [case for case in cases() if case.bent == bent]
        rows.append(f"| {bent} | {sum(map(is_found, of))} | {len(of)} |")
    rows.append(f"| **all** | {sum(map(is_found, cases()))} | {len(cases())} |")
    alone = sum(not roster().hits(text) for text in innocent())
    rows.append(f"| innocent texts let alone | {alone} | {len(innocent())} |")
    return "\n".join(rows)


def page(text: str) -> str:
    """Return docs/NAMES.md with the table as the program gives it today."""
    place = re.compile(r"(<!-- made: bent -->\n).*?(<!-- end -->)", re.DOTALL)
    made, places = place.subn(lambda found: f"{found[1]}{table()}\n{found[2]}", text)
    if places != 1:
        raise ValueError("the page on names has no place for the table")
    return made
