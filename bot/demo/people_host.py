"""The Node process that several scripted humans share, and its line protocol.

Callbacks instead of reader tasks: the process is read whenever the loop runs, and nothing is left
to cancel. Refuses to hide a dead process: every waiting command fails with what Node printed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from typing_extensions import override

from bot.demo.toolchain import HUMAN_DIRECTORY, human_is_installed, node_binary

if TYPE_CHECKING:
    from collections.abc import Callable

JsonObject = dict[str, object]

COMMAND_SECONDS = 60.0
_STOP_SECONDS = 5.0
_STDOUT, _STDERR = 1, 2


class PersonFailed(Exception):  # the sentence reads better without "Error"
    """A scripted human could not do or did not see what the script asked for."""


class HumanProtocol(asyncio.SubprocessProtocol):
    """One JSON object per line: answers go to their command, reports to their person."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()
        self.troubles: deque[str] = deque(maxlen=60)
        self.hearers: dict[str, Callable[[JsonObject, str], None]] = {}
        self._waiting: dict[int, asyncio.Future[JsonObject]] = {}
        self._last_tag = 0
        self._partial = b""

    @override
    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take what Node wrote; a line may come in pieces."""
        if fd == _STDERR:
            self.troubles.extend(data.decode(errors="replace").splitlines())
        elif fd == _STDOUT:
            *lines, self._partial = (self._partial + data).split(b"\n")
            for line in lines:
                self._take(line.decode())

    @override
    def process_exited(self) -> None:
        """Fail whoever still waits."""
        self.ended.set()
        self.ready.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(PersonFailed(self.epitaph()))
        self._waiting.clear()

    def epitaph(self) -> str:
        """Return why nothing answers any more, with the last lines Node printed."""
        return "\n".join(["the people's Node process has ended", *self.troubles])

    def expect_answer(self) -> tuple[int, asyncio.Future[JsonObject]]:
        """Return a fresh tag and the future of its answer."""
        self._last_tag += 1
        future: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._waiting[self._last_tag] = future
        return self._last_tag, future

    def _take(self, line: str) -> None:
        message: JsonObject = json.loads(line)
        tag = message.get("tag")
        if isinstance(tag, int):
            future = self._waiting.pop(tag, None)
            if future is None or future.done():
                return
            if message["ok"]:
                answer = message["res"]
                future.set_result(answer if isinstance(answer, dict) else {})
            else:
                future.set_exception(PersonFailed(str(message["error"])))
        elif message["ev"] == "ready":
            self.ready.set()
        else:
            hearer = self.hearers.get(str(message["who"]))
            if hearer is not None:
                hearer(message, line)


class HumanHost:
    """One Node process; `command` speaks to one person in it."""

    def __init__(self) -> None:
        self._protocol: HumanProtocol | None = None
        self._transport: asyncio.SubprocessTransport | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id of the running Node, or None."""
        return None if self._transport is None else self._transport.get_pid()

    async def open(self) -> None:
        """Start Node and wait until it listens."""
        if not human_is_installed():
            raise PersonFailed("the scripted human is not installed: run `make setup`")
        loop = asyncio.get_running_loop()
        self._transport, self._protocol = await loop.subprocess_exec(
            HumanProtocol,
            str(node_binary()),
            str(HUMAN_DIRECTORY / "human.mjs"),
            # Ctrl-C is for us; Node ends when its stdin does, also when we are killed.
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._protocol.ready.wait()
            self._living()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End Node; wait until it is gone."""
        transport, protocol = self._transport, self._protocol
        self._transport = None
        if transport is None or protocol is None:
            return
        stdin = transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await protocol.ended.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(transport.get_pid(), signal.SIGKILL)
            await protocol.ended.wait()
        finally:
            transport.close()

    def hear(self, who: str, hearer: Callable[[JsonObject, str], None]) -> None:
        """Give every report about `who` to `hearer`, parsed and as the line it came in."""
        self._living().hearers[who] = hearer

    async def command(self, who: str, do: str, **arguments: object) -> JsonObject:
        """Let `who` do something; return its result or raise PersonFailed."""
        protocol = self._living()
        assert self._transport is not None  # noqa: S101  # _living checked it
        stdin = self._transport.get_pipe_transport(0)
        assert isinstance(stdin, asyncio.WriteTransport)  # noqa: S101
        tag, answer = protocol.expect_answer()
        line = json.dumps({"tag": tag, "who": who, "do": do, **arguments})
        stdin.write(line.encode() + b"\n")
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                return await answer
        except TimeoutError:
            printed = "\n".join(protocol.troubles)
            raise PersonFailed(f"{who}: no answer to {do!r}\n{printed}") from None
        except PersonFailed as failure:
            raise PersonFailed(f"{who}: {do}: {failure}") from None

    def _living(self) -> HumanProtocol:
        if self._protocol is None or self._transport is None:
            raise PersonFailed("the people's Node process is not running")
        if self._protocol.ended.is_set():
            raise PersonFailed(self._protocol.epitaph())
        return self._protocol
