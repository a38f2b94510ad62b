from __future__ import annotations

from tests.bench.paper import Found, measure, paper_part


def test_a_paper_is_held_against_its_goal() -> None:
    made, first, read = paper_part(Found(0.4, [0.15, 0.1, 0.15], [0.02], [0.01], size=58_000)).lines
    assert (made.goal, made.parley, made.met) == ("at most 150 ms", "150.0 ms", True)
    assert (made.baseline, made.ratio, read.met) == ("10.0 ms", "15.00", None)
    assert (first.parley, first.met) == ("400.0 ms", None)
    slow, *_ = paper_part(Found(0.4, [0.151], [0.02], [0.01], size=58_000)).lines
    assert slow.met is False


def test_what_is_printed_has_two_pages_and_its_charts() -> None:
    found = measure(1)
    assert len(found.made) == 1
    assert found.size > 20_000
