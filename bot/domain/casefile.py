"""Case files: who sits where in one negotiation, as an operator writes it down (TOML).

It exists so that a case can be reviewed, compared and approved as text before anybody is
seated. It refuses guesses: an unknown key, party or seat, a bad zone or role is a problem,
and all problems of a file are told at once, each with its place. What one table may say is
checked here, what tables say together in `casefile_rules`.

    [case]            id, name, language, zone
    [[party]]         id, name, kind, zone, language
    [[wall]]          between = [party, party]
    [[seat]]          id, name, party, role, user; zone, language (else the party's), master
    [[compartment]]   id, kind, party, seats = [...], reads = [...], digest
    [[witness]]       party, key, via; rooms = [...] (else the party's own compartments)
    [[ladder]]        id; [[ladder.step]] as in `casefile_ladder`

A digest is a schedule as `when.read_schedule` takes it: daily 06:00 Asia/Baghdad.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain import casefile_ladder, casefile_witness
from bot.domain.casefile_ladder import FileLadder
from bot.domain.casefile_table import Problem as Problem
from bot.domain.casefile_table import Table, fits, place_of
from bot.domain.casefile_witness import FileWitness, is_user
from bot.domain.ids import (
    CASE_ROOM,
    CaseId,
    CompartmentId,
    MasterKey,
    PartyId,
    Prose,
    SeatId,
    UserId,
)
from bot.domain.vocabulary import CompartmentKind, PartyKind, Role
from bot.domain.when import read_schedule
from bot.domain.when_schedule import Every, Rule, WallClock
from bot.policy.wall import Wall

LONGEST_FILE = 256 * 1024
_MASTER = re.compile(r"[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True)
class FileParty:
    id: PartyId
    name: Prose
    kind: PartyKind
    zone: str
    language: str
    where: str


@dataclass(frozen=True, slots=True)
class FileSeat:
    id: SeatId
    name: Prose
    party: PartyId
    role: Role
    user: UserId
    zone: str
    language: str
    master: MasterKey | None
    where: str


@dataclass(frozen=True, slots=True)
class FileCompartment:
    id: CompartmentId
    kind: CompartmentKind
    party: PartyId | None
    seats: tuple[SeatId, ...]
    reads: frozenset[CompartmentId]
    digest: str
    where: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case file. Everything it names exists in it; `where` names a table's place."""

    id: CaseId
    name: Prose
    language: str
    zone: str
    parties: dict[PartyId, FileParty]
    walls: tuple[Wall, ...]
    seats: dict[SeatId, FileSeat]
    compartments: dict[CompartmentId, FileCompartment]
    witnesses: tuple[FileWitness, ...] = ()
    ladders: tuple[FileLadder, ...] = ()


class CaseFileWrong(Exception):
    """A case file cannot be used. For the operator who wrote it; lists every problem."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(problem.line for problem in problems))
        self.problems = problems


def parse(text: str) -> CaseFile:
    """Read a case file's text. Raises `CaseFileWrong` with everything a table gets wrong."""
    if len(text) > LONGEST_FILE:
        raise CaseFileWrong((Problem("the file", f"is longer than {LONGEST_FILE} characters"),))
    try:
        raw: dict[str, object] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        place = re.search(r"\(at ([^)]*)\)", str(wrong))
        where = place.group(1) if place else "the file"
        says = re.sub(r" \(at [^)]*\)", "", str(wrong))
        raise CaseFileWrong((Problem(where, f"not valid TOML: {says}"),)) from None
    problems: list[Problem] = []
    found = _read(raw, text, problems)
    if problems:
        raise CaseFileWrong(tuple(problems))
    return found


def _read(raw: dict[str, object], text: str, problems: list[Problem]) -> CaseFile:
    unknown = sorted(
        raw.keys() - {"case", "party", "wall", "seat", "compartment", "witness", "ladder"}
    )
    problems += [
        Problem(place_of(text, name, 0), f"{name} is not a table of a case file")
        for name in unknown
    ]
    top = Table(raw.get("case", {}), place_of(text, "case", 0), problems)
    head = (CaseId(top.id()), top.name(), top.language(), top.zone())
    top.close()

    def tables(name: str) -> tuple[Table, ...]:
        listed = raw.get(name, [])
        if not isinstance(listed, list):
            problems.append(
                Problem(place_of(text, name, 0), f"write [[{name}]], with two brackets")
            )
            return ()
        return tuple(
            Table(one, place_of(text, name, at, one), problems) for at, one in enumerate(listed)
        )

    party_list = [_party(table) for table in tables("party")]
    parties = {party.id: party for party in party_list}
    seat_list = [_seat(table, parties) for table in tables("seat")]
    seats = {seat.id: seat for seat in seat_list}
    compartment_list = [_compartment(t, parties, seats) for t in tables("compartment")]
    compartments = {compartment.id: compartment for compartment in compartment_list}
    for listed in (party_list, seat_list, compartment_list):
        _note_repeated(listed, problems)
    walls = tuple(_wall(table, parties) for table in tables("wall"))
    for compartment in compartment_list:
        missing = sorted(compartment.reads - compartments.keys())
        problems += [
            Problem(compartment.where, f"reads: there is no compartment {read}") for read in missing
        ]
        if compartment.id in compartment.reads:
            problems.append(Problem(compartment.where, "reads must not name itself"))
    witnesses = tuple(
        casefile_witness.read(table, parties.keys(), compartments) for table in tables("witness")
    )
    ladders = tuple(casefile_ladder.read(t, compartments.keys()) for t in tables("ladder"))
    problems += casefile_ladder.repeated(ladders)
    return CaseFile(*head, parties, walls, seats, compartments, witnesses, ladders)


def _party(table: Table) -> FileParty:
    found = FileParty(
        PartyId(table.id()),
        table.name(),
        table.choice("kind", PartyKind),
        table.zone(),
        table.language(),
        table.where,
    )
    table.close()
    return found


def _seat(table: Table, parties: Mapping[PartyId, FileParty]) -> FileSeat:
    id_, name = SeatId(table.id()), table.name()
    party = parties.get(PartyId(table.text("party", parties.__contains__, _one_of(parties))))
    master = table.maybe("master", fits(_MASTER), "a master cross-signing key, 43 characters")
    found = FileSeat(
        id_,
        name,
        PartyId("") if party is None else party.id,
        table.choice("role", Role),
        UserId(table.text("user", is_user, "a Matrix ID, like @name:server.example")),
        # A party with a problem of its own must not add one to each of its seats.
        table.zone("UTC" if party is None else party.zone or "UTC"),
        table.language("en" if party is None else party.language or "en"),
        None if master is None else MasterKey(master),
        table.where,
    )
    table.close()
    return found


def _compartment(
    table: Table, parties: Mapping[PartyId, FileParty], seats: Mapping[SeatId, FileSeat]
) -> FileCompartment:
    party = table.maybe("party", parties.__contains__, _one_of(parties))
    found = FileCompartment(
        CompartmentId(table.id()),
        table.choice("kind", CompartmentKind),
        None if party is None else PartyId(party),
        tuple(SeatId(seat) for seat in table.names("seats", needed=True)),
        frozenset(CompartmentId(name) for name in table.names("reads")),
        table.text("digest", _is_schedule, "a schedule, like daily 06:00 Asia/Baghdad", ""),
        table.where,
    )
    table.close()
    if found.id == CASE_ROOM:
        table.wrong(f"{CASE_ROOM} is the name of the case's own records; choose another id")
    for seat in found.seats:
        if seat not in seats:
            table.wrong(f"seats: there is no seat {seat}")
    return found


def _wall(table: Table, parties: Mapping[PartyId, FileParty]) -> Wall:
    sides = table.names("between", needed=True)
    table.close()
    if len(sides) != 2 or any(side not in parties for side in sides):
        table.wrong(f"between must be two of: {', '.join(parties)}")
        return Wall(PartyId(""), PartyId(""))
    return Wall(PartyId(sides[0]), PartyId(sides[1]))


def _note_repeated(
    listed: Sequence[FileParty | FileSeat | FileCompartment], problems: list[Problem]
) -> None:
    seen: set[str] = set()
    for one in listed:
        if one.id and one.id in seen:
            problems.append(Problem(one.where, f"the id {one.id} is taken already"))
        seen.add(one.id)


def _one_of(parties: Mapping[PartyId, FileParty]) -> str:
    return "a party of this file: " + (", ".join(parties) or "(it has none)")


def _is_schedule(value: str) -> bool:
    """Tell whether this can be read at all; an interval's anchor does not matter for that."""
    anchor = datetime(2026, 1, 1, tzinfo=UTC)
    found = read_schedule(value, now=anchor, zone="UTC") if value else None
    return not value or isinstance(found, Every | WallClock | Rule)
