"""Outside channels, with the real library and real sockets."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.outside import channels
from bot.outside.channels import Channels, ChannelWrong
from bot.ports import NotSent
from tests.conftest import Run
from tests.outside.test_ping import serving

TEXT = "Parley: case W4TR needs you"
SECRET = "hunter2"

# The library looks for a module that Python 3.13 has no more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Hook:
    """A webhook that keeps what it was told."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.heard: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append((await request.read()).decode())
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})


def address(url: str, kind: str = "json") -> str:
    return url.replace("http://", f"{kind}://user:{SECRET}@")


async def alerted(*hooks: Hook, text: str = TEXT) -> None:
    one, other = hooks if len(hooks) == 2 else (hooks[0], Hook())
    async with serving(one.answer) as first, serving(other.answer) as second:
        listed = (address(first), address(second)) if len(hooks) == 2 else (address(first),)
        await Channels({"oncall": listed}).alert("oncall", text)


def test_a_webhook_gets_the_one_sentence_and_nothing_of_the_case(run: Run) -> None:
    hook = Hook()
    run(alerted(hook))
    (heard,) = hook.heard
    told = json.loads(heard)
    assert told.pop("message") == TEXT
    # The library's own envelope: no title, no picture, no address of anybody.
    assert told == {"version": "1.0", "title": "", "attachments": [], "type": "info"}


@pytest.mark.parametrize(
    "text",
    [
        "Parley: case W4TR needs you, FALCON was seen",
        "Parley: case  needs you",
        "Parley: case W4TR needs you\n",
        "FALCON",
        "",
    ],
)
def test_any_other_text_is_a_bug_and_never_goes(run: Run, text: str) -> None:
    hook = Hook()
    with pytest.raises(ValueError, match="carries no content"):
        run(alerted(hook, text=text))
    assert hook.heard == []


def test_a_channel_that_refuses_is_tried_again_by_whoever_asked(run: Run) -> None:
    for status in (302, 401, 500):
        hook = Hook(status)
        with pytest.raises(NotSent, match="channel_refused"):
            run(alerted(hook))
        assert len(hook.heard) == 1


def test_one_address_that_takes_it_is_enough_and_every_one_is_called(run: Run) -> None:
    for hooks in ((Hook(500), Hook()), (Hook(), Hook(500))):
        with capture_logs() as logged:
            run(alerted(*hooks))
        assert [len(hook.heard) for hook in hooks] == [1, 1]
        assert [line["event"] for line in logged] == ["channel_refused"]
        assert SECRET not in str(logged)


def test_a_channel_nobody_set_is_not_sent(run: Run) -> None:
    with pytest.raises(NotSent, match="no_channel"):
        run(Channels({}).alert("oncall", TEXT))


def test_a_channel_that_hangs_is_given_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "TIMEOUT_S", 0.2)

    async def hangs(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(1.5)
        return web.Response()

    async def scenario() -> None:
        async with serving(hangs) as url:
            with pytest.raises(NotSent, match="channel_timeout"):
                await Channels({"oncall": (address(url),)}).alert("oncall", TEXT)

    run(scenario())


@pytest.mark.parametrize("listed", [(), ("nonsense",), ("gopher://x",), ("json://",)])
def test_a_wrong_address_is_told_at_the_start_by_its_channel_only(listed: tuple[str, ...]) -> None:
    with pytest.raises(ChannelWrong, match="outside channel oncall") as caught:
        Channels({"oncall": listed})
    for one in listed:
        assert one not in str(caught.value)
