"""What a case knows of one reader's digests: when they come, which is the latest, was it read.

Refuses to take a receipt of the homeserver for reading: only a typed confirmation counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.ids import Code

CONFIRM: Final = timedelta(hours=12)
"""So long a reader may take to confirm a digest, unless its schedule says otherwise."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One digest on the clock. `period` is when it was due, `unread` how often the desk was told."""

    code: Code
    as_of: datetime
    period: str
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Digesting:
    """One reader's digests. `schedule` is None while the compartment's own one stands.

    `since` is the time of the latest one that was delivered: what came later is new to the
    reader. `skipped` counts those that a newer one followed before anybody had confirmed them,
    `missed` how often the desk was told that none came, since the latest that did, and
    `missed_at` when that was last. `turn` counts all that happened to them.
    """

    schedule: str | None = None
    confirm: timedelta = CONFIRM
    issue: Issue | None = None
    since: datetime | None = None
    skipped: int = 0
    missed: int = 0
    missed_at: datetime | None = None
    turn: int = 0
