"""Laws of `ports.Journal`: checkpoints and receipts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ids import RecordId
from bot.ledger.checkpoint import parse_checkpoint
from bot.ledger.receipt import parse_receipt
from bot.ports import Receipt
from bot.storage.log import LATE, PADDING
from tests.contract.stores import AnyStore, proved
from tests.storage.samples import (
    CASE,
    DESK,
    NOON,
    TEXT,
    batch,
    item,
    party,
)


def test_a_checkpoint_is_made_when_the_tree_has_grown(store: AnyStore) -> None:
    assert store.checkpoint(NOON) is None
    store.commit(batch("e1", 0, item("r1")))
    first = store.checkpoint(NOON)
    assert first is not None
    assert store.last_checkpoint() == first
    assert store.checkpoint(NOON) is None
    store.commit(batch("e2", 1, item("r2")))
    second = store.checkpoint(NOON)
    assert second is not None
    assert second != first


@pytest.mark.parametrize("count", [1, PADDING - 1, PADDING, PADDING + 1])
def test_the_size_of_a_checkpoint_does_not_show_how_many_records(
    store: AnyStore, count: int
) -> None:
    store.commit(batch("e1", 0, *(item(f"r{n}") for n in range(count))))
    note = store.checkpoint(NOON)
    assert note is not None
    assert parse_checkpoint(note).size % PADDING == 0


def test_a_receipt_waits_for_a_checkpoint(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    assert store.receipt(RecordId("r1")) == Receipt(None, late=False)
    store.beat(NOON + LATE + timedelta(seconds=1))
    assert store.receipt(RecordId("r1")) == Receipt(None, late=True)
    store.checkpoint(NOON + timedelta(minutes=1))
    receipt = store.receipt(RecordId("r1"))
    assert not receipt.late
    assert proved(receipt)["text"] == TEXT


def test_a_receipt_shows_what_was_said_and_not_who_else_reads(store: AnyStore) -> None:
    store.commit(batch("e1", 0, party("r0"), item("r1")))
    store.checkpoint(NOON)
    receipt = store.receipt(RecordId("r1"))
    shown = proved(receipt)
    assert shown["record"] == "item.recorded/1"
    assert shown["recorded_at"] == "2026-11-22T12:00:00Z"
    assert shown["by"] == "seat-rowan"
    assert "envelope" not in shown
    assert receipt.text is not None
    for value in shown.values():
        assert str(DESK) not in str(value)
        assert str(CASE) not in str(value)


def test_a_receipt_keeps_its_first_checkpoint_and_names_the_one_before(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    first = store.checkpoint(NOON)
    store.commit(batch("e2", 1, item("r2")))
    second = store.checkpoint(NOON)
    store.commit(batch("e3", 2, item("r3")))
    store.checkpoint(NOON)
    text = store.receipt(RecordId("r2")).text
    assert text is not None
    read = parse_receipt(text)
    assert read.proof.checkpoint.text() == second
    assert read.before is not None
    assert read.before.text() == first
    assert parse_receipt(store.receipt(RecordId("r1")).text or "").before is None
    last = parse_receipt(store.receipt(RecordId("r3")).text or "").before
    assert last is not None
    assert last.text() == second


def test_a_receipt_of_an_erased_record_proves_and_shows_nothing(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    store.checkpoint(NOON)
    store.erase(RecordId("r1"))
    assert proved(store.receipt(RecordId("r1"))) == {}


def test_there_is_no_receipt_of_no_record(store: AnyStore) -> None:
    with pytest.raises(LookupError):
        store.receipt(RecordId("r1"))
