"""One record of every kind that was ever shipped, in the order of one short negotiation.

The words are invented. A new kind of record is added at a place where the case accepts it;
what stands here is never changed, because the frozen vectors were made from it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain import bodies as b
from bot.domain.bodies import Body
from bot.domain.evidence import Verdict
from bot.domain.ids import (
    CASE_ROOM,
    CaseId,
    Code,
    CompartmentId,
    EventId,
    MasterKey,
    PartyId,
    Prose,
    RecordId,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.ladder import Step
from bot.domain.records import Record
from bot.domain.vocabulary import (
    CompartmentKind,
    ErasureKind,
    PartyKind,
    Role,
    Strength,
    WatchKind,
)
from bot.policy.label import UNOWNED, Label, owned_by, owned_by_all
from tests.vectors.story_assessments import JUDGED
from tests.vectors.story_care import CARE, FIRST
from tests.vectors.story_digests import DIGESTED
from tests.vectors.story_promises import KEPT
from tests.vectors.story_release import CARRIED

CASE = CaseId("orchid")
LOWLAND, UPLAND = PartyId("lowland"), PartyId("upland")
CAUCUS, SHUTTLE, DESK = (CompartmentId(n) for n in ("caucus-lowland", "shuttle-upland", "desk"))
ROWAN, ELDER, HEATHER = (SeatId(name) for name in ("rowan", "elder", "heather"))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROMISE, OFFER, REQUEST = Code("7KQF"), Code("M4XA"), Code("9TTR")
QUESTION = Code("Q7EA")
EVIDENCE = Code("E7KX")
WATCH, APPROVAL, ITEM, KEY = Code("C3DE"), Code("PPQ2"), Code("XYA7"), Code("K3YA")
MASTER, OTHER = MasterKey("A" * 43), MasterKey("B" * 42 + "8")
OURS = owned_by(LOWLAND, frozenset({CAUCUS, DESK}))
SHARED = owned_by_all(frozenset({LOWLAND, UPLAND}), frozenset({CAUCUS, DESK}))
RELEASED = owned_by(LOWLAND, frozenset({SHUTTLE}))
HOUR = timedelta(hours=1)
LADDER = (
    Step(frozenset({Role.VERIFIER}), ("own",), (), HOUR),
    Step(frozenset(), ("own", "desk", "caucus-lowland"), ("duty-phone",), 2 * HOUR),
)

_TOLD: tuple[tuple[CompartmentId, Label, Body], ...] = (
    (CASE_ROOM, UNOWNED, b.CaseOpened("en", "Asia/Baghdad", Prose("Orchid"))),
    (
        CASE_ROOM,
        UNOWNED,
        b.PartyAdded(LOWLAND, PartyKind.GROUP, "Europe/Oslo", "ar", Prose("مجلس الوادي")),
    ),
    (CASE_ROOM, UNOWNED, b.WallBuilt(LOWLAND, UPLAND)),
    (
        CASE_ROOM,
        UNOWNED,
        b.CompartmentOpened(
            CAUCUS,
            CompartmentKind.CAUCUS,
            LOWLAND,
            frozenset({SHUTTLE, DESK}),
            "daily 06:00 Asia/Baghdad",
        ),
    ),
    (
        CASE_ROOM,
        OURS,
        b.SeatAdded(
            ROWAN,
            LOWLAND,
            Role.NEGOTIATOR,
            UserId("@rowan:lowland.example"),
            "Europe/Oslo",
            "ar",
            "c0de" * 16,
            Prose("Rowan Ångström"),
            MASTER,
        ),
    ),
    (CASE_ROOM, UNOWNED, b.SeatPlaced(CAUCUS, ROWAN)),
    (CASE_ROOM, UNOWNED, b.CodeRenewed(ROWAN, "beef" * 16)),
    (CASE_ROOM, UNOWNED, b.EnrolmentFailed(ROWAN)),
    (CASE_ROOM, UNOWNED, b.SeatEnrolled(ROWAN, OTHER, "ed25519/fingerprint+of+a+session")),
    (CASE_ROOM, UNOWNED, b.SeatVerified(ROWAN, HEATHER)),
    (CASE_ROOM, UNOWNED, b.IdentityChanged(ROWAN, MASTER)),
    (CASE_ROOM, UNOWNED, b.RoomBound(CAUCUS, RoomId("!heron:parley.example"))),
    (
        CAUCUS,
        OURS,
        b.BreachRaised(CAUCUS, ("members", "history"), (UserId("@stranger:elsewhere.example"),)),
    ),
    (CAUCUS, OURS, b.BreachCleared(CAUCUS, HEATHER)),
    (
        DESK,
        OURS,
        b.ApprovalAsked(APPROVAL, HEATHER, "!guard clear caucus-lowland", NOON + HOUR, Prose("")),
    ),
    (DESK, OURS, b.Approved(APPROVAL, ELDER)),
    (
        CAUCUS,
        OURS,
        b.ItemRecorded(
            ITEM, ROWAN, NOON - HOUR, EventId("$plover"), Prose("Nine “detainees”\nby the old mill")
        ),
    ),
    (
        CAUCUS,
        OURS,
        b.CommitmentProposed(
            PROMISE,
            ROWAN,
            LOWLAND,
            UPLAND,
            NOON + 48 * HOUR,
            NOON - timedelta(microseconds=1),
            Prose("We hand over nine."),
        ),
    ),
    (CAUCUS, OURS, b.CommitmentConfirmed(PROMISE, ROWAN)),
    (
        CAUCUS,
        OURS,
        b.ReleaseAsked(
            REQUEST, PROMISE, SHUTTLE, ROWAN, NOON + 24 * HOUR, (LOWLAND,), Prose("Nine go home.")
        ),
    ),
    (CAUCUS, OURS, b.ConsentGiven(REQUEST, LOWLAND, ROWAN)),
    (
        SHUTTLE,
        RELEASED,
        b.ItemReleased(OFFER, Prose("Nine go home."), LOWLAND, UPLAND, NOON + 48 * HOUR),
    ),
    (CAUCUS, OURS, b.ReleaseDone(REQUEST, OFFER)),
    (SHUTTLE, RELEASED, b.OfferAccepted(OFFER, ELDER)),
    (CAUCUS, SHARED, b.CommitmentAccepted(PROMISE, UPLAND)),
    (SHUTTLE, RELEASED, b.OfferRefused(OFFER, ELDER)),
    (CAUCUS, OURS, b.CommitmentWithdrawn(PROMISE, ROWAN)),
    (CAUCUS, OURS, b.ConsentRefused(REQUEST, LOWLAND, ROWAN)),
    (
        CAUCUS,
        OURS,
        b.WatchSet(
            WATCH,
            WatchKind.SIGN_OF_LIFE,
            ROWAN,
            "every 2 d",
            NOON + 48 * HOUR,
            2 * HOUR,
            timedelta(minutes=30),
            Prose("Heron Seven"),
        ),
    ),
    (CAUCUS, OURS, b.WatchRaised(WATCH, NOON + 48 * HOUR, 2, 1)),
    (CAUCUS, OURS, b.WatchAcked(WATCH, ROWAN, 2, NOON + 50 * HOUR, Prose("I am calling them."))),
    (CAUCUS, OURS, b.ReportTooWeak(WATCH, ROWAN, Strength.ASSERTION, Prose("They say: well."))),
    (
        CAUCUS,
        OURS,
        b.WatchSatisfied(
            WATCH,
            ROWAN,
            NOON + 48 * HOUR,
            Strength.QUESTION,
            NOON + 96 * HOUR,
            Prose("Knew the dog's name."),
        ),
    ),
    (CASE_ROOM, UNOWNED, b.OutageSeen(NOON + 60 * HOUR, NOON + 61 * HOUR)),
    (CAUCUS, OURS, b.DigestSent(CAUCUS, NOON + 62 * HOUR, "2026-03-04")),
    (CASE_ROOM, UNOWNED, b.SeatWithdrawn(CAUCUS, ROWAN)),
    (CASE_ROOM, UNOWNED, b.SeatRemoved(ROWAN)),
    (
        CASE_ROOM,
        UNOWNED,
        b.WitnessNamed(
            LOWLAND, "w7.example+8f6b918e+BLQ=", "https://w.example", frozenset({CAUCUS})
        ),
    ),
    (CASE_ROOM, UNOWNED, b.WitnessDismissed("w7.example+8f6b918e+BLQ=")),
    (CAUCUS, OURS, b.KeyRegistered(KEY, LOWLAND, ROWAN, "sNqmIPoD")),
    (
        CAUCUS,
        OURS,
        b.SignatureAdded(KEY, RecordId("5" * 32), LOWLAND, ROWAN, "sNqmIPoD", NOON, "SOluHvMv"),
    ),
    (
        CAUCUS,
        OURS,
        b.Erased(
            ErasureKind.PERSON, "H-TEAL", HEATHER, ELDER, (RecordId("6" * 32),), Prose("At home.")
        ),
    ),
    (CASE_ROOM, UNOWNED, b.LogDoubted("larger", 160, 144)),
    (CAUCUS, OURS, b.ExportApproved(LOWLAND, HEATHER, ELDER, NOON + 96 * HOUR)),
    (CAUCUS, OURS, b.ContactMade(WATCH, ROWAN, NOON + 96 * HOUR, NOON + 144 * HOUR)),
    (CAUCUS, OURS, b.LadderApplied(WATCH, HEATHER, "sign-of-life", LADDER)),
    (
        DESK,
        OURS,
        b.WatchSuspended(WATCH, HEATHER, ELDER, NOON + 200 * HOUR, Prose("No way in till Monday.")),
    ),
    (CAUCUS, OURS, b.WatchResumed(WATCH, None, NOON + 200 * HOUR)),
    (CAUCUS, OURS, b.WatchFlapped(WATCH)),
    (DESK, OURS, b.WatchEnded(WATCH, HEATHER, ELDER, Prose("Heron Seven came home."))),
    (CASE_ROOM, UNOWNED, b.LadderNamed("sign-of-life", LADDER)),
    (CASE_ROOM, UNOWNED, b.LadderDropped("sign-of-life")),
    (CASE_ROOM, UNOWNED, b.ClockWasSet(NOON + 97 * HOUR, NOON + 96 * HOUR)),
    (
        CAUCUS,
        OURS,
        b.QuestionDeposited(
            QUESTION, ROWAN, Prose("Heron Seven"), Prose("Who sang?"), Prose('{"kind":"argon2id"}')
        ),
    ),
    (CAUCUS, OURS, b.QuestionAsked(QUESTION, ROWAN)),
    (CAUCUS, OURS, b.AnswerGiven(QUESTION, ROWAN, right=True, watch=WATCH)),
    (DESK, OURS, b.AnswerExamined(QUESTION, duress=True)),
    (CAUCUS, OURS, b.QuestionBurnt(QUESTION, ROWAN, Prose("It was told to the press."))),
    (CASE_ROOM, UNOWNED, b.AnchorSet("EIF", NOON + 240 * HOUR, HEATHER, ELDER)),
    (
        CAUCUS,
        OURS,
        b.WatchMoved(
            WATCH,
            "EIF",
            NOON + 144 * HOUR,
            NOON + 744 * HOUR,
            "EIF+21d (EIF 2026-03-11T12:00Z)",
        ),
    ),
    (DESK, OURS, b.DuressNoted(QUESTION, HEATHER)),
    (
        CAUCUS,
        OURS,
        b.EvidenceGiven(
            EVIDENCE,
            WATCH,
            ROWAN,
            RecordId("5" * 32),
            Strength.MEDIA,
            occurrence=NOON + 96 * HOUR,
            person=Prose("H-LARK"),
            grade="B2",
            kind="jpeg",
            cleanable=True,
            sent_by=ELDER,
            sha256=Prose("c0de" * 16),
            size=Prose("2104332"),
        ),
    ),
    (
        CAUCUS,
        OURS,
        b.EvidenceJudged(EVIDENCE, HEATHER, Verdict.DOUBTFUL, Prose("The light is odd.")),
    ),
    (
        CAUCUS,
        OURS,
        b.IndexGiven(
            WATCH, ROWAN, 7, 6, 8, Prose("H-LARK"), Prose("water, medicine"), named_needs=True
        ),
    ),
)

_TOGETHER = (
    CAUCUS,
    OURS,
    b.WatchesRaised(
        ((WATCH, NOON + 198 * HOUR),),
        2,
        1,
        (CAUCUS, DESK),
        (ROWAN,),
        away=(NOON + 197 * HOUR, NOON + 199 * HOUR),
    ),
)
_END = next(n for n, told in enumerate(_TOLD) if isinstance(told[2], b.WatchEnded))
"""A watch that has ended is raised no more."""

STORY: tuple[Record, ...] = tuple(
    Record(
        RecordId(f"{number:032x}"),
        CASE,
        compartment,
        NOON + timedelta(minutes=number, microseconds=number),
        label,
        f"$cause-{number}",
        body,
    )
    for number, (compartment, label, body) in (
        *enumerate(_TOLD[:_END]),
        (600, _TOGETHER),
        *enumerate(_TOLD[_END:], _END),
        *enumerate(CARE, FIRST),
        *enumerate(KEPT, 700),
        *enumerate(JUDGED, 800),
        *enumerate(DIGESTED, 900),
        *enumerate(CARRIED, 1000),
    )
)
SAMPLES: dict[type[Body], Record] = {type(record.body): record for record in STORY}
"""The record of each kind."""
