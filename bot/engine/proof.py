"""What the mediators are told of the log itself."""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CASE_ROOM
from bot.engine.events import LogContradicted
from bot.engine.pen import Pen
from bot.words.phrase import phrase

DAMAGED = "damaged"
"""Why there is doubt, if it is not what others hold but what lies on the bot's own disk."""


def log_contradicted(case: Case, event: LogContradicted, pen: Pen) -> None:
    """Tell the desks once that nothing is proved any more."""
    if case.log_doubted is not None:
        return
    pen.append(CASE_ROOM, b.LogDoubted(event.why, event.size, event.ours))
    if event.why == DAMAGED:
        pen.tell_desks(phrase("log.damaged"))
    else:
        pen.tell_desks(phrase("log.doubted", size=event.size, ours=event.ours))
