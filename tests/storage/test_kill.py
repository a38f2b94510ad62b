"""`kill -9` at any moment: what was said to be committed is there, and everything agrees."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import RecordId
from bot.storage.store import SqlStore
from tests.storage.commit_loop import step
from tests.storage.samples import CASE, LABEL, MASTER, NOON, TEXT, due

ROUNDS = 6


class Doomed:
    """A cursor whose process is killed just before its n-th statement."""

    def __init__(self, cursor: Any, statements: int) -> None:
        self._cursor = cursor
        self._left = statements

    def __getattr__(self, name: str) -> Any:
        if name in {"execute", "executemany"}:
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self._cursor, name)


def agreed_head(path: Path) -> int:
    """Reopen the store, check that all its parts agree, and return how far it got."""
    store = SqlStore.open(path, MASTER)
    head = len(store.load(CASE))
    store.audit()
    assert [r.id for r in store.load(CASE)] == [f"record {n}" for n in range(head)]
    assert all(store.handled(f"event {n}") for n in range(head))
    assert not store.handled(f"event {head}")
    assert [r.id for r in store.waiting(10_000, 10_000)] == [f"row {n}" for n in range(head)]
    assert [d.key for d in store.due(due("", head).at)] == [f"key {head - 1}"][: min(head, 1)]
    assert [i.key for i in store.pending()] in ([], [f"$event-{head}"])
    assert store.token() in {None, f"token {head - 1}", f"token {head}"}
    if head:
        store.checkpoint(NOON)
        assert store.prose(RecordId(f"record {head - 1}")) == (LABEL, {"text": TEXT})
        assert store.receipt(RecordId(f"record {head - 1}")).text is not None
    store.close()
    return head


def killed_before(statement: int, path: Path) -> bool:
    """Fork a process that opens the store and makes one step; tell whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            store = SqlStore.open(path, MASTER)
            store._db._cursor = Doomed(store._db._cursor, statement)
            step(store, len(store.load(CASE)))
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("steps_before", [0, 2, 3])
def test_killed_before_any_statement_of_a_step_the_parts_agree(
    tmp_path: Path, steps_before: int
) -> None:
    path = tmp_path / "store.db"
    store = SqlStore.open(path, MASTER)
    for head in range(steps_before):
        step(store, head)
    store.close()
    statement = 0
    while killed_before(statement, path):
        head = agreed_head(path)
        if head > steps_before:
            break
        assert head == steps_before
        statement += 1
    # Take, look, and twenty statements of the commit lie before the step is there.
    assert statement > 15


def committed_until_killed(path: Path) -> int:
    """Let the loop run for a random time, kill it, return the last commit it told of."""
    program = [sys.executable, "-m", "tests.storage.commit_loop", str(path)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(secrets.randbelow(100_000) / 1_000_000)
        child.kill()
        told = child.stdout.read().split()
        assert child.wait() == -signal.SIGKILL
    return int(told[-1]) if told and told[-1].isdigit() else 1


def test_kill_9_tears_nothing_apart(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    head = 0
    for _ in range(ROUNDS):
        told = committed_until_killed(path)
        before, head = head, agreed_head(path)
        assert head >= max(told, before + 1)
