"""Asks a witness of the log over HTTP, as C2SP tlog-witness has it.

It refuses plain HTTP to another machine, to follow the witness elsewhere, to go through a proxy
that the environment names, and to read or wait without a limit. It judges the shape of an answer
and nothing else: what an answer is worth is for who asked. docs/spec/ledger.md section 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from typing_extensions import override

from bot.anchors.addresses import protected
from bot.ledger.checkpoint import MAX_LINES, parse_checkpoint
from bot.ledger.encoding import FormatError, from_decimal
from bot.ledger.witness import Submission, parse_submission
from bot.ports import Answer, Asked, Unanswered

CONNECT_S: Final = 5.0
PATIENCE_S: Final = 10.0
"""For the question, and again for what may be fetched after it."""
MAX_ANSWER: Final = 64 * 1024
"""In bytes."""
SIZE_TYPE: Final = "text/x.tlog.size"

_ASK: Final = "/add-checkpoint"
_READ: Final = "/checkpoint"
_SIGNED: Final = "\u2014 "
_ACCUSING: Final = (403, 409, 422)
"""Refusals that may mean that the witness saw another history of ours."""
_HEADERS: Final = {
    "User-Agent": "parley",
    # An answer that is packed could be larger than it looks.
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class _Said:
    """Status, type without its parameters, and body of an answer."""

    status: int
    kind: str
    body: bytes

    def text(self) -> str:
        """Return the body as text. Raises `Unanswered`."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise Unanswered("malformed") from None


class HttpWitness(Asked):
    """A witness at a URL, with or without a path before `/add-checkpoint`."""

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self._url = url
        self._patience_s = patience_s

    @override
    async def ask(self, body: str) -> Answer:
        """Send an add-checkpoint body; return the answer, with the signed proof of a refusal.

        Raises `Unanswered`: address, unreachable, certificate, slow, redirect, large, malformed,
        status. FormatError for what is no such body.
        """
        asked = parse_submission(body)
        base = _checked(self._url)
        said = await self._call("POST", base + _ASK, body=body.encode())
        if said.status == 200:
            return Answer(200, lines=_lines(said.text()))
        if 300 <= said.status < 400:
            raise Unanswered("redirect")
        if not 400 <= said.status < 600:
            raise Unanswered("status")
        size = _size(said)
        if not _is_news(said.status, size, asked):
            return Answer(said.status, size=size)
        return Answer(said.status, size=size, checkpoint=await self._kept(base, asked))

    async def _kept(self, base: str, asked: Submission) -> str | None:
        """Fetch what the witness keeps of the log; None if it does not show that."""
        try:
            said = await self._call("GET", base + _READ, query={"origin": asked.checkpoint.origin})
            text = said.text()
            parse_checkpoint(text)
        except (Unanswered, FormatError):
            return None
        return text if said.status == 200 else None

    async def _call(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
    ) -> _Said:
        limits = aiohttp.ClientTimeout(total=self._patience_s, connect=CONNECT_S)
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=limits, headers=_HEADERS, auto_decompress=False, trust_env=False
                ) as session,
                session.request(
                    method, url, data=body, params=query, allow_redirects=False
                ) as answer,
            ):
                found = bytearray()
                async for piece in answer.content.iter_any():
                    found += piece
                    if len(found) > MAX_ANSWER:
                        raise Unanswered("large")
                return _Said(answer.status, answer.content_type, bytes(found))
        except TimeoutError:
            raise Unanswered("slow") from None
        except aiohttp.ClientConnectorCertificateError:
            raise Unanswered("certificate") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise Unanswered("unreachable") from None


def _is_news(status: int, size: int | None, asked: Submission) -> bool:
    """Tell whether a refusal may rest on a history that we do not know.

    A 409 with a smaller size than we sent, and not the one we named, only asks for another path.
    """
    if status != 409:
        return status in _ACCUSING
    return size is None or size >= asked.checkpoint.size or size == asked.old


def _lines(text: str) -> str:
    lines = text.split("\n")
    good = lines.pop() == "" and 0 < len(lines) <= MAX_LINES
    if not good or not all(line.startswith(_SIGNED) for line in lines):
        raise Unanswered("malformed")
    return text


def _size(said: _Said) -> int | None:
    """Return the size that a 409 gives; C2SP has none for two roots of one size."""
    if said.status != 409 or said.kind != SIZE_TYPE:
        return None
    try:
        return from_decimal(said.text().removesuffix("\n"))
    except FormatError:
        raise Unanswered("malformed") from None


def _checked(url: str) -> str:
    """Return an address on which nobody on the way can put themselves between, without a slash."""
    try:
        parts = protected(url)
        _ = parts and parts.port
    except ValueError:  # a port that is none
        parts = None
    if parts is None or "?" in url or "#" in url or not url.isprintable() or " " in url:
        raise Unanswered("address")
    return url.rstrip("/")
