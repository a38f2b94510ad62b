from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import bodies as b
from bot.domain.bodies import BODIES, Body
from bot.domain.case import Case
from bot.domain.codec import tag_of
from bot.domain.fold import evolve, replay
from bot.domain.ids import CaseId, CompartmentId, MasterKey, PartyId, Prose, RecordId
from bot.domain.records import PLANS, Record
from bot.domain.sittings import sittings
from bot.domain.vocabulary import (
    CommitmentState,
    CompartmentKind,
    PartyKind,
    Role,
    Strength,
    WatchState,
)
from bot.policy.wall import Sitting, Wall, blocked_by
from tests.vectors.generated import FREE, FRESH, REFERS, journals, unheard_of
from tests.vectors.story import (
    CASE,
    CAUCUS,
    ELDER,
    HOUR,
    LOWLAND,
    MASTER,
    NOON,
    OFFER,
    OTHER,
    PROMISE,
    REQUEST,
    ROWAN,
    SAMPLES,
    SHUTTLE,
    STORY,
    UPLAND,
    WATCH,
)

EVERY_BODY = pytest.mark.parametrize("kind", BODIES, ids=tag_of)
LAW = settings(max_examples=80, deadline=None)
START = Case(CASE)


def blank(record: Record) -> Record:
    """Return a record whose words were erased."""
    words: dict[str, str] = dict.fromkeys(PLANS[type(record.body)].prose, "")
    return replace(record, body=replace(record.body, **words))  # type: ignore[arg-type]


def upto(kind: type[Body]) -> Case:
    """Return the case of the story just after a record of this kind."""
    kinds = [type(record.body) for record in STORY]
    return replay(START, STORY[: kinds.index(kind) + 1])


def after(case: Case, *bodies: Body) -> Case:
    """Return the case after more records."""
    template = STORY[0]
    return replay(
        case,
        (
            replace(template, id=RecordId(f"more-{case.head + n}"), body=body)
            for n, body in enumerate(bodies)
        ),
    )


# -- laws -----------------------------------------------------------------------------------------


@LAW
@given(journals(), st.data())
def test_folding_in_two_parts_is_folding_in_one(
    records: Sequence[Record], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(records)))
    whole = replay(Case(CaseId("orchid")), records)
    assert replay(replay(Case(CaseId("orchid")), records[:cut]), records[cut:]) == whole
    assert whole.head == len(records)


@LAW
@given(journals(), st.data())
def test_erasing_words_anywhere_never_changes_a_case(
    records: Sequence[Record], data: st.DataObject
) -> None:
    erased = [data.draw(st.sampled_from([r, blank(r)])) for r in records]
    case = Case(CaseId("orchid"))
    assert replay(case, erased) == replay(case, records) == replay(case, map(blank, records))


@LAW
@given(journals())
def test_a_fold_never_changes_the_case_it_was_given(records: Sequence[Record]) -> None:
    steps = [Case(CaseId("orchid"))]
    for record in records:
        steps.append(evolve(steps[-1], record))
    for number, step in enumerate(steps):
        assert step == replay(Case(CaseId("orchid")), records[:number])


@LAW
@given(journals())
def test_who_once_sat_with_whom_is_never_forgotten(records: Sequence[Record]) -> None:
    case = Case(CaseId("orchid"))
    for record in records:
        later = evolve(case, record)
        assert sittings(case) <= sittings(later)
        case = later


@LAW
@given(journals())
def test_a_held_compartment_is_set_free_by_nothing_but_its_clearing(
    records: Sequence[Record],
) -> None:
    case = Case(CaseId("orchid"))
    for record in records:
        later = evolve(case, record)
        freed = {c for c, old in case.compartments.items() if old.held}
        freed -= {c for c, new in later.compartments.items() if new.held}
        body = record.body
        assert freed <= ({body.compartment} if isinstance(body, b.BreachCleared) else set())
        case = later


# -- every kind of record -------------------------------------------------------------------------


def test_the_story_tells_every_kind_of_record() -> None:
    assert set(SAMPLES) == set(BODIES)
    assert len(STORY) == len(BODIES)
    assert replay(START, STORY).head == len(STORY)


def test_every_kind_is_known_to_need_something_or_nothing() -> None:
    assert {*REFERS, *FRESH, *FREE} == set(BODIES)
    assert not {*REFERS, *FRESH} & set(FREE)


@cache
def beginnings() -> tuple[Case, ...]:
    """The story folded as far as each of its records, and to its end."""
    return tuple(replay(START, STORY[:number]) for number in range(len(STORY) + 1))


@EVERY_BODY
def test_erasing_the_words_of_one_record_changes_nothing(kind: type[Body]) -> None:
    case = START
    for before, record in zip(beginnings(), STORY, strict=False):
        assert case == before
        case = replay(case, [blank(record) if type(record.body) is kind else record])
    assert case == beginnings()[-1]


@EVERY_BODY
def test_a_record_that_finds_nothing_it_speaks_of_crashes(kind: type[Body]) -> None:
    if kind in REFERS:
        with pytest.raises(KeyError):
            evolve(START, SAMPLES[kind])
    else:
        assert evolve(START, SAMPLES[kind]).head == 1


@EVERY_BODY
def test_each_thing_a_record_speaks_of_must_be_there(kind: type[Body]) -> None:
    """One by one: all but one of what it speaks of is in the case."""
    number = next(n for n, record in enumerate(STORY) if type(record.body) is kind)
    before = replay(START, STORY[:number])
    evolve(before, STORY[number])
    for field in REFERS.get(kind, {}):
        lost: dict[str, object] = {field: unheard_of(kind)}
        body = replace(STORY[number].body, **lost)  # type: ignore[arg-type]
        with pytest.raises(KeyError):
            evolve(before, replace(STORY[number], body=body))


@pytest.mark.parametrize("kind", FRESH, ids=tag_of)
def test_an_id_is_never_used_again(kind: type[Body]) -> None:
    with pytest.raises(KeyError):
        evolve(upto(kind), SAMPLES[kind])


def test_a_removed_seats_id_is_never_used_again() -> None:
    with pytest.raises(KeyError):
        evolve(replay(START, STORY), SAMPLES[b.SeatAdded])


@EVERY_BODY
def test_no_two_kinds_are_folded_alike_by_mistake(kind: type[Body]) -> None:
    """Each record changes more of the case than its length."""
    number = next(n for n, record in enumerate(STORY) if type(record.body) is kind)
    before = replay(START, STORY[:number])
    assert evolve(before, STORY[number]) != replace(before, head=before.head + 1)


# -- what the story means -------------------------------------------------------------------------


def test_a_new_key_takes_verification_away_and_thaws_nothing_by_itself() -> None:
    pinned = upto(b.SeatEnrolled).seats[ROWAN]
    assert (pinned.master, pinned.verified, pinned.code_digest) == (OTHER, False, "")
    assert upto(b.SeatVerified).seats[ROWAN].verified
    shown_another = upto(b.IdentityChanged).seats[ROWAN]
    assert (shown_another.master, shown_another.frozen) == (OTHER, True)
    assert not shown_another.verified
    assert not shown_another.enrolled


def test_a_renewed_code_may_be_tried_afresh() -> None:
    case = upto(b.EnrolmentFailed)
    assert case.seats[ROWAN].failed_codes == 1
    renewed = after(case, b.EnrolmentFailed(ROWAN), b.CodeRenewed(ROWAN, "digest"))
    assert (renewed.seats[ROWAN].failed_codes, renewed.seats[ROWAN].code_digest) == (0, "digest")


def test_a_key_of_the_case_file_is_verified_from_the_start() -> None:
    added = SAMPLES[b.SeatAdded].body
    assert isinstance(added, b.SeatAdded)
    assert upto(b.SeatAdded).seats[ROWAN].verified
    bare = after(upto(b.CompartmentOpened), replace(added, master=None)).seats[ROWAN]
    assert (bare.verified, bare.enrolled) == (False, False)


def test_a_breach_holds_until_it_is_cleared() -> None:
    held = upto(b.BreachRaised).compartments[CAUCUS]
    assert (held.held, held.broken_rules) == (True, ("members", "history"))
    free = upto(b.BreachCleared).compartments[CAUCUS]
    assert (free.held, free.broken_rules) == (False, ())


def test_an_approval_is_used_up() -> None:
    case = upto(b.Approved)
    assert case.approvals == {}
    assert case.approved_lines == {"!guard clear caucus-lowland"}


def test_a_promise_goes_from_read_back_to_in_force_and_is_tied_to_its_offer() -> None:
    assert upto(b.CommitmentProposed).commitments[PROMISE].state is CommitmentState.READ_BACK
    assert upto(b.CommitmentConfirmed).commitments[PROMISE].state is CommitmentState.CONFIRMED
    tied = upto(b.ReleaseDone)
    assert tied.offers[OFFER].source == PROMISE
    assert tied.commitments[PROMISE].offers == ((SHUTTLE, OFFER),)
    assert tied.requests[REQUEST].released_as == OFFER
    assert upto(b.CommitmentAccepted).commitments[PROMISE].state is CommitmentState.IN_FORCE
    assert upto(b.CommitmentWithdrawn).commitments[PROMISE].state is CommitmentState.WITHDRAWN


def test_a_released_text_without_a_promise_is_no_offer() -> None:
    case = after(upto(b.ConsentGiven), b.ItemReleased(OFFER, Prose("Nine go home.")))
    assert case.offers == {}
    assert OFFER in case.items


def test_an_offer_is_accepted_or_refused_and_never_both() -> None:
    for kind in (b.OfferAccepted, b.OfferRefused):
        offer = upto(kind).offers[OFFER]
        assert (offer.accepted, offer.refused) == (kind is b.OfferAccepted, kind is b.OfferRefused)


def test_a_request_waits_for_each_owner_until_it_is_refused_or_done() -> None:
    asked = SAMPLES[b.ReleaseAsked].body
    assert isinstance(asked, b.ReleaseAsked)
    case = after(upto(b.CommitmentConfirmed), replace(asked, owners=(LOWLAND, UPLAND)))
    assert case.requests[REQUEST].waits_for() == {LOWLAND, UPLAND}
    one = after(case, b.ConsentGiven(REQUEST, LOWLAND, ROWAN))
    assert one.requests[REQUEST].waits_for() == {UPLAND}
    assert after(one, b.ConsentGiven(REQUEST, LOWLAND, ROWAN)).requests[REQUEST].waits_for()
    both = after(one, b.ConsentGiven(REQUEST, UPLAND, ELDER))
    assert not both.requests[REQUEST].waits_for()
    refused = after(one, b.ConsentRefused(REQUEST, UPLAND, ELDER))
    assert refused.requests[REQUEST].refused
    assert not refused.requests[REQUEST].waits_for()


def test_a_watch_climbs_waits_for_an_ack_and_starts_again() -> None:
    armed = upto(b.WatchSet).watches[WATCH]
    assert (armed.state, armed.occurrence) == (WatchState.SCHEDULED, NOON + 48 * HOUR)
    assert armed.last_report is None
    due = after(upto(b.WatchSet), b.WatchRaised(WATCH, armed.occurrence, 0)).watches[WATCH]
    assert due.state is WatchState.GRACE
    late = upto(b.WatchRaised).watches[WATCH]
    assert (late.state, late.level, late.repeat) == (WatchState.OVERDUE, 2, 1)
    acked = upto(b.WatchAcked)
    assert acked.watches[WATCH].state is WatchState.ACKED
    assert acked.watches[WATCH].acked_until == NOON + 50 * HOUR
    again = after(acked, b.WatchRaised(WATCH, armed.occurrence, 3)).watches[WATCH]
    assert (again.state, again.acked_until) == (WatchState.OVERDUE, None)
    weak = upto(b.ReportTooWeak).watches[WATCH]
    assert replace(weak, story=()) == replace(acked.watches[WATCH], story=())
    done = upto(b.WatchSatisfied).watches[WATCH]
    assert (done.state, done.level, done.repeat) == (WatchState.SCHEDULED, 0, 0)
    assert (done.occurrence, done.last_strength) == (NOON + 96 * HOUR, Strength.QUESTION)
    assert done.last_at == SAMPLES[b.WatchSatisfied].at


def test_the_case_remembers_an_outage_and_the_latest_digests_only() -> None:
    case = upto(b.OutageSeen)
    assert case.last_outage == (NOON + 60 * HOUR, NOON + 61 * HOUR)
    many = [b.DigestSent(CAUCUS, NOON + timedelta(days=n)) for n in range(100)]
    kept = after(case, *many).digests
    assert kept == tuple((CAUCUS, NOON + timedelta(days=n)) for n in range(36, 100))


# -- the wall's memory ----------------------------------------------------------------------------

WALLS = frozenset({Wall(LOWLAND, UPLAND)})


def test_sittings_name_every_trait_and_every_party_sat_with() -> None:
    case = after(
        upto(b.IdentityChanged),
        b.CompartmentOpened(SHUTTLE, CompartmentKind.SHUTTLE, UPLAND),
        b.SeatPlaced(SHUTTLE, ROWAN),
    )
    traits = {f"seat:{ROWAN}", "user:@rowan:lowland.example", f"master:{OTHER}", f"master:{MASTER}"}
    assert sittings(case) == {Sitting(t, p) for t in traits for p in (LOWLAND, UPLAND)}


def test_who_left_or_was_removed_is_remembered() -> None:
    for case in (upto(b.SeatWithdrawn), upto(b.SeatRemoved)):
        for trait in (f"seat:{ROWAN}", "user:@rowan:lowland.example", f"master:{OTHER}"):
            person = frozenset({trait})
            assert blocked_by(person, UPLAND, WALLS, sittings(case)) == LOWLAND


def test_who_left_another_partys_place_is_remembered() -> None:
    case = after(
        upto(b.SeatAdded),
        b.CompartmentOpened(SHUTTLE, CompartmentKind.SHUTTLE, UPLAND),
        b.SeatPlaced(SHUTTLE, ROWAN),
        b.SeatWithdrawn(SHUTTLE, ROWAN),
    )
    for later in (case, after(case, b.SeatRemoved(ROWAN))):
        assert Sitting(f"seat:{ROWAN}", UPLAND) in sittings(later)


@pytest.mark.parametrize(
    ("party", "role", "place", "sat"),
    [
        (PartyKind.INTERMEDIARY, Role.MEDIATOR, CompartmentKind.SHUTTLE, False),
        (PartyKind.INTERMEDIARY, Role.MEDIATOR, CompartmentKind.CAUCUS, True),
        (PartyKind.INTERMEDIARY, Role.MEDIATOR, CompartmentKind.BENCH, True),
        (PartyKind.INTERMEDIARY, Role.OBSERVER, CompartmentKind.SHUTTLE, True),
        (PartyKind.STATE, Role.MEDIATOR, CompartmentKind.SHUTTLE, True),
    ],
)
def test_only_a_mediators_visit_to_a_shuttle_is_no_sitting(
    party: PartyKind, role: Role, place: CompartmentKind, sat: bool
) -> None:
    added = SAMPLES[b.SeatAdded].body
    assert isinstance(added, b.SeatAdded)
    neutral = PartyId("neutral")
    case = after(
        START,
        b.PartyAdded(neutral, party, "UTC", "en", Prose("Neutral")),
        replace(added, seat=ELDER, party=neutral, role=role),
        b.CompartmentOpened(SHUTTLE, place, UPLAND),
        b.SeatPlaced(SHUTTLE, ELDER),
    )
    for later in (case, after(case, b.SeatWithdrawn(SHUTTLE, ELDER), b.SeatRemoved(ELDER))):
        assert (Sitting(f"seat:{ELDER}", UPLAND) in sittings(later)) == sat
        assert Sitting(f"seat:{ELDER}", neutral) in sittings(later)


def test_a_key_that_was_replaced_is_remembered() -> None:
    case = upto(b.SeatEnrolled)
    assert case.seats[ROWAN].master == OTHER
    again = after(case, b.SeatEnrolled(ROWAN, MasterKey("C" * 43), "print"))
    for key in (MASTER, OTHER, "C" * 43):
        person = frozenset({f"master:{key}", "user:@somebody:new.example"})
        assert blocked_by(person, UPLAND, WALLS, sittings(again)) == LOWLAND


def test_a_key_that_a_homeserver_merely_showed_is_no_trait() -> None:
    shown = MasterKey("D" * 43)
    case = after(upto(b.SeatEnrolled), b.IdentityChanged(ROWAN, shown))
    assert f"master:{shown}" not in {s.trait for s in sittings(case)}


def test_the_memory_of_one_case_counts_in_another() -> None:
    other = after(Case(CaseId("juniper")), b.WallBuilt(LOWLAND, UPLAND))
    history = sittings(other) | sittings(replay(START, STORY))
    person = frozenset({f"master:{OTHER}", "seat:new", "user:@new:x"})
    assert blocked_by(person, UPLAND, other.walls, sittings(other)) is None
    assert blocked_by(person, UPLAND, other.walls, history) == LOWLAND


def test_a_compartment_of_nobody_makes_nobodys_sitting() -> None:
    plenary = CompartmentId("plenary")
    case = after(
        upto(b.SeatAdded),
        b.CompartmentOpened(plenary, CompartmentKind.PLENARY, None),
        b.SeatPlaced(plenary, ROWAN),
    )
    assert {s.party for s in sittings(case)} == {LOWLAND}
