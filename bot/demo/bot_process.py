"""The bot as its own process, as an operator would run it: settings, keys, log, start, stop.

Knows nothing of what the bot does; it only writes its files and starts `parley run`.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import tomlkit

PR_SET_PDEATHSIG = 1
READY = "standing"
READY_SECONDS = 60.0


class BotFailed(Exception):
    """The bot did not come up; the text ends with its log."""


@dataclass(slots=True)
class BotProcess:
    """One bot with its own directory. `timing` and `outside` override the defaults of the settings."""

    state: Path
    homeserver: str
    user_id: str
    password: str
    timing: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int | str] = field(default_factory=dict)
    log_level: str = "info"
    child: asyncio.subprocess.Process | None = None

    @property
    def settings(self) -> Path:
        """Return the settings file."""
        return self.state / "parley.toml"

    @property
    def log(self) -> Path:
        """Return the file that the bot's output goes to."""
        return self.state / "parley.log"

    def prepare(self) -> None:
        """Write settings and keys, mode 600; keep them if they are there."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.state / "password", self.password.encode())
        if not (self.state / "master.key").exists():
            _write(self.state / "master.key", secrets.token_bytes(32))
        document = tomlkit.document()
        document["homeserver"] = {
            "url": self.homeserver,
            "user": self.user_id,
            "password_file": "password",
        }
        document["store"] = {"path": "store"}
        document["keys"] = {"master_key_file": "master.key"}
        document["timing"] = self.timing
        document["outside"] = self.outside
        document["log"] = {"level": self.log_level, "format": "json"}
        _write(self.settings, tomlkit.dumps(document).encode())

    async def start(self, *args: str) -> None:
        """Start the bot and wait until it stands. Raises BotFailed with the end of its log.

        `args` go to `parley run`.
        """
        self.prepare()
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            self.child = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-m", "bot", "--config", str(self.settings), "run", *args,
                stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
                env=_environment(),
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )  # fmt: skip
        try:
            async with asyncio.timeout(READY_SECONDS):
                while READY not in self.log.read_text()[before:]:
                    if self.child.returncode is not None:
                        raise BotFailed(f"the bot ended at once\n{self.log_tail()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise BotFailed(f"the bot did not come up\n{self.log_tail()}") from None

    async def parley(self, *args: str) -> str:
        """Run the command line with this bot's settings; return what it printed.

        Raises BotFailed with it unless the command succeeds.
        """
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-m", "bot", "--config", str(self.settings), *args,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env=_environment() | {"COLUMNS": "200"},
        )  # fmt: skip
        out, _ = await child.communicate()
        if child.returncode:
            raise BotFailed(out.decode())
        return out.decode()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the process for a while, as a busy machine would."""
        if self.child is None:
            raise BotFailed("the bot is not running")
        self.child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.child.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End the bot without a chance to clean up, as a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End the bot in order; return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        if self.child is None:
            return 0
        if self.child.returncode is None:
            self.child.send_signal(how)
        try:
            async with asyncio.timeout(20):
                code = await self.child.wait()
        except TimeoutError:
            self.child.kill()
            code = await self.child.wait()
        self.child = None
        return code

    def log_tail(self, lines: int = 25) -> str:
        """Return the end of the bot's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _environment() -> dict[str, str]:
    """Return our environment without settings that are meant for another bot."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_")}


def _die_with_parent() -> None:
    """Ask the kernel to end the bot when whoever started it is gone, however that happened."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
