"""Opens a large log in a process of its own, so that its memory and its time are its own.

    python -m tests.bench.opening ours|other PATH [--audit]

It prints one JSON object: resident memory in MiB before, once open, after a thousand proofs and
after an audit, the seconds that opening and the audit took, and the number of leaves.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.ledger.tree import inclusion_path
from tests.bench.figures import memory_mib
from tests.bench.grown import open_other, open_ours

REPOSITORY = Path(__file__).resolve().parents[2]
_PROOFS = 1_000


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening cost: seconds, and MiB of resident memory."""

    leaves: int
    before: float
    opened: float
    opening_s: float
    proved: float = 0
    audited: float = 0
    audit_s: float = 0


def opened(which: str, path: Path, *, audit: bool = False) -> Opened:
    """Open a log in a new process and return what it cost there."""
    asked = [which, str(path), *(["--audit"] if audit else [])]
    command = [sys.executable, "-m", "tests.bench.opening", *asked]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, text=True)
    return Opened(**json.loads(found.stdout))


def ours(path: Path, *, audit: bool) -> Opened:
    """Open Parley's store here; it stands at its last signed root when it is open."""
    me = os.getpid()
    before, began = memory_mib(me), time.perf_counter()
    store = open_ours(path)
    opening_s, after = time.perf_counter() - began, memory_mib(me)
    last = store.last_checkpoint() or ""
    leaves = int(last.split("\n")[1])
    for _ in range(_PROOFS):
        inclusion_path(store.nodes(), secrets.randbelow(leaves), leaves)
    proved, audit_s = memory_mib(me), 0.0
    if audit:
        began = time.perf_counter()
        store.audit()
        audit_s = time.perf_counter() - began
    audited = memory_mib(me)
    store.close()
    return Opened(leaves, before, after, opening_s, proved, audited, audit_s)


def other(path: Path) -> Opened:
    """Open the other library's tree here and have it know its root."""
    me = os.getpid()
    before, began = memory_mib(me), time.perf_counter()
    tree = open_other(path)
    tree.get_root()
    opening_s, after = time.perf_counter() - began, memory_mib(me)
    leaves = tree.get_size()
    tree.close()
    return Opened(leaves, before, after, opening_s)


def main() -> None:
    """Measure one opening and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=("ours", "other"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--audit", action="store_true")
    asked = parser.parse_args()
    found = ours(asked.path, audit=asked.audit) if asked.which == "ours" else other(asked.path)
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
