"""Keys of what waits for a time, and the bundles that those of one place and time lie in.

A hundred checks at nine o'clock are one row instead of a hundred, opened and sealed as one. A bundle
that grows has another key from then on: what came up is settled by key, and must not take with it
what was laid beside it meanwhile. Refuses to grow a bundle without end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.domain.ids import CaseId
from bot.ports import DueRow

BUNDLE: Final = "bundle"
LARGEST: Final = 128
"""So many keys are one row at most: half of what is raised together at most (`engine.alike`)."""
_NAMING = 2
"""Parts of a key that say of what kind it is, and whose."""


def name_of(key: str) -> str:
    """Return the kind and name that a key or a prefix begins with; empty if it has none.

    Those of a bundle are its place and time.
    """
    if key.startswith(f"{BUNDLE}:"):
        return key.rpartition(":")[0]
    parts = key.split(":", _NAMING)
    return ":".join(parts[:_NAMING]) if len(parts) > _NAMING else ""


def slot_name(place: str, at: int) -> str:
    """Return the name of all bundles of a place and a time (microseconds since 1970)."""
    return f"{BUNDLE}:{place}:{at}"


def bundle_key(slot: str, number: int, grown: int = 0) -> str:
    """Return the key of a bundle: its number within its slot, and how often it has grown.

    None is used twice: an event of a bundle that has grown since does not settle what was added.
    """
    return f"{slot}:{number}.{grown}"


def grown(key: str) -> str:
    """Return the key of a bundle after it has grown once more."""
    slot, _, count = key.rpartition(":")
    number, _, times = count.partition(".")
    return bundle_key(slot, int(number), int(times) + 1)


def laid(held: Sequence[str], new: Iterable[str]) -> list[tuple[str, ...]]:
    """Lay keys into bundles, the first of which holds some; return them all as they then are."""
    keys = list(dict.fromkeys((*held, *new)))
    return [tuple(keys[at : at + LARGEST]) for at in range(0, len(keys), LARGEST)]


def left(keys: Sequence[str], prefixes: Iterable[str]) -> tuple[str, ...]:
    """Return what stays of some keys once all that starts with one of the prefixes is forgotten."""
    starts = tuple(prefixes)
    return tuple(key for key in keys if not key.startswith(starts))


def by_slot(rows: Iterable[DueRow]) -> Mapping[tuple[CaseId, str, datetime], Sequence[str]]:
    """Return the keys that are to be laid at each place and time."""
    found: dict[tuple[CaseId, str, datetime], list[str]] = {}
    for row in rows:
        if row.place:
            found.setdefault((row.case, row.place, row.at), []).extend(row.each())
    return found
