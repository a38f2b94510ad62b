from __future__ import annotations

from tests.bench.digests import Found, digests_part, measure


def test_a_digest_is_held_against_its_goal() -> None:
    found = Found([0.2, 0.1, 0.2], [0.3], [0.01], [0.001], records=10_000, size=21_000)
    compose, word, report = digests_part(found).lines
    assert (compose.goal, compose.parley, compose.met) == ("at most 200 ms", "200.0 ms", True)
    assert (word.parley, word.baseline, word.met) == ("300.0 ms", "10.0 ms", False)
    assert report.met is None


def test_what_is_measured_is_a_long_case_that_its_reader_may_read() -> None:
    found = measure(500, 1)
    assert 480 <= found.records <= 500
    assert found.size > 5_000
    assert len(found.composed) == 1
