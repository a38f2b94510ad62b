"""What is typed when and where: a history that two twins share, and what each has for itself.

The twins differ inside one compartment only. `domain` is that compartment with whoever may rightly
be told of it; everything else is outside and must not notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

ONE: Final = "one"
OTHER: Final = "other"


class Act(StrEnum):
    """What a step does."""

    LINE = "line"
    INTRUDER = "intruder"
    """A stranger is let into the room; the guard holds it."""
    MENDED = "mended"
    """The stranger is gone; two mediators may clear the room."""
    DOWN = "down"
    """The bot's process ends, and starts again `seconds` later."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, `at` seconds after the beginning.

    `name` is the event's id and decides what it draws. `text` may hold `{own}`, `{room}`, `{far}`
    and `{source}`: codes that only the running history knows; `pick` says which of several.
    """

    at: int
    name: str
    place: str
    seat: str = ""
    text: str = ""
    act: Act = Act.LINE
    pick: int = 0
    file: bool = False
    reply: bool = False
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """Twins: `shared` happens in both, `one` and `other` in one of them, in `secret` alone."""

    seed: int
    secret: str
    domain: frozenset[str]
    shared: tuple[Step, ...]
    one: tuple[Step, ...]
    other: tuple[Step, ...]
    end: int

    def steps(self, twin: str) -> tuple[Step, ...]:
        """Return what happens in a twin, in order of time."""
        own = self.one if twin == ONE else self.other
        return tuple(sorted((*self.shared, *own), key=lambda step: step.at))

    def size(self) -> int:
        """Return how many steps there are."""
        return len(self.shared) + len(self.one) + len(self.other)

    def without(self) -> Iterator[History]:
        """Return the same with some steps less, the greatest parts first."""
        for name in ("one", "other", "shared"):
            steps: tuple[Step, ...] = getattr(self, name)
            width = len(steps)
            while width:
                for first in range(0, len(steps), width):
                    gone = steps[first : first + width]
                    if name == "shared" or not any(_carried(step, self.shared) for step in gone):
                        fewer = steps[:first] + steps[first + width :]
                        yield replace(self, **{name: fewer})  # type: ignore[arg-type]
                width //= 2


def _carried(step: Step, shared: tuple[Step, ...]) -> bool:
    """Tell whether both twins carry out what this step makes: then neither can do without it."""
    _, found, number = step.name.partition("-source-")
    asked = f"$bridge-{number.partition('-')[0]}"
    return bool(found) and any(other.name.startswith(asked) for other in shared)
