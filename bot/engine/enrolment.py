"""Enrolment: a one-time code typed in the bot's direct room pins a person's identity.

The direct room carries nothing about any case: the same answers for everybody, whether or
not the code, the person or a case exists.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import bodies as b
from bot.domain.case import Case, Seat
from bot.domain.enrolment import code_matches, normalise
from bot.domain.ids import CASE_ROOM
from bot.engine.events import DirectReceived, Scene
from bot.engine.parsing import Typed, parse_line
from bot.engine.pen import Pen
from bot.engine.seating import person_of, place_of, walled
from bot.words.phrase import SeatName, phrase

TRIES = 5
VERBS = ("enrol", "help")


def typed_code(event: DirectReceived) -> str | None:
    """Return the code that was typed in its normal form; None if the line is something else."""
    line = parse_line(event.text, verbs=VERBS)
    return normalise(line.rest) if isinstance(line, Typed) and line.verb == "enrol" else None


def opened_by(case: Case, event: DirectReceived) -> Seat | None:
    """Return the seat whose code this person typed."""
    code = typed_code(event)
    if code is None:
        return None
    for seat in case.seats_of_user(event.user):
        if seat.failed_codes < TRIES and code_matches(code, seat.id, seat.code_digest):
            return seat
    return None


def awaits_code(case: Case, event: DirectReceived) -> bool:
    """Tell whether a code of this person's is still open here: there a wrong try counts."""
    seats = case.seats_of_user(event.user)
    return any(seat.code_digest and seat.failed_codes < TRIES for seat in seats)


def direct_received(case: Case, event: DirectReceived, pen: Pen, scene: Scene) -> None:
    """Enrol a person, or say in the same words what to type."""
    line = parse_line(event.text, verbs=VERBS)
    if not isinstance(line, Typed) or line.verb != "enrol" or typed_code(event) is None:
        pen.tell_person(event.user, phrase("enrol.form"))
        return
    if not event.vouched:
        pen.tell_person(event.user, phrase("enrol.not_vouched"))
        return
    seat = opened_by(case, event)
    if seat is None:
        _failed(case, event, pen)
        return
    places = [place_of(case, c.id) for c in case.compartments.values() if seat.id in c.seats]
    if walled(
        case, scene.history, replace(person_of(seat), masters=frozenset({event.master})), places
    ):
        # The same identity under another account: the person learns nothing from it.
        pen.tell_person(event.user, phrase("enrol.wrong"))
        pen.tell_desks(phrase("enrol.wall", seat=SeatName(seat.id), seat_id=seat.id))
        return
    if any(s.master == event.master and s.user != event.user for s in case.seats.values()):
        # One key on two seats is one person, who could then approve the own request.
        pen.tell_person(event.user, phrase("enrol.wrong"))
        pen.tell_desks(phrase("enrol.twice", seat=SeatName(seat.id), seat_id=seat.id))
        return
    pen.append(CASE_ROOM, b.SeatEnrolled(seat.id, event.master, event.fingerprint))
    pen.tell_person(event.user, phrase("enrol.done", key=scene.log_key))
    pen.tell_desks(phrase("enrol.desk", seat=SeatName(seat.id), seat_id=seat.id), urgent=False)


def _failed(case: Case, event: DirectReceived, pen: Pen) -> None:
    pen.tell_person(event.user, phrase("enrol.wrong"))
    for seat in case.seats_of_user(event.user):
        if not seat.code_digest or seat.failed_codes >= TRIES:
            continue
        pen.append(CASE_ROOM, b.EnrolmentFailed(seat.id))
        if seat.failed_codes + 1 == TRIES:
            pen.tell_desks(phrase("enrol.void", seat=SeatName(seat.id), seat_id=seat.id))
