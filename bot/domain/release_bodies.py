"""Record bodies of releases: asked, consented, refused, done, taken back, lapsed, delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

from bot.domain.ids import UNSAID, Code, CompartmentId, PartyId, Prose, RecordId, SeatId
from bot.policy.label import UNOWNED, Caveats


@dataclass(frozen=True, slots=True)
class ReleaseAsked:
    """A wish to let another compartment read new words made from an item.

    `caveats` are those asked for. `held`: with all consents it waits for `!deliver both`.
    `names` are records of protected names that the words hold, as far as who asked may read them.
    """

    TAG: ClassVar = "release.asked/1"
    code: Code
    item: Code
    target: CompartmentId
    by: SeatId
    until: datetime
    owners: tuple[PartyId, ...]
    text: Prose
    caveats: Caveats = UNOWNED.caveats
    held: bool = False
    names: tuple[RecordId, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """`with_names`: in full knowledge of the protected names that the words hold."""

    TAG: ClassVar = "release.consented/1"
    code: Code
    party: PartyId
    by: SeatId
    with_names: bool = False


@dataclass(frozen=True, slots=True)
class ConsentRefused:
    TAG: ClassVar = "release.refused/1"
    code: Code
    party: PartyId
    by: SeatId


@dataclass(frozen=True, slots=True)
class ItemReleased:
    """The new item, in its new compartment. It names nothing of its source.

    Its caveats are in its label. `named`: its owners consented to the protected names in it.
    """

    TAG: ClassVar = "release.item/1"
    code: Code
    text: Prose
    obligor: PartyId | None = None
    obligee: PartyId | None = None
    due: datetime | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseDone:
    """On the source's side: which request became an item elsewhere, and under which code.

    `pair` is the request that went out with it, if two were delivered together.
    """

    TAG: ClassVar = "release.done/1"
    request: Code
    released_as: Code
    pair: Code | None = None


@dataclass(frozen=True, slots=True)
class ConsentRevoked:
    """A party took its consent back while others were still asked; it may give it again."""

    TAG: ClassVar = "release.unconsented/1"
    code: Code
    party: PartyId
    by: SeatId


@dataclass(frozen=True, slots=True)
class ReleaseRevoked:
    """Taken back for good: a request by who asked, or words that had not left yet."""

    TAG: ClassVar = "release.revoked/1"
    request: Code
    by: SeatId


@dataclass(frozen=True, slots=True)
class RequestLapsed:
    """The time for consents is over. Says nothing of who answered what."""

    TAG: ClassVar = "release.lapsed/1"
    request: Code


@dataclass(frozen=True, slots=True)
class ItemExpired:
    """The time for which words were given (their caveat `until`) is over."""

    TAG: ClassVar = "release.expired/1"
    code: Code


@dataclass(frozen=True, slots=True)
class BothDelivered:
    """Two parties got their texts back to back, so far apart.

    `at_most`: the sending was interrupted and gone on with, so that less may lie between them.
    """

    TAG: ClassVar = "release.both/1"
    first: Code
    second: Code
    apart: timedelta
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class TearLineProposed:
    """Words made of an item for a target by masking, to be read where they were asked for.

    `numbers` is the table of stand-ins that its recipient has been given, by keyed hashes.
    """

    TAG: ClassVar = "tearline.proposed/1"
    code: Code
    item: Code
    target: CompartmentId
    by: SeatId
    text: Prose
    numbers: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class NameProtected:
    """A name that must not reach who may not read this record; a person's, or a `place`'s."""

    TAG: ClassVar = "name.protected/1"
    code: Code
    by: SeatId
    name: Prose
    place: bool = False


ReleaseBody: TypeAlias = (
    ReleaseAsked
    | ConsentGiven
    | ConsentRefused
    | ItemReleased
    | ReleaseDone
    | ConsentRevoked
    | ReleaseRevoked
    | RequestLapsed
    | ItemExpired
    | BothDelivered
    | TearLineProposed
    | NameProtected
)
