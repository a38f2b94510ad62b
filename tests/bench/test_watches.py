from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.watched_start import Started
from tests.bench.watches import SAMPLE, Found, Mass, Others, Size, Stepped, measure
from tests.bench.watches_lines import armed_lines, due_lines, stepped_lines, watches_part

FOUND = Found(
    Size(100_000, 10_000, 2_000),
    early=0.004,
    late=0.005,
    start=Started(100.0, 180.0, 12.5, 100_000),
    mass=Mass(durable=1.5, notice=4.9, command=0.3, stall=0.049, own=0.01),
    stepped=Stepped(raised=12_000, lost=0, doubled=0, stall=0.2, own=0.1),
    others=Others(bare_arm=0.002, bare=1.0, bare_single=30.0, scheduler_arm=0.008, scheduler=12.0),
    sizes={"record": 1_800, "outbox": 900},
    load=(0.1, 0.2),
)


@pytest.fixture(autouse=True)
def as_hurried_as_before() -> Iterator[None]:
    """Leave the process of the tests as it was: a bench lets it look for garbage rarely."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_each_figure_is_told_beside_its_baseline() -> None:
    first, armed, memory, start = armed_lines(FOUND)
    assert (first.parley, first.baseline, first.ratio) == ("250/s", "APScheduler 125/s", "2.00")
    assert (armed.parley, armed.baseline, armed.ratio) == ("200/s", "bare table 500/s", "0.40")
    assert (memory.parley, start.parley) == ("80.0 MiB", "12.5 s")
    bare, single, other, *_ = due_lines(FOUND)
    assert (bare.parley, bare.baseline, bare.ratio) == ("1.50 s", "bare table 1.00 s", "1.50")
    assert (single.ratio, other.ratio) == ("0.05", "8.00")


@pytest.mark.parametrize(
    ("worse", "met"),
    [
        ({}, [True, True, True, True, True]),
        ({"durable": 1.51}, [False, False, True, True, True]),
        ({"stall": 0.05}, [True, True, False, True, True]),
        ({"notice": 5.0}, [True, True, True, False, True]),
        ({"command": 5.0}, [True, True, True, True, False]),
    ],
)
def test_each_goal_of_a_mass_is_missed_on_its_own(worse: dict[str, float], met: list[bool]) -> None:
    lines = due_lines(replace(FOUND, mass=replace(FOUND.mass, **worse)))
    assert [line.met for line in lines if line.met is not None] == met


@pytest.mark.parametrize(("lost", "doubled", "met"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_what_is_lost_or_doubled_is_no_success(lost: int, doubled: int, *, met: bool) -> None:
    stepped = replace(FOUND.stepped, lost=lost, doubled=doubled)
    assert stepped_lines(replace(FOUND, stepped=stepped))[0].met is met


def test_what_is_measured_is_done_and_the_store_holds_it(tmp_path: Path) -> None:
    told: list[str] = []
    found = measure(tmp_path, Size(120, 40, 24), told.append)
    assert len(told) == 5
    assert found.start.watches == 120 + 2 * SAMPLE
    assert (found.stepped.lost, found.stepped.doubled) == (0, 0)
    assert found.stepped.raised >= 24
    assert min(found.mass.notice, found.mass.command, found.mass.durable) > 0
    assert min(found.sizes.values()) > 0
    assert len(watches_part(found).lines) == 16
