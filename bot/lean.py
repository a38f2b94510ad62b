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
    """Import inside the block: optional packages count as missing, and no garbage is looked for.

    What was imported stays for good, so it is taken out of all later collections.
    """
    hidden = [name for name in without if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        for name in hidden:
            if sys.modules.get(name) is None:
                del sys.modules[name]
