"""Tables of a case that are changed by copying, one kind that grows in place, one in layers.

Copied at each record, a long journal would cost the square of its length to fold. So a replay,
which alone holds the cases in between, folds over tables of its own. Refuses to leak them:
`replay` hands out plain tables. One record more copies a table only while it is short; what was
changed in a long one lies over it in a layer, and the layer alone is copied.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import replace
from typing import Any, TypeVar, cast, overload

from typing_extensions import override

from bot.domain.case import Case

K = TypeVar("K")
V = TypeVar("V")

FEW = 512
"""So many entries are copied; of a longer table as many changes, before they are written below."""
THIN = 8
"""The layer between is at most this part of the table it lies over."""


class Growing(dict[K, V]):
    """A table that belongs to one replay alone."""


class Layered(Mapping[K, V]):
    """A long table that nobody changes any more, and what came later in a layer over it.

    Read, it is like the table that copying would have made, in the same order.
    """

    __slots__ = ("_below", "_layer")

    def __init__(self, below: Mapping[K, V], layer: Mapping[K, V]) -> None:
        """Put a layer over a table."""
        self._below = below
        self._layer = layer

    @override
    def __getitem__(self, key: K) -> V:
        return self._layer[key] if key in self._layer else self._below[key]

    @override
    def get(self, key: K, default: Any = None) -> Any:
        return self._layer[key] if key in self._layer else self._below.get(key, default)

    @override
    def __contains__(self, key: object) -> bool:
        return key in self._layer or key in self._below

    @override
    def __len__(self) -> int:
        return len(self._below) + sum(key not in self._below for key in self._layer)

    @override
    def __iter__(self) -> Iterator[K]:
        return iter(self.flat())

    @override
    def keys(self) -> KeysView[K]:
        return self.flat().keys()

    @override
    def values(self) -> ValuesView[V]:
        return self.flat().values()

    @override
    def items(self) -> ItemsView[K, V]:
        return self.flat().items()

    def flat(self) -> dict[K, V]:
        """Return the whole as one table: quicker for reading all of it than key by key."""
        below = self._below
        return {**(below.flat() if isinstance(below, Layered) else below), **self._layer}

    def put_all(self, new: Mapping[K, V]) -> Layered[K, V]:
        """Return the table with more entries."""
        if len(self._layer) >= FEW:
            return Layered(self._lowered(), {}).put_all(new)
        return Layered(self._below, {**self._layer, **new})

    def _lowered(self) -> Mapping[K, V]:
        """Return the table with its layer written into the one below: a layer too, while it is thin.

        So a table of a hundred thousand is not written anew for every few hundred changes.
        """
        if isinstance(self._below, Layered):
            return self._below.taking(self._layer)
        return self.flat() if self.is_thick() else self

    def taking(self, layer: Mapping[K, V]) -> Mapping[K, V]:
        """Return the table with what lies over it in its own layer, or as one table."""
        whole = Layered(self._below, {**self._layer, **layer})
        return whole.flat() if whole.is_thick() else whole

    def is_thick(self) -> bool:
        """Tell whether the layer is so large that the table is better written anew."""
        return len(self._layer) * THIN > len(self._below)


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
        digesting=kind(case.digesting),
        dealings=kind(case.dealings),
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
        assessments=kind(case.assessments),
        wellbeing=kind(case.wellbeing),
        answered=kind(case.answered),
        concessions=kind(case.concessions),
    )


@overload
def put(table: dict[K, V], key: K, value: V) -> dict[K, V]: ...
@overload
def put(table: Mapping[K, V], key: K, value: V) -> Mapping[K, V]: ...
def put(table: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """Return the table with one more entry; only a `Growing` one is changed itself."""
    return put_all(table, {key: value})


def put_all(table: Mapping[K, V], new: Mapping[K, V]) -> Mapping[K, V]:
    """Return the table with more entries; only a `Growing` one is changed itself."""
    if isinstance(table, Growing):
        table.update(new)
        return table
    if isinstance(table, Layered):
        return cast("Layered[K, V]", table).put_all(new)
    if len(table) >= FEW:
        return Layered(table, {}).put_all(new)
    return {**table, **new}


@overload
def without(table: dict[K, V], key: K) -> dict[K, V]: ...
@overload
def without(table: Mapping[K, V], key: K) -> Mapping[K, V]: ...
def without(table: Mapping[K, V], key: K) -> Mapping[K, V]:
    """Return the table without an entry; only a `Growing` one is changed itself."""
    if isinstance(table, Growing):
        table.pop(key, None)
        return table
    return {k: v for k, v in table.items() if k != key}
