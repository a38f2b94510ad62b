from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

import pytest

from bot.domain.case import Case
from bot.domain.changed import changed
from bot.domain.ids import CaseId, RecordId


def test_a_changed_case_is_what_replace_would_have_made() -> None:
    old = Case(CaseId("orchid"), zone="Asia/Baghdad", opened_at=datetime(2027, 3, 1, tzinfo=UTC))
    new = changed(old, head=7, record=RecordId("r7"))
    assert new == replace(old, head=7, record=RecordId("r7"))
    assert type(new) is Case
    assert all(
        getattr(new, field.name) is getattr(old, field.name)
        for field in fields(Case)
        if field.name not in {"head", "record"}
    )
    assert (old.head, old.record) == (0, None)


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(AttributeError):
        changed(Case(CaseId("orchid")), heads=7)


@dataclass(frozen=True, slots=True)
class Checked:
    size: int

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("too small")


def test_what_checks_itself_when_it_is_made_is_refused() -> None:
    with pytest.raises(TypeError):
        changed(Checked(1), size=-1)
