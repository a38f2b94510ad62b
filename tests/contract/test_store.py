"""Laws of `ports.Store` as a whole, and what only a store on disk can break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from bot.domain.ids import RecordId
from bot.ports import Batch, HeadMoved, Store
from bot.storage.database import Conflict
from bot.storage.log import PADDING
from bot.storage.store import SqlStore
from bot.storage.verdicts import StoreFailed
from tests.contract.stores import AnyStore, proved
from tests.storage.samples import (
    CASE,
    CAUCUS,
    LABEL,
    MASTER,
    NOON,
    ROOM,
    TEXT,
    arrived,
    batch,
    due,
    item,
    row,
    unworded,
)


def test_both_are_stores(store: AnyStore) -> None:
    kept: Store = store
    assert kept.cases() == ()


def test_the_vault_keeps_and_replaces(store: AnyStore) -> None:
    assert store.get("token") is None
    store.put("token", b"one")
    store.put("token", b"two\x00")
    store.put("empty", b"")
    assert store.get("token") == b"two\x00"
    assert store.get("empty") == b""


Open = Callable[[], SqlStore]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    stores: list[SqlStore] = []

    def open_again() -> SqlStore:
        stores.append(SqlStore.open(tmp_path / "store.db", MASTER))
        return stores[-1]

    yield open_again
    for store in stores:
        store.close()


def test_everything_is_there_after_a_restart(opened: Open) -> None:
    store = opened()
    full = Batch("e1", CASE, 0, (item("r1"),), (row("t1"), row("t2")), (due("W1", 1),))
    store.take("s1", [arrived("$a"), arrived("$b")])
    store.wait_for_key(2, ROOM, "session", NOON)
    store.commit(replace(full, fired=("W0",)))
    store.park("t2", "why")
    assert store.first_uses([("s", 0, "$a")]) == (True,)
    note = store.checkpoint(NOON)
    store.put("name", b"value")
    store.beat(NOON)
    store.close()
    store = opened()
    assert store.load(CASE) == (unworded(item("r1")),)
    assert store.prose(RecordId("r1")) == (LABEL, {"text": TEXT})
    assert store.handled("e1")
    assert store.token() == "s1"
    assert [i.key for i in store.pending()] == ["$a"]
    assert store.key_came(ROOM, "session") == 1
    assert store.first_uses([("s", 0, "$b")]) == (False,)
    assert [r.id for r in store.waiting()] == ["t1"]
    assert store.unpark(CASE, CAUCUS) == 1
    store.commit(replace(batch("e2", 1), arm=(due("W0"),)))
    assert store.due(due("", 9).at) == (due("W1", 1),)
    assert store.last_checkpoint() == note
    assert store.get("name") == b"value"
    assert store.beat(NOON) == NOON
    assert proved(store.receipt(RecordId("r1")))["text"] == TEXT


class Raced(SqlStore):
    """A store whose database notices the other writer only at the unique key."""

    @override
    def _append(self, batch: Batch) -> None:
        raise Conflict("a row contradicts a unique key")


def test_a_race_that_a_unique_key_decides_is_a_moved_head(tmp_path: Path) -> None:
    raced = Raced.open(tmp_path / "store.db", MASTER)
    with pytest.raises(StoreFailed, match="contradicts"):
        raced.commit(batch("e1", 0, item("r1")))
    other = SqlStore.open(tmp_path / "store.db", MASTER)
    other.commit(batch("e2", 0, item("r2")))
    other.close()
    with pytest.raises(HeadMoved):
        raced.commit(batch("e1", 0, item("r1")))
    raced.close()


def test_two_openings_see_each_other(opened: Open) -> None:
    one, two = opened(), opened()
    one.commit(batch("e1", 0, item("r1")))
    assert two.load(CASE) == (unworded(item("r1")),)
    with pytest.raises(HeadMoved):
        two.commit(batch("e2", 0, item("r2")))
    two.commit(batch("e2", 1, item("r2")))
    one.commit(replace(batch("e3", 2, item("r3")), outbox=(row("t1"),)))
    two.commit(batch("e4", 3, item("r4")))
    assert [r.id for r in one.load(CASE)] == ["r1", "r2", "r3", "r4"]
    assert [r.id for r in two.waiting()] == ["t1"]
    assert one.prose(RecordId("r4")) == (LABEL, {"text": TEXT})
    note = two.checkpoint(NOON)
    assert one.last_checkpoint() == note
    assert proved(one.receipt(RecordId("r4")))["text"] == TEXT
    assert one.audit() == two.audit() == PADDING
