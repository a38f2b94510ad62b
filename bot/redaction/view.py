"""Text read in another way, and the way back to the text as it was written.

What all views share. Refuses to lose the place: a character of a view stands for a part of the
original, also where the view is turned around.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.redaction.hits import Hit


@dataclass(frozen=True, slots=True)
class View:
    """Text to search, and the part of the original that character i stands for."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def part(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the original that characters `start` to `end` stand for.

        Where the text was turned around, what is last may come first.
        """
        return min(self.starts[start:end]), max(self.ends[start:end])

    def home(self, hit: Hit) -> Hit:
        """Return a hit of this view's text as one of the original."""
        return Hit(*self.part(hit.start, hit.end), hit.kind, hit.key)


def plain(text: str) -> View:
    """Return the text itself as a view."""
    return View(text, range(len(text)), range(1, len(text) + 1))


def replaced(view: View, pieces: Iterator[tuple[int, int, str]]) -> View:
    """Return the view with parts replaced; every character of a new part stands for all of it."""
    out: list[str] = []
    starts, ends = array("I"), array("I")
    last = 0
    for start, end, new in pieces:
        out += (view.text[last:start], new)
        starts.extend(view.starts[last:start])
        ends.extend(view.ends[last:start])
        if new:
            low, high = view.part(start, end)
            starts.extend([low] * len(new))
            ends.extend([high] * len(new))
        last = end
    out.append(view.text[last:])
    starts.extend(view.starts[last:])
    ends.extend(view.ends[last:])
    return View("".join(out), starts, ends)
