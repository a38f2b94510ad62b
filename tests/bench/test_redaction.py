from __future__ import annotations

from tests.bench.redaction import Found, Pass, redaction_part
from tests.bench.redaction_texts import LENGTH, NAMES, messages, roster


def test_the_roster_is_ten_thousand_different_names_in_four_scripts() -> None:
    names = roster()
    assert len({name for _, name in names}) == len({one for one, _ in names}) == NAMES
    assert roster() == names


def test_every_message_holds_what_is_planted_in_it() -> None:
    names = roster()
    for one in messages(60, names):
        assert one.planted
        assert all(thing.text in one.text for thing in one.planted)
        assert LENGTH / 2 < len(one.text) <= LENGTH
    kinds = {thing.kind for one in messages(60, names) for thing in one.planted}
    assert len(kinds) >= 12


def test_a_goal_is_met_by_rate_by_time_and_by_recall_alone() -> None:
    good = Pass(
        cpu=1.0, each=[1e-3] * 20, each_cpu=[1e-3], characters=600_000, found=10, planted=10
    )
    slow = Pass(cpu=2.0, each=[3e-3] * 20, each_cpu=[1e-3], characters=600_000, found=9, planted=10)
    met = [line.met for line in redaction_part(_found(good)).lines]
    missed = [line.met for line in redaction_part(_found(slow)).lines]
    assert [one for one in met if one is not None] == [True] * 5
    assert [one for one in missed if one is not None] == [False] * 5


def _found(one: Pass) -> Found:
    return Found(3.0, one, one, one, one, one, one)
