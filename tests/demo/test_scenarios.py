"""The scenarios and their cases belong together, and the lists of the screens leave nobody out."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.play import ALL, REPOSITORY, SCENARIOS, at_another_hour
from bot.demo.report import NotAsExpected, Report, write
from bot.demo.scenarios import alder
from bot.demo.scenarios.screens import folded
from bot.domain.casefile import CaseFile, parse
from bot.domain.when_recurring import WallClock
from bot.domain.when_schedule import read_schedule

CASES = REPOSITORY / "config/cases"


def case() -> CaseFile:
    return parse((CASES / "iran-iraq-1988.toml").read_text("utf-8"))


def test_every_case_file_is_played() -> None:
    played = {path for path, _ in SCENARIOS.values()}
    assert played == {f"config/cases/{path.name}" for path in CASES.glob("*.toml")}
    assert ALL not in SCENARIOS


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_digest_comes_by_itself_into_a_play(name: str, hour: int) -> None:
    now = datetime(2026, 11, 22, hour, 47, tzinfo=UTC)
    text = at_another_hour((REPOSITORY / SCENARIOS[name][0]).read_text("utf-8"), hour)
    set_hours = [place.digest for place in parse(text).compartments.values() if place.digest]
    assert len(set_hours) == 2
    for typed in set_hours:
        schedule = read_schedule(typed, now=now, zone="UTC")
        assert isinstance(schedule, WallClock)
        assert schedule.next_after(now) - now > timedelta(hours=6)


def test_everybody_of_the_case_has_a_list_of_what_must_not_and_what_must_be_there() -> None:
    people = {seat.user.removeprefix("@").split(":")[0] for seat in case().seats.values()}
    assert set(alder.MUST_NOT) == set(alder.MUST) == people
    for name in people:
        assert alder.MUST[name]
        for wanted in alder.MUST[name]:
            assert not [w for w in alder.MUST_NOT[name] if folded(w) in folded(wanted)], name


def test_the_names_that_must_not_cross_are_those_of_the_case() -> None:
    for party, names in (
        ("east", alder.NAMES_EAST),
        ("west", alder.NAMES_WEST),
        ("relief", alder.NAMES_RELIEF),
    ):
        for seat in case().seats.values():
            if seat.party == party:
                shown = folded(f"{seat.id} {seat.name} {seat.user}")
                assert any(folded(name) in shown for name in names)
                assert seat.id in names
            else:
                assert not any(folded(name) in folded(seat.name) for name in names)


def test_nobodys_list_holds_what_they_were_offered() -> None:
    offered = (alder.FIRST, alder.SECOND, alder.SECOND_ANEW, alder.THIRD, alder.OPENING)
    for words in {w for some in alder.MUST_NOT.values() for w in some}:
        assert not any(folded(words) in folded(line) for line in offered), words


def test_words_are_such_that_a_search_finds_them() -> None:
    """No quote that JSON escapes, and nothing so short that a key could hold it by chance."""
    for words in {w for some in (*alder.MUST_NOT.values(), *alder.MUST.values()) for w in some}:
        assert '"' not in words
        assert len(words) > 3


def test_a_report_holds_every_scenario_and_its_failed_steps(tmp_path: Path) -> None:
    reports = [Report("one", lambda _: None), Report("two", lambda _: None)]

    async def right() -> str:
        return "seen"

    async def wrong() -> str:
        raise NotAsExpected("nasser's client holds a name")

    asyncio.run(reports[0].step("a", "b", "karam", right))
    asyncio.run(reports[1].step("c", "d", "nasser", wrong))
    assert [report.ok for report in reports] == [True, False]
    path = tmp_path / "report.json"
    write(reports, path)
    played = json.loads(path.read_text("utf-8"))["played"]
    assert [one["scenario"] for one in played] == ["one", "two"]
    (step,) = played[1]["steps"]
    assert not step["ok"]
    assert "holds a name" in step["seen"]
