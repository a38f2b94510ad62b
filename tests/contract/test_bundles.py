"""Laws of `ports.Deadlines` for what waits at one place and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import CaseId
from bot.ports import DueRow
from bot.storage.due_keys import LARGEST
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.contract.stores import AnyStore
from tests.storage.samples import CASE, MASTER, NOON, batch, due, steady

PLACE = "caucus-north"
LATER = NOON + timedelta(days=9)


def waits(key: str, minutes: int = 1, place: str = PLACE, case: CaseId = CASE) -> DueRow:
    return DueRow(case, key, NOON + timedelta(minutes=minutes), place=place)


def arms(store: AnyStore, event: str, *rows: DueRow) -> None:
    store.commit(replace(batch(event), arm=rows))


def found(store: AnyStore) -> list[tuple[str, int, tuple[str, ...]]]:
    rows = store.due(LATER)
    return [(row.place, (row.at - NOON) // timedelta(minutes=1), row.keys) for row in rows]


def test_keys_of_one_place_and_time_come_back_as_one_row(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"), waits("watch:B:1"), waits("watch:C:1", 2))
    arms(store, "e2", waits("watch:D:1"), waits("watch:E:1", place="bench"), due("plain", 1))
    assert store.due(NOON) == ()
    assert found(store) == [
        (PLACE, 1, ("watch:A:1", "watch:B:1", "watch:D:1")),
        ("", 1, ()),
        ("bench", 1, ("watch:E:1",)),
        (PLACE, 2, ("watch:C:1",)),
    ]
    assert store.next_at() == NOON + timedelta(minutes=1)
    names = [row.key for row in store.due(LATER)]
    assert len(set(names)) == 4, "each row has a key of its own"


def test_two_cases_share_no_bundle(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"))
    other = CaseId("other")
    store.commit(replace(batch("e2", case=other), arm=(waits("watch:A:1", case=other),)))
    assert [(row.case, row.keys) for row in store.due(LATER)] == [
        (CASE, ("watch:A:1",)),
        (other, ("watch:A:1",)),
    ]
    leave = ("watch:A:", PLACE, NOON + timedelta(minutes=1))
    store.commit(replace(batch("e3", case=other), leave=(leave,)))
    assert [row.case for row in store.due(LATER)] == [CASE]


def test_a_key_that_waits_there_already_is_laid_once(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"), waits("watch:A:1"))
    arms(store, "e2", waits("watch:A:1"))
    assert found(store) == [(PLACE, 1, ("watch:A:1",))]


def test_a_bundle_grows_to_its_size_and_then_there_is_another(store: AnyStore) -> None:
    keys = [f"watch:{n}:1" for n in range(LARGEST + 3)]
    arms(store, "e1", *map(waits, keys[:-5]))
    for n, key in enumerate(keys[-5:]):
        arms(store, f"more {n}", waits(key))
    assert [keys for _, _, keys in found(store)] == [tuple(keys[:LARGEST]), tuple(keys[LARGEST:])]


def test_a_bundle_fires_whole_and_once_and_its_keys_can_be_armed_again(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"), waits("watch:B:1"))
    (row,) = store.due(LATER)
    store.commit(replace(batch("e2"), fired=(row.key,)))
    assert store.due(LATER) == ()
    assert store.next_at() is None
    arms(store, "e3", waits("watch:A:1"))
    (again,) = store.due(LATER)
    assert again.keys == ("watch:A:1",)
    assert again.key != row.key


def test_what_is_laid_beside_what_was_shown_is_not_settled_with_it(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"))
    (row,) = store.due(NOON + timedelta(minutes=1))
    arms(store, "e2", waits("watch:B:1"), waits("watch:C:1", 2))
    store.commit(replace(batch("e3"), fired=(row.key,)))
    assert "watch:B:1" in found(store)[0][2]
    assert [keys for _, _, keys in found(store)][1:] == [("watch:C:1",)]


def test_what_leaves_a_bundle_leaves_the_others_in_it(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"), waits("watch:AB:1"), waits("watch:A:2", 2))
    at = NOON + timedelta(minutes=1)
    # By name alone, or from another place or time, nothing in a bundle is found.
    store.commit(replace(batch("e2"), disarm=("watch:A:",)))
    store.commit(replace(batch("e3"), leave=(("watch:A:", "bench", at), ("watch:A:", PLACE, NOON))))
    assert len(found(store)) == 2
    store.commit(replace(batch("e4"), leave=(("watch:A:", PLACE, at),)))
    assert found(store) == [(PLACE, 1, ("watch:AB:1",)), (PLACE, 2, ("watch:A:2",))]


def test_an_emptied_bundle_is_gone_and_its_key_is_used_up(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"))
    (row,) = store.due(LATER)
    at = NOON + timedelta(minutes=1)
    store.commit(replace(batch("e2"), leave=(("watch:A:", PLACE, at),)))
    assert store.next_at() is None
    arms(store, "e3", waits("watch:B:1"))
    (later,) = store.due(LATER)
    assert later.key != row.key


def test_leaving_comes_before_arming_in_one_batch(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"), waits("watch:B:1"))
    at = NOON + timedelta(minutes=1)
    leave = (("watch:A:", PLACE, at),)
    store.commit(replace(batch("e2"), leave=leave, arm=(waits("watch:A:2"),)))
    assert found(store) == [(PLACE, 1, ("watch:B:1", "watch:A:2"))]


def test_a_prefix_without_a_name_finds_what_lies_in_bundles_too(store: AnyStore) -> None:
    arms(store, "e1", waits("watch:A:1"), waits("wait:B:1"), due("wait:C:1", 1))
    store.commit(replace(batch("e2"), disarm=("wat",)))
    assert found(store) == [("", 1, ()), (PLACE, 1, ("wait:B:1",))]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), st.integers(0, 5), st.integers(1, 3)),
        st.tuples(st.just("leave"), st.integers(0, 5), st.integers(1, 3)),
        st.tuples(st.just("fire"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("look"), st.just(0), st.integers(0, 3)),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_both_stores_hold_the_same_after_any_steps(steps: list[tuple[str, int, int]]) -> None:
    with TemporaryDirectory() as folder:
        sql = SqlStore.open(Path(folder) / "store.db", MASTER, steady("steps"))
        memory = MemoryStore(steady("steps"))
        for number, (what, which, minutes) in enumerate(steps):
            at = NOON + timedelta(minutes=minutes)
            rows = sql.due(LATER) if what == "fire" else ()
            step = replace(
                batch(f"step {number}"),
                arm=(waits(f"watch:{which}:1", minutes),) if what == "arm" else (),
                leave=((f"watch:{which}:", PLACE, at),) if what == "leave" else (),
                fired=(rows[which % len(rows)].key,) if rows else (),
            )
            for store in (sql, memory):
                store.commit(step)
                store.due(LATER if what == "fire" else at if what == "look" else NOON)
        ours, theirs = sql.due(LATER), memory.due(LATER)
        assert [(r.at, r.key, r.keys, r.place) for r in ours] == [
            (r.at, r.key, r.keys, r.place) for r in theirs
        ]
        assert sql.next_at() == memory.next_at()
        sql.close()
