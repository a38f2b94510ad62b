"""Record bodies of digests: when they come, that one was made, given, missed, read. As `bodies`.

A digest's own words are on no record: it quotes what is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeAlias

from bot.domain.ids import Code, CompartmentId, SeatId

NO_CODE: Final = Code("")
"""That of a digest which was recorded before digests had codes."""


@dataclass(frozen=True, slots=True)
class DigestSent:
    """A digest was made and put in the outbox. `period` (ISO 8601) is empty for one asked for."""

    TAG: ClassVar = "digest.sent/1"
    compartment: CompartmentId
    as_of: datetime
    period: str = ""
    code: Code = NO_CODE


@dataclass(frozen=True, slots=True)
class DigestScheduled:
    """Another schedule for one reader, empty for none; `confirm` is the time to read one."""

    TAG: ClassVar = "digest.scheduled/1"
    compartment: CompartmentId
    by: SeatId
    schedule: str
    confirm: timedelta


@dataclass(frozen=True, slots=True)
class DigestDelivered:
    """Every part of a digest is in its reader's room."""

    TAG: ClassVar = "digest.delivered/1"
    compartment: CompartmentId
    code: Code
    as_of: datetime


@dataclass(frozen=True, slots=True)
class DigestMissed:
    """A digest has not come, and the desk was told; `why` is one word of a closed list."""

    TAG: ClassVar = "digest.missed/1"
    compartment: CompartmentId
    period: str
    why: str


@dataclass(frozen=True, slots=True)
class DigestRead:
    TAG: ClassVar = "digest.read/1"
    compartment: CompartmentId
    code: Code
    by: SeatId


@dataclass(frozen=True, slots=True)
class DigestUnread:
    """A digest was confirmed by nobody in time, and the desk was told; `times` counts that."""

    TAG: ClassVar = "digest.unread/1"
    compartment: CompartmentId
    code: Code
    times: int


DigestBody: TypeAlias = (
    DigestSent | DigestScheduled | DigestDelivered | DigestMissed | DigestRead | DigestUnread
)
