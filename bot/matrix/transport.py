"""One patient request: back-off, caps and time limits in front of every call to the homeserver.

It exists so that a failing homeserver is never hammered and never trusted to choose the wait.
It refuses to follow redirects (they would carry the token away), to use a proxy from the
environment, to read an answer without limit, and to put anything the server or a person wrote
into an exception.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from bot.matrix.strict_json import (
    ENVELOPE_LIMIT,
    BadJson,
    JsonObject,
    integer,
    loads_envelope,
    text,
)

Query: TypeAlias = Mapping[str, str | int]

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
_ERRCODE = re.compile(r"[A-Z][A-Z0-9_.]{1,63}")


class HomeserverRefused(Exception):
    """The homeserver said no: the HTTP status and the Matrix error code, never its words."""

    def __init__(self, status: int, errcode: str) -> None:
        super().__init__(f"homeserver refused: {status} {errcode}")
        self.status = status
        self.errcode = errcode


class HomeserverUnreachable(ConnectionError):
    """No usable answer after every attempt; `reason` is one word from a closed list."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"homeserver unreachable: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a request body and what they are."""

    raw: bytes
    kind: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, whole body, and the wait the server asked for in seconds (0: none)."""

    status: int
    body: bytes
    retry_after_s: float


class Transport:
    """One homeserver, one access token.

    `pause` sleeps that many seconds; `jitter` returns a number in [0, 1). Both are handed in so
    that waiting is tested without waiting.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None,
        pause: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
    ) -> None:
        self._base = base_url.rstrip("/")
        self.token = token
        self._pause = pause
        self._jitter = jitter
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections; the object may be used again and will open new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: JsonObject | None = None,
        query: Query | None = None,
        timeout_s: float = 30.0,
        attempts: int = 4,
        repeatable: bool = True,
    ) -> JsonObject:
        """Send one request and return the parsed answer (items in it may hold `POISON`).

        `path` is already quoted. `repeatable` False: only a refusal for rate (429) is retried,
        because a lost answer may hide a success. Raises `HomeserverRefused`,
        `HomeserverUnreachable`.
        """
        answer = await self.patiently(
            method,
            path,
            content=None if body is None else Content(json.dumps(body).encode()),
            query=query,
            timeout_s=timeout_s,
            attempts=attempts,
            repeatable=repeatable,
            limit=ENVELOPE_LIMIT,
        )
        try:
            return loads_envelope(answer.body)
        except BadJson:
            raise HomeserverUnreachable("not_json") from None

    async def patiently(
        self,
        method: str,
        path: str,
        *,
        content: Content | None,
        query: Query | None,
        timeout_s: float,
        attempts: int,
        repeatable: bool,
        limit: int,
    ) -> Answer:
        """Send until an answer comes or the attempts are used up; `limit` bounds the body."""
        reason, wait = "no_attempt", 0.0
        for attempt in range(max(1, attempts)):
            if attempt:
                await self._pause(wait)
            wait = self._back_off(attempt)
            try:
                answer = await self._once(method, self._url(path, query), content, timeout_s, limit)
            except HomeserverUnreachable:
                # Decided already (too large), and itself an OSError.
                raise
            except (aiohttp.ClientError, TimeoutError, OSError):
                # The library's message may hold the address and the query.
                reason = "network"
                if not repeatable:
                    break
                continue
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                reason = "rate_limited"
                wait = min(LONGEST_WAIT_S, max(wait, answer.retry_after_s))
                continue
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                reason = "server_error"
                if not repeatable:
                    break
                continue
            if answer.status != HTTPStatus.OK:
                raise HomeserverRefused(answer.status, _errcode(answer.body))
            return answer
        raise HomeserverUnreachable(reason) from None

    def _url(self, path: str, query: Query | None) -> URL:
        # Marked as encoded: otherwise "%2F" in an id would be turned back into a path separator.
        return URL(self._base + path + ("?" + urlencode(query) if query else ""), encoded=True)

    def _back_off(self, attempt: int) -> float:
        """Double each time, keep at least half, spread the rest: no herd after an outage."""
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempt, 16))
        return longest * (0.5 + 0.5 * self._jitter())

    async def _once(
        self,
        method: str,
        url: URL,
        content: Content | None,
        timeout_s: float,
        limit: int,
    ) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if content is not None:
            headers["Content-Type"] = content.kind
        async with self._session.request(
            method,
            url,
            data=None if content is None else content.raw,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            allow_redirects=False,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(65_536):
                body += chunk
                if len(body) > limit:
                    raise HomeserverUnreachable("too_large")
            raw = bytes(body)
            return Answer(response.status, raw, _retry_after(response, raw))


def _errcode(body: bytes) -> str:
    try:
        code = text(loads_envelope(body, limit=65_536), "errcode")
    except BadJson:
        code = None
    return code if code is not None and _ERRCODE.fullmatch(code) else "UNKNOWN"


def _retry_after(response: aiohttp.ClientResponse, body: bytes) -> float:
    """Read how long the server asks us to wait, in seconds; 0 if it says nothing usable."""
    if response.status != HTTPStatus.TOO_MANY_REQUESTS:
        return 0.0
    header = response.headers.get("Retry-After", "")
    if header.isascii() and header.isdigit() and len(header) <= len("999999"):
        return float(header)
    try:
        asked = integer(loads_envelope(body, limit=65_536), "retry_after_ms")
    except BadJson:
        asked = None
    return max(0.0, (asked or 0) / 1000)
