"""Labels: for each owner party, the compartments that may read an item, and its caveats.

The readers of an item are the intersection over all its owners. Joining can only narrow: a derived
text (a tear line, a total, a digest line) inherits every owner and caveat of what it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

PartyId = NewType("PartyId", str)
CompartmentId = NewType("CompartmentId", str)


@dataclass(frozen=True, slots=True)
class Caveats:
    """Read in one compartment alone; by `eyes` (Matrix IDs) only; nobody's words; until when."""

    no_forward: bool = False
    eyes_only: bool = False
    unattributed: bool = False
    until: datetime | None = None
    eyes: frozenset[str] = frozenset()

    def admits(self, people: frozenset[str]) -> bool:
        """Tell whether all these people may read it."""
        return not self.eyes_only or people <= self.eyes

    def join(self, other: Caveats) -> Caveats:
        """Return the caveats of something made of both: each as strict as in either."""
        eyes = [one.eyes for one in (self, other) if one.eyes_only]
        return Caveats(
            self.no_forward or other.no_forward,
            bool(eyes),
            self.unattributed or other.unattributed,
            min((one.until for one in (self, other) if one.until), default=None),
            frozenset.intersection(*eyes) if eyes else frozenset(),
        )


@dataclass(frozen=True, slots=True)
class Label:
    """For each owner party, the compartments it permits to read.

    An empty `owners` is the label of words that nobody owns (the bot's own phrases);
    it permits every compartment.
    """

    owners: frozenset[tuple[PartyId, frozenset[CompartmentId]]] = frozenset()
    caveats: Caveats = Caveats()

    def admits(self, compartment: CompartmentId) -> bool:
        """Tell whether every owner permits this compartment to read."""
        return all(compartment in readers for _, readers in self.owners)

    def join(self, other: Label) -> Label:
        """Return the label of something made of both: all owners, each as strict as in either."""
        merged: dict[PartyId, frozenset[CompartmentId]] = {}
        for party, readers in (*self.owners, *other.owners):
            merged[party] = merged[party] & readers if party in merged else readers
        return Label(frozenset(merged.items()), self.caveats.join(other.caveats))

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
