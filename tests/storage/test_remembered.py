"""What the store keeps open in memory never outlives what stands in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.ids import RecordId
from bot.ports import HeadMoved
from bot.storage.store import SqlStore
from bot.storage.verdicts import Damaged
from tests.storage.filled import edit
from tests.storage.samples import MASTER, arrived, batch, erasing, item, party, row, steady


def test_a_name_erased_by_another_process_is_gone_at_once(tmp_path: Path) -> None:
    bot = SqlStore.open(tmp_path / "s.db", MASTER, steady("one"))
    bot.commit(batch("e1", 0, party("r1")))
    assert bot.prose(RecordId("r1")) == bot.prose(RecordId("r1"))
    operator = SqlStore.open(tmp_path / "s.db", MASTER, steady("two"))
    operator.commit(erasing("e2", 1, "r1"))
    found = bot.prose(RecordId("r1"))
    assert found is not None
    assert found[1] == {}
    operator.close()
    bot.close()


def test_a_changed_byte_of_a_known_name_is_still_found(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "s.db", MASTER, steady("one"))
    store.commit(batch("e1", 0, party("r1")))
    store.prose(RecordId("r1"))
    edit(tmp_path / "s.db", "UPDATE contents SET content = zeroblob(length(content))")
    with pytest.raises(Damaged):
        store.prose(RecordId("r1"))
    store.close()


def test_a_row_of_a_batch_that_was_rolled_back_is_not_remembered(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "s.db", MASTER, steady("one"))
    store.commit(replace(batch("e1", 0, item("r1")), outbox=(row("t1"),)))
    store.waiting()
    with pytest.raises(HeadMoved):
        store.commit(replace(batch("e2", 0, item("r2")), outbox=(row("t2"),)))
    assert [r.id for r in store.waiting()] == ["t1"]
    store.close()


def test_a_sent_or_parked_row_is_not_remembered(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "s.db", MASTER, steady("one"))
    store.commit(replace(batch("e1"), outbox=(row("t1"), row("t2"))))
    store.waiting()
    store.sent("t1", "$own")
    store.park("t2", "label")
    assert store.waiting() == ()
    assert store._rows == {}
    store.close()


def test_items_are_forgotten_when_they_are_done_and_large_ones_are_never_kept(
    tmp_path: Path,
) -> None:
    store = SqlStore.open(tmp_path / "s.db", MASTER, steady("one"))
    large = replace(arrived("$large"), raw='{"body":"' + "a" * 20_000 + '"}')
    store.take("token", [arrived("$small"), large])
    assert [i.number for i in store.pending()] == [1, 2]
    assert set(store._items) == {1}
    store.done([1, 2])
    assert store._items == {}
    assert store.pending() == ()
    store.close()
