"""Files on their way in: fetched, checked, read, one at a time, away from everything else.

The line that came with a file comes back to its case with what was found out, and the bytes stay
beside it in memory until its commit seals them. Refuses more than `LIMIT` bytes, and to log
anything of a file.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import structlog
from typing_extensions import override

from bot.engine.events import FileRead, FileRefused
from bot.ports import Attached, Files, NotFetched, Safe, Unfit

A = TypeVar("A")

MEGABYTE: Final = 1_000_000
LIMIT: Final = 15 * MEGABYTE
_SAID: Final = {
    "too_large": FileRefused("file.too_large", (("limit", LIMIT // MEGABYTE),)),
    "wrong_hash": FileRefused("file.wrong_hash"),
    "unreadable": FileRefused("file.unreadable"),
    "gone": FileRefused("file.gone"),
}
_LATER: Final = FileRefused("file.unreachable")

log = structlog.get_logger()


class Fetching(Generic[A]):
    """The one road that files come in by, from `files`.

    `back` takes a line, what was found, and the bytes.
    """

    def __init__(
        self, files: Files, back: Callable[[A, FileRead | FileRefused, bytes], None]
    ) -> None:
        self.files = files
        self._back = back
        self._queue: asyncio.Queue[tuple[A, Attached]] = asyncio.Queue()

    def put(self, line: A, attached: Attached) -> None:
        """Take a line that waits for its file."""
        self._queue.put_nowait((line, attached))

    async def run(self) -> None:
        """Fetch and read, one at a time, until cancelled."""
        while True:
            line, attached = await self._queue.get()
            try:
                found, content = await found_in(self.files, attached)
            except (OSError, RuntimeError, ValueError) as failed:
                log.warning("fetching_failed", error=type(failed).__name__)
                found, content = _LATER, b""
            self._back(line, found, content)


async def found_in(files: Files, attached: Attached) -> tuple[FileRead | FileRefused, bytes]:
    """Fetch one file and say what it is; its bytes if it is taken."""
    try:
        content = await files.fetch(attached, LIMIT)
    except NotFetched as no:
        return _SAID.get(no.reason, _LATER), b""
    if len(content) > LIMIT:
        return _SAID["too_large"], b""
    made = await files.cleaned(content, attached.name, attached.mime)
    if isinstance(made, Unfit) and not made.stays:
        return FileRefused(made.key, made.args), b""
    sha256 = hashlib.sha256(content).hexdigest()
    cleanable = not isinstance(made, Unfit)
    return FileRead(sha256, made.kind, len(content), cleanable), content


class NoFiles(Files):
    """No way to any file: for a road that is played without Matrix."""

    @override
    async def fetch(self, attached: Attached, limit: int) -> bytes:
        """Fetch nothing."""
        raise NotFetched("unreachable")

    @override
    async def cleaned(self, content: bytes, name: str, mime: str) -> Safe | Unfit:
        """Clean nothing."""
        return Unfit("evidence.crashed")
