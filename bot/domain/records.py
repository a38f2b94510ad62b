"""A record: the envelope around a body, and which of a body's fields are prose.

Fold the skeleton, render the prose: this module is where the two part.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import get_type_hints

from bot.domain.bodies import BODIES, Body
from bot.domain.ids import CaseId, CompartmentId, Prose, RecordId
from bot.policy.label import Label


@dataclass(frozen=True, slots=True)
class Record:
    """One journal entry. `at` is when the bot recorded it; `cause` the event it came from."""

    id: RecordId
    case: CaseId
    compartment: CompartmentId
    at: datetime
    label: Label
    cause: str
    body: Body


@dataclass(frozen=True, slots=True)
class Plan:
    """Which fields of a body are skeleton and which are prose."""

    skeleton: tuple[str, ...]
    prose: tuple[str, ...]


def plan_of(body: type[Body]) -> Plan:
    """Tell a body class's skeleton fields from its prose fields."""
    types = get_type_hints(body)
    names = [f.name for f in fields(body)]
    return Plan(
        tuple(n for n in names if types[n] is not Prose),
        tuple(n for n in names if types[n] is Prose),
    )


PLANS: dict[type[Body], Plan] = {body: plan_of(body) for body in BODIES}
