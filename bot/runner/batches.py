"""What one decision leaves behind, as rows of one transaction."""

from __future__ import annotations

from hashlib import blake2b

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CaseId
from bot.domain.records import Record
from bot.engine.effects import (
    Alert,
    Arm,
    Disarm,
    Effect,
    GiveFile,
    GiveReceipt,
    KeepFile,
    Lay,
    Recall,
    Say,
    SayBoth,
    SayDirect,
)
from bot.engine.events import DeadlineReached, DeadlinesReached, Event
from bot.ports import Batch, DueRow, OutboxRow
from bot.runner.turns import place_named


def batch_of(
    event: Event,
    inbox: int | None,
    case: Case,
    effects: tuple[Effect, ...],
    records: tuple[Record, ...],
    *,
    content: bytes | None = None,
) -> Batch:
    """Turn what an event causes into rows; ids follow from the event, so a repeat is the same.

    `inbox` is the number of the inbox item that the event came from, `content` the file read for it.
    """
    outbox: list[OutboxRow] = []
    due = event.rows() if isinstance(event, DeadlineReached | DeadlinesReached) else ()
    for number, effect in enumerate(effects):
        if isinstance(effect, Say | SayBoth | SayDirect | GiveReceipt | Alert | GiveFile):
            urgent = isinstance(effect, Alert | SayBoth)
            urgent = urgent or (isinstance(effect, Say) and effect.urgent)
            row_id = _row_id(case.id, event, number, effect)
            outbox.append(OutboxRow(row_id, case.id, number, effect, urgent, event.at))
    return Batch(
        event=event.id,
        case=case.id,
        head=case.head,
        records=records,
        outbox=tuple(outbox),
        arm=tuple(_due_row(case.id, e) for e in effects if isinstance(e, Arm | Lay)),
        disarm=tuple(e.prefix for e in effects if isinstance(e, Disarm)),
        leave=tuple(
            (e.prefix, *e.bundle) for e in effects if isinstance(e, Disarm) and e.bundle is not None
        ),
        fired=tuple(one.key for one in due),
        also=tuple(one.id for one in due if one.id != event.id),
        inbox_done=(inbox,) if inbox is not None else (),
        erase=tuple(i for r in records if isinstance(r.body, b.Erased) for i in r.body.records),
        files=tuple((e.record, content) for e in effects if isinstance(e, KeepFile) and content),
        recall=tuple(
            transaction_id(case.id, name, 0)
            for e in effects
            if isinstance(e, Recall)
            for name in e.names
        ),
    )


def _due_row(case: CaseId, effect: Arm | Lay) -> DueRow:
    if isinstance(effect, Arm):
        return DueRow(case, effect.key, effect.at)
    if not effect.keys:
        raise ValueError("nothing is to be laid")
    return DueRow(case, "", effect.at, place=effect.place, keys=effect.keys)


def apart(event: DeadlineReached, case: Case) -> Batch:
    """Take a bundle apart: each key in it is due by itself, as at a place of its own."""
    here = place_named(event.key)
    alone = tuple(
        DueRow(case.id, key, event.due, place=f"{here}/{number}")
        for number, key in enumerate(event.bundle)
    )
    return Batch(f"apart:{event.id}", case.id, case.head, arm=alone, fired=(event.key,))


def too_late(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Return what to do instead where something should have been taken back, and has left."""
    return next(((e.otherwise,) for e in effects if isinstance(e, Recall)), effects)


def _row_id(case: CaseId, event: Event, number: int, effect: Effect) -> str:
    """Name a row after its event; one that can be taken back after what it can be taken back by."""
    name = effect.recall if isinstance(effect, Say | SayBoth | GiveReceipt) else ""
    return transaction_id(case, name, 0) if name else transaction_id(case, event.id, number)


def transaction_id(case: CaseId, event: str, number: int) -> str:
    """Return the Matrix transaction id of one outgoing row; opaque, the same for a repeat."""
    name = f"{case}\n{event}\n{number}".encode()
    return "p" + blake2b(name, digest_size=20, person=b"parley-txn/1").hexdigest()
