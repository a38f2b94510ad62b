"""Starting in less time and memory: what no part of a running bot uses stays out of the process.

structlog draws in rich to colour tracebacks that are never shown, PyCryptodome draws in cffi and
a parser of C for what ctypes does as well: 5 MB and a tenth of the start. Refuses to hide what
is there already, or anything once the block ends.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

UNUSED = ("rich", "cffi")


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
