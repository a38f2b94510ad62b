"""Who may type what where: sets that several rows of the table of commands share."""

from __future__ import annotations

from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.command import EVERYBODY

QUESTION_ROOMS = frozenset({CompartmentKind.CAUCUS, CompartmentKind.HUMANITARIAN})
"""Where a party is among its own, or with those who look after the held people."""
DEPOSITORS = frozenset({Role.LIAISON, Role.VERIFIER, Role.NEGOTIATOR})
PARTY_ROOMS = frozenset({CompartmentKind.CAUCUS, CompartmentKind.SHUTTLE})
WATCHERS = frozenset(
    {Role.MEDIATOR, Role.VERIFIER, Role.LIAISON, Role.COORDINATOR, Role.NEGOTIATOR}
)
VERIFIERS = frozenset({Role.VERIFIER, Role.MEDIATOR})
TALKERS = EVERYBODY - {Role.OBSERVER}
