"""Names that must not reach a compartment: whose they are, and who may know that they are.

A name is protected from who may not read the record it stands in: a seat's, a watch's, a
question's, a report's, a note's, or one that somebody asked to protect. Refuses to be an oracle:
for an answer in a room only those count that the room itself may read, whether they are
protected or known elsewhere. The engine reads no words; the shell looks for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.case import Case, Item
from bot.domain.ids import CompartmentId, RecordId
from bot.policy.label import UNOWNED, Label
from bot.words.phrase import Fact, Ref, SeatName

Spelling: TypeAlias = "Ref | str"
"""Prose that holds a name, or a code name itself."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the case: the record it stands in, how it is shown, and who may read it."""

    record: RecordId
    spelling: Spelling
    shown: Ref | Fact | SeatName
    label: Label


@dataclass(frozen=True, slots=True)
class Kept:
    """Names kept from a compartment, and those that it may read anyway."""

    names: tuple[Name, ...]
    known: tuple[Name, ...]


def names_of(case: Case) -> Iterator[Name]:
    """Yield every name of a case that was not erased, one for each record that it stands in.

    The parties' are among them, as names that everybody may read: what is watched may be a party.
    """
    for party in case.parties.values():
        where = Ref(party.record, "name")
        yield Name(party.record, where, where, UNOWNED)
        yield Name(party.record, party.id, where, UNOWNED)
    for seat in (*case.seats.values(), *case.removed.values()):
        label = case.label_of_seat(seat.id)
        yield Name(seat.record, Ref(seat.record, "name"), SeatName(seat.id), label)
    for item in _items(case):
        if item.record not in case.erased:
            where = Ref(item.record, "person")
            yield Name(item.record, where, where, item.label)
    for person, notes in case.held.items():
        for note in notes:
            if note.record not in case.erased:
                yield Name(note.record, person, Fact(note.record, person), note.label)
    for item in case.protected:
        if item.record not in case.erased:
            where = Ref(item.record, "name")
            yield Name(item.record, where, where, item.label)


def _items(case: Case) -> Iterator[Item]:
    yield from (watch.item for watch in case.watches.values())
    yield from (question.item for question in case.questions.values())
    yield from (case.items[code] for code in case.evidence if code in case.items)


def kept_from(case: Case, target: CompartmentId) -> Kept:
    """Return all names that a compartment may not read, for a gate that nobody is answered by."""
    names = tuple(names_of(case))
    return Kept(
        tuple(one for one in names if not one.label.admits(target)),
        tuple(one for one in names if one.label.admits(target)),
    )


def kept_as_known_in(case: Case, target: CompartmentId, here: frozenset[CompartmentId]) -> Kept:
    """Return the same as far as some rooms may read the names: what they may be answered by."""
    found = kept_from(case, target)
    return Kept(
        tuple(one for one in found.names if any(one.label.admits(place) for place in here)),
        tuple(one for one in found.known if any(one.label.admits(place) for place in here)),
    )
