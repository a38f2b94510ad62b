"""`kill -9` in the middle of batches that are committed together; and rows of an older program."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

from bot.ports import Batch
from bot.storage.store import SqlStore
from tests.storage.filled import edit
from tests.storage.samples import CASE, MASTER, batch, due, item, row
from tests.storage.test_kill import Doomed

BATCHES = 3


def raised(number: int) -> Batch:
    """What a deadline causes: a record, a notice, the next deadline in the place of this one."""
    return replace(
        batch(f"due:{number}", number, item(f"r{number}")),
        outbox=(row(f"t{number}", urgent=True),),
        fired=(f"watch:W{number}:0",),
        disarm=(f"watch:W{number}:",),
        arm=(due(f"watch:W{number}:1", 60),),
    )


def killed_before(statement: int, path: Path) -> bool:
    child = os.fork()
    if child == 0:
        try:
            store = SqlStore.open(path, MASTER)
            store._db._cursor = Doomed(store._db._cursor, statement)
            store.commit_all([raised(number) for number in range(BATCHES)])
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def done(path: Path) -> int:
    """Reopen the store, check that each deadline is settled in all its parts or in none."""
    store = SqlStore.open(path, MASTER)
    settled = [n for n in range(BATCHES) if store.handled(f"due:{n}")]
    assert [r.id for r in store.load(CASE)] == [f"r{n}" for n in settled]
    assert [r.id for r in store.waiting()] == [f"t{n}" for n in settled]
    waits = [f"watch:W{n}:{int(n in settled)}" for n in range(BATCHES)]
    assert sorted(d.key for d in store.due(due("", 99).at)) == waits
    store.audit()
    store.close()
    return len(settled)


def test_killed_before_any_statement_all_are_settled_or_none(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqlStore.open(path, MASTER)
    armed = tuple(due(f"watch:W{number}:0", number) for number in range(BATCHES))
    store.commit(replace(batch("armed"), arm=armed))
    store.close()
    statement = 0
    while killed_before(statement, path):
        settled = done(path)
        assert settled in (0, BATCHES)
        if settled:
            break
        statement += 1
    assert statement > 30
    assert not killed_before(10_000, path)
    assert done(path) == BATCHES


def test_keys_that_an_older_program_armed_are_disarmed_too(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqlStore.open(path, MASTER)
    armed = ("watch:AAAA:1:0", "watch:AAAB:1:0", "digest:bench:1")
    store.commit(replace(batch("armed"), arm=tuple(due(key, 1) for key in armed)))
    of_case = store._seals.digest("due case", CASE)
    assert edit(path, "UPDATE due SET case_digest = ?", [of_case]) == len(armed)
    store.commit(replace(batch("next"), disarm=("watch:AAAA:",), arm=(due("watch:AAAA:2:0", 2),)))
    left = [d.key for d in store.due(due("", 9).at)]
    assert left == ["watch:AAAB:1:0", "digest:bench:1", "watch:AAAA:2:0"]
    store.commit(replace(batch("last"), disarm=("watch:AAAA:", "digest:bench:")))
    assert [d.key for d in store.due(due("", 9).at)] == ["watch:AAAB:1:0"]
    store.close()
