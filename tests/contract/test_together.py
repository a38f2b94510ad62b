"""Laws of `commit_all`: what many batches do together is what they do one after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.ids import CaseId, RecordId
from bot.ledger.encoding import FormatError
from bot.ports import Batch, HeadMoved
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from bot.storage.verdicts import StoreFailed
from tests.contract.stores import AnyStore
from tests.storage.samples import (
    CASE,
    MASTER,
    NOON,
    arrived,
    batch,
    due,
    erasing,
    item,
    party,
    row,
    steady,
)

OTHER = CaseId("other")
LATER = due("", 99).at


def several() -> tuple[Batch, ...]:
    """Batches of two cases, each on the head that the ones before it leave."""
    return (
        replace(batch("e1", 0, item("r1"), item("r2")), arm=(due("watch:A:1", 1), due("V", 2))),
        replace(batch("e2", 0, party("o1", OTHER), case=OTHER), arm=(due("watch:A:1", 1, OTHER),)),
        replace(batch("e3", 2, item("r3")), outbox=(row("t1"), row("t2", urgent=True))),
        replace(
            batch("e4", 3, item("r4")),
            fired=("watch:A:1",),
            disarm=("watch:A:",),
            arm=(due("watch:A:2", 3),),
            outbox=(row("t3", urgent=True),),
            inbox_done=(1,),
        ),
        batch("e3", 2, item("r3")),
        erasing("e5", 4, "r1"),
        batch("e6", 1, party("o2", OTHER), case=OTHER),
    )


def state(store: AnyStore) -> list[object]:
    records = [r.id for case in store.cases() for r in store.load(case)]
    return [
        [(case, store.load(case)) for case in store.cases()],
        [store.prose(record) for record in records],
        store.waiting(),
        store.due(LATER),
        store.pending(),
        [store.handled(f"e{n}") for n in range(9)],
    ]


@pytest.fixture(params=["sql", "memory"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[AnyStore, AnyStore]:
    if request.param == "memory":
        return MemoryStore(steady("x")), MemoryStore(steady("x"))
    one, other = (SqlStore.open(tmp_path / f"{n}.db", MASTER, steady("x")) for n in "ab")
    return one, other


def test_together_is_one_after_another(two: tuple[AnyStore, AnyStore]) -> None:
    together, single = two
    for store in two:
        store.take("token", [arrived("$a")])
    together.commit_all(several())
    for one in several():
        single.commit(one)
    assert state(together) == state(single)
    assert len(together.load(CASE)) == 5
    for store in two:
        store.checkpoint(NOON)
    assert together.last_checkpoint() == single.last_checkpoint()
    if isinstance(together, SqlStore) and isinstance(single, SqlStore):
        together.close()
        single.close()


def test_nothing_together_is_nothing(store: AnyStore) -> None:
    before = state(store)
    store.commit_all(())
    assert state(store) == before


@pytest.mark.parametrize(
    ("bad", "raised"),
    [
        (lambda: batch("bad", 3, item("r9")), HeadMoved),
        (lambda: batch("bad", 4, item("r2")), StoreFailed),
        (lambda: batch("bad", 4, item("r9", case=OTHER)), ValueError),
    ],
)
@pytest.mark.parametrize("place", [4, 7])
def test_one_bad_batch_undoes_all_of_them(
    store: AnyStore, bad: Callable[[], Batch], raised: type[Exception], place: int
) -> None:
    store.commit(batch("e0", 0, party("p0", CaseId("third")), case=CaseId("third")))
    before, batches = state(store), several()
    wrong = replace(bad(), head=bad().head + (place > 4))
    with pytest.raises(raised):
        store.commit_all((*batches[:place], wrong, *batches[place:]))
    assert state(store) == before
    # What was remembered of keys that were rolled back is forgotten.
    store.commit_all(batches)
    assert len(store.load(CASE)) == 5
    assert store.prose(RecordId("r4")) is not None


def test_words_that_no_record_can_carry_undo_all_of_them(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "store.db", MASTER)
    with pytest.raises(FormatError):
        store.commit_all([batch("e1", 0, item("r1")), batch("e2", 1, item("r2", "x" * 40_000))])
    assert store.cases() == ()
    store.close()


def test_a_head_that_moved_before_them_is_a_moved_head(tmp_path: Path) -> None:
    one, other = (SqlStore.open(tmp_path / "store.db", MASTER) for _ in range(2))
    other.commit(batch("first", 0, item("r0")))
    with pytest.raises(HeadMoved):
        one.commit_all(several())
    assert len(one.load(CASE)) == 1
    one.close()
    other.close()
