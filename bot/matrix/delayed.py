"""The homeserver's delayed events (MSC4140): what it says for the bot once the bot is silent.

It exists so that the calls of the dead-man switch, and what the homeserver allows of them, stand
in one place. It refuses to wait for a homeserver that holds the bot back: whoever keeps the switch
must know that, because such an event is lost without trace when its time comes. A delay id is a
secret: whoever knows it may cancel the event; it is never logged.

Paths and codes as Synapse 1.163 serves them (`synapse/rest/client/delayed_events.py`).
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import quote

from bot.domain.ids import RoomId
from bot.matrix.http import CLIENT, Homeserver, HomeserverRefused, HomeserverUnreachable, path_of
from bot.matrix.strict_json import JsonObject, integer, obj, text

FEATURE: Final = "org.matrix.msc4140"
CAPABILITY: Final = "org.matrix.msc4140.delayed_events"
BASE: Final = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events"
DELAY: Final = "org.matrix.msc4140.delay"
TOO_LONG: Final = "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE"
RATE_LIMITED: Final = "rate_limited"

HORIZON: Final = timedelta(hours=24)
"""A deadline further away is left there later."""
BURST: Final = 40
"""Calls in a row that an account without limits may make; Synapse's usual burst is 10."""
NO_ROOM: Final = RoomId("!parley-rate-probe:invalid")
TEN_YEARS_MS: Final = 10 * 366 * 86_400_000


def delays(versions: JsonObject) -> bool:
    """Tell from a `/versions` answer whether a homeserver holds delayed events."""
    return (obj(versions, "unstable_features") or {}).get(FEATURE) is True


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the homeserver lets the bot do: the longest delay, and how many events at a time."""

    longest: timedelta
    most: int


class DelayedEvents:
    """The delayed events of the account that `server` is logged in as.

    Every method but `limited` raises `HomeserverRefused` and `HomeserverUnreachable`, whose reason
    is `RATE_LIMITED` if the homeserver held the bot back. No call is repeated here.
    """

    def __init__(self, server: Homeserver) -> None:
        self._server = server

    async def allowed(self) -> Allowed | None:
        """Return what is allowed, None if the homeserver holds no delayed events."""
        if not delays(await self._server.versions()):
            return None
        answer = await self._server.call("GET", f"{CLIENT}/capabilities", attempts=1)
        shown = obj(obj(answer, "capabilities") or {}, CAPABILITY) or {}
        longest, most = integer(shown, "max_delay_ms"), integer(shown, "max_scheduled")
        if not longest or not most or longest < 0 or most < 0:
            return None
        return Allowed(timedelta(milliseconds=min(longest, TEN_YEARS_MS)), most)

    async def schedule(self, room: RoomId, content: JsonObject, after: timedelta) -> str:
        """Have an encrypted event sent to a room after a while; return its delay id.

        A lost answer may leave an event that nobody remembers: `pending` shows it.
        """
        path = path_of("rooms", room, "send", "m.room.encrypted", secrets.token_hex(16))
        query = {DELAY: max(1, round(after.total_seconds() * 1000))}
        answer = await self._server.call("PUT", path, body=content, query=query, attempts=1)
        found = text(answer, "delay_id")
        if found is None:
            raise HomeserverUnreachable("answer_shape")
        return found

    async def restart(self, delay_id: str) -> bool:
        """Count an event's delay anew from now; False if there is no such event any more."""
        return await self._act(delay_id, "restart")

    async def cancel(self, delay_id: str) -> bool:
        """Drop an event; False if there is no such event any more."""
        return await self._act(delay_id, "cancel")

    async def _act(self, delay_id: str, action: Literal["restart", "cancel"]) -> bool:
        path = f"{BASE}/{quote(delay_id, safe='')}/{action}"
        try:
            await self._server.call("POST", path, body={}, attempts=1)
        except HomeserverRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    async def pending(self) -> frozenset[str]:
        """Return the delay ids of everything that still waits."""
        answer = await self._server.call("GET", BASE, attempts=1)
        listed = answer.get("delayed_events")
        if not isinstance(listed, list):
            raise HomeserverUnreachable("answer_shape")
        found = (text(event, "delay_id") for event in listed if isinstance(event, dict))
        return frozenset(delay_id for delay_id in found if delay_id is not None)

    async def limited(self) -> bool:
        """Tell whether the homeserver would hold the bot back when many events come due.

        Known from how it behaves, because only an administrator may ask. Synapse counts a request
        for a delayed event before it looks at the delay, by the very limit that an event meets when
        its time comes; and it refuses this delay, so nothing is left behind. The room is nobody's,
        in case a homeserver does not know delays and would send. Stops at the first answer that
        tells. Raises `HomeserverUnreachable` if there is none.
        """
        for _ in range(BURST):
            path = path_of("rooms", NO_ROOM, "send", "m.room.encrypted", secrets.token_hex(16))
            query = {DELAY: TEN_YEARS_MS}
            try:
                await self._server.call("PUT", path, body={}, query=query, attempts=1)
            except HomeserverUnreachable as away:
                if away.reason == RATE_LIMITED:
                    return True
                raise
            except HomeserverRefused:
                continue
        return False
