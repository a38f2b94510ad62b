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
    A tuple of phrases is a list of lines.
    """

    key: str
    args: tuple[tuple[str, Insertion], ...] = ()


Insertion: TypeAlias = "str | int | timedelta | Ref | Fact | Said | SeatName | PartyName | Moment | Phrase | tuple[Phrase, ...]"


def phrase(key: str, /, **args: Insertion) -> Phrase:
    """Return a phrase; `key` must be in every catalogue."""
    return Phrase(key, tuple(args.items()))
