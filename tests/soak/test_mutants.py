"""A checker that finds nothing proves nothing: each planted fault must be found."""

from __future__ import annotations

import pytest

from bot.engine import ladder
from tests.soak.mutants import MUTANTS, caught, planted

AT_LEAST = 20


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_fault_is_found(name: str) -> None:
    assert caught(name).by is not None


def test_there_are_enough_of_them_and_none_stays_planted() -> None:
    assert len(MUTANTS) >= AT_LEAST
    before = ladder.raise_level
    with planted("leaves a level out"):
        assert ladder.raise_level is not before
    assert ladder.raise_level is before
