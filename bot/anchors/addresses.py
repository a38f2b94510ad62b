"""Which addresses an anchor may be asked at: those that nobody on the way can listen in on."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def protected(url: str) -> SplitResult | None:
    """Return the parts of an https address, or http to this machine; None for any other.

    Nor is one taken that names a user.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return parts if safe and parts.hostname and "@" not in parts.netloc else None
