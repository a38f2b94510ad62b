"""A digest is built by inclusion: only items whose label admits the reader are looked at.

What may not be read leaves no trace: no count, no "redacted", no gap in an order. The
sections are the same every time, so that an empty one says nothing about other compartments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.digest.changes import changes
from bot.digest.conditions import conditions
from bot.digest.lines import Line, Section, header
from bot.digest.matters import NEWEST, contacts, decisions, status
from bot.digest.promising import Promises, promises
from bot.digest.watching import PROOF as PROOF
from bot.digest.watching import due_of as due_of
from bot.digest.watching import last_seen as last_seen
from bot.digest.watching import needs_proof as needs_proof
from bot.digest.watching import state_of as state_of
from bot.digest.watching import watch_lines, watches_of
from bot.domain.assessments import Assessment
from bot.domain.case import Case, Commitment, Compartment, Offer, Watch
from bot.domain.digest_bodies import NO_CODE
from bot.domain.digesting import Digesting
from bot.domain.ids import Code, CompartmentId
from bot.domain.items import Item
from bot.domain.vocabulary import CompartmentKind, Role, WatchState
from bot.words.phrase import Moment, Phrase, Ref, SeatName, phrase

HELD = TypeVar("HELD", Commitment, Offer, Watch, Assessment)
MOST_CHANGES = 20
_ALARMED = (WatchState.OVERDUE, WatchState.ACKED)


def compose(
    case: Case,
    reader: Compartment,
    as_of: datetime,
    *,
    late: bool = False,
    code: Code = NO_CODE,
    confirm: timedelta | None = None,
    preview: bool = False,
) -> Phrase:
    """Return the digest of a compartment as of an instant.

    `code` is what the reader confirms it by, within `confirm` if that is asked for.
    """
    here = reader.id
    made = promises(case, here, as_of)
    watched = watches_of(case, here)
    decide = decisions(case, reader, as_of)
    since = (case.digesting.get(here) or Digesting()).since
    waiting = Section(decide, "digest.no_decide")
    spoken = Section(status(case, here), "digest.no_status", NEWEST)
    judged = Section(conditions(case, here, as_of), "digest.no_assessment")
    due = Section(made.due, "digest.no_due")
    late_ones = Section(made.late, "digest.no_late_ones")
    kept = Section(made.kept, "digest.no_kept", NEWEST)
    watching = Section(watch_lines(watched, as_of), "digest.no_watches")
    new = changes(case, here, since, made.told, watched)
    changed = Section(new, "digest.no_changed", MOST_CHANGES)
    ahead = Section(contacts(watched, as_of), "digest.no_contacts")
    sections = (waiting, spoken, judged, due, late_ones, kept, watching, changed, ahead)
    zone = reader_zone(case, reader)
    return phrase(
        "digest",
        case=Ref(case.record, "name") if case.record else phrase("nothing"),
        day=(as_of - (case.opened_at or as_of)).days + 1,
        reader=_people(case, reader),
        marking=header(sections),
        as_of=Moment(as_of, zone),
        late=phrase("digest.late" if late else "nothing"),
        preview=phrase("digest.preview" if preview else "nothing"),
        preamble=_preamble(reader, since, zone),
        bottom=_bottom_line(made, watched, decide),
        confirm=_confirm(code, confirm),
        decide=waiting.said(),
        status=spoken.said(),
        assessment=judged.said(),
        due=due.said(),
        late_ones=late_ones.said(),
        kept=kept.said(),
        watches=watching.said(),
        changed=changed.said(),
        contacts=ahead.said(),
    )


def reader_zone(case: Case, reader: Compartment) -> str:
    """Return the zone (IANA) that a reader lives in: the principal's, or the party's."""
    seats = sorted(case.seats_in(reader.id), key=lambda s: (s.role is not Role.PRINCIPAL, s.id))
    if seats and reader.kind is CompartmentKind.BENCH:
        return seats[0].zone
    party = case.parties.get(reader.party) if reader.party is not None else None
    return party.zone if party else case.zone


def narrowed(case: Case, onlooker: CompartmentId) -> Case:
    """Return the case with nothing in it that an onlooker may not read, for a preview."""

    def seen(table: Mapping[Code, HELD]) -> dict[Code, HELD]:
        return {code: held for code, held in table.items() if case.shows(held.item, onlooker)}

    items: dict[Code, Item] = {c: i for c, i in case.items.items() if case.shows(i, onlooker)}
    watches = seen(case.watches)
    return replace(
        case,
        items=items,
        commitments=seen(case.commitments),
        offers=seen(case.offers),
        watches=watches,
        assessments=seen(case.assessments),
        wellbeing={code: points for code, points in case.wellbeing.items() if code in watches},
        requests={c: r for c, r in case.requests.items() if r.label.admits(onlooker)},
    )


def _people(case: Case, reader: Compartment) -> Phrase:
    people = tuple(phrase("digest.person", seat=SeatName(s.id)) for s in case.seats_in(reader.id))
    return phrase("digest.reader", people=people) if people else phrase("nothing")


def _preamble(reader: Compartment, since: datetime | None, zone: str) -> Phrase:
    bench = reader.kind is CompartmentKind.BENCH
    return phrase(
        "digest.preamble" if bench else "digest.preamble_other",
        sources=len(reader.reads) + 1,
        since=phrase("digest.since", at=Moment(since, zone))
        if since is not None
        else phrase("digest.first"),
    )


def _bottom_line(made: Promises, watched: tuple[Watch, ...], decide: list[Line]) -> Phrase:
    overdue = sum(w.state in _ALARMED for w in watched)
    alarm = bool(overdue or made.late)
    return phrase(
        "digest.bottom_alarm" if alarm else "digest.bottom",
        overdue=overdue,
        late=len(made.late),
        due=len(made.due),
        kept=len(made.kept),
        watches=len(watched),
        decide=len(decide),
    )


def _confirm(code: Code, within: timedelta | None) -> Phrase:
    if not code:
        return phrase("nothing")
    if within is None:
        return phrase("digest.code", code=code)
    return phrase("digest.confirm", code=code, within=within)
