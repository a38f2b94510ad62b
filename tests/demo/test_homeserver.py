"""The embedded homeserver: private, repeatable, and gone when its parent is."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.demo.homeserver import (
    PYTHON_VARIABLE,
    EmbeddedHomeserver,
    HomeserverFailed,
    homeserver_python,
)
from bot.demo.homeserver_settings import HomeserverOptions, RateLimit, rate_limit_settings
from tests.support.orphans import assert_dies_with_parent

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

pytestmark = pytest.mark.e2e

JsonObject = dict[str, object]


async def call(
    hs: EmbeddedHomeserver, method: str, path: str, token: str | None, body: JsonObject | None
) -> tuple[int, JsonObject]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, hs.url + path, json=body, headers=headers) as reply,
    ):
        return reply.status, await reply.json()


async def log_in(hs: EmbeddedHomeserver, user: str, password: str) -> str:
    status, answer = await call(
        hs,
        "POST",
        "/_matrix/client/v3/login",
        None,
        {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password,
        },
    )
    assert status == 200
    return str(answer["access_token"])


async def make_room(hs: EmbeddedHomeserver, token: str) -> str:
    status, answer = await call(hs, "POST", "/_matrix/client/v3/createRoom", token, {})
    assert status == 200
    return str(answer["room_id"])


async def send(hs: EmbeddedHomeserver, token: str, room: str, txn: str, query: str = "") -> int:
    path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{txn}{query}"
    status, _ = await call(hs, "PUT", path, token, {"msgtype": "m.text", "body": txn})
    return status


def test_rooms_are_version_12_and_delayed_events_fire(
    run: Run, homeserver: EmbeddedHomeserver
) -> None:
    async def scenario() -> None:
        await homeserver.register("delayed", "pw")
        token = await log_in(homeserver, "delayed", "pw")
        room = await make_room(homeserver, token)
        path = f"/_matrix/client/v3/rooms/{room}/state/m.room.create"
        status, create = await call(homeserver, "GET", path, token, None)
        assert (status, create["room_version"]) == (200, "12")

        assert await send(homeserver, token, room, "t1", "?org.matrix.msc4140.delay=300") == 200
        async with asyncio.timeout(20):
            while True:
                path = f"/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=1"
                _, page = await call(homeserver, "GET", path, token, None)
                chunk = page["chunk"]
                assert isinstance(chunk, list)
                if chunk[0]["content"].get("body") == "t1":
                    return
                await asyncio.sleep(0.1)

    run(scenario())


def test_tight_limits_bind_everybody_but_the_exempted(run: Run, tmp_path: Path) -> None:
    tight = HomeserverOptions(limits={"rc_message": RateLimit(per_second=0.01, burst=3)})

    async def scenario() -> None:
        async with EmbeddedHomeserver(tmp_path / "hs", options=tight) as hs:
            user = await hs.register("bot", "pw")
            token = await log_in(hs, "bot", "pw")
            room = await make_room(hs, token)
            statuses = [await send(hs, token, room, f"a{n}") for n in range(6)]
            assert 429 in statuses
            await hs.override_ratelimit(user)
            statuses = [await send(hs, token, room, f"b{n}") for n in range(6)]
            assert set(statuses) == {200}

    run(scenario())


def test_the_state_is_private_and_a_kill_loses_no_account(run: Run, tmp_path: Path) -> None:
    state = tmp_path / "hs"

    async def scenario() -> None:
        async with EmbeddedHomeserver(state) as hs:
            assert state.stat().st_mode & 0o777 == 0o700
            assert (state / "secrets.json").stat().st_mode & 0o777 == 0o600
            assert (state / "homeserver.yaml").stat().st_mode & 0o777 == 0o600
            await hs.register("anna", "pw")
            await hs.admin("GET", "/_synapse/admin/v1/server_version")
            first = hs.pid
            await hs.kill()
            await hs.start()
            assert hs.pid != first
            await log_in(hs, "anna", "pw")
        async with EmbeddedHomeserver(state) as again:  # also its administrator is still there
            await again.admin("GET", "/_synapse/admin/v1/server_version")
            await log_in(again, "anna", "pw")

    run(scenario())


def test_a_server_that_cannot_start_says_why(run: Run, tmp_path: Path) -> None:
    broken = HomeserverOptions(extra={"database": {"name": "clay tablets"}})

    async def scenario() -> None:
        with pytest.raises(HomeserverFailed, match="clay tablets"):
            async with EmbeddedHomeserver(tmp_path / "hs", options=broken):
                pass

    run(scenario())


def test_a_missing_homeserver_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PYTHON_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(HomeserverFailed, match="make homeserver"):
        homeserver_python()


def test_a_misspelt_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="rc_mesage"):
        rate_limit_settings({"rc_mesage": RateLimit(per_second=1, burst=1)})


PARENT = """
import asyncio, sys
from pathlib import Path
from bot.demo.homeserver import EmbeddedHomeserver

async def main():
    async with EmbeddedHomeserver(Path(sys.argv[1])) as hs:
        print(hs.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_dies_with_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    assert_dies_with_parent(PARENT, how, str(tmp_path / "hs"))
