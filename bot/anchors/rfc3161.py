"""Asks a time-stamping authority (RFC 3161) to date the log's checkpoints.

It exists so that a party can show, without any witness, by when a record stood. It refuses to
hand on an answer that a verifier would not believe, to follow the authority elsewhere, and to
read or wait without a limit. The authority sees a digest and how often it is asked, never a text.
docs/spec/ledger.md section 14.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aiohttp
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from bot.anchors.addresses import protected
from bot.ledger.stamp import MAX_TOKEN, parse_roots, verify_stamp
from bot.ledger.verdict import StampFalse

PATIENCE_S: Final = 30.0
_HEADERS: Final = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    # An answer that is packed could be larger than it looks.
    "Accept-Encoding": "identity",
}


class StampFailed(Exception):
    """No stamp this time; `reason` is one word for the log.

    address, unreachable, slow, redirect, status, large: nothing came that could be judged.
    nonce: the answer is to another question. The rest are `bot.ledger.verdict.Fault` without
    "stamp-": malformed, refused, digest, of-other-checkpoint, authority, purpose, expired,
    signature.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no time stamp: {reason}")
        self.reason = reason


class Stamps:
    """One authority and the certificates it is believed by."""

    def __init__(self, url: str, roots: Sequence[bytes], *, patience_s: float = PATIENCE_S) -> None:
        """Take an address (https, or http on this machine) and certificates, PEM or DER.

        Raises StampFailed for the address, FormatError for the certificates.
        """
        parse_roots(roots)
        self._url = _checked(url)
        self._roots = tuple(roots)
        self._patience_s = patience_s

    async def stamp(self, note: str) -> bytes:
        """Return the stamp of a note text; see `stamp`."""
        return await stamp(self._url, note.encode(), self._roots, patience_s=self._patience_s)


async def stamp(
    url: str, note: bytes, roots: Sequence[bytes], *, patience_s: float = PATIENCE_S
) -> bytes:
    """Have the three lines of a checkpoint (`Checkpoint.body`) stamped, within `patience_s` seconds.

    Returns the authority's answer as it came, a DER TimeStampResp that holds under `roots` and
    answers this very question. Raises StampFailed. Asks once.
    """
    _checked(url)
    question = TimestampRequestBuilder(
        data=note, hash_algorithm=HashAlgorithm.SHA512, nonce=True, cert_req=True
    ).build()
    token = await _asked(url, question.as_bytes(), patience_s)
    try:
        stamped = verify_stamp(note, token, roots)
    except StampFalse as wrong:
        raise StampFailed(wrong.fault.removeprefix("stamp-")) from None
    if stamped.nonce != question.nonce:
        raise StampFailed("nonce")
    return token


async def _asked(url: str, question: bytes, patience_s: float) -> bytes:
    patience = aiohttp.ClientTimeout(total=patience_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=patience, auto_decompress=False) as session,
            session.post(url, data=question, headers=_HEADERS, allow_redirects=False) as answer,
        ):
            if 300 <= answer.status < 400:
                raise StampFailed("redirect")
            if answer.status != 200:
                raise StampFailed("status")
            found = bytearray()
            async for piece in answer.content.iter_any():
                found += piece
                if len(found) > MAX_TOKEN:
                    raise StampFailed("large")
            return bytes(found)
    except TimeoutError:
        raise StampFailed("slow") from None
    except (aiohttp.ClientError, OSError):
        raise StampFailed("unreachable") from None


def _checked(url: str) -> str:
    """Return an address on which nobody on the way can put themselves between."""
    parts = protected(url)
    if parts is None or parts.fragment:
        raise StampFailed("address")
    return url
