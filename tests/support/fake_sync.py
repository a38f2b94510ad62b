"""What the sync tests share: a store in memory, a storage thread that is none, items by hand."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.matrix.strict_json import JsonObject
from bot.policy.guard import RoomId
from bot.ports import InboxItem
from tests.support.fake_homeserver import FakeHomeserver

T = TypeVar("T")


async def at_once(call: Callable[[], T], /) -> T:
    """Run a storage call here and now."""
    return call()


def item(kind: str, raw: JsonObject | str, room: str | None = None, number: int = 1) -> InboxItem:
    """Return a stored item."""
    stored = raw if isinstance(raw, str) else json.dumps(raw)
    return InboxItem(number, kind, f"key{number}", RoomId(room) if room else None, stored)


class Pauses:
    """A pause that only counts; `most` ends a test that would wait for ever."""

    def __init__(self, most: int = 1_000) -> None:
        self.taken: list[float] = []
        self._most = most

    def __call__(self, seconds: float) -> Awaitable[None]:
        """Note the wait."""
        self.taken.append(seconds)
        if len(self.taken) >= self._most:
            raise TooManyPauses
        return _nothing()


class TooManyPauses(Exception):
    """The virtual time is over."""


async def _nothing() -> None:
    return None


def with_creator(fake: FakeHomeserver, user: str) -> None:
    """Let the fake put an `m.room.create` event into new rooms, as a real server does."""

    def add(made: JsonObject) -> JsonObject:
        fake.add_event(str(made["room_id"]), user, "m.room.create", {"room_version": "12"})
        fake.rooms[str(made["room_id"])].events[-1][1]["state_key"] = ""
        return made

    fake.bend["create_room"] = add
