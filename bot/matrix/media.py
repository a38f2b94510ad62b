"""Encrypted attachments on their way in: what an event says of a file, and its bytes.

Client-Server API, "Sending encrypted attachments" (version 2). Everything that decides (address,
key, digest) is read from the decrypted event, whose sender sealed it. Refuses media that was sent
in clear, an address that is none, more bytes than asked for, and bytes with another digest.
"""

import asyncio
import binascii
import re
from typing import Final

from nio.crypto.attachments import decrypt_attachment
from nio.exceptions import EncryptionError
from typing_extensions import override

from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable
from bot.matrix.strict_json import JsonObject, integer, obj, text
from bot.ports import Attached, Media, NotFetched

KINDS: Final = frozenset({"m.image", "m.file", "m.video", "m.audio"})
_ADDRESS: Final = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})")
LONGEST_NAME: Final = 255


def attached_in(said: JsonObject) -> Attached | None:
    """Return the file of a decrypted message; None if it has none. Never raises."""
    if text(said, "msgtype") not in KINDS:
        return None
    info, file = obj(said, "info") or {}, obj(said, "file")
    name = (text(said, "filename") or text(said, "body") or "")[:LONGEST_NAME]
    mime = (text(info, "mimetype") or "")[:LONGEST_NAME]
    size = integer(info, "size") or 0
    if file is None:
        return Attached("", name, mime, size)
    key, hashes = obj(file, "key") or {}, obj(file, "hashes") or {}
    return Attached(
        text(file, "url") or "",
        name,
        mime,
        size,
        key=text(key, "k") or "",
        iv=text(file, "iv") or "",
        sha256=text(hashes, "sha256") or "",
        sealed=text(file, "v") == "v2" and text(key, "alg") == "A256CTR",
    )


def caption_in(said: JsonObject) -> str:
    """Return what was typed with a file: a body that is not its name."""
    name, body = text(said, "filename"), text(said, "body") or ""
    return body if name is not None and name != body else ""


class MatrixMedia(Media):
    """Fetches from the homeserver that the bot is on."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server

    @override
    async def fetch(self, attached: Attached, limit: int) -> bytes:
        """Return the plain bytes of a file. Raises `NotFetched`."""
        address = _ADDRESS.fullmatch(attached.url)
        if address is None or not attached.sealed:
            raise NotFetched("unreadable")
        if attached.size > limit:
            raise NotFetched("too_large")
        try:
            sealed = await self._server.download(address[1], address[2], limit=limit)
        except HomeserverRefused as refused:
            raise NotFetched("gone" if refused.status == _NOT_FOUND else "unreachable") from None
        except HomeserverUnreachable as away:
            too_large = away.reason == "too_large"
            raise NotFetched("too_large" if too_large else "unreachable") from None
        return await asyncio.to_thread(opened, sealed, attached)


_NOT_FOUND: Final = 404
_DIGEST: Final = re.compile(r"[A-Za-z0-9+/]{43}")
"""SHA-256, and a key of 32 bytes, in unpadded base64."""
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_IV: Final = re.compile(r"[A-Za-z0-9+/]{22}")


def opened(sealed: bytes, attached: Attached) -> bytes:
    """Check the digest, then decrypt. Raises `NotFetched`."""
    parts = [part.rstrip("=") for part in (attached.key, attached.sha256, attached.iv)]
    forms = (_KEY, _DIGEST, _IV)
    if not all(form.fullmatch(part) for form, part in zip(forms, parts, strict=True)):
        raise NotFetched("unreadable")
    try:
        plain: bytes = decrypt_attachment(sealed, *parts)
    except EncryptionError as wrong:
        mismatched = "SHA-256" in str(wrong)
        raise NotFetched("wrong_hash" if mismatched else "unreadable") from None
    except (binascii.Error, ValueError, TypeError):
        raise NotFetched("unreadable") from None
    return plain
