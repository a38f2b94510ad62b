"""Ladders: who is told of a missed check, level by level, and how long each level has.

A watch keeps the copy it was set with: a ladder that changes elsewhere changes no watch. It
refuses a ladder that could end: the last level repeats for ever, at a pace that is neither a
flood nor a silence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final, TypeAlias

from bot.domain.vocabulary import Role

OWN: Final = "own"
"""The room that the watch is kept in. It hears every level, named or not."""
DESK: Final = "desk"
"""The mediators. They are told the code and the room of a watch, never its words."""
MOST_LEVELS: Final = 9
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(days=7)
FASTEST, SLOWEST = timedelta(minutes=5), timedelta(hours=6)
"""The last level repeats no faster and no slower than this."""


@dataclass(frozen=True, slots=True)
class Step:
    """One level. `wait` is the time to the next one, or the pace at which the last repeats.

    No `roles`: whoever can report there, verifiers first. `rooms` are `OWN`, `DESK` or ids of
    compartments; `outside` are names of channels that carry a code and nothing else.
    """

    roles: frozenset[Role]
    rooms: tuple[str, ...]
    outside: tuple[str, ...]
    wait: timedelta


Ladder: TypeAlias = tuple[Step, ...]


@lru_cache(maxsize=64)
def plain_ladder(step: timedelta) -> Ladder:
    """Return the ladder of a watch that names none: its room, then the desk too."""
    return (
        Step(frozenset(), (OWN,), (), step),
        Step(frozenset(), (OWN, DESK), (), step),
    )


def step_at(ladder: Ladder, level: int) -> Step:
    """Return the step of a level from 1 on; a level beyond the last repeats the last."""
    return ladder[min(max(level, 1), len(ladder)) - 1]


def wait_at(ladder: Ladder, level: int) -> timedelta:
    """Return how long a level has; the last one's pace is bounded whatever was written down."""
    wait = step_at(ladder, level).wait
    return min(max(wait, FASTEST), SLOWEST) if level >= len(ladder) else max(wait, SHORTEST_WAIT)


def level_after(ladder: Ladder, overdue: timedelta, level: int = 1) -> int:
    """Return the level that is reached so long after `level` was due; the first, after the grace."""
    while level < len(ladder) and overdue >= wait_at(ladder, level):
        overdue -= wait_at(ladder, level)
        level += 1
    return level


def rooms_named(ladder: Ladder) -> frozenset[str]:
    """Return the compartments that a ladder names by their ids."""
    return frozenset(room for step in ladder for room in step.rooms) - {OWN, DESK}


def sound(ladder: Ladder, rooms: Collection[str]) -> bool:
    """Tell whether a ladder keeps its promises, whoever made it: rooms that are, an end that repeats."""
    return (
        1 <= len(ladder) <= MOST_LEVELS
        and all(step.rooms and SHORTEST_WAIT <= step.wait <= LONGEST_WAIT for step in ladder)
        and all(room in rooms for room in rooms_named(ladder))
        and DESK in ladder[-1].rooms
        and FASTEST <= ladder[-1].wait <= SLOWEST
    )
