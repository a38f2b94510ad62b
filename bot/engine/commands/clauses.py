"""The clauses of a promise: what stands between the party and the words.

Each begins with its own word, in any order, with or without a comma. Refuses a clause it does
not know, and a condition that would tell the other side of a promise it may not know of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bot.domain.case import Case, Item
from bot.domain.fold_commitment import promise_of
from bot.domain.ids import UNSAID, Code, PartyId, Prose
from bot.domain.terms import Condition, Terms
from bot.domain.vocabulary import Role
from bot.domain.when import read_schedule
from bot.domain.when_anchored import read_anchor_name
from bot.domain.when_schedule import Anchored
from bot.engine.anchored import events_of
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.parsing import split_keyword, split_phrases, take_code, take_word, unquote
from bot.engine.seated import party_named, seat_named
from bot.engine.times import deadline, duration, moment, short
from bot.words.phrase import phrase

FORMS: Final = (
    "by fri 18:00",
    "by EIF+21d",
    "between fri 08:00 and fri 18:00",
    "if M3XD fulfilled",
    "after EIF",
    "verified by relief",
    'method "the delegate counts them"',
    "guaranteed by PARTY",
    "date agreed",
    "grace 2h",
    'agreed "WORDS"',
    "language ar",
)
_LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LONGEST_TAG: Final = 12


@dataclass(frozen=True, slots=True)
class Clauses:
    """What was read so far; `due` is None until it was said, agreed and method are words."""

    obligee: PartyId
    due: datetime | None
    terms: Terms
    agreed: Prose = UNSAID
    method: Prose = UNSAID
    own: Code | None = None


Reader = Callable[[Ctx, Clauses, str], Clauses | Refused]


def split_clauses(typed: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what stands before the first clause, and the clauses."""
    return split_phrases(typed, tuple(READERS))


def read_clauses(ctx: Ctx, found: Clauses, parts: tuple[tuple[str, str], ...]) -> Clauses | Refused:
    """Read clauses on top of those that stand already."""
    for word, value in parts:
        read = READERS[word](ctx, found, value.strip())
        if isinstance(read, Refused):
            return read
        found = read
    return found


def no_clause(typed: str) -> Refused:
    """Refuse what is no clause, and show them all."""
    forms = tuple(phrase("clause.form", form=form) for form in FORMS)
    return refuse("clause.unknown", typed=short(typed), forms=forms)


def _due(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    schedule = read_schedule(
        value, now=ctx.event.at, zone=ctx.seat.zone, anchors=events_of(ctx.case)
    )
    if isinstance(schedule, Anchored) and schedule.every is None:
        due = schedule.next_after(_LONG_AGO)
        if due <= ctx.event.at:
            return refuse("clause.over", typed=short(value))
        terms = replace(found.terms, hangs=schedule.normal(), opens=None)
        return replace(found, due=due, terms=terms)
    at = deadline(ctx, value)
    if isinstance(at, Refused):
        return at
    return replace(found, due=at, terms=replace(found.terms, hangs="", opens=None))


def _window(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    parts = split_keyword(value, "and")
    if parts is None or not parts.before or not parts.after:
        return no_clause(f"between {value}")
    opens, due = moment(ctx, parts.before), deadline(ctx, parts.after)
    if isinstance(opens, Refused):
        return opens
    if isinstance(due, Refused):
        return due
    if opens >= due:
        return refuse("clause.window", typed=short(value))
    return replace(found, due=due, terms=replace(found.terms, opens=opens, hangs=""))


def _if(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    conditions = [c for c in found.terms.conditions if c.event]
    rest = value
    while rest:
        taken = take_code(rest)
        word = take_word(taken.rest)
        if (word.found or "").casefold() == "is":
            word = take_word(word.rest)
        if taken.code is None or (word.found or "").casefold().strip(",") != "fulfilled":
            return no_clause(f"if {value}")
        item = ctx.item(taken.code)
        other = promise_of(ctx.case, taken.code) if item is not None else None
        if item is None or other is None or taken.code == found.own:
            return refuse("wrong.no_item", code=taken.code, verb="commit")
        sides = {ctx.seat.party, found.obligee}
        if not {other.obligor, other.obligee} <= sides and not knows(ctx.case, item, found.obligee):
            return refuse("clause.foreign", code=taken.code)
        conditions.append(Condition(promise=taken.code))
        tail = take_word(word.rest)
        joined = (tail.found or "").casefold() == "and"
        rest = tail.rest if joined else word.rest
        if rest and not joined:
            return no_clause(f"if {value}")
    if not value:
        return no_clause("if")
    return replace(found, terms=replace(found.terms, conditions=tuple(dict.fromkeys(conditions))))


def knows(case: Case, item: Item, party: PartyId) -> bool:
    """Tell whether somebody of a party sits where an item may be read."""
    return any(
        case.shows(item, place.id)
        for place in case.compartments.values()
        if any(case.seats[seat].party == party for seat in place.seats)
    )


def _after(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    name = read_anchor_name(value.removesuffix(" and").strip())
    if name is None:
        return no_clause(f"after {value}")
    _ = ctx
    conditions = (*found.terms.conditions, Condition(event=name))
    return replace(found, terms=replace(found.terms, conditions=tuple(dict.fromkeys(conditions))))


def _verifier(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    party = party_named(ctx.case, value)
    seat = None if party else seat_named(ctx.case, value)
    if seat is not None and seat.role is Role.VERIFIER and _sits_with(ctx, seat.id):
        party = seat.party
    elif seat is not None:
        seat = None
    if party is None or party in (ctx.seat.party, found.obligee):
        return refuse("clause.verifier", typed=short(value))
    terms = replace(found.terms, verifier=party, verifier_seat=seat.id if seat else None)
    return replace(found, terms=terms)


def _sits_with(ctx: Ctx, seat: str) -> bool:
    return any({ctx.seat.id, seat} <= place.seats for place in ctx.case.compartments.values())


def _guarantor(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    party = party_named(ctx.case, value)
    if party is None or party == ctx.seat.party:
        return refuse("clause.guarantor", typed=short(value))
    return replace(found, terms=replace(found.terms, guarantor=party))


def _date(*, agreed: bool) -> Reader:
    def read(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
        _ = ctx
        if value:
            return no_clause(f"date agreed {value}")
        return replace(found, terms=replace(found.terms, date_agreed=agreed))

    return read


def _grace(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    _ = ctx
    length = duration(value)
    if isinstance(length, Refused):
        return length
    return replace(found, terms=replace(found.terms, grace=length))


def _agreed(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    _ = ctx
    words = unquote(value)
    if not words:
        return no_clause("agreed")
    return replace(found, agreed=Prose(words), terms=replace(found.terms, agreed=True))


def _method(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    _ = ctx
    words = unquote(value)
    if not words:
        return no_clause("method")
    return replace(found, method=Prose(words), terms=replace(found.terms, method=True))


def _language(ctx: Ctx, found: Clauses, value: str) -> Clauses | Refused:
    _ = ctx
    tag = value.casefold()
    if (
        not tag
        or len(tag) > _LONGEST_TAG
        or not all((c.isascii() and c.isalnum()) or c == "-" for c in tag)
    ):
        return no_clause(f"language {value}")
    return replace(found, terms=replace(found.terms, language=tag))


READERS: Final[dict[str, Reader]] = {
    "verified by": _verifier,
    "guaranteed by": _guarantor,
    "date not agreed": _date(agreed=False),
    "date agreed": _date(agreed=True),
    "between": _window,
    "language": _language,
    "agreed": _agreed,
    "method": _method,
    "grace": _grace,
    "after": _after,
    "if": _if,
    "by": _due,
}
"""What begins a clause, longest first, and what reads it."""
