"""Erasing: what is looked through for it, and by whom it is agreed, holds nothing else up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import TypeVar

from typing_extensions import override

from bot.domain.ids import CompartmentId, EventId, RecordId, SeatId
from bot.engine.events import CommandReceived
from bot.policy.label import Label
from bot.storage.memory import MemoryStore
from tests.hostile.running import Running, played

T = TypeVar("T")
LINES = count()
MANY = 240


class Counting(MemoryStore):
    """Counts how many records are opened."""

    opened = 0

    @override
    def prose(self, record: RecordId) -> tuple[Label, Mapping[str, str]] | None:
        self.opened += 1
        return super().prose(record)


async def types(running: Running, seat: str, place: str, text: str) -> None:
    name, where, who = EventId(f"$erase-{next(LINES)}"), CompartmentId(place), SeatId(seat)
    await running.take(CommandReceived(name, running.now, where, who, text, running.now))


@played
async def test_a_large_case_is_looked_through_in_parts_and_deadlines_go_between() -> None:
    store = Counting()
    running = Running(store)
    await running.opens()
    for number in range(MANY):
        await types(running, "haddad", "caucus-north", f"!record H-TEAL is well, day {number}")
    assert running.case.head > MANY
    most = 0

    async def offload(call: Callable[[], T], /) -> T:
        nonlocal most
        store.opened = 0
        found = call()
        most = max(most, store.opened)
        return found

    running.cases._offload = offload
    await types(running, "lindqvist", "desk", "!erase person H-TEAL because the family asked")
    (code,) = running.case.approvals
    await types(running, "adeyemi", "desk", f"!approve {code}")
    gone = sum(not store.prose(record)[1] for record in running.case.erased)  # type: ignore[index]
    assert gone == len(running.case.erased) >= MANY
    assert most <= 120  # none of the storage thread's calls may last
