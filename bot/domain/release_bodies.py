"""Record bodies of releases: asked, consented, refused, done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.ids import Code, CompartmentId, PartyId, Prose, SeatId


@dataclass(frozen=True, slots=True)
class ReleaseAsked:
    """A wish to let another compartment read new words made from an item."""

    TAG: ClassVar = "release.asked/1"
    code: Code
    item: Code
    target: CompartmentId
    by: SeatId
    until: datetime
    owners: tuple[PartyId, ...]
    text: Prose


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    TAG: ClassVar = "release.consented/1"
    code: Code
    party: PartyId
    by: SeatId


@dataclass(frozen=True, slots=True)
class ConsentRefused:
    TAG: ClassVar = "release.refused/1"
    code: Code
    party: PartyId
    by: SeatId


@dataclass(frozen=True, slots=True)
class ItemReleased:
    """The new item, in its new compartment. It names nothing of its source."""

    TAG: ClassVar = "release.item/1"
    code: Code
    text: Prose
    obligor: PartyId | None = None
    obligee: PartyId | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReleaseDone:
    """On the source's side: which request became an item elsewhere, and under which code."""

    TAG: ClassVar = "release.done/1"
    request: Code
    released_as: Code


ReleaseBody: TypeAlias = ReleaseAsked | ConsentGiven | ConsentRefused | ItemReleased | ReleaseDone
