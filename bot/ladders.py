"""The ladders of this installation: read from their file, and held against the channels outside.

Refuses a ladder that calls a channel nobody set up: its last level would reach nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.casefile_ladder import LaddersWrong, parse_ladders
from bot.domain.ladder import Ladder
from bot.settings import Settings


class LaddersUnusable(Exception):
    """The file of ladders cannot be used; the text says what to mend."""


def read_ladders(settings: Settings) -> dict[str, Ladder]:
    """Return the ladders by name; none where no file is set. Raises `LaddersUnusable`."""
    file = settings.watches.ladders
    if file is None:
        return {}
    try:
        ladders = parse_ladders(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise LaddersUnusable(f"{file} cannot be read: see [watches]") from None
    except LaddersWrong as wrong:
        raise LaddersUnusable(f"{file}:\n{wrong}") from None
    missing = missing_channels(settings, ladders.values())
    if missing:
        raise LaddersUnusable(f"{file}: not in [outside.channels]: {', '.join(missing)}")
    return ladders


def missing_channels(settings: Settings, ladders: Iterable[Ladder]) -> tuple[str, ...]:
    """Return the channels that ladders name and the settings do not have, in order."""
    named = {name for ladder in ladders for step in ladder for name in step.outside}
    return tuple(sorted(named - settings.outside.channels.keys()))
