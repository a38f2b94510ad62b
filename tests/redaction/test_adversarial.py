from __future__ import annotations

import pytest

from tests.redaction.adversarial_set import (
    Case,
    cases,
    innocent,
    is_masked,
    is_stopped,
    masked_by_mistake,
    stopped_by_mistake,
)
from tests.redaction.scores import MISSED, MISTAKEN

_NAMES = [f"{case.file}-{at}-{case.kind}" for at, case in enumerate(cases())]


@pytest.mark.parametrize("case", cases(), ids=_NAMES)
def test_what_is_hidden_is_masked_and_stopped(case: Case) -> None:
    found = (is_masked(case), is_stopped(case))
    assert found == MISSED.get(case.text, (True, True))


@pytest.mark.parametrize(("roster", "text"), innocent())
def test_an_innocent_text_is_let_alone(roster: str, text: str) -> None:
    found = (masked_by_mistake(roster, text), stopped_by_mistake(roster, text))
    assert found == MISTAKEN.get(text, (False, False))


def test_the_set_is_as_large_as_was_asked_for() -> None:
    assert len(cases()) >= 150
    assert len({case.parts for case in cases()}) == len(cases())
