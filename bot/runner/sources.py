"""What sentences are made of: prose from the journal, names and labels from the case."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.case import Case
from bot.domain.ids import CompartmentId, PartyId, RecordId, SeatId
from bot.policy.label import Label
from bot.ports import Journal
from bot.words.phrase import Fact, Insertion, Lines, PartyName, Phrase, Ref, SeatName

Opened = Mapping[RecordId, tuple[Label, Mapping[str, str]]]


class Opening:
    """The records one phrase needs, opened beforehand on the storage thread.

    Names and prose that were erased or withdrawn come out as None. A record, seat or compartment that is
    not there at all is a label that nobody satisfies: what cannot be attributed is not said,
    and one such sentence stops no other.
    """

    def __init__(self, case: Case, opened: Opened, labels: Mapping[RecordId, Label]) -> None:
        self._case = case
        self._opened = opened
        self._labels = labels

    def prose(self, record: RecordId, field: str) -> tuple[str | None, Label]:
        """Return a prose field and its record's label."""
        found = self._opened.get(record)
        if found is None:
            return None, self.label_of(record)
        gone = record in self._case.withdrawn
        return None if gone else found[1].get(field), found[0]

    def label_of(self, record: RecordId) -> Label:
        """Return a record's label."""
        return self._labels.get(record, NOBODY)

    def label_in(self, compartment: CompartmentId) -> Label:
        """Return the label of something said in a compartment."""
        known = compartment in self._case.compartments
        return self._case.label_in(compartment) if known else NOBODY

    def seat(self, seat: SeatId) -> tuple[str | None, Label]:
        """Return a seated person's name and who may read it."""
        found = self._case.seats.get(seat) or self._case.removed.get(seat)
        if found is None:
            return None, NOBODY
        return self._name(found.record), self._case.label_of_seat(seat)

    def party(self, party: PartyId) -> str | None:
        """Return a party's name."""
        found = self._case.parties.get(party)
        return self._name(found.record) if found else None

    def _name(self, record: RecordId) -> str | None:
        found = self._opened.get(record)
        return found[1].get("name") if found else None


NOBODY = Label(frozenset({(PartyId("nobody"), frozenset())}))


def needed(said: Phrase, case: Case) -> frozenset[RecordId]:
    """Return the records that a phrase quotes or names."""
    found: set[RecordId] = set()
    for _, value in said.args:
        found |= _needed(value, case)
    return frozenset(found)


def _needed(value: Insertion, case: Case) -> frozenset[RecordId]:
    match value:
        case Ref() | Fact():
            return frozenset({value.record})
        case SeatName():
            seat = case.seats.get(value.seat) or case.removed.get(value.seat)
            return frozenset({seat.record} if seat else ())
        case PartyName():
            party = case.parties.get(value.party)
            return frozenset({party.record} if party else ())
        case Phrase():
            return needed(value, case)
        case tuple():
            return frozenset().union(*(needed(said, case) for said in value))
        case Lines():
            return _needed(value.phrases(), case)
        case _:
            return frozenset()


def open_all(journal: Journal, records: frozenset[RecordId]) -> Opened:
    """Open records; to be called on the storage thread."""
    found = {record: journal.prose(record) for record in sorted(records)}
    return {record: opened for record, opened in found.items() if opened is not None}
