"""Reads an attachment in a process of its own: a crash, a hang or a bomb there is a refusal here.

The bot never loads a parser of files. It refuses to wait longer than `LIMIT_S`, to read an answer
longer than a file may be, and to believe an answer of another shape.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from typing import Final

from bot.evidence.kinds import MAX_BYTES, Cleaned, Kind, Refusal, Why, refuse

LIMIT_S: Final = 60.0
WORKER: Final = (sys.executable, "-I", "-m", "bot.evidence.worker")
_HEADER_BYTES: Final = 10_000


async def cleaned(
    content: bytes,
    name: str = "",
    claimed_mime: str = "",
    *,
    limit_s: float = LIMIT_S,
    worker: Sequence[str] = WORKER,
) -> Cleaned | Refusal:
    """Return a version safe to show elsewhere, or why there is none.

    One process with up to 1.5 GB of address space per call: whoever calls this lets few of them
    run at the same time. `name` and `claimed_mime` only serve to notice a disguise.
    """
    child = await asyncio.create_subprocess_exec(
        *worker, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, cwd="/"
    )
    try:
        async with asyncio.timeout(limit_s):
            said = await _asked(child, content, name, claimed_mime)
            ended = await child.wait()
    except TimeoutError:
        return refuse(Why.TOO_LONG)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if ended == -24:  # SIGXCPU: its seconds of processor are used up
        return refuse(Why.TOO_LONG)
    return _read(said) if ended == 0 else refuse(Why.CRASHED)


async def _asked(child: Process, content: bytes, name: str, mime: str) -> bytes:
    """Hand the file over and return the answer, cut off one byte after the longest allowed."""
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("pipes were asked for")
    try:
        child.stdin.write(json.dumps({"name": name, "mime": mime}).encode() + b"\n" + content)
        await child.stdin.drain()
        child.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it ended before it had read everything; how it ended says the rest
    said = bytearray()
    while len(said) <= _HEADER_BYTES + MAX_BYTES:
        chunk = await child.stdout.read(1 << 16)
        if not chunk:
            return bytes(said)
        said += chunk
    child.kill()
    return b""


def _read(said: bytes) -> Cleaned | Refusal:
    head, _, content = said.partition(b"\n")
    try:
        header: dict[str, object] = json.loads(head)
        if "why" in header:
            args = header["args"]
            if not isinstance(args, dict):
                return refuse(Why.CRASHED)
            return refuse(Why(str(header["why"])), **{str(k): _arg(v) for k, v in args.items()})
        removed = header["removed"]
        if not isinstance(removed, list):
            return refuse(Why.CRASHED)
        kind = Kind(str(header["kind"]))
        return Cleaned(content, kind, tuple(sorted(str(word) for word in removed)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return refuse(Why.CRASHED)


def _arg(value: object) -> str | int:
    return value if isinstance(value, int) else str(value)
