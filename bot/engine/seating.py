"""Who may sit where, by chat: the rules that `domain.casefile_rules` holds a case file to.

Two mediators could otherwise open by typing what a case file may not: a stranger in a caucus, a
bench that is told another party's words, one person on two seats, a way round the wall.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.case import Case, Seat
from bot.domain.ids import CompartmentId, MasterKey, PartyId, SeatId, UserId
from bot.domain.sittings import sittings
from bot.domain.vocabulary import CompartmentKind as Kind
from bot.domain.vocabulary import PartyKind, Role
from bot.engine.command import Refused, refuse
from bot.policy.wall import Sitting, blocked_by
from bot.words.phrase import PartyName, phrase

OF_ONE_PARTY = frozenset({Kind.CAUCUS, Kind.SHUTTLE, Kind.DESK, Kind.BENCH})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is to sit somewhere."""

    id: SeatId
    user: UserId
    party: PartyId
    role: Role
    masters: frozenset[MasterKey] = frozenset()

    def traits(self) -> frozenset[str]:
        """What the wall knows a person by."""
        keys = {f"master:{key}" for key in self.masters}
        return frozenset({f"seat:{self.id}", f"user:{self.user}"} | keys)


@dataclass(frozen=True, slots=True)
class Place:
    """A compartment that exists or is to be opened, and which parties sit in it."""

    id: CompartmentId
    kind: Kind
    party: PartyId | None
    parties: frozenset[PartyId] = frozenset()
    taken: int = 0


def person_of(seat: Seat) -> Person:
    """Return a seated person."""
    masters = seat.former_masters | ({seat.master} if seat.master is not None else set())
    return Person(seat.id, seat.user, seat.party, seat.role, masters)


def place_of(case: Case, compartment: CompartmentId) -> Place:
    """Return a compartment of the case as a place."""
    found = case.compartments[compartment]
    parties = frozenset(case.seats[s].party for s in found.seats)
    return Place(found.id, found.kind, found.party, parties, len(found.seats))


def mediates(case: Case, who: Person) -> bool:
    """Tell whether this is a mediator: the only guest a party's shuttle may have."""
    return who.role is Role.MEDIATOR and case.parties[who.party].kind is PartyKind.INTERMEDIARY


def seatable(
    case: Case, history: frozenset[Sitting], who: Person, places: Iterable[Place]
) -> Refused | None:
    """Refuse a person in places where that person may not sit."""
    rooms = tuple(places)
    if who.role is Role.MEDIATOR and not mediates(case, who):
        return refuse("seat.mediator", seat=who.id)
    for room in rooms:
        if not _fits(case, who, room):
            return refuse(
                "seat.not_there",
                seat=who.id,
                compartment=room.id,
                who=phrase(f"seats.{room.kind.value}"),
            )
    return walled(case, history, who, rooms)


def _fits(case: Case, who: Person, room: Place) -> bool:
    own = room.party is None or who.party == room.party
    match room.kind:
        case Kind.CAUCUS | Kind.DESK:
            return own
        case Kind.SHUTTLE:
            return own or mediates(case, who)
        case Kind.BENCH:
            return own and who.role is Role.PRINCIPAL and not room.taken
        case Kind.BACK_CHANNEL:
            return len(room.parties | {who.party}) <= 2
        case Kind.PLENARY | Kind.HUMANITARIAN:
            return True


def walled(
    case: Case, history: frozenset[Sitting], who: Person, rooms: Iterable[Place]
) -> Refused | None:
    """Refuse a seat that the wall forbids. Says that there is a conflict, not of what kind.

    A mediator visits both shuttles by trade: a visit is no evidence against another visit, but
    it is against ever sitting with a party as its own.
    """
    visitor = mediates(case, who)
    hosts = {(r.party, visitor and r.kind is Kind.SHUTTLE) for r in rooms if r.party is not None}
    known = history | sittings(case)
    for party, visit in sorted({(who.party, False)} | hosts):
        seen = known if visit else known | _visits(case)
        if blocked_by(who.traits(), party, case.walls, seen) is not None:
            return refuse("seat.wall", seat=who.id, party=PartyName(party))
    stays = {who.party} | {party for party, visit in hosts if not visit}
    for wall in case.walls:
        if {wall.one, wall.other} <= stays:
            return refuse("seat.wall", seat=who.id, party=PartyName(min(wall.one, wall.other)))
    return None


def _visits(case: Case) -> frozenset[Sitting]:
    """Return the mediators' visits to shuttles, which `fold.sittings` leaves out."""
    found: set[Sitting] = set()
    for seat in (*case.seats.values(), *case.removed.values()):
        who = person_of(seat)
        if mediates(case, who):
            found |= {
                Sitting(trait, c.party)
                for c in case.compartments.values()
                if c.kind is Kind.SHUTTLE and c.party is not None and seat.id in c.seats | c.former
                for trait in who.traits()
            }
    return frozenset(found)


def openable(case: Case, new: Place, people: tuple[Person, ...]) -> Refused | None:
    """Refuse a compartment whose kind, party and people do not fit together."""
    needs_party = new.kind in OF_ONE_PARTY
    if needs_party is (new.party is None) and new.kind is not Kind.HUMANITARIAN:
        return refuse("compartment.party", kind=new.kind.value, who=phrase(f"seats.{new.kind}"))
    desk = new.kind is Kind.DESK and new.party is not None
    if desk and new.party and case.parties[new.party].kind is not PartyKind.INTERMEDIARY:
        return refuse("compartment.party", kind=new.kind.value, who=phrase("seats.desk"))
    if new.kind is Kind.BACK_CHANNEL and len({p.party for p in people}) != 2:
        return refuse("compartment.party", kind=new.kind.value, who=phrase("seats.back-channel"))
    if new.kind is Kind.BENCH and len(people) > 1:
        return refuse("compartment.party", kind=new.kind.value, who=phrase("seats.bench"))
    return None


def may_be_told(case: Case, new: Place, people: tuple[Person, ...], read: CompartmentId) -> bool:
    """Tell whether a compartment may read another: the own party's, or where all sit anyway."""
    found = case.compartments[read]
    if {p.id for p in people} <= found.seats:
        return True
    if new.party is None:
        return False
    if found.party is not None:
        return found.party == new.party
    return any(case.seats[s].party == new.party for s in found.seats)
