"""What the runner needs for files that people send: fetching one, and a version fit to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attached:
    """What a decrypted event says of a file, none of it believed yet.

    `sealed`: it was sent as an encrypted attachment, version 2; then `key`, `iv` and `sha256` (of
    the ciphertext) are base64. In memory only: whoever has the key can read the file.
    """

    url: str = field(repr=False)
    name: str = field(repr=False)
    mime: str
    size: int
    key: str = field(default="", repr=False)
    iv: str = field(default="", repr=False)
    sha256: str = field(default="", repr=False)
    sealed: bool = False


class NotFetched(Exception):
    """A file did not come. `reason`: too_large, wrong_hash, unreadable, gone or unreachable."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not fetched: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Safe:
    """A file without its metadata; `ending` is that of a name for it."""

    content: bytes = field(repr=False)
    kind: str
    mime: str
    ending: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why there is no version to show: a sentence of the catalogue and its arguments.

    `stays`: it may be sealed where it is, and `kind` says what it is.
    """

    key: str
    args: tuple[tuple[str, str | int], ...] = ()
    stays: bool = False
    kind: str = ""


class Media(Protocol):
    """Where files are fetched from."""

    async def fetch(self, attached: Attached, limit: int) -> bytes:
        """Return the plain bytes of a file of at most `limit` bytes. Raises `NotFetched`."""


class Files(Media, Protocol):
    """Fetching, and the reader of files in a process of its own."""

    async def cleaned(self, content: bytes, name: str, mime: str) -> Safe | Unfit:
        """Return a file without its metadata, or why there is none."""
