"""Case files made for measuring: ten people in ten rooms, and a case of as many rooms as asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SIDES = ("amber", "birch", "cedar", "dogwood")
MEDIATORS = ("mina", "milo")


@dataclass(frozen=True, slots=True)
class Room:
    """A compartment as the bench wants it: a kind, an owner, and who sits there."""

    id: str
    kind: str
    party: str | None
    seats: tuple[str, ...]


def people_of(side: str) -> tuple[str, str]:
    """Return the two negotiators of a side."""
    return f"{side}-one", f"{side}-two"


PEOPLE = (*(name for side in SIDES for name in people_of(side)), *MEDIATORS)
ROOMS = (
    *(Room(f"caucus-{side}", "caucus", side, people_of(side)) for side in SIDES),
    *(Room(f"shuttle-{side}", "shuttle", side, (*people_of(side), *MEDIATORS)) for side in SIDES),
    Room("desk", "desk", "mediation", MEDIATORS),
    Room("plenary", "plenary", None, PEOPLE),
)
"""Ten rooms of two, four and ten people; no two of them have the same members."""


def ten_people(masters: Mapping[str, str]) -> str:
    """Return the case file of `ROOMS`; `masters` maps local parts to master keys."""
    return _written("bench", masters, {**{s: s for s in SIDES}, "mediation": "mediation"}, ROOMS)


def many_rooms(masters: Mapping[str, str], guest: str, count: int) -> str:
    """Return a case with `count` rooms: a desk, and caucuses in which the `guest` sits alone."""
    rooms = (
        Room("desk", "desk", "mediation", MEDIATORS),
        *(Room(f"caucus-{n}", "caucus", SIDES[0], (guest,)) for n in range(1, count)),
    )
    sides = {SIDES[0]: SIDES[0], "mediation": "mediation"}
    return _written("wide", {n: masters[n] for n in (guest, *MEDIATORS)}, sides, rooms)


def _written(
    case: str, masters: Mapping[str, str], parties: Mapping[str, str], rooms: Sequence[Room]
) -> str:
    lines = ["[case]", f'id = "{case}"', f'name = "{case}"', 'language = "en"', 'zone = "UTC"']
    for party, name in parties.items():
        kind = "intermediary" if party == "mediation" else "state"
        lines += ["[[party]]", f'id = "{party}"', f'name = "{name}"', f'kind = "{kind}"']
        lines += ['zone = "UTC"', 'language = "en"']
    for person, master in masters.items():
        mediator = person in MEDIATORS
        side = "mediation" if mediator else _side_of(person, parties)
        lines += ["[[seat]]", f'id = "{person}"', f'name = "{person}"', f'party = "{side}"']
        lines += [f'role = "{"mediator" if mediator else "negotiator"}"']
        lines += [f'user = "@{person}:localhost"', f'master = "{master}"']
    for room in rooms:
        lines += ["[[compartment]]", f'id = "{room.id}"', f'kind = "{room.kind}"']
        lines += [f'party = "{room.party}"'] if room.party else []
        lines += ["seats = [" + ", ".join(f'"{seat}"' for seat in room.seats) + "]"]
    return "\n".join(lines) + "\n"


def _side_of(person: str, parties: Mapping[str, str]) -> str:
    """Return a person's party; whoever is of none of them sits with the first."""
    side = person.partition("-")[0]
    return side if side in parties else next(iter(parties))
