"""What the tables of a case file must be together: who may sit where, who may be told of what.

It exists because a case file could otherwise open by configuration what the gate keeps
closed by law. It refuses a compartment that reads another party's words, a stranger in a
caucus, one person on two seats, a desk where four eyes cannot be had, and a wall climbed
through any trait of a person. It decides nothing about a running case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain import casefile_witness
from bot.domain.case import Case, Seat
from bot.domain.casefile import CaseFile, FileCompartment, FileSeat, Problem
from bot.domain.ids import PartyId
from bot.domain.sittings import sittings
from bot.domain.vocabulary import CompartmentKind as _Kind
from bot.domain.vocabulary import PartyKind, Role
from bot.policy.wall import Sitting, blocked_by


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind of compartment asks of its `party` key: "needed", "never" or "free"."""

    party: str
    why: str


KINDS: dict[_Kind, KindRule] = {
    _Kind.CAUCUS: KindRule("needed", "a caucus belongs to one party"),
    _Kind.SHUTTLE: KindRule("needed", "a shuttle is one party and the mediators"),
    _Kind.DESK: KindRule("needed", "a desk belongs to the mediators' party"),
    _Kind.BENCH: KindRule("needed", "a bench belongs to one principal's party"),
    _Kind.BACK_CHANNEL: KindRule("never", "what is said there is owned by both parties"),
    _Kind.PLENARY: KindRule("never", "what is said there is owned by all who sit there"),
    _Kind.HUMANITARIAN: KindRule("free", ""),
}


def check(file: CaseFile, case: Case | None, history: frozenset[Sitting]) -> tuple[Problem, ...]:
    """Return everything that the tables get wrong together, in the order of the rules.

    `history` is who sat with whom in every case of the installation (`fold.sittings`).
    """
    return (
        *_people(file),
        *_parties(file),
        *_seating(file),
        *_reading(file),
        *_desks(file),
        *_walls(file, case, history),
        *casefile_witness.check(file.witnesses),
    )


def neutral(file: CaseFile, seat: FileSeat) -> bool:
    """Tell whether a seat is a mediator's: the only guest a party's shuttle may have."""
    intermediary = file.parties[seat.party].kind is PartyKind.INTERMEDIARY
    return intermediary and seat.role is Role.MEDIATOR


def _people(file: CaseFile) -> Iterator[Problem]:
    """One person, one seat: otherwise one person could approve the own request."""
    users = Counter(seat.user for seat in file.seats.values())
    masters = Counter(seat.master for seat in file.seats.values() if seat.master is not None)
    for seat in file.seats.values():
        if users[seat.user] > 1:
            yield Problem(seat.where, f"{seat.user} has another seat too: one person, one seat")
        if seat.master is not None and masters[seat.master] > 1:
            yield Problem(seat.where, "this master key is on another seat too: one key, one person")
        mediates = file.parties[seat.party].kind is PartyKind.INTERMEDIARY
        if seat.role is Role.MEDIATOR and not mediates:
            yield Problem(seat.where, "a mediator belongs to a party of kind intermediary")


def _parties(file: CaseFile) -> Iterator[Problem]:
    for compartment in file.compartments.values():
        rule = KINDS[compartment.kind]
        if rule.party == "needed" and compartment.party is None:
            yield Problem(compartment.where, f"party is missing: {rule.why}")
        if rule.party == "never" and compartment.party is not None:
            yield Problem(compartment.where, f"takes no party: {rule.why}")
        if compartment.kind is _Kind.DESK and compartment.party is not None:
            kind = file.parties[compartment.party].kind
            if kind is not PartyKind.INTERMEDIARY:
                yield Problem(compartment.where, "a desk's party is of kind intermediary")


def _seating(file: CaseFile) -> Iterator[Problem]:
    for compartment in file.compartments.values():
        seats = [file.seats[seat] for seat in compartment.seats]
        for seat in seats:
            says = _unseatable(file, compartment, seat)
            if says:
                yield Problem(compartment.where, f"seat {seat.id}: {says}")
        if compartment.kind is _Kind.BENCH and len(seats) > 1:
            yield Problem(compartment.where, "a bench is for one principal")
        if compartment.kind is _Kind.BACK_CHANNEL and seats:
            parties = {seat.party for seat in seats}
            if len(parties) != 2:
                yield Problem(compartment.where, "a back-channel seats people of two parties")


def _unseatable(file: CaseFile, compartment: FileCompartment, seat: FileSeat) -> str:
    """Return why this seat may not be in this compartment; empty if it may."""
    own = compartment.party is None or seat.party == compartment.party
    match compartment.kind:
        case _Kind.CAUCUS:
            return "" if own else f"a caucus is for {compartment.party} alone"
        case _Kind.SHUTTLE:
            fits = own or neutral(file, seat)
            return "" if fits else f"a shuttle is for {compartment.party} and the mediators"
        case _Kind.DESK:
            return "" if own else "a desk is for the mediators' party"
        case _Kind.BENCH:
            fits = own and seat.role is Role.PRINCIPAL
            return "" if fits else f"a bench is for a principal of {compartment.party}"
        case _Kind.BACK_CHANNEL | _Kind.PLENARY | _Kind.HUMANITARIAN:
            return ""


def _reading(file: CaseFile) -> Iterator[Problem]:
    for reader in file.compartments.values():
        for read in sorted(reader.reads):
            if not _may_read(file, reader, file.compartments[read]):
                yield Problem(
                    reader.where,
                    f"must not read {read}: it is not of the same party,"
                    " and people sit here who do not sit there",
                )


def _may_read(file: CaseFile, reader: FileCompartment, read: FileCompartment) -> bool:
    """Being told of words is reading them: only the owner's own, or where one sits anyway.

    Where nobody sits nothing is said; once people are placed there, the file is checked again.
    """
    if not read.seats or set(reader.seats) <= set(read.seats):
        return True
    if reader.party is None:
        return False
    if read.party is not None:
        return read.party == reader.party
    return any(file.seats[seat].party == reader.party for seat in read.seats)


def _desks(file: CaseFile) -> Iterator[Problem]:
    desks = [c for c in file.compartments.values() if c.kind is _Kind.DESK]
    fullest = max((_mediators(file, desk) for desk in desks), default=0)
    if fullest < 2:
        yield Problem(
            desks[0].where if desks else "the file",
            "a desk with two mediators is needed: what takes two people could never be done",
        )


def _mediators(file: CaseFile, desk: FileCompartment) -> int:
    return sum(file.seats[seat].role is Role.MEDIATOR for seat in desk.seats)


def _walls(file: CaseFile, case: Case | None, history: frozenset[Sitting]) -> Iterator[Problem]:
    """Refuse every seat from which, in the past or in this file, somebody could see over a wall.

    A mediator sits in both shuttles by trade, so those sittings are no evidence against a
    mediator (`fold.sittings` leaves them out too).
    """
    known = history | (sittings(case) if case is not None else frozenset())
    known |= frozenset(
        Sitting(trait, party)
        for seat in file.seats.values()
        for trait in _traits(seat, case)
        for party in _sits_with(file, seat)
    )
    walls = frozenset(file.walls)
    for seat in file.seats.values():
        for party in sorted({seat.party} | _hosts(file, seat)):
            far = blocked_by(_traits(seat, case), party, walls, known)
            if far is not None:
                yield Problem(
                    seat.where,
                    f"must not sit with {party}: this person has sat with {far},"
                    " and a wall stands between",
                )
                break


def _traits(seat: FileSeat | Seat, case: Case | None) -> frozenset[str]:
    """Return the traits as `fold.sittings` names them; a pinned key counts like a written one."""
    pinned = case.seats.get(seat.id) if case is not None else None
    masters = {seat.master, pinned.master if pinned is not None else None} - {None}
    return frozenset({f"seat:{seat.id}", f"user:{seat.user}", *(f"master:{m}" for m in masters)})


def _hosts(file: CaseFile, seat: FileSeat, *, visits: bool = True) -> set[PartyId]:
    """Return the parties in whose compartments a seat sits, with or without a mediator's visits."""
    mine = (c for c in file.compartments.values() if seat.id in c.seats)
    return {
        c.party for c in mine if c.party is not None and (visits or c.kind is not _Kind.SHUTTLE)
    }


def _sits_with(file: CaseFile, seat: FileSeat) -> set[PartyId]:
    """Return the parties a seat belongs with: not those that a mediator only visits."""
    return {seat.party} | _hosts(file, seat, visits=not neutral(file, seat))
