"""Record bodies of the proof: witnesses, party keys and signatures, erasure, doubt in the log.

Same rules as `bodies`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.ids import Code, CompartmentId, PartyId, Prose, RecordId, SeatId
from bot.domain.vocabulary import ErasureKind


@dataclass(frozen=True, slots=True)
class WitnessNamed:
    """A party's witness of the log.

    `key` is its verifier key as docs/spec/ledger.md 4.1 writes it; `via` is where it is asked: a
    URL (https, or http on this machine) or a Matrix ID. Its lines are shown in `rooms` only.
    """

    TAG: ClassVar = "witness.named/1"
    party: PartyId
    key: str
    via: str
    rooms: frozenset[CompartmentId]


@dataclass(frozen=True, slots=True)
class WitnessDismissed:
    TAG: ClassVar = "witness.dismissed/1"
    key: str


@dataclass(frozen=True, slots=True)
class KeyRegistered:
    """A party's own signing key: base64 of 32 bytes (docs/spec/ledger.md 9.2).

    It counts for nothing until `signature.added/1` of this very record shows that the party has
    the other half.
    """

    TAG: ClassVar = "key.registered/1"
    code: Code
    party: PartyId
    by: SeatId
    key: str


@dataclass(frozen=True, slots=True)
class SignatureAdded:
    """A party's signature under a record, checked when it came (docs/spec/ledger.md 9)."""

    TAG: ClassVar = "signature.added/1"
    code: Code
    signs: RecordId
    party: PartyId
    by: SeatId
    key: str
    signed_at: datetime
    signature: str


@dataclass(frozen=True, slots=True)
class Erased:
    """Words destroyed for good: by whom, with whom, why; `records` are those it was done to.

    `what` is the code of an item, the code name of a person, or a compartment.
    """

    TAG: ClassVar = "record.erased/1"
    kind: ErasureKind
    what: str
    by: SeatId
    approved_by: SeatId
    records: tuple[RecordId, ...]
    reason: Prose


@dataclass(frozen=True, slots=True)
class LogDoubted:
    """Somebody holds a checkpoint of our log that our log does not lead to: nothing is signed.

    `size` is that of their checkpoint, `ours` that of ours.
    """

    TAG: ClassVar = "log.doubted/1"
    why: str
    size: int
    ours: int


@dataclass(frozen=True, slots=True)
class ExportApproved:
    """Two mediators let the operator write out, until an instant, what one party may hold."""

    TAG: ClassVar = "export.approved/1"
    party: PartyId
    by: SeatId
    approved_by: SeatId
    until: datetime


ProofBody: TypeAlias = (
    WitnessNamed
    | WitnessDismissed
    | KeyRegistered
    | SignatureAdded
    | Erased
    | LogDoubted
    | ExportApproved
)
