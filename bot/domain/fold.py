"""The fold: a case is `evolve` over its records, skeletons only.

No prose is read here, so that erasing words never changes a case. A record that does not
fit the case it meets is a bug or a tampered journal, and crashes (`KeyError`): one that
speaks of what is not there, or that would use the id of a party, seat or compartment again and
so make the case forget who sat where, or what is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from bot.domain import bodies as b
from bot.domain.case import (
    Approval,
    Case,
    Compartment,
    Party,
    Seat,
)
from bot.domain.changed import changed
from bot.domain.fold_anchor import anchor
from bot.domain.fold_assessment import assessment
from bot.domain.fold_commitment import commitment
from bot.domain.fold_dealing import with_dealings
from bot.domain.fold_digest import digest
from bot.domain.fold_evidence import evidence
from bot.domain.fold_gate import gate
from bot.domain.fold_geneva import geneva
from bot.domain.fold_items import with_item
from bot.domain.fold_promise import promise
from bot.domain.fold_proof import proof
from bot.domain.fold_questions import question
from bot.domain.fold_release import release
from bot.domain.fold_watch import watch
from bot.domain.growing import growing, plain, put, without
from bot.domain.ids import MasterKey
from bot.domain.records import Record
from bot.policy.wall import Wall

K = TypeVar("K")

_TOPOLOGY = (
    b.PartyAdded,
    b.WallBuilt,
    b.SeatAdded,
    b.SeatRemoved,
    b.CompartmentOpened,
    b.SeatPlaced,
    b.SeatWithdrawn,
)
"""Records that change who may sit or read where."""


def replay(case: Case, records: Iterable[Record]) -> Case:
    """Fold many records; `replay(a + b)` is `replay(b)` after `replay(a)`.

    Nobody else holds the cases in between, so their tables grow in place: copied at each record, a
    long journal would cost the square of its length.
    """
    case = growing(case)
    for record in records:
        case = evolve(case, record)
    return plain(case)


def evolve(case: Case, record: Record) -> Case:
    """Return the case after one more record."""
    body = record.body
    # What was approved was approved for the seats and rooms as they stood.
    if isinstance(body, _TOPOLOGY):
        case = replace(case, approved_lines=frozenset(), exports={})
    case = with_dealings(changed(case, head=case.head + 1), record)
    if isinstance(body, b.CommitmentBody):
        return commitment(case, record, body)
    if isinstance(body, b.PromiseBody):
        return promise(case, record, body)
    if isinstance(body, b.ReleaseBody):
        return release(case, record, body)
    if isinstance(body, b.ProofBody):
        return proof(case, record, body)
    if isinstance(body, b.QuestionBody):
        return question(case, record, body)
    if isinstance(body, b.AnchorBody):
        return anchor(case, record, body)
    if isinstance(body, b.DigestBody):
        return digest(case, record, body)
    if isinstance(body, b.AssessmentBody):
        return assessment(case, record, body)
    if isinstance(body, b.GateBody):
        return gate(case, record, body)
    if isinstance(body, b.GenevaBody):
        return geneva(case, record, body)
    if isinstance(body, b.EvidenceBody):
        return evidence(case, record, body)
    return _told(case, record, body)


def _told(case: Case, record: Record, body: b.Told) -> Case:
    match body:
        case b.CaseOpened():
            return replace(
                case,
                zone=body.zone,
                language=body.language,
                opened_at=record.at,
                record=record.id,
            )
        case b.PartyAdded():
            _unused(body.party, case.parties)
            party = Party(body.party, body.kind, body.zone, body.language, record.id)
            return replace(case, parties=put(case.parties, party.id, party))
        case b.WallBuilt():
            return replace(case, walls=case.walls | {Wall(body.one, body.other)})
        case (
            b.SeatAdded()
            | b.SeatRemoved()
            | b.CodeRenewed()
            | b.EnrolmentFailed()
            | b.SeatEnrolled()
            | b.SeatVerified()
            | b.IdentityChanged()
        ):
            return _seat(case, record, body)
        case (
            b.CompartmentOpened()
            | b.SeatPlaced()
            | b.SeatWithdrawn()
            | b.RoomBound()
            | b.BreachRaised()
            | b.BreachCleared()
        ):
            return _compartment(case, record, body)
        case b.ApprovalAsked():
            asked = Approval(
                body.code, body.by, body.line, body.until, record.compartment, record.id
            )
            return replace(case, approvals=put(case.approvals, body.code, asked))
        case b.Approved():
            return replace(
                case,
                # Read first: while a journal is replayed, tables change in place.
                approved_lines=case.approved_lines | {case.approvals[body.code].line},
                approvals=without(case.approvals, body.code),
            )
        case b.ItemRecorded():
            return with_item(case, record, body.code)
        case b.OutageSeen():
            return replace(case, last_outage=(body.since, body.until))
        case b.ClockWasSet():
            return replace(case, last_clock_set=(body.since, body.until))
        case _:
            return watch(case, record, body)


def masters(seat: Seat) -> frozenset[MasterKey]:
    """Return every key that was ever pinned for a person."""
    return seat.former_masters | ({seat.master} if seat.master is not None else frozenset())


def _seat(
    case: Case,
    record: Record,
    body: b.SeatAdded
    | b.SeatRemoved
    | b.CodeRenewed
    | b.EnrolmentFailed
    | b.SeatEnrolled
    | b.SeatVerified
    | b.IdentityChanged,
) -> Case:
    match body:
        case b.SeatAdded():
            _unused(body.seat, case.seats, case.removed)
            seat = Seat(
                body.seat,
                case.parties[body.party].id,
                body.role,
                body.user,
                body.zone,
                body.language,
                body.code_digest,
                record.id,
                body.master,
                verified=body.master is not None,
            )
        case b.SeatRemoved():
            gone = case.seats[body.seat]
            case = replace(case, seats=without(case.seats, body.seat))
            return replace(case, removed=put(case.removed, gone.id, gone))
        case b.CodeRenewed():
            seat = replace(case.seats[body.seat], code_digest=body.code_digest, failed_codes=0)
        case b.EnrolmentFailed():
            old = case.seats[body.seat]
            seat = replace(old, failed_codes=old.failed_codes + 1)
        case b.SeatEnrolled():
            old = case.seats[body.seat]
            seat = replace(
                old,
                master=body.master,
                fingerprint=body.fingerprint,
                code_digest="",
                frozen=False,
                verified=False,
                former_masters=masters(old),
            )
        case b.SeatVerified():
            seat = replace(case.seats[body.seat], verified=True)
        case b.IdentityChanged():
            seat = replace(case.seats[body.seat], frozen=True, verified=False)
    return replace(case, seats=put(case.seats, seat.id, seat))


def _compartment(
    case: Case,
    record: Record,
    body: b.CompartmentOpened
    | b.SeatPlaced
    | b.SeatWithdrawn
    | b.RoomBound
    | b.BreachRaised
    | b.BreachCleared,
) -> Case:
    if isinstance(body, b.CompartmentOpened):
        _unused(body.compartment, case.compartments)
        new = Compartment(
            body.compartment, body.kind, body.party, body.reads, record.id, body.digest
        )
    else:
        old = case.compartments[body.compartment]
        match body:
            case b.SeatPlaced():
                placed = case.seats[body.seat].id
                new = replace(old, seats=old.seats | {placed}, former=old.former - {placed})
            case b.SeatWithdrawn():
                new = replace(old, seats=old.seats - {body.seat}, former=old.former | {body.seat})
            case b.RoomBound():
                new = replace(old, room=body.room)
            case b.BreachRaised():
                new = replace(old, breach=record.id, broken_rules=body.rules)
            case b.BreachCleared():
                new = replace(old, breach=None, broken_rules=())
    return replace(case, compartments=put(case.compartments, new.id, new))


def _unused(key: K, *tables: Mapping[K, object]) -> None:
    if any(key in table for table in tables):
        raise KeyError("an id is used again")
