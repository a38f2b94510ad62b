"""Hypothesis strategies by annotation: any value a stored type allows, and whole journals.

Written apart from the codec on purpose: it reads annotations by itself, so that a shared
mistake about a type is unlikely.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from bot.domain import bodies as b
from bot.domain import release_bodies as r
from bot.domain.bodies import BODIES, Body
from bot.domain.case import Case
from bot.domain.fold import evolve
from bot.domain.gate_bodies import GateOverridden, GateRemoved, GateSet
from bot.domain.geneva_bodies import ArrivalNoted, ConsentsNoted, DataNoted, VisitNoted
from bot.domain.ids import (
    CaseId,
    Code,
    CompartmentId,
    MasterKey,
    PartyId,
    RecordId,
    SeatId,
    UserId,
)
from bot.domain.records import Record
from bot.policy.label import UNOWNED, Label, owned_by
from bot.words.phrase import Lengths, Lines, Phrase, Phrases, Refs, Times, Words

Strategy = st.SearchStrategy[object]
Names = Mapping[object, Strategy]
"""What to draw for a type instead of any value of it."""

_FAR, _NEAR = datetime(9998, 12, 30), datetime(2, 1, 2)  # noqa: DTZ001 - Hypothesis adds the zone
_INSTANTS = st.datetimes(_NEAR, _FAR, timezones=st.just(UTC)) | st.datetimes(
    _NEAR, _FAR, timezones=st.just(timezone(timedelta(hours=5, minutes=45)))
)
_PLAIN: dict[object, Strategy] = {
    str: st.text(max_size=12),
    int: st.integers(),
    bool: st.booleans(),
    datetime: _INSTANTS,
    timedelta: st.timedeltas(),
    type(None): st.none(),
}


def of(hint: object, names: Names | None = None) -> Strategy:
    """Return a strategy for every value that an annotation allows."""
    names = names or {}
    if hint in names:
        return names[hint]
    hint = getattr(hint, "__supertype__", hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of([of(arg, names) for arg in args])
    if origin is tuple and args[-1] is ...:
        return st.lists(of(args[0], names), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(of(arg, names) for arg in args))
    if origin is frozenset:
        return st.frozensets(of(args[0], names), max_size=3)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    if hint is Lines:
        return st.deferred(lambda: _lines(names))
    if isinstance(hint, type) and is_dataclass(hint):
        return st.deferred(lambda: built(hint, names))
    raise TypeError(f"no strategy for {hint!r}")


@st.composite
def _lines(draw: st.DrawFn, names: Names) -> Lines:
    """Draw a list, with a value for each line in every column."""
    about = draw(st.lists(of(RecordId, names), max_size=3))

    def column(item: object) -> Strategy:
        return st.lists(of(item, names), min_size=len(about), max_size=len(about)).map(tuple)

    columns = st.one_of(
        st.builds(Refs, of(str, names)),
        st.builds(Words, column(str)),
        st.builds(Times, column(datetime)),
        st.builds(Lengths, column(timedelta)),
        st.builds(Phrases, column(Phrase) | of(Phrase, names).map(lambda one: (one,))),
    )
    made = draw(st.lists(st.tuples(of(str, names), columns), max_size=3))
    return Lines(
        draw(st.text(max_size=12)),
        cast("tuple[RecordId, ...]", tuple(about)),
        cast("Any", tuple(made)),
    )


def built(kind: type[object], names: Names | None = None) -> Strategy:
    """Return a strategy for every instance of a dataclass."""
    return st.builds(kind, **{name: of(hint, names) for name, hint in stored(kind).items()})


def stored(kind: type[object]) -> Mapping[str, object]:
    """Return the fields of a dataclass that are stored, with their annotations."""
    known: object = kind  # classes are not hashable to mypy
    return _stored(known)


@cache
def _stored(kind: object) -> Mapping[str, object]:
    assert isinstance(kind, type)
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    named = {f.name: hints[f.name] for f in fields(kind)}
    return {name: hint for name, hint in named.items() if get_origin(hint) is not ClassVar}


def bodies(kind: type[Body]) -> st.SearchStrategy[Body]:
    """Return a strategy for every body of one class."""
    return cast("st.SearchStrategy[Body]", built(kind))


# -- journals that a case accepts ----------------------------------------------------------------

Pool = Callable[[Case], object]
REFERS: dict[type[Body], dict[str, Pool]] = {
    b.SeatAdded: {"party": lambda c: c.parties},
    b.SeatRemoved: {"seat": lambda c: c.seats},
    b.CodeRenewed: {"seat": lambda c: c.seats},
    b.EnrolmentFailed: {"seat": lambda c: c.seats},
    b.SeatEnrolled: {"seat": lambda c: c.seats},
    b.SeatVerified: {"seat": lambda c: c.seats},
    b.IdentityChanged: {"seat": lambda c: c.seats},
    b.SeatPlaced: {"compartment": lambda c: c.compartments, "seat": lambda c: c.seats},
    b.SeatWithdrawn: {"compartment": lambda c: c.compartments},
    b.RoomBound: {"compartment": lambda c: c.compartments},
    b.BreachRaised: {"compartment": lambda c: c.compartments},
    b.BreachCleared: {"compartment": lambda c: c.compartments},
    b.Approved: {"code": lambda c: c.approvals},
    b.CommitmentConfirmed: {"code": lambda c: c.commitments},
    b.CommitmentAccepted: {"code": lambda c: c.commitments},
    b.CommitmentWithdrawn: {"code": lambda c: c.commitments},
    b.OfferAccepted: {"offer": lambda c: c.offers},
    b.OfferRefused: {"offer": lambda c: c.offers},
    b.ConsentGiven: {"code": lambda c: c.requests},
    b.ConsentRefused: {"code": lambda c: c.requests},
    b.ReleaseDone: {"request": lambda c: c.requests},
    r.ConsentRevoked: {"code": lambda c: c.requests},
    r.ReleaseRevoked: {"request": lambda c: c.requests},
    r.RequestLapsed: {"request": lambda c: c.requests},
    r.ItemExpired: {"code": lambda c: c.items},
    b.WatchRaised: {"code": lambda c: c.watches},
    b.WatchesRaised: {"checks": lambda c: c.watches},
    b.WatchAcked: {"code": lambda c: c.watches},
    b.WatchSatisfied: {"code": lambda c: c.watches},
    b.ReportTooWeak: {"code": lambda c: c.watches},
    b.ContactMade: {"code": lambda c: c.watches},
    b.WatchSuspended: {"code": lambda c: c.watches},
    b.WatchResumed: {"code": lambda c: c.watches},
    b.WatchEnded: {"code": lambda c: c.watches},
    b.LadderApplied: {"code": lambda c: c.watches},
    b.WatchFlapped: {"code": lambda c: c.watches},
    b.QuestionAsked: {"code": lambda c: c.questions},
    b.AnswerGiven: {"code": lambda c: c.questions},
    b.AnswerExamined: {"code": lambda c: c.questions},
    b.QuestionBurnt: {"code": lambda c: c.questions},
    b.DuressNoted: {"code": lambda c: c.questions},
    b.WitnessNamed: {"party": lambda c: c.parties},
    b.KeyRegistered: {"party": lambda c: c.parties},
    GateRemoved: {"code": lambda c: c.gates},
    b.WatchMoved: {"code": lambda c: c.watches},
    b.ExportApproved: {"party": lambda c: c.parties},
    b.EvidenceGiven: {"watch": lambda c: c.watches},
    b.EvidenceJudged: {"code": lambda c: c.evidence},
    b.IndexGiven: {"watch": lambda c: c.watches},
    b.OfferTerms: {"offer": lambda c: c.offers},
    b.PromiseActed: {"code": lambda c: {**c.commitments, **c.offers}},
    b.PromiseTold: {"code": lambda c: {**c.commitments, **c.offers}},
    b.PromiseDated: {"code": lambda c: {**c.commitments, **c.offers}},
}
"""What a body must find in its case, by field."""


def unheard_of(kind: type[Body]) -> object:
    """Return a value for a field of `REFERS` that speaks of what is in no case."""
    name = "never-heard-of"
    return ((name, datetime(2026, 3, 1, tzinfo=UTC)),) if kind is b.WatchesRaised else name


FRESH: dict[type[Body], tuple[str, Pool]] = {
    b.PartyAdded: ("party", lambda c: c.parties),
    b.SeatAdded: ("seat", lambda c: {**c.seats, **c.removed}),
    b.CompartmentOpened: ("compartment", lambda c: c.compartments),
}
"""What a body must not find in its case: an id is never used again."""

FREE: tuple[type[Body], ...] = (
    b.CaseOpened,
    b.WallBuilt,
    b.ApprovalAsked,
    b.ItemRecorded,
    b.CommitmentProposed,
    b.ReleaseAsked,
    b.ItemReleased,
    r.BothDelivered,
    r.TearLineProposed,
    r.NameProtected,
    b.WatchSet,
    b.QuestionDeposited,
    b.OutageSeen,
    b.ClockWasSet,
    b.AnchorSet,
    GateSet,
    GateOverridden,
    ArrivalNoted,
    DataNoted,
    VisitNoted,
    ConsentsNoted,
    b.LadderNamed,
    b.LadderDropped,
    b.DigestSent,
    b.DigestScheduled,
    b.DigestDelivered,
    b.DigestMissed,
    b.DigestRead,
    b.DigestUnread,
    b.AssessmentGiven,
    b.PromisesPaired,
    b.RedLineDrawn,
    b.RedLineDropped,
    b.RedLinesAnswered,
    b.ConcessionNoted,
    b.WitnessDismissed,
    b.SignatureAdded,
    b.Erased,
    b.LogDoubted,
)
"""Bodies that fit any case."""

_FEW: dict[object, tuple[str, ...]] = {
    PartyId: ("lowland", "upland", "heather"),
    SeatId: ("rowan", "sorrel", "ash", "elder"),
    UserId: ("@one:x", "@two:x"),
    MasterKey: ("KEY1", "KEY2", "KEY3"),
    CompartmentId: ("caucus", "shuttle", "desk"),
    Code: ("7KQ4", "M4XA", "9TTR"),
}
FEW: Names = {kind: st.sampled_from(names) for kind, names in _FEW.items()}
"""Few names of each kind, so that records meet."""


@st.composite
def journals(draw: st.DrawFn, longest: int = 24) -> tuple[Record, ...]:
    """Return records in an order that a case accepts, busy with few people and places."""
    case = Case(CaseId("orchid"))
    made: list[Record] = []
    for number in range(draw(st.integers(0, longest))):
        possible = [kind for kind in BODIES if _possible(kind, case)]
        body = draw(_fitting(draw(st.sampled_from(possible)), case))
        record = Record(
            RecordId(f"r{number}"),
            case.id,
            CompartmentId(draw(st.sampled_from(_FEW[CompartmentId]))),
            draw(_INSTANTS),
            draw(st.sampled_from(LABELS)),
            "$cause",
            body,
        )
        case = evolve(case, record)
        made.append(record)
    return tuple(made)


LABELS: tuple[Label, ...] = (
    UNOWNED,
    owned_by(PartyId("lowland"), frozenset({CompartmentId("caucus")})),
)


def _names(pool: object) -> list[str]:
    return sorted(cast("Mapping[str, object]", pool))


def _possible(kind: type[Body], case: Case) -> bool:
    if kind in FRESH:
        field, pool = FRESH[kind]
        if not set(_few_of(kind, field)) - set(_names(pool(case))):
            return False
    return all(_names(pool(case)) for pool in REFERS.get(kind, {}).values())


def _few_of(kind: type[Body], field: str) -> tuple[str, ...]:
    return _FEW[stored(kind)[field]]


def _fitting(kind: type[Body], case: Case) -> st.SearchStrategy[Body]:
    drawn = {field: _names(pool(case)) for field, pool in REFERS.get(kind, {}).items()}
    if kind in FRESH:
        field, pool = FRESH[kind]
        drawn[field] = sorted(set(_few_of(kind, field)) - set(_names(pool(case))))
    if kind is b.ReleaseDone and case.offers:
        drawn["released_as"] = _names(case.offers)
    if kind is b.ReleaseAsked and case.commitments:
        drawn["item"] = _names(case.commitments)
    known: object = kind
    return _with(known, tuple((field, tuple(names)) for field, names in drawn.items()))


@cache
def _with(kind: object, drawn: tuple[tuple[str, tuple[str, ...]], ...]) -> st.SearchStrategy[Body]:
    """Return a strategy for bodies with one of these names in some fields.

    Kept: to make one and look it over takes Hypothesis longer than to draw from it.
    """
    made = {name: of(hint, FEW) for name, hint in _stored(kind).items()}
    made.update((field, st.sampled_from(names)) for field, names in drawn)
    if kind is b.WatchesRaised:
        made["checks"] = st.lists(st.tuples(made["checks"], _INSTANTS), max_size=3).map(tuple)
    return cast("st.SearchStrategy[Body]", st.builds(cast("type[Body]", kind), **made))
