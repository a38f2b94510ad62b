"""Effects: what a decision asks the shell to do. The engine can ask to speak; it cannot send.

Everything an event causes is committed in one transaction, so an effect is a row before it
is an act.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.digest.chart import Chart
from bot.domain.bodies import Body
from bot.domain.ids import Code, CompartmentId, RecordId, SeatId, UserId
from bot.domain.vocabulary import ErasureKind
from bot.ledger.party import PartySignature
from bot.policy.label import Label
from bot.words.phrase import Phrase, Ref


@dataclass(frozen=True, slots=True)
class Append:
    """Put a body on the journal, under a compartment's key and with its label.

    `copy` names prose fields that the shell fills with the opened prose of other records:
    the engine decides what is copied without reading it.
    """

    record: RecordId
    compartment: CompartmentId
    label: Label
    body: Body
    copy: tuple[tuple[str, Ref], ...] = ()


@dataclass(frozen=True, slots=True)
class DigestMark:
    """Makes a text a digest: its code, when it was made, and whether it came on the clock.

    With a `chart` it is given on paper too: the same phrase, and the chart.
    """

    code: Code
    as_of: datetime
    scheduled: bool
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """Say a phrase in a compartment's room.

    `answer` marks the reply to a command (`m.text`), anything else is a notice.
    `mention` names those who must act, and nobody else. `urgent` goes before other rows.
    What became of a `digest` comes back as `DigestGiven` or `DigestStopped`. Under the
    name `recall`, if it has one, it can be taken back until it leaves.
    """

    compartment: CompartmentId
    phrase: Phrase
    answer: bool = False
    mention: tuple[SeatId, ...] = ()
    urgent: bool = False
    recall: str = ""
    digest: DigestMark | None = None


@dataclass(frozen=True, slots=True)
class SayBoth:
    """Say two things in two rooms back to back, or neither, if not both rooms pass the gate.

    How far apart they went comes back as `events.BothSaid`.
    """

    first: Say
    second: Say
    recall: str

    @property
    def compartment(self) -> CompartmentId:
        """Where it waits in the outbox."""
        return self.first.compartment


@dataclass(frozen=True, slots=True)
class SayDirect:
    """Say something that belongs to nobody in a person's direct room."""

    user: UserId
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class GiveReceipt:
    """Give a compartment the receipt of a record as soon as a checkpoint covers it."""

    compartment: CompartmentId
    record: RecordId
    name: str
    recall: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Tell a channel outside that a watch needs somebody: its code, and nothing else."""

    channel: str
    code: Code

    @property
    def compartment(self) -> CompartmentId:
        """Where it waits in the outbox: a place that no compartment can have the id of."""
        return CompartmentId(f"outside {self.channel}")


@dataclass(frozen=True, slots=True)
class Erase:
    """Destroy words for good, in the commit of the record `by`, an `Erased`.

    The shell finds the records, because the engine reads no words, and writes them into that
    body: `records` alone (RECORD), all of `compartment` (COMPARTMENT), or all of the case whose
    words name `what` or one of the names in `also`, which are separated by commas (PERSON).
    """

    by: RecordId
    kind: ErasureKind
    what: str
    records: tuple[RecordId, ...] = ()
    compartment: CompartmentId | None = None
    also: Ref | None = None


@dataclass(frozen=True, slots=True)
class Verify:
    """Let a decision stand only if a party's signature under a record holds.

    If it does not, nothing of the decision is done but that `otherwise` is said.
    """

    record: RecordId
    signature: PartySignature
    otherwise: Say


@dataclass(frozen=True, slots=True)
class UnlessNamed:
    """Let a decision stand only if recorded words do not hold a person's code name.

    If they do, nothing of the decision is done but that `otherwise` is said.
    """

    source: Ref
    person: str
    otherwise: Say


@dataclass(frozen=True, slots=True)
class Recall:
    """Take back what waits to be sent under these names, in the very commit of the decision.

    If any of it has left, or may have, nothing of the decision is done but that `otherwise` is
    said.
    """

    names: tuple[str, ...]
    otherwise: Say


@dataclass(frozen=True, slots=True)
class Hash:
    """Hash answers slowly, away from everything else, and bring the same line back with `Hashed`.

    Stands alone: what asks for it is not decided yet, and nothing of it is kept meanwhile.
    """

    answers: tuple[str, ...] = field(repr=False)
    duress: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Weigh:
    """Compare an answer with a deposited one; as `Hash`, brings the line back with `Weighed`.

    `watches` are those that it could be evidence for: the shell reads whom they are about.
    `named`: the speaker named the one.
    """

    question: RecordId
    text: str = field(repr=False)
    watches: tuple[tuple[Code, RecordId], ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True)
class Sift:
    """Look for names in words; as `Hash`, brings the line back with `Sifted`.

    `names` are (record, spelling). What is spelled like one of `known` does not count.
    """

    words: Ref | str = field(repr=False)
    names: tuple[tuple[RecordId, Ref | str], ...]
    known: tuple[Ref | str, ...]


@dataclass(frozen=True, slots=True)
class Propose:
    """Mask recorded words for a recipient; as `Hash`, brings the line back with `Proposed`.

    Names as in `Sift`; those in `places` are of places. `recipient` is whose stand-ins are used, `numbers` the table of those that
    it was given before.
    """

    words: Ref
    names: tuple[tuple[RecordId, Ref | str], ...]
    known: tuple[Ref | str, ...]
    recipient: str
    numbers: Ref | None
    places: frozenset[RecordId] = frozenset()


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetch and read the file that a line came with; as `Hash`, brings the line back."""


@dataclass(frozen=True, slots=True)
class KeepFile:
    """Seal the file that was read for this line with a record, in the same commit."""

    record: RecordId


@dataclass(frozen=True, slots=True)
class GiveFile:
    """Give a compartment the file of a record, without its metadata; `name` is its code."""

    compartment: CompartmentId
    record: RecordId
    name: str


@dataclass(frozen=True, slots=True)
class Arm:
    """Be woken at `at` with `key`; arming the same key again changes nothing once it fired."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lay:
    """Be woken at `at` with each of these keys: laid beside all that waits for a place then.

    They come up together, in one bundle. One that fired in a bundle can be armed again.
    """

    place: str
    at: datetime
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disarm:
    """Forget all waiting keys that start with `prefix`.

    Of those that lie in bundles only the ones of the place and time in `bundle`.
    """

    prefix: str
    bundle: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class DropSession:
    """Discard the group session of a compartment's room before anything else is sent there."""

    compartment: CompartmentId


Outgoing: TypeAlias = Say | SayBoth | SayDirect | GiveReceipt | Alert | GiveFile
Effect: TypeAlias = (
    Append
    | Say
    | SayBoth
    | SayDirect
    | GiveReceipt
    | Alert
    | Erase
    | Verify
    | UnlessNamed
    | Recall
    | Arm
    | Lay
    | Disarm
    | DropSession
    | Hash
    | Weigh
    | Sift
    | Propose
    | Fetch
    | KeepFile
    | GiveFile
)
