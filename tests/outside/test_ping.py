"""The progress ping, against real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.outside.ping import Ping
from tests.conftest import Run

SECRET = "0a1b2c3d"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/ping/{SECRET}"
    finally:
        await runner.cleanup()


async def asked(hindrance: str, status: int = 200) -> tuple[bool, list[tuple[str, str, bytes]]]:
    heard: list[tuple[str, str, bytes]] = []

    async def hears(request: web.Request) -> web.Response:
        heard.append((request.method, request.path, await request.read()))
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with serving(hears) as url:
        return await Ping(url).tell(hindrance), heard


def test_progress_is_a_get_of_the_address(run: Run) -> None:
    assert run(asked("")) == (True, [("GET", f"/ping/{SECRET}", b"")])


def test_a_hindrance_is_one_word_to_fail(run: Run) -> None:
    assert run(asked("outbox")) == (True, [("POST", f"/ping/{SECRET}/fail", b"outbox")])


@pytest.mark.parametrize("words", ["two words", "W4TR", "a\n", "x" * 21])
def test_anything_but_one_word_never_goes_out(run: Run, words: str) -> None:
    with pytest.raises(ValueError, match="one lower-case word"):
        run(asked(words))


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refusal_is_logged_without_the_address_and_not_followed(run: Run, status: int) -> None:
    with capture_logs() as logged:
        taken, heard = run(asked("", status))
    # A redirect is "taken" by nobody we know.
    assert (taken, len(heard)) == (False, 1)
    assert [line["event"] for line in logged] == ["ping_refused"]
    assert SECRET not in str(logged)


def test_a_monitor_that_is_away_stops_nothing(run: Run) -> None:
    with capture_logs() as logged:
        assert not run(Ping(f"http://127.0.0.1:1/{SECRET}").tell(""))
    assert [line["event"] for line in logged] == ["ping_failed"]
    assert SECRET not in str(logged)
