"""A homeserver's delayed events in memory, as Synapse keeps them; limits and losses on request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import unquote

from typing_extensions import override

from bot.matrix.delayed import BASE, CAPABILITY, DELAY, FEATURE, TOO_LONG
from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable
from bot.matrix.strict_json import JsonObject


@dataclass
class Left:
    """One event that waits: `due` counts from the start of the test, in milliseconds."""

    room: str
    content: JsonObject
    delay_ms: int
    due: int


class FakeDelays(Homeserver):
    """`pass_time` sends what falls due to `said`; `tokens` is how much is left of the rate limit."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", token="t", pause=asyncio.sleep, jitter=lambda: 0.0)
        self.left: dict[str, Left] = {}
        self.said: list[Left] = []
        self.now_ms = 0
        self.longest_ms, self.most = 86_400_000, 100
        self.supported = True
        self.tokens: int | None = None
        self.refused_rooms: set[str] = set()
        self.loses_answers = 0
        self.away = False
        self.asked: list[str] = []
        self._made = 0

    def pass_time(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)
        for delay_id in [name for name, one in self.left.items() if one.due <= self.now_ms]:
            self.said.append(self.left.pop(delay_id))

    def in_room(self, room: str) -> list[Left]:
        return [one for one in self.left.values() if one.room == room]

    @override
    async def call(self, method: str, path: str, **rest: object) -> JsonObject:
        self.asked.append(f"{method} {path}")
        await asyncio.sleep(0)
        if self.away:
            raise HomeserverUnreachable("network")
        if path.endswith("/versions"):
            return {"versions": ["v1.12"], "unstable_features": {FEATURE: self.supported}}
        if path.endswith("/capabilities"):
            shown: JsonObject = {"max_delay_ms": self.longest_ms, "max_scheduled": self.most}
            return {"capabilities": {CAPABILITY: shown}}
        if path == BASE:
            return {"delayed_events": [{"delay_id": name} for name in self.left]}
        if path.startswith(BASE):
            return self._act(*path.removeprefix(BASE + "/").split("/"))
        return self._schedule(path, rest)

    def _act(self, delay_id: str, action: str) -> JsonObject:
        one = self.left.get(unquote(delay_id))
        if one is None:
            raise HomeserverRefused(404, "M_NOT_FOUND")
        if action == "restart":
            one.due = self.now_ms + one.delay_ms
        else:
            del self.left[unquote(delay_id)]
        return {}

    def _schedule(self, path: str, rest: dict[str, object]) -> JsonObject:
        query, body = rest["query"], rest["body"]
        assert isinstance(query, dict)
        assert isinstance(body, dict)
        if self.tokens is not None:
            self.tokens -= 1
            if self.tokens < 0:
                raise HomeserverUnreachable("rate_limited")
        room, delay = unquote(path.split("/")[5]), int(query[DELAY])
        if delay > self.longest_ms:
            raise HomeserverRefused(400, TOO_LONG)
        if room in self.refused_rooms:
            raise HomeserverRefused(403, "M_FORBIDDEN")
        self._made += 1
        name = f"syd_{self._made}"
        self.left[name] = Left(room, body, delay, self.now_ms + delay)
        if self.loses_answers:
            self.loses_answers -= 1
            raise HomeserverUnreachable("network")
        return {"delay_id": name}
