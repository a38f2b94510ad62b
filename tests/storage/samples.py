"""Records, rows and keys for the storage suites; every secret here must be found nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.bodies import CommitmentConfirmed, Erased, ItemRecorded, PartyAdded
from bot.domain.ids import (
    CaseId,
    Code,
    CompartmentId,
    EventId,
    PartyId,
    Prose,
    RecordId,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.records import Record
from bot.domain.vocabulary import ErasureKind, PartyKind
from bot.engine.effects import GiveReceipt, Say, SayDirect
from bot.policy.label import Label, owned_by
from bot.ports import Batch, DueRow, NewItem, OutboxRow
from bot.words.phrase import Said, phrase

MASTER = bytes(range(32))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CASE = CaseId("case-juniper")
CAUCUS = CompartmentId("caucus-lowland")
DESK = CompartmentId("desk-heather")
LOWLAND = PartyId("party-lowland")
LABEL: Label = owned_by(LOWLAND, frozenset({CAUCUS, DESK}))
ROOM = RoomId("!kestrel:parley.example")
TEXT = "nine detainees by the old mill"


def steady(seed: str) -> Callable[[int], bytes]:
    """Return bytes that are the same in every run, and never twice in one."""
    count = 0

    def entropy(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed} {count}".encode()).digest(size)

    return entropy


def item(name: str, text: str = TEXT, case: CaseId = CASE) -> Record:
    """Return a record with prose."""
    body = ItemRecorded(
        code=Code("7KQ-M4X"),
        by=SeatId("seat-rowan"),
        said_at=NOON,
        source=EventId("$plover-event"),
        text=Prose(text),
    )
    return Record(RecordId(name), case, CAUCUS, NOON, LABEL, "$curlew-cause", body)


def bare(name: str) -> Record:
    """Return a record without prose."""
    body = CommitmentConfirmed(code=Code("7KQ-M4X"), by=SeatId("seat-rowan"))
    return Record(RecordId(name), CASE, CAUCUS, NOON, LABEL, "$curlew-cause", body)


def party(name: str, case: CaseId = CASE) -> Record:
    """Return a record of the case as a whole, owned by nobody."""
    body = PartyAdded(LOWLAND, PartyKind.GROUP, "Europe/Oslo", "en", Prose("Lowland Council"))
    return Record(RecordId(name), case, DESK, NOON, Label(), "$curlew-cause", body)


def row(name: str, *, urgent: bool = False, to: CompartmentId = CAUCUS) -> OutboxRow:
    """Return something to be said."""
    words = phrase("item.recorded", text=Said(to, Prose(TEXT)))
    return OutboxRow(name, CASE, 0, Say(to, words, urgent=urgent), urgent, NOON)


def direct(name: str) -> OutboxRow:
    """Return something to be said in a person's direct room."""
    effect = SayDirect(UserId("@dunnock:parley.example"), phrase("hello"))
    return OutboxRow(name, CASE, 1, effect, urgent=False, made_at=NOON)


def receipt_row(name: str) -> OutboxRow:
    """Return a receipt to be given."""
    effect = GiveReceipt(CAUCUS, RecordId("r1"), "7KQ-M4X")
    return OutboxRow(name, CASE, 2, effect, urgent=False, made_at=NOON)


def unworded(record: Record) -> Record:
    """Return the record as `load` gives it."""
    assert isinstance(record.body, ItemRecorded)
    return replace(record, body=replace(record.body, text=Prose("")))


def due(key: str, minutes: int = 0, case: CaseId = CASE) -> DueRow:
    """Return something that waits, some minutes after noon."""
    return DueRow(case, key, NOON + timedelta(minutes=minutes))


def arrived(key: str, kind: str = "timeline") -> NewItem:
    """Return an item of a sync answer."""
    return NewItem(kind, key, ROOM, f'{{"event_id":"{key}","body":"{TEXT}"}}')


def batch(event: str, head: int = 0, *records: Record, case: CaseId = CASE) -> Batch:
    """Return a batch of records alone."""
    return Batch(event=event, case=case, head=head, records=records)


def erasing(event: str, head: int, *names: str) -> Batch:
    """Return a batch that erases records, and says so in a record of its own."""
    records = tuple(RecordId(name) for name in names)
    said = Erased(
        ErasureKind.RECORD, "7KQ-M4X", SeatId("seat-rowan"), SeatId("seat-ash"), records, Prose("")
    )
    record = Record(RecordId(f"of {event}"), CASE, DESK, NOON, LABEL, event, said)
    return replace(batch(event, head, record), erase=records)
