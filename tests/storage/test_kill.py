"""`kill -9` at any moment: what was said to be committed is there, and everything agrees."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

from bot.domain.ids import RecordId
from bot.storage.store import SqlStore
from tests.storage.samples import CASE, LABEL, MASTER, NOON, TEXT, due

ROUNDS = 8


def committed_until_killed(path: Path) -> int:
    """Let the loop run for a random number of commits, kill it, return the last one it told of."""
    program = [sys.executable, "-m", "tests.storage.commit_loop", str(path)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(1 + secrets.randbelow(40)):
            child.stdout.readline()
        child.kill()
        told = child.stdout.read().split()
        assert child.wait() == -9
    return int(told[-1]) if told and told[-1].isdigit() else 0


def test_kill_9_tears_nothing_apart(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    head = 0
    for _ in range(ROUNDS):
        told = committed_until_killed(path)
        store = SqlStore.open(path, MASTER)
        before, head = head, len(store.load(CASE))
        assert head >= max(told, before + 1)
        assert store.audit() >= head
        assert [r.id for r in store.load(CASE)] == [f"record {n}" for n in range(head)]
        assert all(store.handled(f"event {n}") for n in range(head))
        assert not store.handled(f"event {head}")
        assert [r.id for r in store.waiting(10_000)] == [f"row {n}" for n in range(head)]
        assert [d.key for d in store.due(due("", head).at)] == [f"key {head - 1}"]
        assert [i.key for i in store.pending()] in ([], [f"$event-{head}"])
        assert store.token() in {f"token {head - 1}", f"token {head}"}
        assert store.prose(RecordId(f"record {head - 1}")) == (LABEL, {"text": TEXT})
        store.checkpoint(NOON)
        assert store.receipt(RecordId(f"record {head - 1}")).text is not None
        store.close()
