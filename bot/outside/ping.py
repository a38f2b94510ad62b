"""Tells an outside monitor that the bot makes progress, or in one word why it makes none.

Any monitor that is compatible with healthchecks.io: GET of the address for success, POST of one
word to `/fail` below it (https://healthchecks.io/docs/http_api/). The monitor speaks up when
neither comes. Refuses to put anything but that one word into a request, to follow a redirect, and
to name the address in a log: whoever knows it can call a dead bot alive.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import aiohttp
import structlog

TIMEOUT_S: Final = 15.0
_WORD: Final = re.compile(r"[a-z]{1,20}")

log = structlog.get_logger()


class Ping:
    """Pings one address, an opaque secret."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def tell(self, hindrance: str) -> bool:
        """Report progress, or with a word what hinders it; return whether the monitor took it.

        Never raises for what the monitor or the way to it does: the next ping is a minute away.
        """
        if hindrance and not _WORD.fullmatch(hindrance):
            raise ValueError("a hindrance is one lower-case word")
        try:
            async with aiohttp.ClientSession(
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as http:
                method, url = ("POST", f"{self._url}/fail") if hindrance else ("GET", self._url)
                body = hindrance.encode() or None
                async with http.request(method, url, data=body, allow_redirects=False) as answer:
                    status = answer.status
        except (aiohttp.ClientError, OSError) as failed:
            log.warning("ping_failed", error=type(failed).__name__)
            return False
        taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        if not taken:
            log.warning("ping_refused", status=status)
        return taken
