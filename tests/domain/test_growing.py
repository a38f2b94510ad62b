from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.case import Case
from bot.domain.fold import evolve, replay
from bot.domain.growing import FEW, THIN, Growing, Layered, growing, plain, put, put_all, without
from bot.domain.ids import CaseId
from bot.domain.records import Record
from tests.vectors.generated import journals
from tests.vectors.story import CASE, STORY


def tables(case: Case) -> list[Mapping[object, object]]:
    found = (getattr(case, field.name) for field in fields(case))
    return [table for table in found if isinstance(table, Mapping)]


def test_a_plain_table_is_copied() -> None:
    table = {"a": 1}
    assert put(table, "b", 2) == {"a": 1, "b": 2}
    assert without(table, "a") == {}
    assert table == {"a": 1}


def test_a_growing_table_is_changed_itself() -> None:
    table = Growing({"a": 1})
    assert put(table, "b", 2) is table
    assert without(table, "a") is table
    assert without(table, "a") == {"b": 2}


def test_a_long_table_reads_as_if_it_were_copied_and_no_older_one_changes() -> None:
    long = 3 * THIN * FEW
    copied = dict.fromkeys(range(long), 0)
    table: Mapping[int, int] = dict(copied)
    older = []
    for step in range(7 * FEW):
        key = step * 7 % (2 * long)
        before = (table, copied) if step % 397 == 0 else None
        table, copied = put(table, key, step), {**copied, key: step}
        if before is not None:
            older.append(before)
        assert isinstance(table, Layered)
        assert len(table) == len(copied)
        assert table[key] == step
        assert key in table
    for was, should in (*older, (table, copied)):
        assert was == should
        assert list(was) == list(should)
        assert list(was.items()) == list(should.items())
        assert list(was.values()) == list(should.values())
        assert list(was.keys()) == list(should.keys())
        assert was.get(-1) is None
        assert -1 not in was
    assert without(table, 7) == without(copied, 7)
    assert 7 in table


def test_a_long_table_shares_what_did_not_change() -> None:
    long = dict.fromkeys(range(FEW), 0)
    table: Mapping[int, int] = long
    for step in range(FEW):
        table = put(table, step, 1)
        assert isinstance(table, Layered)
        assert table._below is long
    assert isinstance(table, Layered)
    table = put(table, 0, 2)
    assert isinstance(table, Layered)
    assert table._layer == {0: 2}
    assert set(long.values()) == {0}


def test_every_table_of_a_case_grows_and_becomes_plain_again() -> None:
    case = replay(Case(CASE), STORY)
    named = [field for field in fields(case) if str(field.type).startswith("Mapping[")]
    assert len(tables(case)) == len(named) > 20
    assert all(type(table) is dict for table in tables(case))
    assert all(type(table) is Growing for table in tables(growing(case)))
    assert all(type(table) is dict for table in tables(plain(growing(case))))
    assert plain(growing(case)) == case


@settings(max_examples=60, deadline=None)
@given(journals(), st.data())
def test_a_replay_never_changes_the_case_it_was_given(
    records: Sequence[Record], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(records)))
    before = Case(CaseId("orchid"))
    for record in records[:cut]:
        before = evolve(before, record)
    as_it_was = copy.deepcopy(before)
    after = replay(before, records[cut:])
    assert before == as_it_was
    for record in records[cut:]:
        before = evolve(before, record)
    assert after == before


def test_several_entries_at_once_are_as_one_after_another() -> None:
    few: dict[int, int] = {1: 1}
    long = dict.fromkeys(range(FEW), 0)
    layered = put(long, 5, 5)
    new = {n: -n for n in range(FEW - 3, FEW + 3)}
    for table in (few, long, layered):
        one_by_one: Mapping[int, int] = table
        for key, value in new.items():
            one_by_one = put(one_by_one, key, value)
        together = put_all(table, new)
        assert list(together.items()) == list(one_by_one.items())
        assert len(together) == len(one_by_one)
    mine = Growing({1: 1})
    assert put_all(mine, new) is mine
    assert mine == {1: 1, **new}


def test_a_table_of_very_many_is_not_written_anew_for_a_few_hundred_changes() -> None:
    below = dict.fromkeys(range(4 * THIN * FEW), 0)
    table: Mapping[int, int] = below
    for step in range(3 * FEW):
        table = put(table, step, step)
    assert isinstance(table, Layered)
    lowest: Mapping[int, int] = table
    while isinstance(lowest, Layered):
        lowest = lowest._below
    assert lowest is below
