"""The case: everything a fold of its records knows, and nothing of what people said.

All state is immutable; `fold.evolve` makes the next one. Questions that several commands
ask of a case (who sits here, who may be told) are answered here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.assessments import Assessment
from bot.domain.dealing import Dealing
from bot.domain.digesting import Digesting
from bot.domain.evidence import Evidence, Wellbeing
from bot.domain.gates import Gate
from bot.domain.geneva import Note
from bot.domain.ids import (
    CaseId,
    Code,
    CompartmentId,
    MasterKey,
    PartyId,
    RecordId,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.items import Item as Item
from bot.domain.ladder import Ladder
from bot.domain.promises import Commitment as Commitment
from bot.domain.promises import Concession, Pair, RedLine
from bot.domain.promises import Offer as Offer
from bot.domain.question_states import QuestionState
from bot.domain.releases import ReleaseRequest as ReleaseRequest
from bot.domain.vocabulary import (
    CompartmentKind,
    PartyKind,
    Role,
    Strength,
    WatchKind,
    WatchState,
)
from bot.domain.watch_story import Story
from bot.policy.label import Label, owned_by, owned_by_all
from bot.policy.wall import Wall

NO_PARTY = PartyId("")
"""Owns what is recorded where nobody ever sat. No party has this id, so it never consents."""


@dataclass(frozen=True, slots=True)
class Party:
    id: PartyId
    kind: PartyKind
    zone: str
    language: str
    record: RecordId


@dataclass(frozen=True, slots=True)
class Seat:
    """One person acting for one party in one role. `frozen` after an unexplained new identity.

    `former_masters` are keys pinned before: the wall knows a person by any of them.
    """

    id: SeatId
    party: PartyId
    role: Role
    user: UserId
    zone: str
    language: str
    code_digest: str
    record: RecordId
    master: MasterKey | None = None
    verified: bool = False
    frozen: bool = False
    failed_codes: int = 0
    fingerprint: str = ""
    former_masters: frozenset[MasterKey] = frozenset()

    @property
    def enrolled(self) -> bool:
        """Whether this person's identity is pinned and stands."""
        return self.master is not None and not self.frozen


@dataclass(frozen=True, slots=True)
class Compartment:
    id: CompartmentId
    kind: CompartmentKind
    party: PartyId | None
    reads: frozenset[CompartmentId]
    record: RecordId
    digest: str = ""
    seats: frozenset[SeatId] = frozenset()
    former: frozenset[SeatId] = frozenset()
    room: RoomId | None = None
    breach: RecordId | None = None
    broken_rules: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the guard holds this compartment: nothing leaves it or reaches it."""
        return self.breach is not None


@dataclass(frozen=True, slots=True)
class Approval:
    code: Code
    by: SeatId | None
    line: str
    until: datetime
    compartment: CompartmentId
    record: RecordId


@dataclass(frozen=True, slots=True)
class Watch:
    """A recurring check. `occurrence` is the due time now waited for.

    `since` is the record that its keys are counted from, `stilled_by` the acknowledgement or
    suspension that quietens it. `skipped` are levels of this alarm that nobody could answer,
    `recoveries` the latest alarms that ended with evidence.
    """

    item: Item
    kind: WatchKind
    by: SeatId
    schedule: str
    occurrence: datetime
    grace: timedelta
    step: timedelta
    state: WatchState = WatchState.SCHEDULED
    level: int = 0
    repeat: int = 0
    acked_until: datetime | None = None
    last_report: RecordId | None = None
    last_at: datetime | None = None
    last_strength: Strength | None = None
    ladder: Ladder = ()
    ladder_name: str = ""
    party: PartyId | None = None
    since: RecordId | None = None
    raised_at: datetime | None = None
    stilled_by: RecordId | None = None
    suspended_until: datetime | None = None
    skipped: frozenset[int] = frozenset()
    recoveries: tuple[datetime, ...] = ()
    flapped_at: datetime | None = None
    story: Story = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A private question, without its answer. `duress` is for nobody who sits with the speaker."""

    item: Item
    by: SeatId
    state: QuestionState
    since: datetime
    answered_by: SeatId | None = None
    duress: bool = False
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """An event that checks hang on, such as entry into force, and when it is."""

    name: str
    at: datetime
    record: RecordId


@dataclass(frozen=True, slots=True)
class Witness:
    """A party's witness of the log; `rooms` are those that its lines are shown in."""

    party: PartyId
    key: str
    via: str
    rooms: frozenset[CompartmentId]
    record: RecordId


@dataclass(frozen=True, slots=True)
class PartyKey:
    """A party's signing key (base64); nobody's until it has signed its own registration."""

    party: PartyId
    key: str
    record: RecordId
    code: Code
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class PartySignature:
    """A party's signature under a record: key and signature in base64, the signer's own time."""

    party: PartyId
    key: str
    signed_at: datetime
    signature: str


@dataclass(frozen=True, slots=True)
class Case:
    """One negotiation, folded from its records.

    `words` tells which records hold what was said under a code: wordings, reports, reasons; `gaps`
    which watches are contact gaps, for every line that is typed closes some.
    `withdrawn` are words that may not be shown any more although they stand, `named` released ones
    whose owners consented to the protected names in them, `tear_lines` the latest by (room, target).
    """

    id: CaseId
    head: int = 0
    record: RecordId | None = None
    zone: str = "UTC"
    language: str = "en"
    opened_at: datetime | None = None
    parties: Mapping[PartyId, Party] = field(default_factory=dict)
    walls: frozenset[Wall] = frozenset()
    seats: Mapping[SeatId, Seat] = field(default_factory=dict)
    removed: Mapping[SeatId, Seat] = field(default_factory=dict)
    compartments: Mapping[CompartmentId, Compartment] = field(default_factory=dict)
    approvals: Mapping[Code, Approval] = field(default_factory=dict)
    approved_lines: frozenset[str] = frozenset()
    items: Mapping[Code, Item] = field(default_factory=dict)
    commitments: Mapping[Code, Commitment] = field(default_factory=dict)
    offers: Mapping[Code, Offer] = field(default_factory=dict)
    requests: Mapping[Code, ReleaseRequest] = field(default_factory=dict)
    watches: Mapping[Code, Watch] = field(default_factory=dict)
    gaps: frozenset[Code] = frozenset()
    words: Mapping[Code, tuple[RecordId, ...]] = field(default_factory=dict)
    questions: Mapping[Code, Question] = field(default_factory=dict)
    digests: tuple[tuple[CompartmentId, datetime], ...] = ()
    digesting: Mapping[CompartmentId, Digesting] = field(default_factory=dict)
    dealings: Mapping[PartyId, tuple[Dealing, ...]] = field(default_factory=dict)
    last_outage: tuple[datetime, datetime] | None = None
    last_clock_set: tuple[datetime, datetime] | None = None
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    party_keys: Mapping[RecordId, PartyKey] = field(default_factory=dict)
    signatures: Mapping[RecordId, tuple[PartySignature, ...]] = field(default_factory=dict)
    erased: frozenset[RecordId] = frozenset()
    withdrawn: frozenset[RecordId] = frozenset()
    named: frozenset[RecordId] = frozenset()
    protected: tuple[Item, ...] = ()
    places: frozenset[RecordId] = frozenset()
    tear_lines: tuple[tuple[CompartmentId, CompartmentId, RecordId], ...] = ()
    log_doubted: RecordId | None = None
    exports: Mapping[PartyId, datetime] = field(default_factory=dict)
    anchors: Mapping[str, Anchor] = field(default_factory=dict)
    gates: Mapping[Code, Gate] = field(default_factory=dict)
    passes: Mapping[tuple[Code, RecordId], RecordId] = field(default_factory=dict)
    held: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)
    evidence: Mapping[Code, Evidence] = field(default_factory=dict)
    assessments: Mapping[Code, Assessment] = field(default_factory=dict)
    wellbeing: Mapping[Code, tuple[Wellbeing, ...]] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    red_lines: tuple[RedLine, ...] = ()
    answered: Mapping[Code, frozenset[str]] = field(default_factory=dict)
    concessions: Mapping[PartyId, tuple[Concession, ...]] = field(default_factory=dict)

    def seats_in(self, compartment: CompartmentId) -> tuple[Seat, ...]:
        """Return the people seated in a compartment, in a stable order."""
        found = self.compartments[compartment]
        return tuple(self.seats[s] for s in sorted(found.seats))

    def seats_of_user(self, user: UserId) -> tuple[Seat, ...]:
        """Return the seats that a Matrix ID holds in this case."""
        return tuple(s for _, s in sorted(self.seats.items()) if s.user == user)

    def desks(self) -> tuple[Compartment, ...]:
        """Return the mediators' compartments."""
        return tuple(c for _, c in sorted(self.compartments.items()) if _is_desk(c))

    def by_room(self, room: RoomId) -> Compartment | None:
        """Return the compartment whose room this is."""
        return next((c for c in self.compartments.values() if c.room == room), None)

    def readers_of(self, compartment: CompartmentId) -> frozenset[CompartmentId]:
        """Return the compartments that may be told of what belongs to this one."""
        return frozenset(
            c.id
            for c in self.compartments.values()
            if c.id == compartment or compartment in c.reads
        )

    def parties_in(self, compartment: CompartmentId) -> frozenset[PartyId]:
        """Return the parties that own what is said in a compartment.

        One party's caucus, shuttle, bench or desk is owned by that party alone; what several
        parties share is owned by each of them. Where all have left it stays theirs; where
        nobody ever sat, nobody owns it.
        """
        found = self.compartments[compartment]
        if found.party is not None:
            return frozenset({found.party})
        people = found.seats or found.former
        return frozenset((self.seats.get(s) or self.removed[s]).party for s in people)

    def label_in(self, compartment: CompartmentId) -> Label:
        """Return the label of something said in a compartment; it is never free for all."""
        owners = self.parties_in(compartment) or frozenset({NO_PARTY})
        return owned_by_all(owners, self.readers_of(compartment))

    def label_of_seat(self, seat: SeatId) -> Label:
        """Return the label of a seated person's name: where that person sits, and the desk."""
        found = self.seats.get(seat) or self.removed[seat]
        sits = {c.id for c in self.compartments.values() if seat in c.seats | c.former}
        desks = {c.id for c in self.desks()}
        telling = {c.id for c in self.compartments.values() if c.reads & sits}
        return owned_by(found.party, frozenset(sits | desks | telling))

    def caucus_of(self, party: PartyId) -> Compartment | None:
        """Return the compartment in which a party is asked for its consent."""
        own = [c for _, c in sorted(self.compartments.items()) if c.party == party]
        order = (
            CompartmentKind.CAUCUS,
            CompartmentKind.DESK,
            CompartmentKind.SHUTTLE,
            CompartmentKind.BENCH,
        )
        ranked = sorted((c for c in own if c.kind in order), key=lambda c: order.index(c.kind))
        return ranked[0] if ranked else None

    def stands(self, item: Item | ReleaseRequest) -> bool:
        """Tell whether the words of an item are still there: not erased, expired or taken back."""
        return item.record not in self.erased and item.record not in self.withdrawn

    def shows(self, item: Item, compartment: CompartmentId) -> bool:
        """Tell whether a compartment may read an item that stands, with everybody seated there."""
        if not item.label.admits(compartment) or not self.stands(item):
            return False
        caveats = item.label.caveats
        return not caveats.eyes_only or caveats.admits(self.users_in(compartment))

    def users_in(self, compartment: CompartmentId) -> frozenset[UserId]:
        """Return the Matrix IDs of everybody seated in a compartment, enrolled or not."""
        return frozenset(self.seats[s].user for s in self.compartments[compartment].seats)

    def knows_code(self, code: Code) -> bool:
        """Tell whether a code is taken, whatever it names."""
        return any(
            code in taken
            for taken in (
                self.items,
                self.words,
                self.approvals,
                self.requests,
                self.watches,
                self.offers,
                self.gates,
                [d.issue.code for d in self.digesting.values() if d.issue is not None],
            )
        )


def _is_desk(compartment: Compartment) -> bool:
    return compartment.kind is CompartmentKind.DESK
