"""The ledger's thinnest figure: one record committed, against the disk's own smallest promise."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import replace
from pathlib import Path

from bot.storage.store import SqlStore
from tests.storage.samples import MASTER, batch, item, row

BLOCK = 8_192


def commits(folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Return seconds of single commits, and of writing 8 kB with fdatasync, in turn."""
    store = SqlStore.open(folder / "commits.db", MASTER)
    plain = os.open(folder / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    block = secrets.token_bytes(BLOCK)
    ours: list[float] = []
    bare: list[float] = []
    try:
        for number in range(count):
            one = replace(
                batch(f"event {number}", number, item(f"record {number}")),
                outbox=(row(f"row {number}"),),
            )
            began = time.perf_counter()
            store.commit(one)
            between = time.perf_counter()
            os.write(plain, block)
            os.fdatasync(plain)
            ours.append(between - began)
            bare.append(time.perf_counter() - between)
    finally:
        os.close(plain)
        store.close()
    return ours, bare
