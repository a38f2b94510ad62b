"""A case file, taken: asked about where it widens, refused as a whole where it does not fit.

It was compared with the case as the operator's command saw it, and the case may have moved on
since: what is recorded is judged by the case as it is. Nothing that the file says of itself
decides anything. An approval is used up by the first change of who sits where
(`fold.evolve`), so that what was undone is not done again without being asked.
"""

from __future__ import annotations

from collections import Counter

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.casefile_change import digest_of, widens
from bot.domain.casefile_witness import public_of
from bot.domain.fold import evolve
from bot.domain.ids import CASE_ROOM, Prose, RecordId
from bot.domain.ladder import sound
from bot.domain.records import Record
from bot.engine import digests
from bot.engine.command import APPROVAL_LASTS
from bot.engine.events import CaseFileTaken, Scene
from bot.engine.pen import Pen
from bot.engine.seating import person_of, place_of, walled
from bot.policy.label import UNOWNED
from bot.words.phrase import Said, phrase

KINDS = (
    b.CaseOpened,
    b.PartyAdded,
    b.WallBuilt,
    b.SeatAdded,
    b.CompartmentOpened,
    b.SeatPlaced,
    b.SeatWithdrawn,
    b.SeatRemoved,
    b.WitnessNamed,
    b.WitnessDismissed,
    b.LadderNamed,
    b.LadderDropped,
)
"""All that a case file can say."""


def taken(case: Case, event: CaseFileTaken, pen: Pen, scene: Scene) -> None:
    """Take a case file, or ask the desk first where it lets somebody read more than before."""
    bodies = tuple(body for _, body in event.bodies)
    if not _fits(case, event, scene):
        pen.tell_desks(phrase("file.stale"))
        return
    line = f"case file {event.digest}"
    if widens(bodies) and case.head and line not in case.approved_lines:
        _ask_desk(case, event, pen, line)
        return
    known = set(case.compartments)
    for body in bodies:
        pen.append(CASE_ROOM, body)
        if isinstance(body, b.SeatWithdrawn):
            pen.drop_session(body.compartment)
        if isinstance(body, b.SeatAdded) and body.code_digest:
            pen.tell_person(body.user, phrase("enrol.form"))
    for place in pen.case.compartments.values():
        if place.id not in known:
            digests.arm_next(pen, place, event.at)


def _fits(case: Case, event: CaseFileTaken, scene: Scene) -> bool:
    """Tell whether a file is what it says, and says what this case can still become."""
    bodies = tuple(body for _, body in event.bodies)
    if any(place != CASE_ROOM for place, _ in event.bodies):
        return False
    if event.digest != digest_of(case.id, bodies) or not all(isinstance(o, KINDS) for o in bodies):
        return False
    after = _after(case, event)
    if after is None:
        return False
    sitting = {seat for place in after.compartments.values() for seat in place.seats}
    fits = sitting <= after.seats.keys() and _one_seat_each(after) and _watched(after, event)
    return fits and _no_wall(after, event, scene)


def _after(case: Case, event: CaseFileTaken) -> Case | None:
    """Return the case as the file would make it; None if a record speaks of what is not so."""
    for number, (place, body) in enumerate(event.bodies):
        match body:
            case b.CaseOpened() if case.opened_at is not None:
                return None
            case b.WitnessDismissed() if body.key not in case.witnesses:
                return None
            case b.LadderDropped() if body.name not in case.ladders:
                return None
            case b.LadderNamed() if not sound(body.ladder, case.compartments):
                return None
            case b.SeatPlaced() | b.SeatWithdrawn():
                found = case.compartments.get(body.compartment)
                leaves = isinstance(body, b.SeatWithdrawn)
                if found is None or (body.seat in found.seats) is not leaves:
                    return None
            case _:
                pass
        tried = RecordId(f"tried {number}")
        try:
            case = evolve(case, Record(tried, case.id, place, event.at, UNOWNED, event.id, body))
        except KeyError:
            return None
    return case


def _watched(after: Case, event: CaseFileTaken) -> bool:
    """Tell whether each witness that the file names is one, and shows in rooms of the case."""
    keys = [public_of(witness.key) for witness in after.witnesses.values()]
    one_each = None not in keys and len({key and key.public for key in keys}) == len(keys)
    return one_each and all(
        room in after.compartments
        for _, body in event.bodies
        if isinstance(body, b.WitnessNamed)
        for room in body.rooms
    )


def _one_seat_each(after: Case) -> bool:
    users = Counter(seat.user for seat in after.seats.values())
    keys = Counter(seat.master for seat in after.seats.values() if seat.master is not None)
    return all(count == 1 for count in (*users.values(), *keys.values()))


def _no_wall(after: Case, event: CaseFileTaken, scene: Scene) -> bool:
    """Ask the wall again: another case's file may have been taken since this one was compared."""
    moved = {o.seat for _, o in event.bodies if isinstance(o, b.SeatAdded | b.SeatPlaced)}
    return all(
        walled(
            after,
            scene.history,
            person_of(seat),
            [place_of(after, c.id) for c in after.compartments.values() if seat.id in c.seats],
        )
        is None
        for seat in after.seats.values()
        if seat.id in moved
    )


def _ask_desk(case: Case, event: CaseFileTaken, pen: Pen, line: str) -> None:
    if any(a.line == line and a.until > event.at for a in case.approvals.values()):
        return
    for desk in case.desks()[:1]:
        code = pen.code()
        pen.append(desk.id, b.ApprovalAsked(code, None, line, event.at + APPROVAL_LASTS, Prose("")))
        pen.tell(
            desk.id,
            phrase(
                "approve.file_asked",
                code=code,
                lines=tuple(
                    phrase("approve.file_line", text=Said(desk.id, Prose(text)))
                    for text in event.lines
                ),
            ),
            mention=tuple(s.id for s in case.seats_in(desk.id)),
            urgent=True,
        )
