"""Less time and memory: what no part of a running bot uses stays out of the process.

structlog draws in rich to colour tracebacks that are never shown, PyCryptodome draws in cffi and
a parser of C for what ctypes does as well: 5 MB and a tenth of the start. Refuses to hide what
is there already, or anything once the block ends.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count

UNUSED = ("rich", "cffi")
RARELY = 1_000
"""A full look for garbage comes after so many small ones, if there was no quiet moment for it before."""
TIDY_EVERY_S, THOROUGH = 600.0, 144
"""Garbage is collected so often, and once a day among all that is alive."""


@contextmanager
def importing(without: Sequence[str] = UNUSED) -> Iterator[None]:
    """Import inside the block: optional packages count as missing; see `lasting`."""
    hidden = [name for name in without if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    try:
        with lasting():
            yield
    finally:
        for name in hidden:
            if sys.modules.get(name) is None:
                del sys.modules[name]


@contextmanager
def lasting() -> Iterator[None]:
    """Make inside the block what stays for good: no garbage is looked for among it, then or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def unhurried() -> None:
    """Let nobody wait while all that is alive is looked through for garbage: `tidying` does that.

    Otherwise a full look comes in the middle of a mass of deadlines, because they make much that
    is new, and takes as long as there is much.
    """
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, RARELY)


def tidying(idle: Callable[[], bool], thorough: int = THOROUGH) -> Callable[[], Awaitable[None]]:
    """Return a chore: collect what is garbage while nothing is under way, and look at the rest no more.

    Each so many times all is looked through: of what stayed, some is garbage by then.
    """
    times = count(1)

    async def tidy() -> None:
        if idle():
            if next(times) % thorough == 0:
                gc.unfreeze()
            gc.collect()
            gc.freeze()

    return tidy
