"""Laws of `ports.Journal`: records and prose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.ids import CaseId, CompartmentId, RecordId
from bot.ports import Batch, HeadMoved
from bot.storage.verdicts import StoreFailed
from tests.contract.stores import AnyStore
from tests.storage.samples import (
    CASE,
    CAUCUS,
    DESK,
    LABEL,
    NOON,
    TEXT,
    arrived,
    bare,
    batch,
    due,
    erasing,
    item,
    party,
    row,
    unworded,
)


def test_a_case_reads_back_in_order_and_unworded(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1"), bare("r2")))
    store.commit(batch("e2", 2, item("r3")))
    assert store.load(CASE) == (unworded(item("r1")), bare("r2"), unworded(item("r3")))
    assert store.load(CASE, after=2) == (unworded(item("r3")),)
    assert store.load(CASE, after=3) == ()


def test_an_unknown_case_has_no_records(store: AnyStore) -> None:
    assert store.load(CaseId("case-nowhere")) == ()


def test_cases_come_in_the_order_they_were_opened(store: AnyStore) -> None:
    one, two, never = CaseId("z"), CaseId("a"), CaseId("m")
    store.commit(replace(batch("e0", case=never), outbox=(replace(row("t0"), case=never),)))
    store.commit(batch("e1", 0, item("r1", case=one), case=one))
    store.commit(batch("e2", 0, item("r2", case=two), case=two))
    assert store.cases() == (one, two)


def test_prose_opens_with_its_label(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1"), party("r2")))
    assert store.prose(RecordId("r1")) == (LABEL, {"text": TEXT})
    found = store.prose(RecordId("r2"))
    assert found is not None
    assert found[1] == {"name": "Lowland Council"}
    assert not found[0].owners


def test_prose_of_no_record_is_none(store: AnyStore) -> None:
    assert store.prose(RecordId("r1")) is None


def test_prose_of_a_record_without_any_is_its_label(store: AnyStore) -> None:
    store.commit(batch("e1", 0, bare("r1")))
    assert store.prose(RecordId("r1")) == (LABEL, {})


@pytest.mark.parametrize("text", ["", "ø — 名前 🕊", 'quote " and \\ and \n\t', "~", "x" * 30_000])
def test_prose_comes_back_as_it_was(store: AnyStore, text: str) -> None:
    store.commit(batch("e1", 0, item("r1", text)))
    assert store.prose(RecordId("r1")) == (LABEL, {"text": text})


def test_erased_prose_is_gone_and_the_case_still_loads(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1"), item("r2")))
    store.commit(erasing("e2", 2, "r1"))
    assert store.prose(RecordId("r1")) == (LABEL, {})
    assert store.prose(RecordId("r2")) == (LABEL, {"text": TEXT})
    assert [r.id for r in store.load(CASE)] == ["r1", "r2", "of e2"]
    store.commit(erasing("e3", 3, "r1", "r9"))
    assert store.prose(RecordId("r9")) is None


def test_an_erasure_that_is_not_committed_erases_nothing(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    with pytest.raises(HeadMoved):
        store.commit(erasing("e2", 7, "r1"))
    assert store.prose(RecordId("r1")) == (LABEL, {"text": TEXT})


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["H-TEAL"], ["r1", "r3"]),
        (["h-teal"], ["r1", "r3"]),
        (["H-TEAL", "Karim"], ["r1", "r2", "r3"]),
        (["lt.  karim"], ["r2"]),
        (["TEAL"], []),
        (["H-TEA"], []),
        ([" ", ""], []),
        ([], []),
    ],
)
def test_records_that_name_somebody_are_found_by_whole_words(
    store: AnyStore, names: list[str], found: list[str]
) -> None:
    words = ["h-teal was seen", "Lt. Karim is well", "with (H-TEAL), alive", "H-TEAL-2 is another"]
    store.commit(batch("e1", 0, *(item(f"r{n}", text) for n, text in enumerate(words, 1))))
    assert list(store.naming(CASE, names)) == found
    store.commit(erasing("e2", 4, "r3"))
    assert "r3" not in store.naming(CASE, names)


def test_a_compartments_records_are_found(store: AnyStore) -> None:
    store.commit(batch("e1", 0, party("r1"), item("r2"), bare("r3")))
    assert store.records_in(CASE, CAUCUS) == ("r2", "r3")
    assert store.records_in(CASE, DESK) == ("r1",)
    assert store.records_in(CASE, CompartmentId("elsewhere")) == ()


def test_a_batch_on_an_older_head_changes_nothing(store: AnyStore) -> None:
    store.take("s1", [arrived("$a")])
    store.commit(batch("e1", 0, item("r1")))
    late = Batch(
        event="e2",
        case=CASE,
        head=0,
        records=(item("r2"),),
        outbox=(row("t1"),),
        arm=(due("W1"),),
        fired=("W2",),
        inbox_done=(1,),
    )
    with pytest.raises(HeadMoved):
        store.commit(late)
    assert len(store.load(CASE)) == 1
    assert not store.handled("e2")
    assert store.waiting() == ()
    assert store.next_at() is None
    assert len(store.pending()) == 1
    store.commit(replace(late, head=1))
    assert [r.id for r in store.load(CASE)] == ["r1", "r2"]
    assert store.handled("e2")
    assert [r.id for r in store.waiting()] == ["t1"]
    assert store.pending() == ()


def test_a_head_ahead_of_the_case_is_refused(store: AnyStore) -> None:
    with pytest.raises(HeadMoved):
        store.commit(batch("e1", 1, item("r1")))
    assert store.cases() == ()


def test_an_event_is_handled_once(store: AnyStore) -> None:
    first = Batch("e1", CASE, 0, (item("r1"),), (row("t1"),), (due("W1"),))
    store.commit(first)
    store.commit(replace(first, records=(item("r2"),), outbox=(row("t2"),), arm=(due("W2"),)))
    store.commit(replace(first, head=1, records=(item("r3"),)))
    assert [r.id for r in store.load(CASE)] == ["r1"]
    assert [r.id for r in store.waiting()] == ["t1"]
    assert [d.key for d in store.due(NOON)] == ["W1"]


def test_a_second_copy_of_a_handled_event_is_done_with(store: AnyStore) -> None:
    store.commit(batch("e1"))
    store.take("s1", [arrived("$a")])
    store.commit(replace(batch("e1", 7), inbox_done=(1,)))
    assert store.pending() == ()


def test_handled_is_known_of_each_event(store: AnyStore) -> None:
    store.commit(batch("e1"))
    assert store.handled("e1")
    assert not store.handled("e2")


def test_a_record_id_is_used_once(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    with pytest.raises(StoreFailed):
        store.commit(batch("e2", 1, item("r1")))
    with pytest.raises(StoreFailed):
        store.commit(batch("e3", 1, item("r2"), item("r2")))
    assert len(store.load(CASE)) == 1


def test_a_record_of_another_case_is_a_bug(store: AnyStore) -> None:
    with pytest.raises(ValueError, match="another case"):
        store.commit(batch("e1", 0, item("r1", case=CaseId("other"))))
    assert store.cases() == ()


def test_the_first_use_of_a_case_may_fail_and_be_tried_again(store: AnyStore) -> None:
    # The second record spoils the batch after the case's keys were made.
    with pytest.raises(StoreFailed):
        store.commit(batch("e1", 0, item("r1"), item("r1")))
    store.commit(batch("e1", 0, item("r1"), item("r2")))
    assert store.prose(RecordId("r2")) == (LABEL, {"text": TEXT})
