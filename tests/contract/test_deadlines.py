"""Laws of `ports.Deadlines`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.ids import CaseId
from tests.contract.stores import AnyStore
from tests.storage.samples import (
    CASE,
    NOON,
    batch,
    due,
)


def armed(store: AnyStore, event: str, *keys: tuple[str, int]) -> None:
    rows = tuple(due(key, minutes) for key, minutes in keys)
    store.commit(replace(batch(event), arm=rows))


def test_due_rows_come_oldest_first_and_not_early(store: AnyStore) -> None:
    armed(store, "e1", ("W3", 3), ("W1", 1), ("W2", 2))
    assert store.next_at() == due("", 1).at
    assert store.due(NOON) == ()
    assert store.due(due("", 2).at) == (due("W1", 1), due("W2", 2))
    assert [d.key for d in store.due(due("", 9).at, limit=1)] == ["W1"]


def test_a_waiting_key_can_be_armed_anew(store: AnyStore) -> None:
    armed(store, "e1", ("W1", 1))
    armed(store, "e2", ("W1", 5))
    assert store.due(due("", 9).at) == (due("W1", 5),)


def test_a_key_fires_once_and_for_ever(store: AnyStore) -> None:
    armed(store, "e1", ("W1", 1), ("W2", 2))
    store.commit(replace(batch("e2"), fired=("W1",)))
    assert store.next_at() == due("", 2).at
    armed(store, "e3", ("W1", 1))
    assert [d.key for d in store.due(due("", 9).at)] == ["W2"]
    store.commit(replace(batch("e4"), disarm=("W",)))
    armed(store, "e5", ("W1", 1), ("W2", 3))
    assert store.due(due("", 9).at) == (due("W2", 3),)


def test_a_key_that_fires_unarmed_is_a_tombstone_too(store: AnyStore) -> None:
    store.commit(replace(batch("e1"), fired=("W1",)))
    armed(store, "e2", ("W1", 1))
    assert store.next_at() is None


def test_disarm_forgets_what_starts_so_and_nothing_else(store: AnyStore) -> None:
    armed(store, "e1", ("W1/0", 1), ("W1/1", 1), ("W10", 1), ("V", 1))
    store.commit(replace(batch("e2"), disarm=("W1/",)))
    assert {d.key for d in store.due(due("", 9).at)} == {"W10", "V"}


def test_disarm_comes_before_arm_in_one_batch(store: AnyStore) -> None:
    armed(store, "e1", ("W1/0", 1))
    store.commit(replace(batch("e2"), disarm=("W1/",), arm=(due("W1/0", 5), due("W1/1", 6))))
    assert store.due(due("", 9).at) == (due("W1/0", 5), due("W1/1", 6))


def test_a_case_disarms_and_fires_only_its_own_keys(store: AnyStore) -> None:
    other = CaseId("other")
    armed(store, "e1", ("W1", 1))
    store.commit(replace(batch("e2", case=other), disarm=("W",), fired=("W1",)))
    assert store.due(due("", 9).at) == (due("W1", 1),)
    store.commit(replace(batch("e3", case=other), arm=(due("W1", 1, other), due("W2", 1, other))))
    assert {(d.case, d.key) for d in store.due(due("", 9).at)} == {(CASE, "W1"), (other, "W2")}


def test_a_beat_returns_the_one_before(store: AnyStore) -> None:
    assert store.beat(NOON) is None
    assert store.beat(NOON + timedelta(microseconds=1)) == NOON
    assert store.beat(NOON) == NOON + timedelta(microseconds=1)


def test_due_rows_go_on_behind_one_that_was_returned_before(store: AnyStore) -> None:
    armed(store, "e1", ("W3", 3), ("W1", 1), ("W2", 1), ("W0", 1))
    first = store.due(due("", 9).at, limit=2)
    assert [d.key for d in first] == ["W1", "W2"]
    # What has fired or come since moves nothing.
    store.commit(replace(batch("e2"), fired=("W1", "W2")))
    armed(store, "e3", ("V", 0))
    then = store.due(due("", 9).at, limit=2, after=first[-1])
    assert [d.key for d in then] == ["W0", "W3"]
    assert store.due(due("", 2).at, after=then[0]) == ()
    assert store.due(due("", 9).at, after=then[-1]) == ()
    assert [d.key for d in store.due(due("", 9).at)] == ["V", "W0", "W3"]


def test_a_prefix_finds_its_keys_by_kind_and_name_or_by_less(store: AnyStore) -> None:
    other = CaseId("other")
    keys = (
        "watch:AAAA:1:0",
        "watch:AAAA:2:0",
        "watch:AAAB:1:0",
        "digest:bench:1",
        "watch:A",
        "plain",
    )
    armed(store, "e1", *((key, 1) for key in keys))
    store.commit(replace(batch("e2", case=other), arm=(due("watch:AAAA:1:0", 1, other),)))

    def left() -> list[str]:
        return [d.key for d in store.due(due("", 9).at) if d.case == CASE]

    store.commit(replace(batch("e3"), disarm=("watch:AAAA:2",)))
    assert left() == [k for k in keys if k != "watch:AAAA:2:0"]
    store.commit(replace(batch("e4"), disarm=("watch:AAAA:", "digest:bench:")))
    assert left() == ["watch:AAAB:1:0", "watch:A", "plain"]
    store.commit(replace(batch("e5"), disarm=("wat",)))
    assert left() == ["plain"]
    assert len(store.due(due("", 9).at)) == 2, "of the other case nothing went"
