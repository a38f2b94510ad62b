"""Starts and ends the baseline as its own process, the way `BotProcess` does with Parley."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.bare_bot import PASSWORD_VARIABLE, READY

REPOSITORY = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
STOP_SECONDS = 10.0


class BareFailed(Exception):
    """The baseline did not come up; the text ends with what it printed."""


@dataclass(slots=True)
class BareProcess:
    """One baseline bot with its own directory."""

    state: Path
    homeserver: str
    user_id: str
    password: str
    child: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        """The file that its output goes to."""
        return self.state / "bare.log"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.child is not None
        return self.child.pid

    async def start(self) -> None:
        """Start it and wait until it stands. Raises `BareFailed`."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = self.log.stat().st_size if self.log.exists() else 0
        command = (sys.executable, "-m", "tests.bench.bare_bot")
        with self.log.open("ab") as out:
            self.child = await asyncio.create_subprocess_exec(
                *command, self.homeserver, self.user_id, str(self.state),
                stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out, cwd=REPOSITORY,
                env={**os.environ, PASSWORD_VARIABLE: self.password}, start_new_session=True,
            )  # fmt: skip
        try:
            async with asyncio.timeout(READY_SECONDS):
                while READY not in self.log.read_text()[before:]:
                    if self.child.returncode is not None:
                        raise BareFailed(self.log.read_text()[-4000:])
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise BareFailed(self.log.read_text()[-4000:]) from None

    async def stop(self) -> None:
        """End it."""
        if self.child is None:
            return
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.child.wait()
        except TimeoutError:
            self.child.kill()
            await self.child.wait()
        self.child = None
