"""Delayed events, on a fake homeserver and on a real one."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from typing_extensions import override

from bot.demo.homeserver import EmbeddedHomeserver
from bot.demo.homeserver_settings import HomeserverOptions, RateLimit
from bot.domain.ids import RoomId
from bot.matrix.delayed import BURST, CAPABILITY, Allowed, DelayedEvents, delays
from bot.matrix.http import Homeserver, HomeserverUnreachable
from bot.matrix.rooms import create
from bot.matrix.strict_json import JsonObject
from tests.conftest import Run
from tests.support.fake_delays import FakeDelays
from tests.support.synapse import new_account

ROOM = RoomId("!room:localhost")
SEALED: JsonObject = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA"}
HOUR = timedelta(hours=1)


def client(url: str, token: str | None = None) -> Homeserver:
    return Homeserver(url, token=token, pause=asyncio.sleep, jitter=lambda: 0.5)


async def entered(homeserver: EmbeddedHomeserver) -> Homeserver:
    account = await new_account(homeserver, "parley")
    server = client(homeserver.url)
    await server.login(account.user_id, account.password, "THEBOT")
    return server


async def lives_through(server: Homeserver, room: RoomId) -> None:
    """What every homeserver with delayed events must do."""
    delayed = DelayedEvents(server)
    assert await delayed.pending() == frozenset()
    one = await delayed.schedule(room, SEALED, HOUR)
    other = await delayed.schedule(room, SEALED, HOUR)
    assert await delayed.pending() == {one, other}
    assert await delayed.restart(one)
    assert await delayed.cancel(one)
    assert not await delayed.cancel(one)
    assert not await delayed.restart(one)
    assert await delayed.pending() == {other}
    assert not await delayed.limited()
    assert await delayed.pending() == {other}
    assert await delayed.cancel(other)


def test_an_event_is_left_put_off_and_taken_back(run: Run) -> None:
    run(lives_through(FakeDelays(), ROOM))


@pytest.mark.e2e
def test_so_it_is_on_a_real_homeserver(run: Run, homeserver: EmbeddedHomeserver) -> None:
    async def scenario() -> None:
        server = await entered(homeserver)
        try:
            assert delays(await server.versions())
            allowed = await DelayedEvents(server).allowed()
            assert allowed == Allowed(timedelta(hours=24), 10_000)
            await lives_through(server, await create(server, "Room 7"))
        finally:
            await server.close()

    run(scenario())


@pytest.mark.e2e
def test_an_event_comes_when_nobody_takes_it_back(run: Run, homeserver: EmbeddedHomeserver) -> None:
    async def scenario() -> None:
        server = await entered(homeserver)
        try:
            room, delayed = await create(server, "Room 7"), DelayedEvents(server)
            await delayed.schedule(room, SEALED, timedelta(milliseconds=300))
            await asyncio.sleep(2)
            assert await delayed.pending() == frozenset()
            page = await server.messages(room, "", None, "b", 1)
            assert isinstance(page["chunk"], list)
            event = page["chunk"][0]
            assert isinstance(event, dict)
            assert (event["type"], event["content"]) == ("m.room.encrypted", SEALED)
        finally:
            await server.close()

    run(scenario())


@pytest.mark.e2e
def test_the_usual_limits_of_a_real_homeserver_are_noticed_and_an_override_too(
    run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def scenario() -> None:
        options = HomeserverOptions(limits={"rc_message": RateLimit(0.2, 10)})
        state = tmp_path_factory.mktemp("limited")
        async with EmbeddedHomeserver(state / "state", options=options) as homeserver:
            server = await entered(homeserver)
            try:
                assert await DelayedEvents(server).limited()
                who = await server.whoami()
                await homeserver.override_ratelimit(str(who["user_id"]))
                assert not await DelayedEvents(server).limited()
            finally:
                await server.close()

    run(scenario())


def test_trying_the_limit_leaves_nothing_and_stops_when_it_knows(run: Run) -> None:
    fake = FakeDelays()
    fake.tokens = 10
    assert run(DelayedEvents(fake).limited())
    assert len(fake.asked) == 11
    fake.tokens = None
    assert not run(DelayedEvents(fake).limited())
    assert len(fake.asked) == 11 + BURST
    assert not fake.left
    fake.away = True
    with pytest.raises(HomeserverUnreachable):
        run(DelayedEvents(fake).limited())


class Odd(FakeDelays):
    """Answers one thing to everything but the versions."""

    def __init__(self, answer: JsonObject) -> None:
        super().__init__()
        self.answer = answer

    @override
    async def call(self, method: str, path: str, **rest: object) -> JsonObject:
        if path.endswith("/versions"):
            return await super().call(method, path, **rest)
        return self.answer


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"capabilities": []},
        {"capabilities": {CAPABILITY: {"max_delay_ms": "1d", "max_scheduled": 100}}},
        {"capabilities": {CAPABILITY: {"max_delay_ms": 0, "max_scheduled": 100}}},
        {"capabilities": {CAPABILITY: {"max_delay_ms": 1, "max_scheduled": -1}}},
    ],
)
def test_what_is_not_said_clearly_is_not_allowed(run: Run, shown: JsonObject) -> None:
    assert run(DelayedEvents(Odd(shown)).allowed()) is None


def test_a_homeserver_without_the_feature_allows_nothing(run: Run) -> None:
    fake = FakeDelays()
    fake.supported = False
    assert run(DelayedEvents(fake).allowed()) is None


@pytest.mark.parametrize("answer", [{}, {"delay_id": 7}, {"delayed_events": {}}])
def test_an_answer_of_another_shape_is_no_answer(run: Run, answer: JsonObject) -> None:
    delayed = DelayedEvents(Odd(answer))
    with pytest.raises(HomeserverUnreachable, match="answer_shape"):
        run(delayed.schedule(ROOM, SEALED, HOUR))
    with pytest.raises(HomeserverUnreachable, match="answer_shape"):
        run(delayed.pending())
