"""The first promise, checked over random histories: what happens in a compartment shows nowhere else.

A case is a history and its twin, both played on the real road, and everything outside compared.
The first divergence is shrunk to the few lines that still show it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from bot.selftest.comparing import Divergence, fault_in, first_difference
from bot.selftest.history import ONE, OTHER, History
from bot.selftest.making import made
from bot.selftest.playing import play

MOST_TRIES: Final = 400
"""So many smaller histories are tried before the best one found is shown."""
FORGETS_AFTER: Final = 100
"""After so many cases what is left of them is thrown away: 80 MB."""


@dataclass(frozen=True, slots=True)
class Found:
    """A history whose twins can be told apart from outside, and by what."""

    history: History
    divergence: Divergence


@contextmanager
def silent() -> Iterator[None]:
    """Keep the bot's own log lines out of the report."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def difference(history: History) -> Divergence | None:
    """Play both twins; return the first difference outside, or the first fault of the bot's own."""
    one, other = play(history, ONE), play(history, OTHER)
    return first_difference(history, one, other) or fault_in(one) or fault_in(other)


def shrunk(found: Found) -> Found:
    """Return the smallest history found that still shows the same kind of difference."""
    tries = MOST_TRIES
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for history in found.history.without():
            tries -= 1
            still = difference(history)
            if still is not None:
                found, smaller = Found(history, still), True
                break
            if tries <= 0:
                break
    return found


def search(
    cases: Iterable[int],
    progress: Callable[[int], None] = lambda _seed: None,
    found: Callable[[int], None] = lambda _seed: None,
) -> Found | None:
    """Play the histories of these seeds until one shows; return it shrunk.

    `progress` is told of each seed that shows nothing, `found` of the one that does.
    """
    with silent():
        for number, seed in enumerate(cases, start=1):
            if number % FORGETS_AFTER == 0:
                # Each start of the bot keeps what there is for good, that of an ended life too.
                gc.unfreeze()
                gc.collect()
            history = made(seed)
            divergence = difference(history)
            if divergence is not None:
                found(seed)
                return shrunk(Found(history, divergence))
            progress(seed)
    return None
