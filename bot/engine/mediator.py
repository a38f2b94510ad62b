"""`handle`: one event of one case, decided. The only way into the engine.

Pure: the same event, case, scene and draw give the same effects. Nothing here knows how an
effect is carried out, or that it can fail.
"""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CASE_ROOM
from bot.engine import casefiles, digests, enrolment, guard, ladder, outside, proof
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
    LogContradicted,
    MessageUnreadable,
    PersonEntered,
    RoomMade,
    RoomSeen,
    Scene,
    SendDenied,
    SwitchSeen,
)
from bot.engine.lines import command_received
from bot.engine.pen import Pen

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
        case LogContradicted():
            proof.log_contradicted(case, event, pen)
        case SwitchSeen():
            outside.switch_seen(event, pen)
        case CaseFileTaken():
            casefiles.taken(case, event, pen, scene)
    return tuple(pen.effects)


def _deadline(case: Case, event: DeadlineReached, pen: Pen) -> None:
    if event.key.startswith("watch:"):
        ladder.reached(case, event, pen)
    elif event.key.startswith("digest:"):
        digests.reached(case, event, pen)
