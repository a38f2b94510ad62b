import asyncio

import pytest
from aiohttp import web

from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable, path_of
from bot.matrix.transport import LONGEST_WAIT_S
from tests.conftest import Run
from tests.support.fake_homeserver import FakeHomeserver, Fault, fake_homeserver

ALICE = "@alice:fake.example"


class Waits:
    """Records every pause instead of taking it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def client(fake: FakeHomeserver, waits: Waits, *, spread: float = 0.0) -> Homeserver:
    token = fake.account(ALICE, "DEVICE")
    return Homeserver(fake.url, token=token, pause=waits, jitter=lambda: spread)


def test_server_errors_are_met_with_growing_patience(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            waits = Waits()
            server = client(fake, waits)
            fake.faults.append(Fault("/whoami", 502, times=3))
            assert (await server.whoami())["user_id"] == ALICE
            assert waits.seconds == [0.25, 0.5, 1.0]
            fake.faults.append(Fault("/whoami", 500, times=99))
            with pytest.raises(HomeserverUnreachable) as caught:
                await server.whoami()
            assert caught.value.reason == "server_error"
            await server.close()

    run(scenario())


def test_jitter_spreads_but_never_halves_the_wait_again(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            waits = Waits()
            server = client(fake, waits, spread=0.999)
            fake.faults.append(Fault("/whoami", 500, times=12))
            await server.call("GET", path_of("account", "whoami"), attempts=13)
            assert all(
                0.5 * 0.5 * 2**n <= wait <= LONGEST_WAIT_S
                for n, wait in enumerate(waits.seconds[:6])
            )
            assert max(waits.seconds) <= LONGEST_WAIT_S
            await server.close()

    run(scenario())


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (Fault("/whoami", 429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2_500}), 2.5),
        (Fault("/whoami", 429, {}, headers={"Retry-After": "7"}), 7.0),
        (Fault("/whoami", 429, {"retry_after_ms": 86_400_000}), LONGEST_WAIT_S),
        (Fault("/whoami", 429, {"retry_after_ms": -5}), 0.25),
        (Fault("/whoami", 429, {"retry_after_ms": "soon"}), 0.25),
    ],
)
def test_the_server_may_ask_for_a_wait_but_only_up_to_the_cap(
    run: Run, fault: Fault, wait: float
) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            waits = Waits()
            server = client(fake, waits)
            fake.faults.append(fault)
            await server.whoami()
            assert waits.seconds == [wait]
            await server.close()

    run(scenario())


def test_a_refusal_carries_the_code_and_nothing_else(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            server = client(fake, Waits())
            fake.faults.append(
                Fault("/invite", 403, {"errcode": "M_FORBIDDEN", "error": "canary-88"})
            )
            with pytest.raises(HomeserverRefused) as caught:
                await server.invite("!r:x", "@b:x")
            assert (caught.value.status, caught.value.errcode) == (403, "M_FORBIDDEN")
            assert "canary" not in repr(caught.value)
            fake.faults.append(Fault("/invite", 403, {"errcode": "canary is not a code"}))
            with pytest.raises(HomeserverRefused) as caught:
                await server.invite("!r:x", "@b:x")
            assert caught.value.errcode == "UNKNOWN"
            await server.close()

    run(scenario())


def test_creating_a_room_is_not_repeated_after_a_lost_answer(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            server = client(fake, Waits())
            fake.faults.append(Fault("/createRoom", 502, times=1))
            with pytest.raises(HomeserverUnreachable):
                await server.create_room({})
            fake.faults.append(Fault("/createRoom", 429, times=1))
            assert (await server.create_room({})).startswith("!")
            assert len(fake.rooms) == 1
            await server.close()

    run(scenario())


def test_ids_cannot_climb_out_of_their_place_in_the_path(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            server = client(fake, Waits())
            await server.send_event("!a/../b:x", "m.x", "t?x=1#y", {})
            assert fake.requests[-1][1].endswith("/rooms/%21a%2F..%2Fb%3Ax/send/m.x/t%3Fx%3D1%23y")
            assert list(fake.rooms) == ["!a/../b:x"]
            await server.close()

    run(scenario())


def test_the_same_transaction_is_one_event(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            server = client(fake, Waits())
            first = await server.send_event("!r:x", "m.x", "txn", {})
            assert first == await server.send_event("!r:x", "m.x", "txn", {})
            await server.close()

    run(scenario())


def test_a_redirect_never_takes_the_token_along(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            server = client(fake, Waits())
            fake.faults.append(Fault("/whoami", 307, headers={"Location": fake.url + "/trap"}))
            with pytest.raises(HomeserverRefused):
                await server.whoami()
            assert not any(path == "/trap" for _, path in fake.requests)
            await server.close()

    run(scenario())


def test_a_dead_address_is_unreachable_not_a_crash(run: Run) -> None:
    async def scenario() -> None:
        waits = Waits()
        server = Homeserver("http://127.0.0.1:9", token=None, pause=waits, jitter=lambda: 0.0)
        with pytest.raises(HomeserverUnreachable) as caught:
            await server.versions()
        assert caught.value.reason == "network"
        assert len(waits.seconds) == 3
        await server.close()

    run(scenario())


def test_an_endless_answer_is_cut_off(run: Run) -> None:
    async def scenario() -> None:
        async def flood(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(200):
                await response.write(b"x" * 65_536)
            return response

        app = web.Application()
        app.router.add_get("/{path:.*}", flood)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        server = Homeserver(url, token="t", pause=Waits(), jitter=lambda: 0.0)
        with pytest.raises(HomeserverUnreachable) as caught:
            await server.download("x", "y", limit=100_000)
        assert caught.value.reason == "too_large"
        await server.close()
        await runner.cleanup()

    run(scenario())


def test_every_call_reaches_its_endpoint(run: Run) -> None:
    async def scenario() -> None:
        async with fake_homeserver() as fake:
            server = Homeserver(fake.url, token=None, pause=Waits(), jitter=lambda: 0.0)
            assert (await server.versions())["versions"]
            logged = await server.login(ALICE, "password", "DEVICE")
            assert (logged.user_id, logged.device_id) == (ALICE, "DEVICE")
            room = await server.create_room({"invite": ["@b:x"]})
            await server.kick(room, "@b:x")
            await server.put_state(room, "m.room.topic", "", {"topic": ""})
            await server.join(room)
            kinds = {e["type"] for e in await server.state(room) if isinstance(e, dict)}
            assert kinds == {"m.room.member", "m.room.topic"}
            chunk = (await server.members(room))["chunk"]
            assert isinstance(chunk, list)
            assert len(chunk) == 2
            answer = await server.sync(None, '{"room":{"timeline":{"limit":1}}}', 0)
            assert answer["next_batch"]
            page = await server.messages(room, "s9", None, "b", 2)
            assert len(str(page["chunk"])) > 2
            address = await server.upload(b"sealed bytes")
            assert await server.download("fake.example", address.rpartition("/")[2]) == (
                b"sealed bytes"
            )
            await server.account_data(ALICE, "org.x", {})
            await server.leave(room)
            await server.close()

    run(scenario())
