"""`handle`: one event of one case, decided. The only way into the engine.

Pure: the same event, case, scene and draw give the same effects. Nothing here knows how an
effect is carried out, or that it can fail.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CASE_ROOM
from bot.engine import (
    alike,
    casefiles,
    digests,
    duress,
    enrolment,
    guard,
    ladder,
    outside,
    promising,
    proof,
    releasing,
)
from bot.engine.commands.delivering import both_said
from bot.engine.effects import Effect
from bot.engine.events import (
    AlertFailed,
    BothSaid,
    BotReturned,
    CaseFileTaken,
    ClockSet,
    CommandReceived,
    DeadlineReached,
    DeadlinesReached,
    DevicesExcluded,
    DigestGiven,
    DigestStopped,
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
from bot.words.phrase import phrase

BOT_NAMES = ("Parley", "parley")


@dataclass(frozen=True, slots=True)
class Decision:
    """What an event causes, in order, and the case with the records among it, as they were written."""

    effects: tuple[Effect, ...]
    case: Case | None = None


def decide(event: Event, case: Case, scene: Scene, draw: Draw) -> Decision:
    """Return what an event causes, and the case after it."""
    if isinstance(event, CommandReceived):
        names = (scene.bot, *BOT_NAMES)
        pen = command_received(case, event, scene, draw, names)
        return Decision(tuple(pen.effects), pen.case)
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
        case SendDenied() | AlertFailed() | DigestGiven() | DigestStopped():
            _sent_or_not(case, event, pen)
        case BothSaid():
            both_said(case, event, pen)
        case DeadlineReached() | DeadlinesReached():
            _deadline(case, event, pen, scene)
        case BotReturned() | ClockSet():
            _returned(case, event, pen, scene)
        case LogContradicted():
            proof.log_contradicted(case, event, pen)
        case SwitchSeen():
            outside.switch_seen(event, pen)
        case CaseFileTaken():
            casefiles.taken(case, event, pen, scene)
    return Decision(tuple(pen.effects), pen.case)


def _sent_or_not(
    case: Case, event: SendDenied | AlertFailed | DigestGiven | DigestStopped, pen: Pen
) -> None:
    match event:
        case SendDenied():
            guard.send_denied(case, event, pen)
        case AlertFailed():
            pen.tell_desks(phrase("alert.failed", channel=event.channel))
        case DigestGiven():
            digests.given(case, event, pen)
        case DigestStopped():
            digests.stopped(case, event, pen)


def _returned(case: Case, event: BotReturned | ClockSet, pen: Pen, scene: Scene) -> None:
    """Keep an absence or a step of the clock on the journal, and mend what waited by it.

    A step is told to the desk: no room can tell it from a late answer.
    """
    back = event.at < event.since
    if isinstance(event, BotReturned):
        pen.append(CASE_ROOM, b.OutageSeen(event.since, event.at))
    else:
        pen.append(CASE_ROOM, b.ClockWasSet(event.since, event.at))
        by = abs(event.at - event.since)
        pen.tell_desks(phrase("clock.set_back" if back else "clock.set_on", by=by), urgent=False)
    if back:
        ladder.clock_set_back(case, event, pen, scene)
        digests.clock_set_back(case, event, pen)


def _deadline(
    case: Case, event: DeadlineReached | DeadlinesReached, pen: Pen, scene: Scene
) -> None:
    if isinstance(event, DeadlinesReached) or event.bundle:
        alike.reached(case, event, pen, scene)
    elif event.key.startswith("watch:"):
        ladder.reached(case, event, pen, scene)
    elif event.key.startswith("promise:"):
        promising.reached(case, event, pen)
    elif event.key.startswith("digest:"):
        digests.reached(case, event, pen)
    elif event.key.startswith(digests.DELIVERY):
        digests.followed_up(case, event, pen)
    elif event.key.startswith(duress.KEY):
        duress.reached(case, event, pen)
    elif event.key.startswith("release:"):
        releasing.reached(case, event, pen)
