"""A command run in this process reads the clock; here it shows what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from bot.scheduling import clock


@contextmanager
def showing(now: Callable[[], datetime]) -> Iterator[None]:
    """A case of 2027 is met by a command of 2027, whatever the year of the machine."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "wall", now)
        yield
