"""What goes along the road of a case: an event on its way in, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from bot.domain.case import Case
from bot.domain.ids import CaseId
from bot.domain.records import Record
from bot.engine.effects import Effect
from bot.engine.events import Event
from bot.ports import Attached

T = TypeVar("T")


class Offload(Protocol):
    """Run a storage call on the storage thread."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Return what `call` returns."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event for a case, the inbox item it came from, and the file that came with it."""

    case: CaseId
    event: Event
    inbox: int | None = None
    attached: Attached | None = None
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of an event: the case as it now is, and what it caused."""

    case: Case
    records: tuple[Record, ...]
    effects: tuple[Effect, ...]
