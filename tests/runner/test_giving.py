"""A digest on its way out: stopped before it left it is made anew, and never after."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain import bodies as b
from tests.hostile.running import CASE
from tests.runner.test_digests_once import Killed, Life, World, parts_of, prepared


def records(store: Any, kind: type[object]) -> list[Any]:
    return [r.body for r in store.load(CASE) if isinstance(r.body, kind)]


def killed_at_first_send(world: World, store: Any) -> None:
    """Die right after the homeserver took the first part."""
    server = world.server

    async def story() -> None:
        life = Life()
        said = server.say

        async def last(message: Any, txn: str) -> str:
            await said(message, txn)
            raise Killed

        server.say = last  # type: ignore[method-assign]
        with pytest.raises(Killed):
            await world.lives(store, life)
        server.say = said  # type: ignore[method-assign]

    asyncio.run(story())


def test_a_digest_that_may_have_left_goes_as_it_was_however_late(tmp_path: Path) -> None:
    world = asyncio.run(prepared("memory", tmp_path, 0))
    store = world.begins()
    world.server.away[world.room] = "away"
    asyncio.run(world.lives(store, Life()))
    assert parts_of(world.heard()) == []
    world.server.away.clear()
    world.now += timedelta(minutes=10)
    asyncio.run(world.lives(store, Life()))
    (heard,) = parts_of(world.heard())
    assert "Late" not in heard, "it may have left: it goes as it was"


def test_a_digest_that_surely_never_left_is_made_anew_and_says_that_it_is_late(
    tmp_path: Path,
) -> None:
    world = asyncio.run(prepared("memory", tmp_path, 0))
    store = world.begins()
    room = world.server.rooms[world.room]
    world.server.rooms = {**world.rooms, world.room: world.rooms[world.room]}
    del world.server.rooms[world.room]
    asyncio.run(world.lives(store, Life()))
    assert parts_of(world.heard()) == []
    world.server.rooms[world.room] = room
    world.now += timedelta(minutes=10)
    asyncio.run(world.lives(store, Life()))
    (heard,) = parts_of(world.heard())
    assert "Late: this should have come earlier." in heard
    assert len(records(store, b.DigestSent)) == 2
    assert len(records(store, b.DigestDelivered)) == 1


def test_a_digest_of_which_a_part_may_have_left_is_never_made_anew(tmp_path: Path) -> None:
    world = asyncio.run(prepared("memory", tmp_path, 0))
    store = world.begins()
    killed_at_first_send(world, store)
    assert len(parts_of(world.heard())) == 1
    world.now += timedelta(hours=3)
    asyncio.run(world.lives(store, Life()))
    assert len(parts_of(world.heard())) == 1
    assert len(records(store, b.DigestSent)) == 1
    assert len(records(store, b.DigestDelivered)) == 1
