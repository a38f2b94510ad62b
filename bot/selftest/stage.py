"""The case that every history is played in, and who sits where.

Two parties with a wall between them, the mediation, a relief society and the families; digests
come by the clock at three places. Opened once on the real road and copied for every history.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, TypeVar

from bot.domain.case import Case
from bot.domain.casefile import parse
from bot.domain.casefile_change import difference
from bot.domain.fold import replay
from bot.domain.ids import CaseId, CompartmentId, EventId, MasterKey, RoomId, UserId
from bot.engine.events import CaseFileTaken, RoomMade
from bot.ledger.tree import MemoryNodes
from bot.runner.arrived import Arrived
from bot.runner.cases import Cases, Committed
from bot.selftest.homeserver import BOT
from bot.selftest.naming import drawing
from bot.storage.memory import MemoryStore

T = TypeVar("T")
S = TypeVar("S", bound=MemoryStore)

MONDAY: Final = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
CASE: Final = CaseId("rehearsal")

PARTIES: Final = (
    ("north", "North", "state", "Asia/Baghdad"),
    ("south", "South", "state", "Asia/Riyadh"),
    ("mediation", "Mediation", "intermediary", "Europe/Zurich"),
    ("relief", "Relief Society", "humanitarian body", "Europe/Zurich"),
    ("families", "Families", "family", "Asia/Kuwait"),
)
SEATS: Final = (
    ("karam", "Minister Karam", "north", "principal"),
    ("haddad", "Lt. Haddad", "north", "negotiator"),
    ("yazan", "Maj. Yazan", "north", "negotiator"),
    ("okonjo", "Minister Okonjo", "south", "principal"),
    ("merrow", "Col. Merrow", "south", "negotiator"),
    ("tarn", "Capt. Tarn", "south", "negotiator"),
    ("lindqvist", "Amb. Lindqvist", "mediation", "mediator"),
    ("adeyemi", "Dr. Adeyemi", "mediation", "mediator"),
    ("brenner", "Delegate Brenner", "relief", "verifier"),
    ("salim", "Ms. Salim", "families", "liaison"),
)
DAILY: Final = "daily 06:00 Europe/Zurich"
COMPARTMENTS: Final = (
    ("caucus-north", "caucus", "north", ("haddad", "yazan"), (), ""),
    ("caucus-south", "caucus", "south", ("merrow", "tarn"), (), ""),
    ("shuttle-north", "shuttle", "north", ("haddad", "yazan", "lindqvist", "adeyemi"), (), ""),
    ("shuttle-south", "shuttle", "south", ("merrow", "tarn", "lindqvist", "adeyemi"), (), ""),
    ("humanitarian", "humanitarian", "", ("brenner", "salim", "lindqvist", "adeyemi"), (), ""),
    ("desk", "desk", "mediation", ("lindqvist", "adeyemi"), ("humanitarian",), DAILY),
    (
        *("bench-north", "bench", "north", ("karam",)),
        *(("caucus-north", "shuttle-north", "plenary"), DAILY),
    ),
    (
        *("bench-south", "bench", "south", ("okonjo",)),
        *(("caucus-south", "shuttle-south", "plenary"), DAILY),
    ),
    ("plenary", "plenary", "", ("haddad", "merrow", "lindqvist", "adeyemi", "brenner"), (), ""),
)
"""Id, kind, party, who sits there, what it is told of, digest."""

SITTING: Final[Mapping[str, tuple[str, ...]]] = {row[0]: row[3] for row in COMPARTMENTS}
ROLE: Final[Mapping[str, str]] = {row[0]: row[3] for row in SEATS}
OWNER: Final[Mapping[str, str]] = {row[0]: row[2] for row in COMPARTMENTS}
KIND: Final[Mapping[str, str]] = {row[0]: row[1] for row in COMPARTMENTS}


def seconds(at: datetime) -> float:
    """Return an instant as seconds since the world began."""
    return (at - MONDAY).total_seconds()


def user_of(seat: str) -> UserId:
    """Return a person's Matrix ID."""
    return UserId(f"@{seat}:localhost")


def master_of(seat: str) -> MasterKey:
    """Return the key that a person is pinned by."""
    return MasterKey((seat + "A" * 43)[:43])


def room_of(compartment: str) -> RoomId:
    """Return a compartment's room."""
    return RoomId(f"!{compartment}")


@dataclass(frozen=True, slots=True)
class Stage:
    """An opened case: the store it lies in, and the case as folded."""

    store: MemoryStore
    case: Case

    def copied(self, kind: type[S]) -> S:
        """Return a store of one's own with the opened case in it."""
        made = kind(bytes)
        for name, value in vars(self.store).items():
            setattr(made, name, _copied(value))
        return made


def _copied(value: object) -> object:
    """Return a table of one's own, and of its own what is changed inside: lists, sets, the tree."""
    if isinstance(value, dict):
        changing = (list, dict, set)
        return {k: copy.copy(v) if isinstance(v, changing) else v for k, v in value.items()}
    made = copy.copy(value)
    if isinstance(made, MemoryNodes):
        vars(made).update({name: copy.copy(inner) for name, inner in vars(value).items()})
    return made


def case_file() -> str:
    """Return the case as an operator would write it. Every key comes with the file."""
    lines = ["[case]", f'id = "{CASE}"', 'name = "REHEARSAL"', 'language = "en"', 'zone = "UTC"']
    for party, name, kind, zone in PARTIES:
        lines += ["[[party]]", f'id = "{party}"', f'name = "{name}"', f'kind = "{kind}"']
        lines += [f'zone = "{zone}"', 'language = "en"']
    lines += ["[[wall]]", 'between = ["north", "south"]']
    for seat, name, party, role in SEATS:
        lines += ["[[seat]]", f'id = "{seat}"', f'name = "{name}"', f'party = "{party}"']
        lines += [f'role = "{role}"', f'user = "{user_of(seat)}"', f'master = "{master_of(seat)}"']
    for place, kind, party, seats, reads, digest in COMPARTMENTS:
        lines += ["[[compartment]]", f'id = "{place}"', f'kind = "{kind}"']
        lines += [f'party = "{party}"'] if party else []
        lines += [f"seats = {list(seats)!r}"]
        lines += [f"reads = {list(reads)!r}"] if reads else []
        lines += [f'digest = "{digest}"'] if digest else []
    return "\n".join(lines)


@cache
def opened() -> Stage:
    """Open the case: the file is taken, every room is made, and the log covers all of it."""
    store = MemoryStore(bytes)
    asyncio.run(_open(store))
    while store.receipt(store.load(CASE)[-1].id).text is None:
        store.checkpoint(MONDAY)
    for row in store.waiting():
        store.sent(row.id, "$before")
    return Stage(store, replay(Case(CASE), store.load(CASE)))


async def _open(store: MemoryStore) -> None:
    async def at_once(call: Callable[[], T], /) -> T:
        return call()

    async def committed(_done: Committed) -> None:
        pass

    road = Cases(store, at_once, BOT, committed)
    change = difference(parse(case_file()), None, code_digests={})
    file = EventId("$file")
    with drawing():
        await road.take(
            Arrived(
                CASE,
                CaseFileTaken(
                    file, MONDAY, change.bodies, change.widens, change.digest, change.lines
                ),
            )
        )
        for place in SITTING:
            made = RoomMade(EventId(f"$made-{place}"), MONDAY, CompartmentId(place), room_of(place))
            await road.take(Arrived(CASE, made))
