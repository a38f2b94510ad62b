"""A digest on paper: from its sentence to the bytes of a PDF of two pages, with its chart.

Beside it the same press with one empty paper, which is what the library itself costs. Refuses an
easy paper: it must fill two pages, have a chart of people and one of commitments, and almost no
line of it was printed before, for the library remembers lines.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count

from bot.ports import Paper
from bot.typeset.form import form
from bot.typeset.press import printed, words_of
from tests.bench.figures import in_turn, quantile
from tests.bench.table import Line, Part, ratio
from tests.documents.pictures import paper

WITHIN_S = 0.15
_PAGES, _CHARTS = 2, 2


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds of each printing, of reading its words back, and of an empty paper; bytes.

    `first` is the very first printing of this process, which opens library and fonts.
    """

    first: float
    made: list[float]
    read: list[float]
    empty: list[float]
    size: int


def measure(rounds: int) -> Found:
    """Print the same paper over and over."""
    asked, nothing, numbers = paper(), form(Paper("", "", "en", "", ())), count()
    words, began = form(asked), time.perf_counter()
    pdf = printed(words)
    first = time.perf_counter() - began
    if len(words_of(pdf)) != _PAGES or len(asked.pictures) != _CHARTS:
        raise ValueError("the paper is not as long as was said")
    found = in_turn(
        {
            "made": lambda: printed(form(asked).replace("Baghdad", f"Town {next(numbers)}")),
            "read": lambda: words_of(pdf),
            "empty": lambda: printed(nothing),
        },
        rounds,
    )
    return Found(first, **found, size=len(pdf))


def paper_part(found: Found) -> Part:
    """Return the lines of the table."""
    made, read, empty = (quantile(taken, 0.5) for taken in (found.made, found.read, found.empty))
    return Part(
        "paper",
        "an empty paper",
        [
            Line(
                f"digest, two pages, two charts, {found.size / 1e3:.0f} kB",
                f"at most {1e3 * WITHIN_S:.0f} ms", _ms(made), _ms(empty),
                ratio(made, empty), made <= WITHIN_S,
            ),
            Line("the first of a process", "", _ms(found.first), ""),
            Line("and its words read back", "", _ms(read), ""),
        ],
    )  # fmt: skip


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.1f} ms"
