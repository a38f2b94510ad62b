"""Laws of `ports.Inbox`."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.ids import RoomId
from bot.ports import NewItem
from tests.contract.stores import AnyStore
from tests.storage.samples import (
    NOON,
    ROOM,
    arrived,
)


def test_items_and_token_are_taken_together(store: AnyStore) -> None:
    assert store.token() is None
    assert store.take("s1", [arrived("$a"), arrived("$b")]) == 2
    assert store.token() == "s1"
    first, second = store.pending()
    assert (first.kind, first.key, first.room, first.raw) == (
        "timeline",
        "$a",
        ROOM,
        arrived("$a").raw,
    )
    assert first.number < second.number


def test_an_item_is_taken_once(store: AnyStore) -> None:
    store.take("s1", [arrived("$a")])
    assert store.take("s2", [arrived("$a"), arrived("$b"), arrived("$b")]) == 1
    assert store.token() == "s2"
    assert [i.key for i in store.pending()] == ["$a", "$b"]
    assert store.take("s3", [arrived("$a", kind="state")]) == 1
    assert store.take("s4", []) == 0
    assert store.token() == "s4"


def test_a_done_item_neither_waits_nor_comes_again(store: AnyStore) -> None:
    store.take("s1", [arrived("$a"), arrived("$b")])
    numbers = [i.number for i in store.pending()]
    store.done([numbers[0]])
    assert [i.key for i in store.pending()] == ["$b"]
    assert store.take("s2", [arrived("$a")]) == 0
    assert [i.key for i in store.pending()] == ["$b"]


def test_pending_is_bounded_and_oldest_first(store: AnyStore) -> None:
    store.take("s1", [arrived(f"${n}") for n in range(5)])
    assert [i.key for i in store.pending(limit=2)] == ["$0", "$1"]


def test_an_item_without_a_room_is_an_item(store: AnyStore) -> None:
    store.take("s1", [NewItem("to_device", "digest", None, "{}")])
    assert store.pending()[0].room is None


def test_an_undecryptable_item_waits_for_its_own_key(store: AnyStore) -> None:
    store.take("s1", [arrived("$a"), arrived("$b")])
    one, two = (i.number for i in store.pending())
    store.wait_for_key(one, ROOM, "session-1", NOON)
    store.wait_for_key(two, ROOM, "session-2", NOON)
    assert store.pending() == ()
    assert store.key_came(ROOM, "session-3") == 0
    assert store.key_came(RoomId("!other:x"), "session-1") == 0
    assert store.key_came(ROOM, "session-1") == 1
    assert [i.key for i in store.pending()] == ["$a"]
    assert store.key_came(ROOM, "session-1") == 0


def test_whatever_waits_can_be_retried_at_once(store: AnyStore) -> None:
    store.take("s1", [arrived("$a"), arrived("$b"), arrived("$c")])
    one, two, three = (i.number for i in store.pending())
    store.wait_for_key(one, ROOM, "session-1", NOON)
    store.wait_for_key(two, ROOM, "session-2", NOON)
    store.done([three])
    assert store.retry_unreadable() == 2
    assert [i.key for i in store.pending()] == ["$a", "$b"]
    assert store.retry_unreadable() == 0


def test_an_unreadable_item_is_told_of_once(store: AnyStore) -> None:
    store.take("s1", [arrived("$a"), arrived("$b")])
    one, two = (i.number for i in store.pending())
    store.wait_for_key(one, ROOM, "s", NOON)
    store.wait_for_key(two, ROOM, "s", NOON + timedelta(minutes=1))
    assert store.overdue_unreadable(NOON) == ()
    found = store.overdue_unreadable(NOON + timedelta(seconds=1))
    assert [(i.number, i.key) for i in found] == [(one, "$a")]
    assert store.overdue_unreadable(NOON + timedelta(seconds=1)) == ()
    assert store.key_came(ROOM, "s") == 2


def test_a_done_item_does_not_wait_for_a_key(store: AnyStore) -> None:
    store.take("s1", [arrived("$a")])
    store.done([1])
    store.wait_for_key(1, ROOM, "s", NOON)
    assert store.key_came(ROOM, "s") == 0
    assert store.overdue_unreadable(NOON + timedelta(days=1)) == ()


def test_a_waiting_item_that_is_done_does_not_come_back(store: AnyStore) -> None:
    store.take("s1", [arrived("$a")])
    store.wait_for_key(1, ROOM, "s", NOON)
    store.done([1])
    assert store.key_came(ROOM, "s") == 0
    assert store.pending() == ()


def test_a_message_index_belongs_to_its_first_event(store: AnyStore) -> None:
    assert store.first_uses([("s", 0, "$a")]) == (True,)
    assert store.first_uses([("s", 0, "$a"), ("s", 0, "$b"), ("s", 1, "$b")]) == (True, False, True)
    assert store.first_uses([("t", 0, "$b"), ("t", 0, "$c")]) == (True, False)
    assert store.first_uses([]) == ()
