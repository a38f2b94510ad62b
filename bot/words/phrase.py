"""Phrases: what the bot means to say, before language, time zone and wording.

The engine never holds anybody's words: it names a sentence of the catalogue and what goes
into it. Each insertion knows whose it is, so the label of the finished text follows from
what it is made of and cannot be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.domain.ids import CompartmentId, PartyId, Prose, RecordId, SeatId


@dataclass(frozen=True, slots=True)
class Ref:
    """Prose of a record, opened when the text is made; labelled as the record is."""

    record: RecordId
    field: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A value folded from a record (a time, a state); labelled as the record is.

    A time is shown in `zone` (IANA), or in the room's if that is empty; always in UTC too.
    """

    record: RecordId
    value: str | int | datetime | timedelta
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Words from the very message that is being answered; only that compartment may read them."""

    compartment: CompartmentId
    text: Prose


@dataclass(frozen=True, slots=True)
class SeatName:
    """A seated person's name; readable where that person sits and at the desk."""

    seat: SeatId


@dataclass(frozen=True, slots=True)
class PartyName:
    """A party's name; every compartment of the case knows the parties."""

    party: PartyId


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that belongs to nobody (now, a checkpoint), shown in the room's zone, or in `zone`, and in UTC."""

    at: datetime
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A catalogue key and its insertions, by name.

    A plain string insertion is for codes, verbs and closed words only: it carries no label.
    A tuple of phrases is a list of lines, and so is `Lines`.
    """

    key: str
    args: tuple[tuple[str, Insertion], ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """A column of codes and closed words, as plain strings are in a phrase."""

    values: tuple[str, ...]

    def of(self, about: tuple[RecordId, ...]) -> tuple[Insertion, ...]:
        """Return what stands in each line."""
        del about
        return self.values


@dataclass(frozen=True, slots=True)
class Refs:
    """A column of one prose field of the records that the lines are about."""

    field: str

    def of(self, about: tuple[RecordId, ...]) -> tuple[Insertion, ...]:
        """Return what stands in each line."""
        return tuple(Ref(record, self.field) for record in about)


@dataclass(frozen=True, slots=True)
class Times:
    """A column of instants, each a fact of the record that its line is about."""

    values: tuple[datetime, ...]

    def of(self, about: tuple[RecordId, ...]) -> tuple[Insertion, ...]:
        """Return what stands in each line."""
        return tuple(map(Fact, about, self.values))


@dataclass(frozen=True, slots=True)
class Lengths:
    """As `Times`, of lengths of time."""

    values: tuple[timedelta, ...]

    def of(self, about: tuple[RecordId, ...]) -> tuple[Insertion, ...]:
        """Return what stands in each line."""
        return tuple(map(Fact, about, self.values))


@dataclass(frozen=True, slots=True)
class Phrases:
    """A column of phrases; one alone stands in every line."""

    values: tuple[Phrase, ...]

    def of(self, about: tuple[RecordId, ...]) -> tuple[Insertion, ...]:
        """Return what stands in each line."""
        return self.values * len(about) if len(self.values) == 1 else self.values


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one sentence, by column: what a tuple of phrases is, quicker made and shorter kept.

    `about` names the record of each line. Raises ValueError if a column has not one for each.
    """

    key: str
    about: tuple[RecordId, ...]
    columns: tuple[tuple[str, Words | Refs | Times | Lengths | Phrases], ...]

    def __post_init__(self) -> None:
        """Check that no line would be without its words."""
        for _, column in self.columns:
            fits = isinstance(column, Refs) or len(column.values) == len(self.about)
            if not fits and not (isinstance(column, Phrases) and len(column.values) == 1):
                raise ValueError("a column has not one value for each line")

    def phrases(self) -> tuple[Phrase, ...]:
        """Return the lines."""
        names = [name for name, _ in self.columns]
        columns = (column.of(self.about) for _, column in self.columns)
        rows = zip(self.about, *columns, strict=True)
        return tuple(Phrase(self.key, tuple(zip(names, row, strict=True))) for _, *row in rows)


Insertion: TypeAlias = "str | int | timedelta | Ref | Fact | Said | SeatName | PartyName | Moment | Phrase | Lines | tuple[Phrase, ...]"


def listed(value: Insertion | None) -> tuple[Phrase, ...] | None:
    """Return the lines of a list; None of anything else."""
    if isinstance(value, Lines):
        return value.phrases()
    return value if isinstance(value, tuple) else None


def phrase(key: str, /, **args: Insertion) -> Phrase:
    """Return a phrase; `key` must be in every catalogue."""
    return Phrase(key, tuple(args.items()))
