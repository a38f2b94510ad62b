"""What is needed of a witness of the log, however it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness said to one add-checkpoint body.

    `status` as over HTTP (C2SP tlog-witness). `lines` is the signature lines of a 200, each with
    its newline. `size` and `checkpoint` are what it says it keeps; neither is checked yet.
    """

    status: int
    lines: str = ""
    size: int | None = None
    checkpoint: str | None = None


class Unanswered(Exception):
    """A witness gave no answer. `reason` is one word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"unanswered: {reason}")
        self.reason = reason


class Asked(Protocol):
    """A witness that can be asked, on whatever road."""

    async def ask(self, body: str) -> Answer:
        """Send an add-checkpoint body and return what is answered to it. Raises `Unanswered`."""
        ...
