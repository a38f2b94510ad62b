"""The other half of the seeds of `test_soak`."""

from __future__ import annotations

import pytest

from tests.soak.halves import YEARS, firsts, judged, of_half
from tests.soak.seeds import missing, reproducer, total
from tests.soak.simulate import YEAR_DAYS


@pytest.mark.parametrize("first", firsts(1))
def test_no_watch_goes_silent_whatever_fails(first: int) -> None:
    bad = [reproducer(one) for one in judged(first) if one.faults]
    assert not bad, "\n".join(bad)


def test_all_that_may_go_wrong_does_and_each_obligation_is_looked_at() -> None:
    found = of_half(1)
    assert missing(total(found)) == []
    assert sum(one.days == YEAR_DAYS for one in found) >= YEARS
