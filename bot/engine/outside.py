"""What the mediators are told of those who speak up when the bot is gone."""

from __future__ import annotations

from typing import Final

from bot.engine.events import SwitchFault, SwitchSeen
from bot.engine.pen import Pen
from bot.words.phrase import Phrase, phrase

SAID: Final[dict[SwitchFault | None, Phrase]] = {
    None: phrase("deadman.holds"),
    SwitchFault.ABSENT: phrase("deadman.absent"),
    SwitchFault.SHORT: phrase("deadman.short"),
    SwitchFault.LIMITED: phrase("deadman.limited"),
    SwitchFault.FULL: phrase("deadman.full"),
    SwitchFault.SPOKE: phrase("deadman.back"),
}


def switch_seen(event: SwitchSeen, pen: Pen) -> None:
    """Tell the desks that the dead-man switch does not hold, or holds again."""
    pen.tell_desks(SAID[event.fault])
