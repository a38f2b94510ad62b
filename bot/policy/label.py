"""Labels: for each owner party, the compartments that may read an item.

The readers of an item are the intersection over all its owners, so that what two parties
own together is read only where both permit it. Joining labels can only narrow them: a
derived text (a tear line, a total, a digest line) inherits every owner of what it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

PartyId = NewType("PartyId", str)
CompartmentId = NewType("CompartmentId", str)


@dataclass(frozen=True, slots=True)
class Label:
    """For each owner party, the compartments it permits to read.

    An empty `owners` is the label of words that nobody owns (the bot's own phrases);
    it permits every compartment.
    """

    owners: frozenset[tuple[PartyId, frozenset[CompartmentId]]] = frozenset()

    def admits(self, compartment: CompartmentId) -> bool:
        """Tell whether every owner permits this compartment to read."""
        return all(compartment in readers for _, readers in self.owners)

    def join(self, other: Label) -> Label:
        """Return the label of something made of both: all owners, each as strict as in either."""
        merged: dict[PartyId, frozenset[CompartmentId]] = {}
        for party, readers in (*sorted(self.owners, key=_by_party), *other.owners):
            merged[party] = merged[party] & readers if party in merged else readers
        return Label(frozenset(merged.items()))

    def owner_parties(self) -> frozenset[PartyId]:
        """Return the parties whose consent a release needs."""
        return frozenset(party for party, _ in self.owners)


UNOWNED = Label()


def owned_by(party: PartyId, readers: frozenset[CompartmentId]) -> Label:
    """Return the label of something one party owns, readable in `readers` only."""
    return Label(frozenset({(party, readers)}))


def owned_by_all(parties: frozenset[PartyId], readers: frozenset[CompartmentId]) -> Label:
    """Return the label of something said where several parties sit: each of them owns it."""
    return Label(frozenset((party, readers) for party in parties))


def _by_party(owner: tuple[PartyId, frozenset[CompartmentId]]) -> str:
    return owner[0]
