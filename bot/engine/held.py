"""What a room may read of a held person, and to whom a release may not name one.

A refusal to consent binds where it may be read, and nowhere else: a room that may not read it must
not learn of it by what it may not release. What was erased binds no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.case import Case, Compartment
from bot.domain.geneva import FORBIDS, Answer, Flag, Note, Topic, names_person
from bot.domain.ids import CompartmentId, PartyId
from bot.domain.vocabulary import CompartmentKind
from bot.engine.command import Ctx, Refused, refuse
from bot.words.phrase import Fact, Phrase, Ref, phrase


def notes_of(case: Case, person: str, topic: Topic, here: CompartmentId) -> dict[str, Note]:
    """Return what a room may read of a person, the latest of each name; nothing of the erased."""
    found: dict[str, Note] = {}
    for note in sorted(case.held.get(person, ()), key=lambda n: (n.at, n.record)):
        if note.topic is topic and note.label.admits(here) and note.record not in case.erased:
            found[note.name] = note
    return found


def withheld(ctx: Ctx, target: Compartment) -> Iterator[tuple[str, Note]]:
    """Return the people who must not be named to a compartment, and what says so, as known here."""
    readers = _parties(ctx.case, target) - {ctx.seat.party}
    kinds = {ctx.case.parties[party].kind for party in readers}
    for person in sorted(ctx.case.held):
        for name, note in notes_of(ctx.case, person, Topic.CONSENT, ctx.here.id).items():
            flag = Flag(name)
            public = flag is Flag.PUBLISH and target.kind is CompartmentKind.PLENARY
            if note.value == Answer.NO and (public or kinds & FORBIDS[flag]):
                yield person, note
                break


def _parties(case: Case, target: Compartment) -> frozenset[PartyId]:
    """Return whose people read a compartment, or what is told of it."""
    places = [case.compartments[place] for place in case.readers_of(target.id)]
    people = {case.seats[seat].party for place in places for seat in place.seats}
    return case.parties_in(target.id) | people


def names_withheld(ctx: Ctx, target: Compartment, words: str) -> Refused | None:
    """Refuse typed words that name somebody who did not consent to it."""
    for person, note in withheld(ctx, target):
        if names_person(words, person):
            return Refused(_why(person, note, target))
    return None


def unless_withheld(ctx: Ctx, target: Compartment, source: Ref) -> None:
    """Let what is decided stand only if recorded words name nobody who did not consent to it."""
    for person, note in withheld(ctx, target):
        otherwise = phrase("refused", why=_why(person, note, target))
        ctx.pen.unless_named(ctx.here.id, source, person, otherwise)


def _why(person: str, note: Note, target: Compartment) -> Phrase:
    return refuse(
        "held.withheld",
        person=Fact(note.record, person),
        flag=Fact(note.record, note.name),
        at=Fact(note.record, note.at),
        target=target.id,
    ).why
