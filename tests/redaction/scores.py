# ruff: noqa: RUF001 - words of four scripts
"""How the adversarial set comes out: the misses, each known by its text, and the tables of the page.

`python -m tests.documents.made` writes the tables into docs/REDACTION.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from tests.redaction.adversarial_set import (
    Case,
    cases,
    innocent,
    is_masked,
    is_stopped,
    masked_by_mistake,
    stopped_by_mistake,
)

REDACTION: Final = Path(__file__).parents[2] / "docs/REDACTION.md"

MISSED: Final[dict[str, tuple[bool, bool]]] = {
    "my number: 0944 and then 123456": (False, False),
    "files dot example dot org slash case slash 17": (False, False),
    "33.5 1 3 8, 36.2 7 6 5": (False, False),
    "גדוד ג'": (False, False),
    "20240312mizrahifinal.mp4": (False, False),
    "with |vanov there": (False, False),
    "with ruosnaM delahK there": (False, False),
    "at ноль шестьдесят семь 555 43 21 today": (False, False),
    "שכהן אמר": (False, False),
    "לכהן יש": (False, False),
    "with Elena Bondarenko there": (False, True),
    "مع ديفيد كوهين هناك": (False, False),
    "في رفح هدوء": (False, False),
    "ok\n<p><bdo dir=rtl>ruosnaM</bdo></p>": (False, False),
    "Man…\n…sour": (False, True),
    "مع روصنم هناك": (False, False),
    "עם חטיבת גולני שם": (False, False),
    "من لواء غولاني هناك": (False, False),
    # The surname is found; a given name of Ireland, spelled as it is said, is not seen to be one.
    "Шивон О'Брайен приехала": (False, True),
    # Words between the halves of a number: a description.
    "first half: +961 3 7\nsecond half: 14882": (False, False),
}
"""Texts that are not found as they should be: (masked, stopped). A case that is found after all
fails the test, so that it leaves this table."""
MISTAKEN: Final[dict[str, tuple[bool, bool]]] = {
    "49 CFR 172": (True, False),
    "Die Kurie in Rom hat sich nicht geäußert.": (True, True),
    "المنصورة مدينة في مصر": (True, True),
    "Damir is not the same as Amir.": (True, True),
    "Levies of 5 percent": (True, True),
    "The second battalion of nurses, as we joke, arrives Friday.": (True, False),
    "حداد القرية أصلح الباب": (True, True),
}
"""Innocent texts in which something is taken for what it is not: (masked, stopped)."""


@cache
def _found(case: Case) -> tuple[bool, bool]:
    return is_masked(case), is_stopped(case)


def by_trick() -> str:
    """Return the recall of proposal and gate for each way of hiding."""
    return _table("how it is hidden", lambda case: case.kind_of_trick)


def by_kind() -> str:
    """Return the recall of proposal and gate for each kind of thing."""
    return _table("what is hidden", lambda case: case.kind)


def _table(heading: str, of: Callable[[Case], str]) -> str:
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases():
        groups[of(case)].append(case)
    rows = [f"| {heading} | texts | masked in the tear line | stopped at the last gate |", "|---|--:|--:|--:|"]  # fmt: skip
    for name, group in [*groups.items(), ("**all**", list(cases()))]:
        masked = sum(_found(case)[0] for case in group)
        stopped = sum(_found(case)[1] for case in group)
        count = len(group)
        rows.append(f"| {name} | {count} | {_share(masked, count)} | {_share(stopped, count)} |")
    return "\n".join(rows)


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.3f})"


def misses() -> str:
    """Return what is not found, and what is masked by mistake, text by text."""
    rows = ["| text | what | masked | stopped |", "|---|---|---|---|"]
    for case in cases():
        masked, stopped = _found(case)
        if not (masked and stopped):
            rows.append(
                f"| {_code(case.text)} | {case.kind} | {_yes(masked)} | {_yes(stopped)} |"
            )  # fmt: skip
    texts = innocent()
    masked_texts = [text for roster, text in texts if masked_by_mistake(roster, text)]
    stopped_texts = [text for roster, text in texts if stopped_by_mistake(roster, text)]
    shown = ", ".join(f"`{text}`" for text in masked_texts) or "none"
    mistakes = (
        f"Of {len(texts)} innocent texts {len(masked_texts)} lose something in the tear line"
        f" ({shown}), and {len(stopped_texts)} are stopped at the last gate."
    )
    return "\n".join([*rows, "", mistakes])


def _code(text: str) -> str:
    """Return a text as one line of code that does not end the cell of a table."""
    return "`" + text.replace("\n", "⏎").replace("|", "\\|") + "`"


def _yes(found: bool) -> str:
    return "yes" if found else "no"


PARTS: Final[dict[str, Callable[[], str]]] = {
    "tricks": by_trick,
    "kinds": by_kind,
    "misses": misses,
}


def page(text: str) -> str:
    """Return the page with every made part as the program gives it today."""
    for name, part in PARTS.items():
        made = part()
        place = re.compile(rf"(<!-- made: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, places = place.subn(lambda found, m=made: f"{found[1]}{m}\n{found[2]}", text)  # type: ignore[misc]
        if places != 1:
            raise ValueError(f"the page has no place for {name}")
    return text
