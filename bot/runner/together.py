"""Deadlines that are due together: decided one after another, written in one commit.

Watches of one place are decided in lots, everything else one by one, each on the case as the ones
before it left it, with a draw of its own. Refuses what must see in the store what came before it,
and stops in front of what a bug of ours cannot decide: both are taken alone, without their lot. It
commits nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby
from typing import Final

from bot.domain.case import Case
from bot.domain.fold import evolve
from bot.domain.ids import EventId
from bot.domain.records import Record
from bot.domain.watch_clock import watch_of
from bot.engine.alike import MOST
from bot.engine.effects import Effect
from bot.engine.events import DeadlineReached, DeadlinesReached, Event
from bot.engine.mediator import Decision
from bot.ports import Batch
from bot.runner.arrived import Arrived
from bot.runner.batches import batch_of
from bot.runner.turns import lot_of, place_named
from bot.runner.writing import plain_records, stands_alone

SLICE_S: Final = 0.005
"""So long is decided without letting anybody else run."""

Decide = Callable[[Event, Case], Decision]


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
    """Decide as many deadlines as can be committed together, in order.

    `known` tells which of them were committed before: those cause nothing any more.
    """
    batches: list[Batch] = []
    records: list[Record] = []
    effects: list[Effect] = []
    waiting = deque(lots_of(run, known, case))
    taken, began = 0, time.monotonic()
    while waiting:
        if time.monotonic() - began > SLICE_S:
            await asyncio.sleep(0)
            began = time.monotonic()
        lot = waiting.popleft()
        new = [arrived for arrived, was_committed in lot if not was_committed]
        if new:
            found = _decided(new, case, decide)
            if found is None and len(lot) > 1:
                waiting.extendleft([one] for one in reversed(lot))
                continue
            if found is None:
                break
            batch, made, wanted, case = found
            batches.append(batch)
            records += made
            effects += wanted
        taken += len(lot)
    return Decided(taken, case, tuple(batches), tuple(records), tuple(effects))


def _decided(
    lot: Sequence[Arrived], case: Case, decide: Decide
) -> tuple[Batch, tuple[Record, ...], tuple[Effect, ...], Case] | None:
    """Decide a lot; None where it cannot be decided together with others."""
    event = _as_one([arrived.event for arrived in lot])
    try:
        decision = decide(event, case)
        wanted = decision.effects
        if stands_alone(wanted):
            return None
        made = plain_records(wanted, case, event)
        batch = batch_of(event, lot[0].inbox, case, wanted, made)
    except Exception:  # noqa: BLE001  # taken alone, where it is told
        return None
    # What does not stand alone has no records but those that were folded already.
    return batch, made, wanted, decision.case or reduce(evolve, made, case)


def lots_of(
    run: Sequence[Arrived], known: Sequence[bool], case: Case
) -> Iterator[list[tuple[Arrived, bool]]]:
    """Cut a run into lots: deadlines of watches of one place, as many as one notice names."""
    for place, found in groupby(
        zip(run, known, strict=True), key=lambda one: _place(one[0].event, case)
    ):
        waiting = deque(found)
        while waiting:
            yield lot_of(waiting, lambda one: one[0], MOST if place else 1)[0]


def _place(event: Event, case: Case) -> str:
    """Return the compartment of the watches that a deadline is of; empty for any other."""
    if not isinstance(event, DeadlineReached):
        return ""
    if event.bundle:
        return place_named(event.key)
    watch = watch_of(case, event.key)
    return watch.item.compartment if watch is not None else ""


def _as_one(events: Sequence[Event]) -> Event:
    """Return the event of a lot. Its first is settled by it, so no other lot has its name."""
    due = tuple(event for event in events if isinstance(event, DeadlineReached))
    if len(due) != len(events) or len(due) == 1:
        return events[0]
    at = max(one.at for one in due)
    return DeadlinesReached(
        EventId(f"{due[0].id}+{len(due) - 1}"), at, tuple(replace(one, at=at) for one in due)
    )
