"""Commits for ever and prints what it committed, until somebody kills it.

Run by `test_kill`; `python -m tests.storage.commit_loop STORE`.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from bot.storage.store import SqlStore
from tests.storage.samples import CASE, MASTER, NOON, arrived, batch, due, item, row


def main(path: str) -> None:
    """Commit one event after another on the head that is found."""
    store = SqlStore.open(path, MASTER)
    head = len(store.load(CASE))
    while True:
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
        if head % 7 == 0:
            store.checkpoint(NOON)
        head += 1
        print(head, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
