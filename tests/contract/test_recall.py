"""Laws of taking back what waits to be sent, in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.ports import HasLeft
from tests.contract.stores import AnyStore
from tests.storage.samples import CASE, CAUCUS, batch, row

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def with_rows(store: AnyStore, *names: str) -> None:
    store.commit(replace(batch("e1"), outbox=tuple(row(name) for name in names)))


def test_what_waits_is_taken_back_in_the_commit_that_says_so(store: AnyStore) -> None:
    with_rows(store, "t1", "t2")
    store.commit(replace(batch("e2"), recall=("t1",), outbox=(row("t3"),)))
    assert [r.id for r in store.waiting()] == ["t2", "t3"]
    assert store.departs("t1", NOON) is None


def test_what_was_parked_is_taken_back_too_and_is_not_set_free(store: AnyStore) -> None:
    with_rows(store, "t1")
    store.park("t1", "held")
    store.commit(replace(batch("e2"), recall=("t1",)))
    assert store.unpark(CASE, CAUCUS) == 0
    assert store.waiting() == ()


@pytest.mark.parametrize("how", ["left", "began", "never was", "parked after it began"])
def test_what_left_or_may_have_stops_the_whole_commit(store: AnyStore, how: str) -> None:
    with_rows(store, "t1", "t2")
    if how == "left":
        store.sent("t1", "$own")
    if how != "left":
        store.departs("t1", NOON)
    if how == "parked after it began":
        store.park("t1", "held")
    named = "t9" if how == "never was" else "t1"
    with pytest.raises(HasLeft):
        store.commit(replace(batch("e2"), recall=("t2", named), outbox=(row("t3"),)))
    assert not store.handled("e2")
    waiting = {r.id for r in store.waiting()}
    assert "t2" in waiting
    assert "t3" not in waiting


def test_what_was_taken_back_is_never_put_there_again(store: AnyStore) -> None:
    with_rows(store, "t1")
    store.commit(replace(batch("e2"), recall=("t1",)))
    store.commit(replace(batch("e3"), outbox=(row("t1"),)))
    assert store.waiting() == ()


def test_a_row_begins_to_leave_once_and_remembers_when(store: AnyStore) -> None:
    with_rows(store, "t1")
    assert store.departs("t1", NOON) == NOON
    assert store.departs("t1", NOON + timedelta(seconds=5)) == NOON
    assert [r.id for r in store.waiting()] == ["t1"]
    store.sent("t1", "$own")
    assert store.departs("t1", NOON) is None
    assert store.was_sent("$own")
