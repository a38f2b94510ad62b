"""What happens in a compartment shows nowhere else: random histories on the real road.

Each leak of the table is put into the engine in turn: a search that misses one proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from click.testing import CliRunner

from bot.cli.main import parley
from bot.domain.case import Case
from bot.engine.effects import Say
from bot.engine.events import Event
from bot.engine.lines import TABLE
from bot.selftest.faults import Effects, Mutant, decided
from bot.selftest.history import ONE, OTHER
from bot.selftest.making import made
from bot.selftest.mutants import MUTANTS, caught_at
from bot.selftest.noninterference import Found, search, shrunk, silent
from bot.selftest.playing import play
from bot.selftest.report import told
from bot.selftest.templates import ROWS

CASES, AT_ONCE = 2000, 100
WITHIN = 300
"""So many cases at most until a leak is seen."""
FIRST: Final[Mapping[str, int]] = {
    "digest by exclusion": 16,
    "union of labels": 8,
    "first label": 8,
    "wider release": 100,
    "contact anywhere": 16,
    "pending requests": 30,
    "digest counts overdue": 19,
    "hidden section": 26,
    "digest on news": 29,
    "watch numbering": 16,
    "shared pseudonyms": 31,
    "evidence count": 15,
    "erased count": 114,
    "request at target": 10,
    "refusal told": 108,
    "one queue": 19,
    "order of all": 30,
}
"""Where to look first: the one of these cases in which a leak is known to be seen soonest."""


def shown(found: Found | None) -> str:
    return "" if found is None else "\n".join(told(found))


@pytest.mark.parametrize("first", range(0, CASES, AT_ONCE))
def test_what_happens_in_one_compartment_shows_nowhere_else(first: int) -> None:
    assert not shown(search(range(first, first + AT_ONCE)))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_leak_is_found(mutant: Mutant) -> None:
    cases = range(WITHIN)
    first = FIRST.get(mutant.name, 0)
    assert first in cases
    assert caught_at(mutant, (first, *cases)) is not None


def test_there_are_enough_leaks_and_each_has_a_name_of_its_own() -> None:
    assert len(MUTANTS) >= 25
    assert FIRST.keys() <= {mutant.name for mutant in MUTANTS}
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_a_leak_is_shrunk_to_a_few_lines_and_shown() -> None:
    mutant = next(m for m in MUTANTS if m.name == "source author")
    with mutant.fault():
        found = search(range(40))
        assert found is not None
        before = made(found.history.seed)
        with silent():
            assert shrunk(found).history.size() <= found.history.size() < before.size()
    text = shown(found)
    assert "!release {source} to" in text
    assert " by " in text


def test_a_line_that_breaks_the_bot_is_found_whatever_the_twin_shows() -> None:
    def broken(_event: Event, _case: Case, effects: Effects) -> Effects:
        if any(isinstance(e, Say) and e.phrase.key == "whoami" for e in effects):
            raise ValueError("a bug")
        return effects

    with decided(broken)():
        found = search(range(60))
    assert found is not None
    assert found.divergence.what == "a line broke the bot"


def test_a_fault_is_taken_out_again() -> None:
    for mutant in MUTANTS:
        with mutant.fault():
            pass
    assert search(range(3)) is None


def test_a_seed_repeats_itself() -> None:
    with silent():
        first, again = (play(made(7), ONE).sent for _ in range(2))
        other = play(made(7), OTHER).sent
    assert first == again
    assert first != other
    assert made(7) == made(7)
    assert made(7) != made(8)


def test_the_command_says_what_it_found() -> None:
    ran = CliRunner().invoke(parley, ["selftest", "noninterference", "--seed", "3", "--cases", "2"])
    assert ran.exit_code == 0
    assert "2 histories and their twins: no difference outside" in ran.output


def test_the_command_fails_on_a_difference() -> None:
    mutant = next(m for m in MUTANTS if m.name == "error trace")
    with mutant.fault():
        ran = CliRunner().invoke(parley, ["selftest", "noninterference", "--cases", "20"])
    assert ran.exit_code == 1
    assert "First seen in" in ran.output
    assert "parley selftest noninterference --seed" in ran.output


def test_every_command_is_in_the_table_of_what_people_type() -> None:
    typed = {f"{row.text} {row.then}" for row in ROWS}
    missing = [c.verb for c in TABLE if not any(f"!{c.verb}" in line for line in typed)]
    assert missing == []
