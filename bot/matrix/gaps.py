"""Fill a `limited` timeline: fetch what `/sync` left out, back to where we had read.

It exists because a burst in a room is cut off by the homeserver, and a command may be in the
cut. It refuses to page without end: pages are bounded, and an answer that leads back to a page
already read ends the walk.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from bot.matrix.http import HomeserverRefused
from bot.matrix.strict_json import JsonObject, array, sound, text

PAGE: Final = 500
MOST_PAGES: Final = 40

log = structlog.get_logger()


class Pages(Protocol):
    """The part of `Homeserver` that pages through a room."""

    async def messages(
        self, room: str, start: str, end: str | None, direction: str, limit: int
    ) -> JsonObject:
        """Return one page."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The events of a gap, oldest first. `whole` is False if older ones may be missing."""

    events: tuple[JsonObject, ...]
    whole: bool
    skipped: int = 0


async def fill(
    pages: Pages, room: str, newest: str, oldest: str, known: frozenset[str] = frozenset()
) -> Filled:
    """Walk back from `newest` (the timeline's `prev_batch`) to `oldest` (the last sync token).

    `known` are event ids already read: one of them ends the walk. Raises
    `HomeserverUnreachable`; a refusal ends the walk with what was found.
    """
    found: list[JsonObject] = []
    start, seen_tokens, skipped = newest, {newest}, 0
    for _ in range(MOST_PAGES):
        try:
            answer = await pages.messages(room, start, oldest, "b", PAGE)
        except HomeserverRefused as refused:
            log.warning("gap_refused", room=room, status=refused.status, errcode=refused.errcode)
            return Filled(tuple(reversed(found)), whole=False, skipped=skipped)
        for event in array(answer, "chunk") or []:
            if not isinstance(event, dict) or not sound(event):
                skipped += 1
                continue
            if text(event, "event_id") in known:
                return Filled(tuple(reversed(found)), whole=True, skipped=skipped)
            found.append(event)
        following = text(answer, "end")
        if following is None or following == oldest:
            return Filled(tuple(reversed(found)), whole=True, skipped=skipped)
        if following in seen_tokens or not sound(following):
            log.warning("gap_loops", room=room)
            break
        seen_tokens.add(following)
        start = following
    return Filled(tuple(reversed(found)), whole=False, skipped=skipped)
