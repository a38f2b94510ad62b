"""Record bodies: everything that can be put on the journal, one frozen class per kind.

`TAG` is the name on disk: never reused, never changed. Fields are only appended, with
defaults. A field of type `Prose` is words: it is sealed apart, can be erased, and no fold
may read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias, get_args

from bot.domain.anchor_bodies import AnchorBody as AnchorBody
from bot.domain.anchor_bodies import AnchorSet as AnchorSet
from bot.domain.anchor_bodies import WatchMoved as WatchMoved
from bot.domain.assessment_bodies import AssessmentBody as AssessmentBody
from bot.domain.assessment_bodies import AssessmentGiven as AssessmentGiven
from bot.domain.commitment_bodies import CommitmentAccepted as CommitmentAccepted
from bot.domain.commitment_bodies import CommitmentBody as CommitmentBody
from bot.domain.commitment_bodies import CommitmentConfirmed as CommitmentConfirmed
from bot.domain.commitment_bodies import CommitmentProposed as CommitmentProposed
from bot.domain.commitment_bodies import CommitmentWithdrawn as CommitmentWithdrawn
from bot.domain.commitment_bodies import OfferAccepted as OfferAccepted
from bot.domain.commitment_bodies import OfferRefused as OfferRefused
from bot.domain.digest_bodies import DigestBody as DigestBody
from bot.domain.digest_bodies import DigestDelivered as DigestDelivered
from bot.domain.digest_bodies import DigestMissed as DigestMissed
from bot.domain.digest_bodies import DigestRead as DigestRead
from bot.domain.digest_bodies import DigestScheduled as DigestScheduled
from bot.domain.digest_bodies import DigestSent as DigestSent
from bot.domain.digest_bodies import DigestUnread as DigestUnread
from bot.domain.evidence_bodies import EvidenceBody as EvidenceBody
from bot.domain.evidence_bodies import EvidenceGiven as EvidenceGiven
from bot.domain.evidence_bodies import EvidenceJudged as EvidenceJudged
from bot.domain.evidence_bodies import IndexGiven as IndexGiven
from bot.domain.gate_bodies import GateBody as GateBody
from bot.domain.geneva_bodies import GenevaBody as GenevaBody
from bot.domain.ids import (
    UNSAID,
    Code,
    CompartmentId,
    EventId,
    MasterKey,
    PartyId,
    Prose,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.promise_bodies import ConcessionNoted as ConcessionNoted
from bot.domain.promise_bodies import OfferTerms as OfferTerms
from bot.domain.promise_bodies import PromiseActed as PromiseActed
from bot.domain.promise_bodies import PromiseBody as PromiseBody
from bot.domain.promise_bodies import PromiseDated as PromiseDated
from bot.domain.promise_bodies import PromisesPaired as PromisesPaired
from bot.domain.promise_bodies import PromiseTold as PromiseTold
from bot.domain.promise_bodies import RedLineDrawn as RedLineDrawn
from bot.domain.promise_bodies import RedLineDropped as RedLineDropped
from bot.domain.promise_bodies import RedLinesAnswered as RedLinesAnswered
from bot.domain.proof_bodies import Erased as Erased
from bot.domain.proof_bodies import ExportApproved as ExportApproved
from bot.domain.proof_bodies import KeyRegistered as KeyRegistered
from bot.domain.proof_bodies import LogDoubted as LogDoubted
from bot.domain.proof_bodies import ProofBody as ProofBody
from bot.domain.proof_bodies import SignatureAdded as SignatureAdded
from bot.domain.proof_bodies import WitnessDismissed as WitnessDismissed
from bot.domain.proof_bodies import WitnessNamed as WitnessNamed
from bot.domain.question_bodies import AnswerExamined as AnswerExamined
from bot.domain.question_bodies import AnswerGiven as AnswerGiven
from bot.domain.question_bodies import DuressNoted as DuressNoted
from bot.domain.question_bodies import QuestionAsked as QuestionAsked
from bot.domain.question_bodies import QuestionBody as QuestionBody
from bot.domain.question_bodies import QuestionBurnt as QuestionBurnt
from bot.domain.question_bodies import QuestionDeposited as QuestionDeposited
from bot.domain.release_bodies import ConsentGiven as ConsentGiven
from bot.domain.release_bodies import ConsentRefused as ConsentRefused
from bot.domain.release_bodies import ItemReleased as ItemReleased
from bot.domain.release_bodies import ReleaseAsked as ReleaseAsked
from bot.domain.release_bodies import ReleaseBody as ReleaseBody
from bot.domain.release_bodies import ReleaseDone as ReleaseDone
from bot.domain.vocabulary import CompartmentKind, PartyKind, Role
from bot.domain.watch_bodies import ClockWasSet as ClockWasSet
from bot.domain.watch_bodies import ContactMade as ContactMade
from bot.domain.watch_bodies import LadderApplied as LadderApplied
from bot.domain.watch_bodies import LadderDropped as LadderDropped
from bot.domain.watch_bodies import LadderNamed as LadderNamed
from bot.domain.watch_bodies import OutageSeen as OutageSeen
from bot.domain.watch_bodies import ReportTooWeak as ReportTooWeak
from bot.domain.watch_bodies import WatchAcked as WatchAcked
from bot.domain.watch_bodies import WatchBody as WatchBody
from bot.domain.watch_bodies import WatchEnded as WatchEnded
from bot.domain.watch_bodies import WatchesRaised as WatchesRaised
from bot.domain.watch_bodies import WatchFlapped as WatchFlapped
from bot.domain.watch_bodies import WatchRaised as WatchRaised
from bot.domain.watch_bodies import WatchResumed as WatchResumed
from bot.domain.watch_bodies import WatchSatisfied as WatchSatisfied
from bot.domain.watch_bodies import WatchSet as WatchSet
from bot.domain.watch_bodies import WatchSuspended as WatchSuspended


@dataclass(frozen=True, slots=True)
class CaseOpened:
    TAG: ClassVar = "case.opened/1"
    language: str
    zone: str
    name: Prose


@dataclass(frozen=True, slots=True)
class PartyAdded:
    TAG: ClassVar = "party.added/1"
    party: PartyId
    kind: PartyKind
    zone: str
    language: str
    name: Prose


@dataclass(frozen=True, slots=True)
class WallBuilt:
    TAG: ClassVar = "wall.built/1"
    one: PartyId
    other: PartyId


@dataclass(frozen=True, slots=True)
class SeatAdded:
    """A seat and its one-time code.

    `code_digest` proves the code without keeping it; `master` is a key that the case file
    already carries, which makes the seat verified from the start.
    """

    TAG: ClassVar = "seat.added/1"
    seat: SeatId
    party: PartyId
    role: Role
    user: UserId
    zone: str
    language: str
    code_digest: str
    name: Prose
    master: MasterKey | None = None


@dataclass(frozen=True, slots=True)
class SeatRemoved:
    TAG: ClassVar = "seat.removed/1"
    seat: SeatId


@dataclass(frozen=True, slots=True)
class CodeRenewed:
    TAG: ClassVar = "seat.code/1"
    seat: SeatId
    code_digest: str


@dataclass(frozen=True, slots=True)
class EnrolmentFailed:
    TAG: ClassVar = "seat.enrolment-failed/1"
    seat: SeatId


@dataclass(frozen=True, slots=True)
class SeatEnrolled:
    """`fingerprint` is the Ed25519 key of the session that typed the code."""

    TAG: ClassVar = "seat.enrolled/1"
    seat: SeatId
    master: MasterKey
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SeatVerified:
    TAG: ClassVar = "seat.verified/1"
    seat: SeatId
    by: SeatId


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """The server shows another master key for a pinned person: frozen both ways."""

    TAG: ClassVar = "seat.identity-changed/1"
    seat: SeatId
    seen: MasterKey


@dataclass(frozen=True, slots=True)
class CompartmentOpened:
    """`reads` names the compartments whose items this one may be told of.

    `digest` is the schedule of its digests, as `when.read_schedule` takes it; empty for none.
    """

    TAG: ClassVar = "compartment.opened/1"
    compartment: CompartmentId
    kind: CompartmentKind
    party: PartyId | None
    reads: frozenset[CompartmentId] = frozenset()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class SeatPlaced:
    TAG: ClassVar = "compartment.placed/1"
    compartment: CompartmentId
    seat: SeatId


@dataclass(frozen=True, slots=True)
class SeatWithdrawn:
    TAG: ClassVar = "compartment.withdrawn/1"
    compartment: CompartmentId
    seat: SeatId


@dataclass(frozen=True, slots=True)
class RoomBound:
    TAG: ClassVar = "compartment.room/1"
    compartment: CompartmentId
    room: RoomId


@dataclass(frozen=True, slots=True)
class BreachRaised:
    TAG: ClassVar = "guard.breach/1"
    compartment: CompartmentId
    rules: tuple[str, ...]
    intruders: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class BreachCleared:
    TAG: ClassVar = "guard.cleared/1"
    compartment: CompartmentId
    by: SeatId


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """An act that takes two people: who asked, and the line that will be done.

    Quoted words of the line stand apart in `quoted`, as prose; names that an erasure is about
    stand in `names`, with commas between.
    """

    TAG: ClassVar = "approval.asked/1"
    code: Code
    by: SeatId | None
    line: str
    until: datetime
    quoted: Prose
    names: Prose = UNSAID


@dataclass(frozen=True, slots=True)
class Approved:
    TAG: ClassVar = "approval.given/1"
    code: Code
    by: SeatId


@dataclass(frozen=True, slots=True)
class ItemRecorded:
    """A message taken on record. `said_at` is the sender's server's claim."""

    TAG: ClassVar = "item.recorded/1"
    code: Code
    by: SeatId
    said_at: datetime
    source: EventId
    text: Prose


Told: TypeAlias = (
    CaseOpened
    | PartyAdded
    | WallBuilt
    | SeatAdded
    | SeatRemoved
    | CodeRenewed
    | EnrolmentFailed
    | SeatEnrolled
    | SeatVerified
    | IdentityChanged
    | CompartmentOpened
    | SeatPlaced
    | SeatWithdrawn
    | RoomBound
    | BreachRaised
    | BreachCleared
    | ApprovalAsked
    | Approved
    | ItemRecorded
    | WatchSet
    | WatchRaised
    | WatchAcked
    | WatchSatisfied
    | ReportTooWeak
    | OutageSeen
    | WatchBody
)
"""What is told of the negotiation itself."""

Body: TypeAlias = (
    Told
    | CommitmentBody
    | ReleaseBody
    | ProofBody
    | QuestionBody
    | AnchorBody
    | EvidenceBody
    | GateBody
    | GenevaBody
    | AssessmentBody
    | PromiseBody
    | DigestBody
)

BODIES: tuple[type[Body], ...] = get_args(Body)
"""Every kind of record ever shipped, oldest first."""
