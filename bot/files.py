"""Files for the runner: fetched by the Matrix side, read by the process that reads attachments.

Joins two packages that do not know each other. Refuses to clean more than one file at a time: one
takes up to 1.5 GB of address space.
"""

from __future__ import annotations

import asyncio
from typing import Final

from typing_extensions import override

from bot.evidence.apart import cleaned
from bot.evidence.kinds import Refusal, Why
from bot.evidence.looking import MIME_OF
from bot.ports import Attached, Files, Media, Safe, Unfit

STAYS: Final = frozenset({Why.STAYS, Why.UNSURE})
"""Taken as evidence and sealed, but shown nowhere."""
_ENDING: Final = {"jpeg": "jpg", "text": "txt"}


class AttachedFiles(Files):
    """`ports.Files`: `media` fetches, `bot.evidence` cleans."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._one = asyncio.Semaphore(1)

    @override
    async def fetch(self, attached: Attached, limit: int) -> bytes:
        """Return the plain bytes of a file. Raises `NotFetched`."""
        return await self._media.fetch(attached, limit)

    @override
    async def cleaned(self, content: bytes, name: str, mime: str) -> Safe | Unfit:
        """Return a file without its metadata, or why there is none."""
        async with self._one:
            made = await cleaned(content, name, mime)
        if isinstance(made, Refusal):
            args = dict(made.args)
            return Unfit(made.why.value, made.args, made.why in STAYS, str(args.get("kind", "")))
        ending = _ENDING.get(made.kind.value, made.kind.value)
        return Safe(made.content, made.kind.value, MIME_OF[made.kind], ending)
