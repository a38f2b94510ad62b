"""Ladders as an operator writes them down: in a case file, or in the installation's own file.

    [[ladder]]            id
    [[ladder.step]]       wait; roles = [...], rooms = [...] (else own), outside = [...]

A wait is a length of time: 30 min. It refuses a ladder that could end in silence: the last step
tells the desk, and repeats at a bounded pace.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.casefile_table import ID, Problem, Table, fits, place_of
from bot.domain.ids import CompartmentId
from bot.domain.ladder import (
    DESK,
    FASTEST,
    LONGEST_WAIT,
    MOST_LEVELS,
    OWN,
    SHORTEST_WAIT,
    SLOWEST,
    Ladder,
    Step,
)
from bot.domain.vocabulary import Role
from bot.domain.when_schedule import read_duration
from bot.domain.when_show import length

LONGEST_FILE = 64 * 1024
_WAIT = "a length of time, like 30 min or 2 h"


@dataclass(frozen=True, slots=True)
class FileLadder:
    """One ladder of a file."""

    id: str
    steps: Ladder
    where: str


class LaddersWrong(Exception):
    """A file of ladders cannot be used; lists every problem."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(problem.line for problem in problems))
        self.problems = problems


def read(table: Table, rooms: Collection[CompartmentId] | None) -> FileLadder:
    """Read one `[[ladder]]`; `rooms` are the case's compartments, None outside of a case."""
    name = table.text("id", fits(ID), "1 to 32 of a-z, 0-9 and -, a letter first")
    steps = tuple(_step(one, rooms) for one in table.tables("step"))
    table.close()
    if not 1 <= len(steps) <= MOST_LEVELS:
        table.wrong(f"a ladder has 1 to {MOST_LEVELS} steps")
    else:
        _check_last(table, steps[-1])
    return FileLadder(name, steps, table.where)


def _step(table: Table, rooms: Collection[CompartmentId] | None) -> Step:
    roles = table.names("roles")
    for role in roles:
        if role not in list(Role):
            table.wrong(f"roles: there is no role {role}; known: {', '.join(Role)}")
    named = table.maybe_names("rooms")
    places = (OWN,) if named is None else named
    for place in places:
        if place not in (OWN, DESK) and (rooms is None or place not in rooms):
            known = f"{OWN}, {DESK}" + ("" if rooms is None else " or a compartment of this file")
            table.wrong(f"rooms: there is no {place}; name {known}")
    if not places:
        table.wrong("rooms must name at least one room")
    outside = table.names("outside")
    for channel in outside:
        if not ID.fullmatch(channel):
            table.wrong("outside must name channels: 1 to 32 of a-z, 0-9 and -, a letter first")
    found = read_duration(table.text("wait", _is_wait, _WAIT))
    table.close()
    wait = found or SHORTEST_WAIT
    if not SHORTEST_WAIT <= wait <= LONGEST_WAIT:
        table.wrong(f"wait must be {length(SHORTEST_WAIT)} to {length(LONGEST_WAIT)}")
    known_roles = frozenset(Role(role) for role in roles if role in list(Role))
    return Step(known_roles, places, outside, wait)


def _check_last(table: Table, last: Step) -> None:
    if DESK not in last.rooms:
        table.wrong(f"the last step must name the room {DESK}: it repeats until somebody acts")
    if not FASTEST <= last.wait <= SLOWEST:
        pace = f"{length(FASTEST)} to {length(SLOWEST)}"
        table.wrong(f"the last step repeats for ever: its wait must be {pace}")


def _is_wait(value: str) -> bool:
    found = read_duration(value)
    return found is not None and found > timedelta(0)


def repeated(ladders: Collection[FileLadder]) -> tuple[Problem, ...]:
    """Return a problem for every ladder whose id stands twice."""
    seen: set[str] = set()
    problems = []
    for ladder in ladders:
        if ladder.id and ladder.id in seen:
            problems.append(Problem(ladder.where, f"the id {ladder.id} is taken already"))
        seen.add(ladder.id)
    return tuple(problems)


def parse_ladders(text: str) -> dict[str, Ladder]:
    """Read the installation's file of ladders. Raises `LaddersWrong` with everything wrong."""
    if len(text) > LONGEST_FILE:
        raise LaddersWrong((Problem("the file", f"is longer than {LONGEST_FILE} characters"),))
    try:
        raw: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        place = re.search(r"\(at ([^)]*)\)", str(wrong))
        where = place.group(1) if place else "the file"
        raise LaddersWrong((Problem(where, "not valid TOML"),)) from None
    problems = [
        Problem(place_of(text, name, 0), f"{name} is not a table of ladders")
        for name in sorted(raw.keys() - {"ladder"})
    ]
    listed = raw.get("ladder", [])
    if not isinstance(listed, list):
        raise LaddersWrong((Problem("ladder", "write [[ladder]], with two brackets"),))
    found = [
        read(Table(one, place_of(text, "ladder", at, one), problems), None)
        for at, one in enumerate(listed)
    ]
    problems += repeated(found)
    if problems:
        raise LaddersWrong(tuple(problems))
    return {ladder.id: ladder.steps for ladder in found}
