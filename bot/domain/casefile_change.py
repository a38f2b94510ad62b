"""What a case file changes in a running case: records to append, and the same in words.

It exists so that what the operator reads, what two mediators approve and what is recorded
are one thing, made in one place. It refuses what no record can say (another kind, another
person on a seat, a removed seat's id again, a wall taken down): a refusal, not a guess.
An unchanged file changes nothing. Names of people and parties are words and not part of a
folded case, so another spelling of a name alone is no change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from bot.domain.bodies import (
    Body,
    CaseOpened,
    CompartmentOpened,
    LadderDropped,
    LadderNamed,
    PartyAdded,
    SeatAdded,
    SeatPlaced,
    SeatRemoved,
    SeatWithdrawn,
    WallBuilt,
    WitnessDismissed,
    WitnessNamed,
)
from bot.domain.case import Case, Seat
from bot.domain.casefile import (
    CaseFile,
    CaseFileWrong,
    FileCompartment,
    FileSeat,
    Problem,
)
from bot.domain.casefile_rules import check
from bot.domain.codec import to_json
from bot.domain.ids import CASE_ROOM, CaseId, CompartmentId, SeatId
from bot.ledger.keys import parse_vkey
from bot.policy.wall import Sitting


@dataclass(frozen=True, slots=True)
class Change:
    """`bodies` in an order the fold accepts, `lines` for people; `widens`: anyone reads more.

    `digest` (32 hex characters) names exactly this change, so that what was approved is what is
    done. One-time codes are no part of it: they are drawn after the approval.
    """

    bodies: tuple[tuple[CompartmentId, Body], ...]
    widens: bool
    lines: tuple[str, ...]
    digest: str


def difference(
    file: CaseFile,
    case: Case | None,
    *,
    code_digests: Mapping[SeatId, str],
    history: frozenset[Sitting] = frozenset(),
) -> Change:
    """Return what the file adds to and takes from a case (None: there is none yet).

    `code_digests` has one digest for each of `seats_needing_codes` (for a mere plan, none).
    `history` is `fold.sittings` over every case. Raises `CaseFileWrong`.
    """
    old = case if case is not None else Case(file.id)
    if old.id != file.id:
        raise ValueError("the file is of another case")
    problems = (*check(file, case, history), *_refusals(file, old))
    if problems:
        raise CaseFileWrong(problems)
    bodies = (*_additions(file, old, code_digests), *_removals(file, old))
    return Change(
        tuple((CASE_ROOM, body) for body in bodies),
        widens(bodies),
        tuple(line for body in bodies for line in _words(file, old, body)),
        digest_of(file.id, bodies),
    )


def seats_needing_codes(file: CaseFile, case: Case | None) -> tuple[SeatId, ...]:
    """Return the new seats whose key the file does not carry: each is sent a one-time code."""
    known = case.seats if case is not None else {}
    return tuple(s.id for s in file.seats.values() if s.id not in known and s.master is None)


def widens(bodies: Iterable[Body]) -> bool:
    """Tell whether these records let anybody read more than before."""
    return any(
        isinstance(body, SeatPlaced) or (isinstance(body, CompartmentOpened) and bool(body.reads))
        for body in bodies
    )


def digest_of(case: CaseId, bodies: Iterable[Body]) -> str:
    """Return the digest (32 hex characters) of a change, whatever its one-time codes are."""
    plain = (replace(b, code_digest="") if isinstance(b, SeatAdded) else b for b in bodies)
    form = json.dumps([case, *(to_json(body, Body) for body in plain)], sort_keys=True)
    return blake2b(form.encode(), digest_size=16, person=b"parley-case/1").hexdigest()


# -- what no record can say --------------------------------------------------------------------


def _refusals(file: CaseFile, case: Case) -> Iterator[Problem]:
    if case.opened_at is not None and (file.zone, file.language) != (case.zone, case.language):
        yield Problem("case", f"zone and language stay {case.zone}, {case.language}")
    for party in file.parties.values():
        known = case.parties.get(party.id)
        if known is not None:
            yield from _same(
                party.where,
                ("kind", party.kind, known.kind),
                ("zone", party.zone, known.zone),
                ("language", party.language, known.language),
            )
    for party_id in sorted(case.parties.keys() - file.parties.keys()):
        yield Problem("the file", f"party {party_id} is missing: a party is never taken out")
    for wall in sorted(case.walls - set(file.walls), key=lambda w: (w.one, w.other)):
        if not any({wall.one, wall.other} == {w.one, w.other} for w in file.walls):
            says = f"the wall {wall.one} | {wall.other} is missing: a wall is never taken down"
            yield Problem("the file", says)
    for seat in file.seats.values():
        if seat.id in case.seats:
            yield from _same_person(seat, case.seats[seat.id])
        elif seat.id in case.removed:
            yield Problem(seat.where, "this id was removed and is never used again: take another")
    for compartment in file.compartments.values():
        if compartment.id in case.compartments:
            opened = case.compartments[compartment.id]
            yield from _same(
                compartment.where,
                ("kind", compartment.kind, opened.kind),
                ("party", compartment.party or "(none)", opened.party or "(none)"),
                ("reads", _list(compartment.reads), _list(opened.reads)),
                ("digest", compartment.digest or "(none)", opened.digest or "(none)"),
            )
    for witness in file.witnesses:
        named = case.witnesses.get(witness.key)
        if named is not None:
            yield from _same(witness.where, ("party", witness.party, named.party))
    for compartment_id in sorted(case.compartments.keys() - file.compartments.keys()):
        says = f"compartment {compartment_id} is missing: to close it, give it seats = []"
        yield Problem("the file", says)


def _same_person(seat: FileSeat, known: Seat) -> Iterator[Problem]:
    yield from _same(
        seat.where,
        ("party", seat.party, known.party),
        ("role", seat.role, known.role),
        ("user", seat.user, known.user),
        ("zone", seat.zone, known.zone),
        ("language", seat.language, known.language),
    )
    if seat.master is not None and seat.master != known.master:
        says = "master is not the pinned key: take the line out; two mediators re-pin a person"
        yield Problem(seat.where, says)


def _same(where: str, *facts: tuple[str, str, str]) -> Iterator[Problem]:
    for name, wanted, known in facts:
        if wanted != known:
            yield Problem(where, f"{name} is {known} and cannot be changed; take a new id instead")


# -- records -----------------------------------------------------------------------------------


def _additions(file: CaseFile, case: Case, digests: Mapping[SeatId, str]) -> Iterator[Body]:
    if case.opened_at is None:
        yield CaseOpened(file.language, file.zone, file.name)
    for party in file.parties.values():
        if party.id not in case.parties:
            yield PartyAdded(party.id, party.kind, party.zone, party.language, party.name)
    standing = {frozenset({wall.one, wall.other}) for wall in case.walls}
    for wall in file.walls:
        if frozenset({wall.one, wall.other}) not in standing:
            standing.add(frozenset({wall.one, wall.other}))
            yield WallBuilt(wall.one, wall.other)
    for seat in file.seats.values():
        if seat.id not in case.seats:
            yield SeatAdded(
                seat.id,
                seat.party,
                seat.role,
                seat.user,
                seat.zone,
                seat.language,
                digests.get(seat.id, ""),
                seat.name,
                seat.master,
            )
    for opened in file.compartments.values():
        if opened.id not in case.compartments:
            yield CompartmentOpened(
                opened.id, opened.kind, opened.party, opened.reads, opened.digest
            )
    for compartment in file.compartments.values():
        sitting = _sitting(case, compartment.id)
        for seat_id in compartment.seats:
            if seat_id not in sitting:
                yield SeatPlaced(compartment.id, seat_id)

    yield from (
        LadderNamed(ladder.id, ladder.steps)
        for ladder in file.ladders
        if case.ladders.get(ladder.id) != ladder.steps
    )
    for witness in file.witnesses:
        known = case.witnesses.get(witness.key)
        if known is None or (known.via, known.rooms) != (witness.via, witness.rooms):
            yield WitnessNamed(witness.party, witness.key, witness.via, witness.rooms)


def _removals(file: CaseFile, case: Case) -> Iterator[Body]:
    for name in sorted(case.ladders.keys() - {ladder.id for ladder in file.ladders}):
        yield LadderDropped(name)
    for key in sorted(case.witnesses.keys() - {witness.key for witness in file.witnesses}):
        yield WitnessDismissed(key)
    for compartment in file.compartments.values():
        for seat in sorted(_sitting(case, compartment.id) - set(compartment.seats)):
            yield SeatWithdrawn(compartment.id, seat)
    for seat in sorted(case.seats.keys() - file.seats.keys()):
        yield SeatRemoved(seat)


def _sitting(case: Case, compartment: CompartmentId) -> frozenset[SeatId]:
    found = case.compartments.get(compartment)
    return found.seats if found is not None else frozenset()


# -- words -------------------------------------------------------------------------------------


def _words(file: CaseFile, case: Case, body: Body) -> Iterator[str]:
    match body:
        case CaseOpened():
            yield f"Case {file.name} is new (language {body.language}, zone {body.zone})."
        case PartyAdded():
            yield f"Party {body.name} ({body.kind}) is new."
        case WallBuilt():
            one, other = file.parties[body.one].name, file.parties[body.other].name
            yield f"A wall stands between {one} and {other}: who sat with one never sits with the other."
        case SeatAdded():
            seat = file.seats[body.seat]
            rooms = [c for c in file.compartments.values() if seat.id in c.seats]
            sits = (
                f"sits in {_list(c.id for c in rooms)}: {_reads(rooms)}"
                if rooms
                else "sits nowhere"
            )
            key = "; its key comes with the file" if seat.master is not None else ""
            yield f"Seat {_person(file, seat)} is new, {sits}{key}."
        case CompartmentOpened():
            opened = file.compartments[body.compartment]
            of = f" of {file.parties[opened.party].name}" if opened.party is not None else ""
            told = f"; is told of {_list(opened.reads)}" if opened.reads else ""
            seats = [_person(file, file.seats[s]) for s in opened.seats]
            told += f"; gets a digest {opened.digest}" if opened.digest else ""
            yield f"Compartment {opened.id} ({opened.kind}{of}) is new{told}; seats {_list(seats)}."
        case SeatPlaced():
            # A new seat's own line says where it sits.
            if body.seat in case.seats:
                room = file.compartments[body.compartment]
                yield f"{_person(file, file.seats[body.seat])} joins {room.id}: {_reads([room])}."
        case SeatWithdrawn():
            who = file.seats.get(body.seat)
            name = _person(file, who) if who is not None else _gone(file, case.seats[body.seat])
            yield f"{name} leaves {body.compartment} and reads nothing new there."
        case SeatRemoved():
            yield f"Seat {_gone(file, case.seats[body.seat])} is removed."
        case WitnessNamed():
            of, told = (
                file.parties[body.party].name,
                "is named" if body.key not in case.witnesses else "changes",
            )
            yield (
                f"Witness {_key_id(body.key)} of {of} {told}: asked at {body.via},"
                f" its lines show in {_list(body.rooms)}."
            )
        case WitnessDismissed():
            of = file.parties[case.witnesses[body.key].party].name
            yield f"Witness {_key_id(body.key)} of {of} is dismissed."
        case LadderNamed():
            told = "is new" if body.name not in case.ladders else "changes"
            yield (
                f"Ladder {body.name} {told}: {len(body.ladder)} levels."
                " No watch that stands changes by it."
            )
        case LadderDropped():
            yield f"Ladder {body.name} is dropped; watches that have it keep it."
        case _:
            raise AssertionError(type(body))


def _key_id(key: str) -> str:
    return parse_vkey(key).key_id().hex()


def _person(file: CaseFile, seat: FileSeat) -> str:
    return f"{seat.name} ({file.parties[seat.party].name}, {seat.role})"


def _gone(file: CaseFile, seat: Seat) -> str:
    """Return a removed seat by its id: its name left with the file."""
    return f"{seat.id} ({file.parties[seat.party].name}, {seat.role})"


def _reads(rooms: list[FileCompartment]) -> str:
    told = frozenset(read for room in rooms for read in room.reads) - {room.id for room in rooms}
    also = f", is told of {_list(told)}" if told else ""
    return f"may read {_list(room.id for room in rooms)}{also}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "(none)"
