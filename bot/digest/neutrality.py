"""The neutrality report: how each party was dealt with, side by side, from what its reader may read.

Pure. Counts and middle values only, no verdict. What was typed where the reader is not told of it
is not counted: a count must not tell of a refusal that nobody was to see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from bot.domain.case import Case, Party
from bot.domain.dealing import Dealing, DealingKind
from bot.domain.ids import CompartmentId, RecordId
from bot.domain.when_zones import zone_of

OPENS: Final = time(8)
CLOSES: Final = time(20)
"""The hours of a party's day, by its own clock, on any day: weekends are not the same everywhere."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A count or a length, and the record it follows from (the latest of those counted)."""

    record: RecordId
    value: int | timedelta


@dataclass(frozen=True, slots=True)
class Treatment:
    """How one party was dealt with; None where there is nothing to count or to compare.

    `notice` and `answer` are middle values (the lower one of an even number), `shortest` the
    shortest notice, `out_of_hours` the notices that came outside the party's day.
    """

    party: Party
    notices: Figure | None = None
    notice: Figure | None = None
    shortest: Figure | None = None
    out_of_hours: Figure | None = None
    answers: Figure | None = None
    answer: Figure | None = None
    extensions: Figure | None = None
    releases: Figure | None = None
    gaps: Figure | None = None


def neutrality(case: Case, here: CompartmentId) -> tuple[Treatment, ...]:
    """Return how each party was dealt with, by its id, as a compartment may know it."""
    return tuple(_treatment(case, party, here) for _, party in sorted(case.parties.items()))


def _treatment(case: Case, party: Party, here: CompartmentId) -> Treatment:
    seen = [one for one in case.dealings.get(party.id, ()) if _told(case, one, here)]
    notices = [one for one in seen if one.kind is DealingKind.NOTICE]
    answers = [one for one in seen if one.kind is DealingKind.ANSWER]
    return Treatment(
        party,
        notices=_count(notices),
        notice=_middle(notices),
        shortest=_shortest(notices),
        out_of_hours=_count(one for one in notices if _off_hours(one, party)),
        answers=_count(answers),
        answer=_middle(answers),
        extensions=_count(one for one in seen if one.kind is DealingKind.EXTENSION),
        releases=_count(one for one in seen if one.kind is DealingKind.RELEASE),
        gaps=_count(one for one in seen if one.kind is DealingKind.GAP),
    )


def _told(case: Case, one: Dealing, here: CompartmentId) -> bool:
    known = one.place in case.compartments and here in case.readers_of(one.place)
    return known and one.label.admits(here) and one.record not in case.erased


def _count(found: Iterable[Dealing]) -> Figure | None:
    listed = list(found)
    return Figure(listed[-1].record, len(listed)) if listed else None


def _lengths(found: Iterable[Dealing]) -> list[tuple[timedelta, RecordId]]:
    return sorted((one.length, one.record) for one in found if one.length is not None)


def _middle(found: Iterable[Dealing]) -> Figure | None:
    lengths = _lengths(found)
    if not lengths:
        return None
    length, record = lengths[(len(lengths) - 1) // 2]
    return Figure(record, length)


def _shortest(found: Iterable[Dealing]) -> Figure | None:
    lengths = _lengths(found)
    return Figure(lengths[0][1], lengths[0][0]) if lengths else None


def _off_hours(one: Dealing, party: Party) -> bool:
    return not OPENS <= one.at.astimezone(zone_of(party.zone)).time() < CLOSES
