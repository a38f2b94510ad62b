"""A small homeserver in this process: honest by default, hostile on request.

It speaks enough of the Client-Server API for a Machine, a sync loop and stock nio's client. Tests
bend it: `faults` answers the next requests with errors, `bend` rewrites answers by endpoint name,
`to_device` and `rooms` may be edited by hand. It checks no signatures and no power levels: it is
the untrusted part.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote

from aiohttp import web

from bot.matrix.http import Homeserver
from bot.matrix.strict_json import JsonObject
from tests.support.fake_endpoints import OPEN, ROUTES
from tests.support.fake_state import Call, FakeState, Refusal, Waiting
from tests.support.fake_state import Fault as Fault


class FakeHomeserver(FakeState):
    """All state is public: the homeserver sees everything that is not encrypted."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: list[Homeserver] = []

    def client(self, user: str, device: str) -> Homeserver:
        """Return a client of our own for that account; it never really waits between attempts."""
        made = Homeserver(
            self.url, token=self.account(user, device), pause=_no_pause, jitter=lambda: 0.5
        )
        self.clients.append(made)
        return made

    async def handle(self, request: web.Request) -> web.Response:
        """Find the route, apply faults, answer, bend the answer."""
        path = request.raw_path.partition("?")[0]
        self.requests.append((request.method, path))
        for fault in self.faults:
            if fault.times > 0 and fault.path in path:
                fault.times -= 1
                return web.json_response(fault.body, status=fault.status, headers=fault.headers)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        who = self.tokens.get(token or request.query.get("access_token", ""))
        raw = await request.read()
        for method, pattern, answer in ROUTES:
            found = re.fullmatch(pattern, path)
            if found is None or method != request.method:
                continue
            if who is None and answer not in OPEN:
                return web.json_response({"errcode": "M_UNKNOWN_TOKEN"}, status=401)
            parts = tuple(unquote(part) for part in found.groups())
            call = Call(who or ("", ""), parts, raw, dict(request.query))
            made = answer(self, call)
            if isinstance(made, Waiting):
                made = await self._wait(made)
            if isinstance(made, bytes):
                return web.Response(body=made)
            if isinstance(made, Refusal):
                return web.json_response({"errcode": made.errcode}, status=made.status)
            self.counts[answer.__name__] += 1
            bent = self.bend[answer.__name__](made) if answer.__name__ in self.bend else made
            body = bent if isinstance(bent, bytes) else json.dumps(bent).encode()
            if path.endswith("/state") and isinstance(made.get("events"), list):
                body = json.dumps(made["events"]).encode()
            return web.Response(body=body, content_type="application/json")
        return web.json_response({"errcode": "M_UNRECOGNIZED"}, status=404)

    async def _wait(self, waiting: "Waiting") -> JsonObject:
        loop = asyncio.get_running_loop()
        end = loop.time() + waiting.seconds
        while not waiting.ready() and (left := end - loop.time()) > 0:
            try:
                await asyncio.wait_for(self.wake.wait(), left)
            except TimeoutError:
                break
        return waiting.answer()


async def _no_pause(_seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def fake_homeserver() -> AsyncIterator[FakeHomeserver]:
    """Serve on a free local port until the block ends."""
    fake = FakeHomeserver()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", fake.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        for client in fake.clients:
            await client.close()
        await runner.cleanup()
