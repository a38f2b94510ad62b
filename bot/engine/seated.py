"""Questions about seats that several commands ask.

How far a person is trusted, and what a typed name of a party, seat or compartment means.
"""

from __future__ import annotations

from enum import StrEnum

from bot.domain.case import Case, Compartment, Seat
from bot.domain.ids import CompartmentId, PartyId, SeatId
from bot.domain.vocabulary import CompartmentKind, PartyKind, Role
from bot.engine.command import SPEAKERS


class Standing(StrEnum):
    """How far the bot trusts that a seat is its person."""

    WAITING = "waiting"
    ENROLLED = "enrolled"
    VERIFIED = "verified"
    FROZEN = "frozen"


OPEN_TO_RELEASE = frozenset(
    {CompartmentKind.SHUTTLE, CompartmentKind.HUMANITARIAN, CompartmentKind.PLENARY}
)
"""Kinds of compartment that every party knows of, so naming one tells nothing."""


def standing(seat: Seat) -> Standing:
    """Return a seat's standing."""
    if seat.frozen:
        return Standing.FROZEN
    if seat.master is None:
        return Standing.WAITING
    return Standing.VERIFIED if seat.verified else Standing.ENROLLED


BOUND_BY_SPEAKERS = frozenset({PartyKind.STATE, PartyKind.GROUP})
"""Parties that only a principal or a negotiator can bind, whoever else they seat."""


def speaks_for_party(case: Case, seat: Seat) -> bool:
    """Tell whether a seat can bind its own party.

    A humanitarian body, a family or the mediation may seat no negotiator; then whoever sits
    for it speaks for it, or nothing it owns a part of could ever be released.
    """
    if seat.role in SPEAKERS:
        return True
    if seat.role is Role.OBSERVER or case.parties[seat.party].kind in BOUND_BY_SPEAKERS:
        return False
    return not any(s.party == seat.party and s.role in SPEAKERS for s in case.seats.values())


def slug(typed: str) -> str:
    """Return the id form of a typed name: `Relief Society` is `relief-society`."""
    return "-".join(typed.strip().strip("`\"'").casefold().split())


def party_named(case: Case, typed: str) -> PartyId | None:
    """Return the party of that name."""
    party = PartyId(slug(typed))
    return party if party in case.parties else None


def seat_named(case: Case, typed: str) -> Seat | None:
    """Return the seat of that id."""
    return case.seats.get(SeatId(slug(typed)))


def compartment_named(case: Case, typed: str) -> Compartment | None:
    """Return the compartment of that id; for the desk, who may name them all."""
    return case.compartments.get(CompartmentId(slug(typed)))


def target_named(case: Case, typed: str, seat: Seat, here: Compartment) -> Compartment | None:
    """Return a compartment that this seat may name as the target of a release."""
    found = compartment_named(case, typed)
    if found is None or found.id == here.id:
        return None
    known = found.kind in OPEN_TO_RELEASE or found.party == seat.party or seat.id in found.seats
    return found if known else None
