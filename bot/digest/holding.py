"""What a party may hold of a case: by inclusion, as a digest is made, for all its compartments.

A record that is not held leaves no trace: it is not counted. Refuses what a label admits but
nobody there was told: how another owner answered a request.
docs/spec/export.md, section 2.
"""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.case import Case, Commitment, Offer, Watch
from bot.domain.ids import CompartmentId, PartyId
from bot.domain.records import Record
from bot.domain.release_bodies import (
    ConsentRevoked,
    ReleaseRevoked,
    RequestLapsed,
    TearLineProposed,
)

_KNOWN_TO_ALL = (b.PartyAdded,)
"""Records of the case as a whole that every compartment is told of: any party may be named."""

_SEEN_WHERE_TYPED = (
    b.ConsentGiven,
    b.ConsentRefused,
    b.ReleaseDone,
    ConsentRevoked,
    ReleaseRevoked,
    RequestLapsed,
    TearLineProposed,
)
"""Their label is that of the request, whose owners must not learn each other's answers."""


def own_compartments(case: Case, party: PartyId) -> frozenset[CompartmentId]:
    """Return the compartments in which a party owns what is said."""
    return frozenset(place for place in case.compartments if party in case.parties_in(place))


def held_in(case: Case, record: Record, own: frozenset[CompartmentId]) -> frozenset[CompartmentId]:
    """Return the compartments among a party's own that may hold a record; none if it may not."""
    if not record.label.owners:
        return own if isinstance(record.body, _KNOWN_TO_ALL) else frozenset()
    readers = frozenset(place for place in own if record.label.admits(place))
    if isinstance(record.body, _SEEN_WHERE_TYPED):
        told = record.compartment in case.compartments
        return readers & case.readers_of(record.compartment) if told else frozenset()
    return readers


def promises_held(
    case: Case, own: frozenset[CompartmentId]
) -> tuple[tuple[Commitment, ...], tuple[Offer, ...]]:
    """Return the promises whose words a party may hold, and the offers made to it, by due time."""
    made = (c for c in case.commitments.values() if _shown(case, c, own))
    offered = (o for o in case.offers.values() if _shown(case, o, own))
    return (
        tuple(sorted(made, key=lambda c: (c.due, c.item.code))),
        tuple(sorted(offered, key=lambda o: (o.due, o.item.code))),
    )


def watches_held(case: Case, own: frozenset[CompartmentId]) -> tuple[Watch, ...]:
    """Return the watches whose words a party may hold, the next one due first."""
    found = (w for w in case.watches.values() if _shown(case, w, own))
    return tuple(sorted(found, key=lambda w: (w.occurrence, w.item.code)))


def _shown(case: Case, found: Commitment | Offer | Watch, own: frozenset[CompartmentId]) -> bool:
    return any(case.shows(found.item, place) for place in own)
