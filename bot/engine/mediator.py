"""`handle`: one event of one case, decided. The only way into the engine.

Pure: the same event, case, scene and draw give the same effects. Nothing here knows how an
effect is carried out, or that it can fail.
"""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CASE_ROOM, Prose
from bot.engine import digests, enrolment, guard, ladder
from bot.engine.effects import Effect
from bot.engine.events import (
    BotReturned,
    CaseFileTaken,
    CommandReceived,
    DeadlineReached,
    DevicesExcluded,
    DirectReceived,
    Draw,
    Event,
    IdentitySeen,
    MessageUnreadable,
    PersonEntered,
    RoomMade,
    RoomSeen,
    Scene,
    SendDenied,
)
from bot.engine.lines import APPROVAL_LASTS, command_received
from bot.engine.pen import Pen
from bot.words.phrase import Said, phrase

BOT_NAMES = ("Parley", "parley")


def handle(event: Event, case: Case, scene: Scene, draw: Draw) -> tuple[Effect, ...]:
    """Return what an event causes, in order."""
    if isinstance(event, CommandReceived):
        names = (scene.bot, *BOT_NAMES)
        return tuple(command_received(case, event, scene, draw, names).effects)
    pen = Pen(case, event.at, event.id, draw)
    match event:
        case DirectReceived():
            enrolment.direct_received(case, event, pen, scene)
        case RoomMade():
            guard.room_made(case, event, pen)
        case RoomSeen():
            guard.room_seen(case, event, pen)
        case PersonEntered():
            guard.person_entered(case, event, pen)
        case IdentitySeen():
            guard.identity_seen(case, event, pen)
        case DevicesExcluded():
            guard.devices_excluded(case, event, pen)
        case MessageUnreadable():
            guard.message_unreadable(case, event, pen)
        case SendDenied():
            guard.send_denied(case, event, pen)
        case DeadlineReached():
            _deadline(case, event, pen)
        case BotReturned():
            pen.append(CASE_ROOM, b.OutageSeen(event.since, event.at))
            if event.at < event.since:
                ladder.clock_set_back(case, event, pen)
                digests.clock_set_back(case, event, pen)
        case CaseFileTaken():
            _case_file(case, event, pen)
    return tuple(pen.effects)


def _deadline(case: Case, event: DeadlineReached, pen: Pen) -> None:
    if event.key.startswith("watch:"):
        ladder.reached(case, event, pen)
    elif event.key.startswith("digest:"):
        digests.reached(case, event, pen)


def _case_file(case: Case, event: CaseFileTaken, pen: Pen) -> None:
    """Take a case file, or ask the desk first where it lets somebody read more than before."""
    line = f"case file {event.digest}"
    if event.widens and case.head and line not in case.approved_lines:
        _ask_desk(case, event, pen, line)
        return
    known = set(case.compartments)
    for compartment, body in event.bodies:
        pen.append(compartment, body)
        if isinstance(body, b.SeatWithdrawn):
            pen.drop_session(body.compartment)
        if isinstance(body, b.SeatAdded) and body.code_digest:
            pen.tell_person(body.user, phrase("enrol.form"))
    for place in pen.case.compartments.values():
        if place.id not in known:
            digests.arm_next(pen, place, event.at)


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
