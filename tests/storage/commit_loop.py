"""Commits for ever and prints what it committed, until somebody kills it.

Run by `test_kill`; `python -m tests.storage.commit_loop STORE`.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from bot.storage.store import SqlStore
from tests.storage.samples import CASE, MASTER, NOON, arrived, batch, due, item, row


def step(store: SqlStore, head: int) -> None:
    """Take one item, commit what it causes on the head that was found, sign now and then."""
    store.take(f"token {head}", [arrived(f"$event-{head}")])
    (number,) = (i.number for i in store.pending() if i.key == f"$event-{head}")
    store.commit(
        replace(
            batch(f"event {head}", head, item(f"record {head}")),
            outbox=(row(f"row {head}"),),
            arm=(due(f"key {head}", head),),
            fired=(f"key {head - 1}",),
            inbox_done=(number,),
        )
    )
    if head % 3 == 0:
        store.checkpoint(NOON)


def main(path: str) -> None:
    """Step for ever."""
    store = SqlStore.open(path, MASTER)
    head = len(store.load(CASE))
    while True:
        step(store, head)
        head += 1
        print(head, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
