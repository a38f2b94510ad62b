"""Start a parent that starts something, end the parent, and see that nothing stays behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path


def assert_dies_with_parent(program: str, how: signal.Signals, *arguments: str) -> None:
    """Run a Python program that prints its child's process id first, and end it with `how`."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # A shell that runs us in the background makes everything below deaf to Ctrl-C.
        preexec_fn=_hear_interrupts,  # noqa: PLW1509  # no threads yet in a test of this
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.send_signal(how)
        parent.wait(20)
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def is_running(pid: int) -> bool:
    """Say whether `pid` runs; a zombie that a container's first process never reaps does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
