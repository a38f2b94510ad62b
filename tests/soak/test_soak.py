"""No watch goes silent: random worlds, judged by what people's clients received.

`test_soak_more` plays the other half of the seeds; `make soak` plays many more of them.
"""

from __future__ import annotations

import pytest

from tests.soak.halves import YEARS, firsts, judged, of_half
from tests.soak.seeds import missing, reproducer, run_seed, total
from tests.soak.simulate import YEAR_DAYS


@pytest.mark.parametrize("first", firsts(0))
def test_no_watch_goes_silent_whatever_fails(first: int) -> None:
    bad = [reproducer(one) for one in judged(first) if one.faults]
    assert not bad, "\n".join(bad)


def test_all_that_may_go_wrong_does_and_each_obligation_is_looked_at() -> None:
    found = of_half(0)
    assert missing(total(found)) == []
    assert sum(one.days == YEAR_DAYS for one in found) >= YEARS


def test_a_seed_repeats_itself() -> None:
    one, again = run_seed(4), run_seed(4)
    assert (one.faults, one.counts, one.texts) == (again.faults, again.counts, again.texts)
    assert run_seed(14).counts != one.counts
