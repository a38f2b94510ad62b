"""Seating by chat: seats, compartments, and the comparison that makes a seat verified.

Everything that lets somebody read more takes two mediators; the wall is asked first and
again when the second one approves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain import bodies as b
from bot.domain.case import Seat
from bot.domain.enrolment import code_digest
from bot.domain.ids import CASE_ROOM, CompartmentId, PartyId, Prose, SeatId, UserId
from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.command import Ctx, Kept, Refused, refuse
from bot.engine.parsing import split_keyword, take_word, unquote
from bot.engine.seated import (
    Standing,
    compartment_named,
    party_named,
    seat_named,
    slug,
    standing,
)
from bot.engine.seating import (
    Person,
    Place,
    may_be_told,
    openable,
    person_of,
    place_of,
    seatable,
)
from bot.words.phrase import PartyName, Ref, SeatName, phrase

SEAT = '!seat ID @user:server PARTY ROLE in COMPARTMENT, COMPARTMENT named "NAME"'
UNSEAT = "!unseat ID [from COMPARTMENT]"
COMPARTMENT = "!compartment ID KIND [PARTY] with SEAT, SEAT [reads COMPARTMENT, COMPARTMENT]"
VERIFY = "!verify SEAT abcd efgh ..."

_USER = re.compile(r"@[a-z0-9._=\-/+]+:[A-Za-z0-9.\-]+(?::\d{1,5})?", re.ASCII)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewSeat:
    """What was typed after `!seat`, read."""

    seat: SeatId
    user: UserId
    party: PartyId
    role: Role
    compartments: tuple[CompartmentId, ...]
    name: Prose


def _places(ctx: Ctx, typed: str) -> tuple[CompartmentId, ...] | Refused:
    found = []
    for word in typed.replace(",", " ").split():
        place = compartment_named(ctx.case, word)
        if place is None:
            return refuse("seat.no_compartment", compartment=word[:40])
        found.append(place.id)
    return tuple(found)


def read_seat(ctx: Ctx, rest: str) -> NewSeat | Refused:
    """Read `ID @user:server PARTY ROLE in COMPARTMENTS [named "NAME"]`."""
    named = split_keyword(rest, "named")
    placed = split_keyword(named.before if named else rest, "in")
    words = placed.before.split() if placed else []
    if placed is None or len(words) != 4:
        return refuse("wrong.form", usage=SEAT)
    seat, user, party_word, role_word = SeatId(slug(words[0])), *words[1:]
    party = party_named(ctx.case, party_word)
    role = next((r for r in Role if r.value == role_word.casefold()), None)
    if not _ID.fullmatch(seat) or not _USER.fullmatch(user) or party is None or role is None:
        return refuse("wrong.form", usage=SEAT)
    if seat in ctx.case.seats or seat in ctx.case.removed:
        return refuse("seat.taken", seat=seat)
    places = _places(ctx, placed.after)
    if isinstance(places, Refused):
        return places
    name = unquote(named.after) if named else seat
    new = NewSeat(seat, UserId(user), party, role, places, Prose(name))
    if ctx.case.seats_of_user(new.user):
        return refuse("seat.one", user=new.user)
    who = Person(new.seat, new.user, new.party, new.role)
    rooms = [place_of(ctx.case, c) for c in places]
    return seatable(ctx.case, ctx.scene.history, who, rooms) or new


def keep_name(rest: str) -> Kept:
    """Keep the name of a line that waits as prose."""
    named = split_keyword(rest, "named")
    return Kept(f"{named.before} named", Prose(unquote(named.after))) if named else Kept(rest)


def seat(ctx: Ctx, new: NewSeat) -> None:
    """Seat a person (approved by two) and tell the desk the one-time code."""
    code = ctx.pen.long_code()
    named = ctx.approval is not None and ctx.approval.line.endswith(" named")
    copy = (("name", Ref(ctx.approval.record, "quoted")),) if ctx.approval and named else ()
    ctx.pen.append(
        CASE_ROOM,
        b.SeatAdded(
            new.seat,
            new.party,
            new.role,
            new.user,
            ctx.case.parties[new.party].zone,
            ctx.case.parties[new.party].language,
            code_digest(code, new.seat),
            new.name,
        ),
        label=ctx.case.label_in(ctx.here.id),
        copy=copy,
    )
    for place in new.compartments:
        ctx.pen.append(CASE_ROOM, b.SeatPlaced(place, new.seat))
    ctx.pen.tell_person(new.user, phrase("enrol.form"))
    ctx.answer(
        "seat.done",
        seat=new.seat,
        party=PartyName(new.party),
        role=new.role.value,
        compartments=", ".join(new.compartments),
        code=code,
    )


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves, and what: one compartment, or everything."""

    seat: Seat
    compartment: CompartmentId | None


def read_unseat(ctx: Ctx, rest: str) -> Leaving | Refused:
    """Read `ID [from COMPARTMENT]`."""
    parts = split_keyword(rest, "from")
    found = seat_named(ctx.case, parts.before if parts else rest)
    if found is None:
        return refuse("seat.none", seat=rest.strip()[:40])
    if parts is None:
        return Leaving(found, None)
    place = compartment_named(ctx.case, parts.after)
    if place is None or found.id not in place.seats:
        return refuse("seat.no_compartment", compartment=parts.after[:40])
    return Leaving(found, place.id)


def unseat(ctx: Ctx, leaving: Leaving) -> None:
    """Take a person out. This narrows who can read, so one mediator is enough."""
    seat_id = leaving.seat.id
    places = [
        c.id
        for _, c in sorted(ctx.case.compartments.items())
        if seat_id in c.seats and leaving.compartment in (None, c.id)
    ]
    for place in places:
        ctx.pen.append(CASE_ROOM, b.SeatWithdrawn(place, seat_id))
        ctx.pen.drop_session(place)
    ctx.answer("unseat.done", seat=SeatName(seat_id), compartments=", ".join(places))
    if leaving.compartment is None:
        ctx.pen.append(CASE_ROOM, b.SeatRemoved(seat_id))


@dataclass(frozen=True, slots=True)
class NewCompartment:
    """What was typed after `!compartment`, read."""

    compartment: CompartmentId
    kind: CompartmentKind
    party: PartyId | None
    seats: tuple[SeatId, ...]
    reads: frozenset[CompartmentId]


def read_compartment(ctx: Ctx, rest: str) -> NewCompartment | Refused:
    """Read `ID KIND [PARTY] with SEATS [reads COMPARTMENTS]`."""
    reading = split_keyword(rest, "reads")
    parts = split_keyword(reading.before if reading else rest, "with")
    words = parts.before.split() if parts else []
    if parts is None or len(words) not in (2, 3):
        return refuse("wrong.form", usage=COMPARTMENT)
    new_id = CompartmentId(slug(words[0]))
    kind = next((k for k in CompartmentKind if k.value == words[1].casefold()), None)
    party = party_named(ctx.case, words[2]) if len(words) == 3 else None
    if not _ID.fullmatch(new_id) or kind is None or (len(words) == 3 and party is None):
        return refuse("wrong.form", usage=COMPARTMENT)
    if new_id in ctx.case.compartments or new_id == CASE_ROOM:
        return refuse("seat.taken", seat=new_id)
    seats = [seat_named(ctx.case, w) for w in parts.after.replace(",", " ").split()]
    present = [s for s in seats if s is not None]
    if len(present) != len(seats) or not present:
        return refuse("seat.none", seat=parts.after[:40])
    reads = _places(ctx, reading.after) if reading else ()
    if isinstance(reads, Refused):
        return reads
    people = tuple(person_of(s) for s in present)
    opened = Place(new_id, kind, party, frozenset(p.party for p in people))
    wrong = openable(ctx.case, opened, people)
    for who in people:
        wrong = wrong or seatable(ctx.case, ctx.scene.history, who, [opened])
    for read in reads:
        if wrong is None and not may_be_told(ctx.case, opened, people, read):
            wrong = refuse("compartment.reads", compartment=new_id, read=read)
    if wrong is not None:
        return wrong
    return NewCompartment(new_id, kind, party, tuple(s.id for s in present), frozenset(reads))


def compartment(ctx: Ctx, new: NewCompartment) -> None:
    """Open a compartment (approved by two); the room is made at once."""
    ctx.pen.append(CASE_ROOM, b.CompartmentOpened(new.compartment, new.kind, new.party, new.reads))
    for person in new.seats:
        ctx.pen.append(CASE_ROOM, b.SeatPlaced(new.compartment, person))
    ctx.answer(
        "compartment.done",
        compartment=new.compartment,
        kind=new.kind.value,
        people=tuple(phrase("watch.actor", seat=SeatName(s)) for s in new.seats),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """A seat and the fingerprint that its person read out."""

    seat: Seat
    fingerprint: str


def read_verify(ctx: Ctx, rest: str) -> Comparison | Refused:
    """Read `SEAT abcd efgh …`; the grouping does not matter, every character does."""
    word = take_word(rest)
    found = seat_named(ctx.case, word.found or "")
    typed = "".join(word.rest.split())
    if found is None or not typed:
        return refuse("verify.form", usage=VERIFY)
    if standing(found) is not Standing.ENROLLED:
        return refuse("verify.not_enrolled", seat=SeatName(found.id))
    if found.user == ctx.seat.user:
        return refuse("verify.own")
    return Comparison(found, typed)


def verify(ctx: Ctx, comparison: Comparison) -> None:
    """Make a seat verified if the fingerprints agree; if not, that is an incident."""
    found = comparison.seat
    if comparison.fingerprint != found.fingerprint:
        ctx.answer("verify.wrong", seat=SeatName(found.id))
        ctx.pen.tell_desks(phrase("verify.incident", seat=SeatName(found.id)))
        return
    ctx.pen.append(CASE_ROOM, b.SeatVerified(found.id, ctx.seat.id))
    ctx.answer("verify.done", seat=SeatName(found.id), party=PartyName(found.party))


def read_code(ctx: Ctx, rest: str) -> Seat | Refused:
    """Read the id of a seat that is not enrolled yet."""
    found = seat_named(ctx.case, rest)
    if found is None:
        return refuse("seat.none", seat=rest.strip()[:40])
    if standing(found) is not Standing.WAITING:
        # A frozen person gets no code either: pinning anew takes two people.
        return refuse("seat.pinned", seat=SeatName(found.id))
    return found


def renew_code(ctx: Ctx, found: Seat) -> None:
    """Give a new one-time code; the old one is void."""
    code = ctx.pen.long_code()
    ctx.pen.append(CASE_ROOM, b.CodeRenewed(found.id, code_digest(code, found.id)))
    ctx.answer("seat.code", seat=SeatName(found.id), code=code)
