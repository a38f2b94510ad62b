"""Leaks in how things are sent: instants, order, names of transactions and files, and the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Final, cast

from bot.domain.case import Case
from bot.engine.effects import Append, DropSession, GiveReceipt, Say
from bot.engine.events import CommandReceived, DeadlineReached, Event
from bot.ports import OutboxRow
from bot.runner import batches
from bot.runner.speaking import Speaking
from bot.selftest.faults import Effects, Mutant, decided, instead
from bot.storage import memory_journal
from bot.words.phrase import listed

Was = Callable[..., object]


def _numbered(_was: Was) -> object:
    """Name transactions by a counter of the process."""
    numbers = count(1)

    def transaction_id(case: str, event: str, number: int) -> str:
        del case, event, number
        return f"p{next(numbers)}"

    return transaction_id


def _slower(was: Was) -> object:
    """Let a text wait the longer, the more others have to be sent."""

    async def serve(speaking: Speaking, place: object, rows: Sequence[OutboxRow]) -> None:
        await asyncio.sleep(0.2 * len(vars(speaking)["_busy"]))
        await cast("Awaitable[None]", was(speaking, place, rows))

    return serve


def _one_queue(was: Was) -> object:
    """Send to one room after the other."""
    turns: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}

    async def serve(speaking: Speaking, place: object, rows: Sequence[OutboxRow]) -> None:
        async with turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            await cast("Awaitable[None]", was(speaking, place, rows))

    return serve


def _growing(_was: Was) -> object:
    """Let the log grow by what was written."""
    return lambda waiting: max(1, waiting)


def _by_head(event: Event, case: Case, effects: Effects) -> Effects:
    """Number receipts over the whole journal."""
    del event
    return tuple(
        replace(e, name=f"{e.name}-{case.head}") if isinstance(e, GiveReceipt) else e
        for e in effects
    )


def _order_of_all(event: Event, case: Case, effects: Effects) -> Effects:
    """Let the order of what one event says follow from how long the journal is."""
    del event
    said = [e for e in effects if isinstance(e, Say)]
    if not case.head % 2 or len(said) < 2:
        return effects
    turned = iter(reversed(said))
    return tuple(next(turned) if isinstance(e, Say) else e for e in effects)


def _lines_of_all(event: Event, case: Case, effects: Effects) -> Effects:
    """Sort the lines of a list by what was typed anywhere."""
    del event
    if not case.head % 2:
        return effects
    return tuple(_turned(e) if isinstance(e, Say) else e for e in effects)


def _turned(say: Say) -> Say:
    lines = ((name, value, listed(value)) for name, value in say.phrase.args)
    args = tuple((name, value if made is None else made[::-1]) for name, value, made in lines)
    return replace(say, phrase=replace(say.phrase, args=args))


def _quieter(event: Event, case: Case, effects: Effects) -> Effects:
    """Raise a watch quietly while another one is overdue, wherever that is kept."""
    others = sum(w.level > 0 for w in case.watches.values())
    if not isinstance(event, DeadlineReached) or others < 2:
        return effects
    return tuple(replace(e, mention=()) if isinstance(e, Say) else e for e in effects)


def _one_alarm(event: Event, case: Case, effects: Effects) -> Effects:
    """Say nothing of a watch in the hour in which another was raised, wherever that is kept."""
    if not isinstance(event, DeadlineReached) or not _of_watch(event):
        return effects
    raised = [w.raised_at for w in case.watches.values() if w.raised_at is not None]
    if not any(0 < (event.at - at).total_seconds() < 3600 for at in raised):
        return effects
    return tuple(e for e in effects if not isinstance(e, Say))


def _of_watch(event: DeadlineReached) -> bool:
    return all(key.startswith("watch:") for key in event.each())


def _all_sessions(event: Event, case: Case, effects: Effects) -> Effects:
    """Discard the keys of every room whenever something is put on record."""
    if not isinstance(event, CommandReceived) or not any(isinstance(e, Append) for e in effects):
        return effects
    return (*effects, *(DropSession(place) for place in case.compartments))


def _last_speaker(event: Event, case: Case, effects: Effects) -> Effects:
    """Call for whoever set the latest watch, anywhere, in what is said by the clock."""
    if isinstance(event, CommandReceived) or not case.watches:
        return effects
    latest = max(case.watches.values(), key=lambda w: w.item.recorded_at)
    return tuple(replace(e, mention=(latest.by,)) if isinstance(e, Say) else e for e in effects)


SENT: Final = (
    Mutant("transaction counter", "transactions are numbered over all rooms", instead(batches, "transaction_id", _numbered)),
    Mutant("busy is slow", "a text waits while others are being sent", instead(Speaking, "_serve", _slower)),
    Mutant("one queue", "rooms are served one after the other", instead(Speaking, "_serve", _one_queue)),
    Mutant("log grows", "the log grows by what was written", instead(memory_journal, "batch_size", _growing)),
    Mutant("receipt numbering", "receipts are numbered over all rooms", decided(_by_head)),
    Mutant("order of all", "the order of notices follows from the whole journal", decided(_order_of_all)),
    Mutant("lines of all", "a list is sorted by what happened anywhere", decided(_lines_of_all)),
    Mutant("quieter", "a watch calls nobody while another is overdue elsewhere", decided(_quieter)),
    Mutant("one alarm", "a watch is not raised just after one of another room", decided(_one_alarm)),
    Mutant("all sessions", "a record in one room renews the keys of all", decided(_all_sessions)),
    Mutant("last watch", "who set the latest watch is called for elsewhere", decided(_last_speaker)),
)  # fmt: skip
