"""The wall: who has once sat with party A never sits with party B, under any account.

A person is recognised by any one trait (the person's key in the case file, a Matrix ID, a
pinned master key), because each can be changed alone. The history is never shortened: a
person who left a party's compartments still knows what was said there.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.policy.label import PartyId


@dataclass(frozen=True, slots=True)
class Sitting:
    """One trait of a person and a conflict class (a party) that the person has sat with."""

    trait: str
    party: PartyId


@dataclass(frozen=True, slots=True)
class Wall:
    """Two parties between whom nobody may pass."""

    one: PartyId
    other: PartyId

    def forbids(self, party: PartyId) -> PartyId | None:
        """Return the party on the far side of `party`, or None if this wall is not its own."""
        if party == self.one:
            return self.other
        return self.one if party == self.other else None


def blocked_by(
    traits: frozenset[str],
    party: PartyId,
    walls: frozenset[Wall],
    history: frozenset[Sitting],
) -> PartyId | None:
    """Return the party whose past sitting forbids a seat with `party`, or None.

    `history` spans every case of the installation: knowledge does not end with a case.
    """
    far_sides = {far for wall in walls if (far := wall.forbids(party)) is not None}
    met = sorted(s.party for s in history if s.trait in traits and s.party in far_sides)
    return met[0] if met else None
