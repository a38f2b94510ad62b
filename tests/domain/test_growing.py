from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.case import Case
from bot.domain.fold import evolve, replay
from bot.domain.growing import Growing, growing, plain, put, without
from bot.domain.ids import CaseId
from bot.domain.records import Record
from tests.vectors.generated import journals
from tests.vectors.story import CASE, STORY


def tables(case: Case) -> list[dict[object, object]]:
    found = (getattr(case, field.name) for field in fields(case))
    return [table for table in found if isinstance(table, dict)]


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


def test_every_table_of_a_case_grows_and_becomes_plain_again() -> None:
    case = replay(Case(CASE), STORY)
    assert len(tables(case)) == 23
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
