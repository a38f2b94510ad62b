"""The smallest labelled thing: what people name by a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import Code, CompartmentId, RecordId
from bot.policy.label import Label


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled thing people can name by its code: a message on record, or a released text."""

    code: Code
    record: RecordId
    compartment: CompartmentId
    label: Label
    recorded_at: datetime
