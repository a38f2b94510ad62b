from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.ledger.tree import inclusion_path, leaf_hash, root_at, verify_inclusion
from tests.bench.disk import ONE_ROUND, Appends, appends
from tests.bench.grown import entries, fill_both, open_other, open_ours
from tests.bench.ledger import Openings, Proofs
from tests.bench.ledger_lines import (
    append_lines,
    commit_lines,
    opening_lines,
    proof_lines,
    seal_line,
)
from tests.bench.opening import Opened, opened
from tests.storage.samples import NOON

APPENDS = Appends([4e-3], [3e-3], [4e-3], [8e-3], [10e-3])
PROOFS = Proofs([50e-6], [500e-6], [12e-6], [10e-6], [24e-6])
OPENED = Opened(1_000_000, 40.0, 41.0, 0.25, audit_s=7.5, audited=100.0)


def test_a_rate_is_held_against_the_bare_rate_and_not_against_the_time() -> None:
    one, early, other, many, beside = append_lines(APPENDS, APPENDS)
    assert (one.parley, one.baseline, one.ratio, one.met) == ("250/s", "333/s", "0.75", True)
    assert (early.met, early.ratio) == (None, "0.75")
    assert (other.baseline, other.ratio) == ("pymerkle 125/s", "2.00")
    assert (many.parley, many.baseline, many.met) == ("25,000/s", "pymerkle 10,000/s", True)
    assert (beside.ratio, beside.met) == ("100.00", True)


@pytest.mark.parametrize(
    ("slower", "met"),
    [
        ({"one": [4.01e-3]}, [False, True, True]),
        ({"hundred": [4.01e-3]}, [True, False, True]),
        ({"one": [4e-4], "bare": [3e-4]}, [True, True, True]),
        ({"one": [3e-4], "bare": [3e-4]}, [True, True, False]),
    ],
)
def test_each_goal_of_an_append_is_missed_on_its_own(
    slower: dict[str, list[float]], met: list[bool]
) -> None:
    lines = append_lines(APPENDS, replace(APPENDS, **slower))
    assert [line.met for line in lines if line.met is not None] == met


def test_a_proof_a_path_and_a_seal_have_their_goals() -> None:
    proof, verified, _ = proof_lines(PROOFS)
    assert (proof.parley, proof.met) == ("50.0 µs", True)
    assert (verified.parley, verified.baseline, verified.ratio) == (
        "12.0 µs",
        "hashes 10.0 µs",
        "1.20",
    )
    assert verified.met
    slow = proof_lines(replace(PROOFS, ours=[51e-6], verified=[12.1e-6]))
    assert [line.met for line in slow] == [False, False, None]
    assert seal_line([300e-6]).met
    assert not seal_line([301e-6]).met


def test_memory_is_told_as_what_opening_added() -> None:
    openings = Openings([OPENED], [replace(OPENED, opened=60.0)], OPENED, OPENED)
    root, anew, audit, before, more, each, most = opening_lines(openings)
    assert (root.parley, root.met) == ("0.250 s", True)
    assert (anew.parley, audit.parley, before.parley) == ("0.250 s", "7.500 s", "40.0 MiB")
    assert (more.parley, more.baseline) == ("1.0 MiB", "pymerkle 20.0 MiB")
    assert (each.parley, each.baseline) == ("0.1 MiB", "pymerkle 2.0 MiB")
    assert most.parley == "60.0 MiB"
    late = replace(OPENED, opening_s=1.01)
    assert not opening_lines(replace(openings, ours=[late]))[0].met


def test_a_commit_is_told_beside_the_bare_write() -> None:
    lines = commit_lines([1e-3] * 19 + [9e-3], [0.5e-3] * 20)
    assert [(line.parley, line.ratio) for line in lines] == [("1.0 ms", "2.00"), ("1.0 ms", "2.00")]


def test_what_is_measured_is_a_log_that_holds(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours.db", tmp_path / "other.db"
    fill_both(ours, other, 160)
    assert opened("ours", ours, audit=True).audit_s > 0
    store, tree = open_ours(ours), open_other(other)
    one = entries(1)[0]
    note = store.append([one], NOON)
    assert note.split("\n")[1] == "161"
    path = inclusion_path(store.nodes(), 160, 161)
    verify_inclusion(leaf_hash(one), 160, 161, path, root_at(161, store.nodes()))
    early, later = appends(tmp_path, store, tree, 11)
    assert len(early.one) == len(early.bare) == ONE_ROUND
    assert [len(taken) for taken in (later.one, later.bare)] == [11, 11]
    assert [len(taken) for taken in (later.hundred, later.other_one, later.other_hundred)] == [
        2
    ] * 3
    store.close()
    tree.close()
    size = 161 + ONE_ROUND + 11 + 200
    again = opened("ours", ours)
    assert (again.leaves, again.audit_s) == (size, 0)
    assert opened("other", other).leaves == 161 + 2 + 200
    assert 10 < again.before <= again.opened
