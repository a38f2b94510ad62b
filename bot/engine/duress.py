"""Duress: who is told of it, and that nobody who can see the speaker's rooms is.

The desk is told at once, and again until a mediator there says it is dealt with. Refuses to count
a desk that the speaker sits at, under any seat, as out of sight.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain import bodies as b
from bot.domain.case import NO_PARTY, Case, Compartment, Question
from bot.domain.ids import CASE_ROOM, Code, SeatId
from bot.domain.vocabulary import Role
from bot.engine.events import DeadlineReached
from bot.engine.pen import Pen
from bot.policy.label import owned_by_all
from bot.words.phrase import phrase

KEY = "question:"
AGAIN = timedelta(minutes=30)


def out_of_sight(case: Case, speaker: SeatId) -> tuple[Compartment, ...]:
    """Return the desks that a person does not sit at, under any seat."""
    found = case.seats.get(speaker) or case.removed[speaker]
    own = {speaker, *(seat.id for seat in case.seats_of_user(found.user))}
    return tuple(desk for desk in case.desks() if not desk.seats & own)


def examined(pen: Pen, code: Code, speaker: SeatId, *, duress: bool) -> None:
    """Put on record whether a right answer held a duress phrase, readable at those desks alone."""
    hidden = out_of_sight(pen.case, speaker)
    owners = {party for desk in hidden for party in pen.case.parties_in(desk.id)} or {NO_PARTY}
    label = owned_by_all(frozenset(owners), frozenset(desk.id for desk in hidden))
    place = hidden[0].id if hidden else CASE_ROOM
    pen.append(place, b.AnswerExamined(code, duress), label=label)


def tell(pen: Pen, found: Question, speaker: SeatId) -> None:
    """Tell the desk, and arm the next time.

    Where the speaker sits there or nothing is heard there, mediators are told one by one.
    """
    code = found.item.code
    if not _tell_desks(pen, found, speaker):
        _tell_people(pen, code, speaker)
    if out_of_sight(pen.case, speaker):
        pen.arm(f"{KEY}{code}:1", pen.at + AGAIN)


def _tell_desks(pen: Pen, found: Question, speaker: SeatId) -> bool:
    hidden = out_of_sight(pen.case, speaker)
    heard = [desk for desk in hidden if desk.room is not None and not desk.held and desk.seats]
    for desk in heard:
        said = phrase("question.duress", code=found.item.code, compartment=found.item.compartment)
        people = tuple(seat.id for seat in pen.case.seats_in(desk.id))
        pen.tell(desk.id, said, mention=people, urgent=True)
    return bool(heard)


def _tell_people(pen: Pen, code: Code, speaker: SeatId) -> None:
    found = pen.case.seats.get(speaker) or pen.case.removed[speaker]
    for role in (Role.MEDIATOR, Role.COORDINATOR):
        others = {s.user for s in pen.case.seats.values() if s.role is role and s.enrolled}
        others -= {found.user}
        for user in sorted(others):
            pen.tell_person(user, phrase("question.duress_direct", code=code))
        if others:
            return


def reached(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """Tell the desk again, for as long as nobody there has dealt with it."""
    _, code, number = event.key.split(":")
    found = case.questions.get(Code(code))
    if found is None or not found.duress or found.noted or found.answered_by is None:
        return
    if not _tell_desks(pen, found, found.answered_by):
        _tell_people(pen, found.item.code, found.answered_by)
    pen.arm(f"{KEY}{code}:{int(number) + 1}", pen.at + AGAIN)


def shown_at(case: Case, found: Question, here: Compartment) -> bool:
    """Tell whether a compartment may be shown that a duress phrase was used."""
    if not found.duress or found.answered_by is None:
        return False
    return here.id in {desk.id for desk in out_of_sight(case, found.answered_by)}
