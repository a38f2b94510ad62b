"""Record bodies of what the Geneva Conventions ask for. Same rules as `bodies`.

`person` is a code name and stays; `named` is the same as words, so that an erasure of the person
finds the record, and nothing shows it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.geneva import Answer, Clock, Datum, Flag, Modality, Notice
from bot.domain.ids import Code, Prose, SeatId


@dataclass(frozen=True, slots=True)
class ArrivalNoted:
    """A week for the card begins: `at` as it was said, `watch` waits for the card until `due`."""

    TAG: ClassVar = "held.arrival/1"
    person: str
    clock: Clock
    at: datetime
    due: datetime
    watch: Code
    by: SeatId
    named: Prose


@dataclass(frozen=True, slots=True)
class DataNoted:
    """Which data are with the bureau, or are not; never a value."""

    TAG: ClassVar = "held.data/1"
    person: str
    data: tuple[Datum, ...]
    notices: tuple[Notice, ...]
    present: bool
    by: SeatId
    named: Prose


@dataclass(frozen=True, slots=True)
class VisitNoted:
    TAG: ClassVar = "held.visit/1"
    person: str
    modality: Modality
    answer: Answer
    by: SeatId
    named: Prose
    reason: Prose


@dataclass(frozen=True, slots=True)
class ConsentsNoted:
    """To whom a person lets the name go, and to whom not."""

    TAG: ClassVar = "held.consents/1"
    person: str
    given: tuple[Flag, ...]
    withheld: tuple[Flag, ...]
    by: SeatId
    named: Prose


GenevaBody: TypeAlias = ArrivalNoted | DataNoted | VisitNoted | ConsentsNoted
