"""Laws of `ports.Outbox`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import CASE_ROOM, CaseId, CompartmentId
from tests.contract.stores import AnyStore
from tests.storage.samples import (
    CASE,
    CAUCUS,
    DESK,
    batch,
    direct,
    receipt_row,
    row,
)


def test_a_row_reads_back_as_it_was(store: AnyStore) -> None:
    rows = (row("t1"), direct("t2"), receipt_row("t3"))
    store.commit(replace(batch("e1"), outbox=rows))
    assert store.waiting() == rows


def test_urgent_rows_go_first_and_others_in_order(store: AnyStore) -> None:
    store.commit(replace(batch("e1"), outbox=(row("t2"), row("t1"))))
    store.commit(replace(batch("e2"), outbox=(row("t4", urgent=True), row("t0"))))
    store.commit(replace(batch("e3"), outbox=(row("t3", urgent=True),)))
    assert [r.id for r in store.waiting()] == ["t4", "t3", "t2", "t1", "t0"]
    assert [r.id for r in store.waiting(limit=3)] == ["t4", "t3", "t2"]


def test_a_sent_row_is_not_sent_again(store: AnyStore) -> None:
    store.commit(replace(batch("e1"), outbox=(row("t1"), row("t2"))))
    store.sent("t1", "$own")
    assert [r.id for r in store.waiting()] == ["t2"]
    assert store.was_sent("$own")
    assert not store.was_sent("$foreign")
    store.commit(replace(batch("e2"), outbox=(row("t1"), row("t3"))))
    assert [r.id for r in store.waiting()] == ["t2", "t3"]


def test_parked_rows_of_a_compartment_wait_again_in_their_order(store: AnyStore) -> None:
    rows = (row("t1"), row("t2", to=DESK), row("t3"), row("t4"))
    store.commit(replace(batch("e1"), outbox=rows))
    for name in ("t3", "t2", "t1"):
        store.park(name, "an intruder")
    assert [r.id for r in store.waiting()] == ["t4"]
    assert store.unpark(CASE, CompartmentId("elsewhere")) == 0
    assert store.unpark(CaseId("elsewhere"), CAUCUS) == 0
    assert store.unpark(CASE, CAUCUS) == 2
    assert [r.id for r in store.waiting()] == ["t1", "t3", "t4"]
    assert all(r.state == "waiting" for r in store.waiting())
    assert store.unpark(CASE, CAUCUS) == 0


def test_clearing_a_compartment_sets_nothing_direct_free(store: AnyStore) -> None:
    store.commit(replace(batch("e1"), outbox=(direct("t1"),)))
    store.park("t1", "label")
    assert store.unpark(CASE, CASE_ROOM) == 0


def test_what_piles_up_for_one_room_hides_no_other_room(store: AnyStore) -> None:
    flood = tuple(row(f"f{n:03}", urgent=True) for n in range(50))
    store.commit(replace(batch("e1"), outbox=(*flood, row("quiet", to=DESK), direct("d1"))))
    found = [r.id for r in store.waiting(each=3)]
    assert found == ["f000", "f001", "f002", "quiet", "d1"]
    assert [r.id for r in store.waiting(limit=4, each=3)] == found[:4]


def test_a_sent_row_cannot_be_parked(store: AnyStore) -> None:
    store.commit(replace(batch("e1"), outbox=(row("t1"),)))
    store.sent("t1", "$own")
    store.park("t1", "late")
    assert store.unpark(CASE, CAUCUS) == 0
