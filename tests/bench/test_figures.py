from __future__ import annotations

import asyncio
import os
import time

import pytest

from bot.domain.casefile import parse
from bot.domain.casefile_change import difference
from tests.bench.cases import MEDIATORS, PEOPLE, ROOMS, many_rooms, ten_people
from tests.bench.figures import (
    Answered,
    answered,
    cpu_seconds,
    in_turn,
    memory_mib,
    quantile,
    typical_ratio,
    until_idle,
)

MASTERS = {name: f"{number:043}" for number, name in enumerate((*PEOPLE, "bare"))}


def test_a_quantile_is_a_value_of_the_sample() -> None:
    sample = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [quantile(sample, share) for share in (0, 0.2, 0.5, 0.95, 1)] == [1, 1, 3, 5, 5]
    assert quantile([float(n) for n in range(1, 101)], 0.95) == 95
    with pytest.raises(ValueError, match="empty"):
        quantile([], 0.5)


def test_what_is_compared_is_done_in_turn_and_told_for_one_call() -> None:
    done: list[str] = []
    ticks = iter(range(100))
    calls = {"a": lambda: done.append("a"), "b": lambda: done.append("b")}
    taken = in_turn(calls, rounds=3, each=2, clock=lambda: float(next(ticks)))
    assert "".join(done) == "bbaaaabbbbaa"
    assert taken == {"a": [0.5] * 3, "b": [0.5] * 3}


def test_a_ratio_is_taken_pair_by_pair() -> None:
    assert typical_ratio([2, 20, 200], [1, 10, 50]) == 2
    with pytest.raises(ValueError, match="shorter"):
        typical_ratio([1, 2], [1])


def test_answers_are_counted_once_twice_and_never() -> None:
    found = answered(["a", "b", "c", "d"], ["a", "b", "b", "x", "d"])
    assert found == Answered(once=2, more=1, never=1)
    assert found.share == 0.5


def test_the_time_a_process_used_is_its_own() -> None:
    before = cpu_seconds(os.getpid())
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    assert 0.15 < cpu_seconds(os.getpid()) - before < 2
    assert 10 < memory_mib(os.getpid()) <= memory_mib(os.getpid(), peak=True)


def test_a_resting_process_is_seen_to_rest() -> None:
    async def wait() -> None:
        async with asyncio.timeout(10):
            await until_idle(os.getpid(), quiet_s=0.1)

    asyncio.run(wait())


def test_the_case_files_are_ones_that_parley_takes() -> None:
    people = {name: MASTERS[name] for name in PEOPLE}
    assert difference(parse(ten_people(people)), None, code_digests={}).bodies
    assert len({frozenset(room.seats) for room in ROOMS}) == len(ROOMS) == len(PEOPLE) == 10
    wide = parse(many_rooms({n: MASTERS[n] for n in (*MEDIATORS, "bare")}, "bare", 200))
    assert difference(wide, None, code_digests={}).bodies
    assert len(wide.compartments) == 200
