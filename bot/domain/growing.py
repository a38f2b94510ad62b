"""Tables of a case that are changed by copying, and one kind that grows in place.

Copied at each record, a long journal would cost the square of its length to fold. So a replay,
which alone holds the cases in between, folds over tables of its own. Refuses to leak them:
`replay` hands out plain tables.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from bot.domain.case import Case

K = TypeVar("K")
V = TypeVar("V")


class Growing(dict[K, V]):
    """A table that belongs to one replay alone."""


def growing(case: Case) -> Case:
    """Return the case with tables of its own that grow in place."""
    return _with_tables(case, Growing)


def plain(case: Case) -> Case:
    """Return the case with plain tables."""
    return _with_tables(case, dict)


def _with_tables(case: Case, kind: type[dict[Any, Any]]) -> Case:
    return replace(
        case,
        parties=kind(case.parties),
        seats=kind(case.seats),
        removed=kind(case.removed),
        compartments=kind(case.compartments),
        approvals=kind(case.approvals),
        items=kind(case.items),
        commitments=kind(case.commitments),
        offers=kind(case.offers),
        requests=kind(case.requests),
        watches=kind(case.watches),
        words=kind(case.words),
        questions=kind(case.questions),
        ladders=kind(case.ladders),
        witnesses=kind(case.witnesses),
        party_keys=kind(case.party_keys),
        signatures=kind(case.signatures),
        exports=kind(case.exports),
        anchors=kind(case.anchors),
        gates=kind(case.gates),
        passes=kind(case.passes),
        held=kind(case.held),
        evidence=kind(case.evidence),
        wellbeing=kind(case.wellbeing),
    )


def put(table: dict[K, V], key: K, value: V) -> dict[K, V]:
    """Return the table with one more entry; only a `Growing` one is changed itself."""
    if isinstance(table, Growing):
        table[key] = value
        return table
    return {**table, key: value}


def without(table: dict[K, V], key: K) -> dict[K, V]:
    """Return the table without an entry; only a `Growing` one is changed itself."""
    if isinstance(table, Growing):
        table.pop(key, None)
        return table
    return {k: v for k, v in table.items() if k != key}
