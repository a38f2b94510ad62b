"""Who has sat with whom in a case, for the wall's memory across cases."""

from __future__ import annotations

from bot.domain.case import Case, Seat
from bot.domain.fold import masters
from bot.domain.vocabulary import CompartmentKind, PartyKind, Role
from bot.policy.wall import Sitting


def sittings(case: Case) -> frozenset[Sitting]:
    """Return who has sat with whom in this case, for the wall's memory across cases.

    A mediator visits every party's shuttle by trade: that is no sitting with the party.
    """
    found: set[Sitting] = set()
    for seat in (*case.seats.values(), *case.removed.values()):
        traits = {f"seat:{seat.id}", f"user:{seat.user}"}
        traits |= {f"master:{key}" for key in masters(seat)}
        parties = {seat.party} | {
            c.party
            for c in case.compartments.values()
            if c.party is not None
            and seat.id in c.seats | c.former
            and not (c.kind is CompartmentKind.SHUTTLE and _mediates(case, seat))
        }
        found |= {Sitting(trait, party) for trait in traits for party in parties}
    return frozenset(found)


def _mediates(case: Case, seat: Seat) -> bool:
    kind = case.parties[seat.party].kind
    return kind is PartyKind.INTERMEDIARY and seat.role is Role.MEDIATOR
