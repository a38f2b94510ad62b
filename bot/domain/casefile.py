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

A digest is a schedule as `when.read_schedule` takes it: daily 06:00 Asia/Baghdad.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

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
from bot.domain.when_schedule import Every, WallClock
from bot.policy.wall import Wall

E = TypeVar("E", bound=StrEnum)

LONGEST_FILE = 256 * 1024
_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# Matrix specification, appendix "User Identifiers", without the historical characters.
_USER = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.-]+(:[0-9]{1,5})?|@[a-z0-9._=/+-]+:\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")  # fmt: skip
_MASTER = re.compile(r"[A-Za-z0-9+/]{43}")
_MAX_NAME, _MAX_USER = 100, 255
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its place in the file, and what to write instead."""

    where: str
    says: str

    @property
    def line(self) -> str:
        """Both as one line."""
        return f"{self.where}: {self.says}"


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


class _Table:
    """One table of the file: reads values by key, and notes what is wrong with them.

    After a problem a stand-in is returned so that reading goes on; it is never used, because
    a file with problems is refused as a whole.
    """

    def __init__(self, raw: object, where: str, problems: list[Problem]) -> None:
        self.where = where
        self._problems = problems
        self._raw: Mapping[str, object] = raw if isinstance(raw, dict) else {}
        self._asked: set[str] = set()
        if not isinstance(raw, dict):
            self.wrong("must be a table")

    def wrong(self, says: str) -> None:
        self._problems.append(Problem(self.where, says))

    def text(
        self, key: str, fits: Callable[[str], bool], form: str, default: str | None = None
    ) -> str:
        self._asked.add(key)
        value = self._raw.get(key, default)
        if value is None:
            self.wrong(f"{key} is missing: {form}")
        elif not isinstance(value, str) or not fits(value):
            self.wrong(f"{key} must be {form}")
        else:
            return value
        return ""

    def maybe(self, key: str, fits: Callable[[str], bool], form: str) -> str | None:
        self._asked.add(key)
        return self.text(key, fits, form) if key in self._raw else None

    def choice(self, key: str, kinds: type[E]) -> E:
        form = "one of: " + ", ".join(kinds)
        found = self.text(key, lambda value: value in list(kinds), form)
        return kinds(found) if found else next(iter(kinds))

    def names(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        self._asked.add(key)
        value = self._raw.get(key, [] if not needed else None)
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self.wrong(f'{key} must be a list of ids, like ["one", "other"]')
            return ()
        found = tuple(str(name) for name in value)
        if len(set(found)) < len(found):
            self.wrong(f"{key} names something twice")
        return found

    def zone(self, default: str | None = None) -> str:
        return self.text("zone", _is_zone, "an IANA time zone, like Europe/Zurich", default)

    def language(self, default: str | None = None) -> str:
        return self.text("language", _fits(_LANGUAGE), "a language tag, like en or ar", default)

    def id(self) -> str:
        form = "1 to 32 of a-z, 0-9 and -, a letter first"
        return self.text("id", _fits(_ID), form)

    def name(self) -> Prose:
        return Prose(self.text("name", _is_name, f"one line of 1 to {_MAX_NAME} characters"))

    def close(self) -> None:
        for key in self._raw.keys() - self._asked:
            self.wrong(f"{key} is not a key here; known: {', '.join(sorted(self._asked))}")


def _read(raw: dict[str, object], text: str, problems: list[Problem]) -> CaseFile:
    unknown = sorted(raw.keys() - {"case", "party", "wall", "seat", "compartment"})
    problems += [
        Problem(_place(text, name, 0), f"{name} is not a table of a case file") for name in unknown
    ]
    top = _Table(raw.get("case", {}), _place(text, "case", 0), problems)
    head = (CaseId(top.id()), top.name(), top.language(), top.zone())
    top.close()

    def tables(name: str) -> tuple[_Table, ...]:
        listed = raw.get(name, [])
        if not isinstance(listed, list):
            problems.append(Problem(_place(text, name, 0), f"write [[{name}]], with two brackets"))
            return ()
        return tuple(
            _Table(one, _place(text, name, at, one), problems) for at, one in enumerate(listed)
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
    return CaseFile(*head, parties, walls, seats, compartments)


def _party(table: _Table) -> FileParty:
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


def _seat(table: _Table, parties: Mapping[PartyId, FileParty]) -> FileSeat:
    id_, name = SeatId(table.id()), table.name()
    party = parties.get(PartyId(table.text("party", parties.__contains__, _one_of(parties))))
    master = table.maybe("master", _fits(_MASTER), "a master cross-signing key, 43 characters")
    found = FileSeat(
        id_,
        name,
        PartyId("") if party is None else party.id,
        table.choice("role", Role),
        UserId(table.text("user", _is_user, "a Matrix ID, like @name:server.example")),
        # A party with a problem of its own must not add one to each of its seats.
        table.zone("UTC" if party is None else party.zone or "UTC"),
        table.language("en" if party is None else party.language or "en"),
        None if master is None else MasterKey(master),
        table.where,
    )
    table.close()
    return found


def _compartment(
    table: _Table, parties: Mapping[PartyId, FileParty], seats: Mapping[SeatId, FileSeat]
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


def _wall(table: _Table, parties: Mapping[PartyId, FileParty]) -> Wall:
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


def _place(text: str, name: str, at: int, table: object = None) -> str:
    """Return "line 12, seat haddad": the line of the table's header, and its id if it has one."""
    headers = re.finditer(rf"(?m)^[ \t]*\[{{1,2}}[ \t]*{re.escape(name)}[ \t]*\]", text)
    lines = [text.count("\n", 0, header.start()) + 1 for header in headers]
    named = table.get("id") if isinstance(table, dict) else None
    label = f"{name} {named}" if isinstance(named, str) and _ID.fullmatch(named) else name
    return f"line {lines[at]}, {label}" if at < len(lines) else f"{label} (number {at + 1})"


def _one_of(parties: Mapping[PartyId, FileParty]) -> str:
    return "a party of this file: " + (", ".join(parties) or "(it has none)")


def _fits(form: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: form.fullmatch(value) is not None


def _is_user(value: str) -> bool:
    return len(value) <= _MAX_USER and _USER.fullmatch(value) is not None


def _is_name(value: str) -> bool:
    """One visible line: no controls, and nothing that could reorder the text around a name."""
    plain = all(unicodedata.category(c) not in ("Cc", "Zl", "Zp", "Cs", "Co") for c in value)
    fits = 0 < len(value) <= _MAX_NAME and value == value.strip()
    return plain and fits and not _BIDI_CONTROLS & set(value)


def _is_schedule(value: str) -> bool:
    """Tell whether this can be read at all; an interval's anchor does not matter for that."""
    anchor = datetime(2026, 1, 1, tzinfo=UTC)
    return not value or isinstance(read_schedule(value, now=anchor, zone="UTC"), Every | WallClock)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_zone(value: str) -> bool:
    return value in _zones() and not value.startswith(("posix", "right", "SystemV"))
