"""Deadlines that are due together: decided one after another, written in one commit.

Each is decided on the case as the ones before it left it, with a draw of its own, and makes the
batch that it would make alone. Refuses what must see in the store what came before it, and stops
in front of what a bug of ours cannot decide: both are taken alone. It commits nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

from bot.domain.case import Case
from bot.domain.fold import evolve
from bot.domain.records import Record
from bot.engine.effects import Effect
from bot.engine.events import Event
from bot.ports import Batch
from bot.runner.arrived import Arrived
from bot.runner.batches import batch_of
from bot.runner.writing import plain_records, stands_alone

SLICE_S: Final = 0.005
"""So long is decided without letting anybody else run."""

Decide = Callable[[Event, Case], tuple[Effect, ...]]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the first `taken` of some events cause, on the way from one case to another."""

    taken: int
    case: Case
    batches: tuple[Batch, ...]
    records: tuple[Record, ...]
    effects: tuple[Effect, ...]


async def decided(
    run: Sequence[Arrived], known: Sequence[bool], case: Case, decide: Decide
) -> Decided:
    """Decide as many events as can be committed together, in order.

    `known` tells which of them were committed before: those cause nothing any more.
    """
    batches: list[Batch] = []
    records: list[Record] = []
    effects: list[Effect] = []
    taken, began = 0, time.monotonic()
    for arrived, was_committed in zip(run, known, strict=True):
        if time.monotonic() - began > SLICE_S:
            await asyncio.sleep(0)
            began = time.monotonic()
        if not was_committed:
            try:
                wanted = decide(arrived.event, case)
                if stands_alone(wanted):
                    break
                made = plain_records(wanted, case, arrived.event)
                batch = batch_of(arrived.event, arrived.inbox, case, wanted, made)
                later = reduce(evolve, made, case)
            except Exception:  # noqa: BLE001  # taken alone, where it is told
                break
            case = later
            batches.append(batch)
            records += made
            effects += wanted
        taken += 1
    return Decided(taken, case, tuple(batches), tuple(records), tuple(effects))
