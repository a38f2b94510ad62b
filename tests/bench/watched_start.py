"""Starts over a store in a process of its own, so that its time and its memory are its own.

    python -m tests.bench.watched_start PATH

It prints one JSON object: resident MiB before and after, seconds until every case is folded, and
how many watches there are.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.app import StorageThread
from tests.bench.figures import memory_mib
from tests.bench.opening import REPOSITORY
from tests.bench.watched import opened


@dataclass(frozen=True, slots=True)
class Started:
    """What a start cost."""

    before: float
    after: float
    seconds: float
    watches: int


def started(path: Path) -> Started:
    """Start in a new process and return what it cost there."""
    command = [sys.executable, "-m", "tests.bench.watched_start", str(path)]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, text=True)
    return Started(**json.loads(found.stdout))


async def start(path: Path) -> Started:
    """Start here."""
    me, offload = os.getpid(), StorageThread()
    before, began = memory_mib(me), time.perf_counter()
    watched = opened(path, offload)
    await watched.cases.load()
    seconds, after = time.perf_counter() - began, memory_mib(me)
    watched.store.close()
    offload.close()
    return Started(before, after, seconds, len(watched.case.watches))


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(start(Path(sys.argv[1]))))))
