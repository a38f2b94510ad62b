from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import bodies as b
from bot.domain import release_bodies as r
from bot.domain.case import Case
from bot.domain.fold import replay
from bot.domain.ids import (
    CASE_ROOM,
    CaseId,
    Code,
    CompartmentId,
    MasterKey,
    PartyId,
    Prose,
    RecordId,
    RoomId,
    SeatId,
    UserId,
)
from bot.domain.records import Record
from bot.domain.vocabulary import CompartmentKind, PartyKind, Role
from bot.policy.label import UNOWNED, Label, owned_by, owned_by_all
from tests.vectors.story import NOON, STORY

LOWLAND, UPLAND, NEUTRAL = (PartyId(name) for name in ("lowland", "upland", "neutral"))
ROWAN, BIRCH, ASH, ELDER, SORREL = (SeatId(n) for n in ("rowan", "birch", "ash", "elder", "sorrel"))
PEOPLE = {ROWAN: LOWLAND, BIRCH: LOWLAND, ASH: UPLAND, ELDER: NEUTRAL, SORREL: NEUTRAL}
Kind = CompartmentKind


def place(name: str) -> CompartmentId:
    return CompartmentId(name)


OPENED = (
    b.CompartmentOpened(place("caucus-low"), Kind.CAUCUS, LOWLAND),
    b.CompartmentOpened(place("shuttle-low"), Kind.SHUTTLE, LOWLAND),
    b.CompartmentOpened(place("bench-low"), Kind.BENCH, LOWLAND, frozenset({place("caucus-low")})),
    b.CompartmentOpened(place("caucus-up"), Kind.CAUCUS, UPLAND),
    b.CompartmentOpened(place("shuttle-up"), Kind.SHUTTLE, UPLAND),
    b.CompartmentOpened(place("desk"), Kind.DESK, NEUTRAL, frozenset({place("shuttle-low")})),
    b.CompartmentOpened(place("back"), Kind.BACK_CHANNEL, None),
    b.CompartmentOpened(place("plenary"), Kind.PLENARY, None),
)
PLACED = {
    "caucus-low": (ROWAN, BIRCH),
    "shuttle-low": (ROWAN, ELDER),
    "caucus-up": (ASH,),
    "shuttle-up": (ASH, ELDER),
    "desk": (ELDER, SORREL),
    "back": (BIRCH, ASH),
}


def seated(seat: SeatId, party: PartyId) -> b.SeatAdded:
    user = UserId(f"@{seat}:x.example")
    return b.SeatAdded(seat, party, Role.NEGOTIATOR, user, "UTC", "en", "", Prose(""))


def after(case: Case, *bodies: b.Body) -> Case:
    return replay(
        case,
        (
            Record(RecordId(f"r{case.head + n}"), case.id, CASE_ROOM, NOON, UNOWNED, "$c", body)
            for n, body in enumerate(bodies)
        ),
    )


CASE = after(
    Case(CaseId("orchid")),
    *(
        b.PartyAdded(party, PartyKind.GROUP, "UTC", "en", Prose(""))
        for party in (LOWLAND, UPLAND, NEUTRAL)
    ),
    *(seated(seat, party) for seat, party in PEOPLE.items()),
    *OPENED,
    *(b.SeatPlaced(place(name), seat) for name, seats in PLACED.items() for seat in seats),
)


def readers(label: Label) -> set[str]:
    return {name for name in CASE.compartments if label.admits(name)}


# -- labels of what is said -----------------------------------------------------------------------


def test_a_compartment_and_those_that_read_it_are_told_of_what_is_said_there() -> None:
    assert CASE.readers_of(place("caucus-low")) == {"caucus-low", "bench-low"}
    assert CASE.readers_of(place("shuttle-low")) == {"shuttle-low", "desk"}
    assert CASE.readers_of(place("desk")) == {"desk"}


def test_reading_is_not_passed_on() -> None:
    chained = after(
        CASE,
        b.CompartmentOpened(
            place("far"), Kind.BENCH, LOWLAND, reads=frozenset({place("bench-low")})
        ),
    )
    assert "far" not in chained.readers_of(place("caucus-low"))
    assert "far" in chained.readers_of(place("bench-low"))


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        ("caucus-low", {LOWLAND}),
        ("shuttle-low", {LOWLAND}),
        ("bench-low", {LOWLAND}),
        ("shuttle-up", {UPLAND}),
        ("desk", {NEUTRAL}),
        ("back", {LOWLAND, UPLAND}),
    ],
)
def test_what_is_said_is_owned_by_whose_place_it_is(name: str, owners: set[PartyId]) -> None:
    here = place(name)
    assert CASE.parties_in(here) == owners
    assert CASE.label_in(here) == owned_by_all(frozenset(owners), CASE.readers_of(here))
    assert readers(CASE.label_in(here)) == CASE.readers_of(here)


def test_a_mediator_in_a_shuttle_owns_nothing_of_it() -> None:
    assert NEUTRAL not in CASE.label_in(place("shuttle-low")).owner_parties()


def test_what_is_said_where_nobody_sits_is_not_for_everybody() -> None:
    empty = CASE.label_in(place("plenary"))
    assert readers(empty) == {"plenary"}
    assert empty.owner_parties()
    assert not empty.owner_parties() & {LOWLAND, UPLAND, NEUTRAL}


def test_what_is_said_after_all_have_left_is_still_theirs() -> None:
    left = after(
        CASE,
        b.SeatWithdrawn(place("back"), BIRCH),
        b.SeatWithdrawn(place("back"), ASH),
        b.SeatWithdrawn(place("caucus-low"), BIRCH),
        b.SeatRemoved(BIRCH),
    )
    assert left.label_in(place("back")) == CASE.label_in(place("back"))


def test_who_left_a_place_that_others_still_share_owns_nothing_new_there() -> None:
    left = after(CASE, b.SeatWithdrawn(place("back"), BIRCH))
    assert left.parties_in(place("back")) == {UPLAND}


def test_no_compartment_of_a_case_is_ever_labelled_for_everybody() -> None:
    steps = [STORY[:number] for number in range(len(STORY) + 1)]
    for case in (CASE, *(replay(Case(CaseId("orchid")), records) for records in steps)):
        for name in case.compartments:
            assert not case.label_in(name).admits(place("somewhere-else"))


# -- labels of people -----------------------------------------------------------------------------


def test_a_name_is_read_where_the_person_sits_at_the_desk_and_where_that_is_told() -> None:
    assert readers(CASE.label_of_seat(ROWAN)) == {"caucus-low", "shuttle-low", "bench-low", "desk"}
    assert readers(CASE.label_of_seat(ASH)) == {"caucus-up", "shuttle-up", "back", "desk"}
    assert readers(CASE.label_of_seat(SORREL)) == {"desk"}
    assert CASE.label_of_seat(ROWAN).owner_parties() == {LOWLAND}


def test_a_name_stays_readable_where_the_person_sat_and_nowhere_new() -> None:
    gone = after(
        CASE,
        b.SeatWithdrawn(place("caucus-low"), ROWAN),
        b.SeatWithdrawn(place("shuttle-low"), ROWAN),
        b.SeatRemoved(ROWAN),
    )
    assert gone.label_of_seat(ROWAN) == CASE.label_of_seat(ROWAN)


def test_a_person_who_sits_nowhere_is_known_to_the_desk_alone() -> None:
    waiting = after(CASE, seated(SeatId("new"), UPLAND))
    assert readers(waiting.label_of_seat(SeatId("new"))) == {"desk"}


def test_a_seat_nobody_heard_of_is_a_bug() -> None:
    with pytest.raises(KeyError):
        CASE.label_of_seat(SeatId("nobody"))


# -- finding things -------------------------------------------------------------------------------


def test_a_party_is_asked_in_its_caucus_before_any_other_place() -> None:
    found = CASE.caucus_of(LOWLAND)
    assert found is not None
    assert found.id == "caucus-low"


@pytest.mark.parametrize("order", [("caucus-x", "desk-x", "shuttle-x", "bench-x")])
def test_without_a_caucus_the_desk_the_shuttle_and_the_bench_are_asked_in_this_order(
    order: tuple[str, ...],
) -> None:
    kinds = (Kind.CAUCUS, Kind.DESK, Kind.SHUTTLE, Kind.BENCH)
    for start in range(len(order)):
        opened = [
            b.CompartmentOpened(place(name), kind, UPLAND)
            for name, kind in reversed(list(zip(order, kinds, strict=True))[start:])
        ]
        found = after(Case(CaseId("orchid")), *opened).caucus_of(UPLAND)
        assert found is not None
        assert found.id == order[start]


def test_a_shared_place_is_nobodys_caucus() -> None:
    case = after(
        Case(CaseId("orchid")),
        b.CompartmentOpened(place("all"), Kind.PLENARY, None),
        b.CompartmentOpened(place("aid"), Kind.HUMANITARIAN, UPLAND),
        b.CompartmentOpened(place("other"), Kind.CAUCUS, LOWLAND),
    )
    assert case.caucus_of(UPLAND) is None


def test_of_two_caucuses_always_the_same_one_is_asked() -> None:
    for names in (("b", "a"), ("a", "b")):
        opened = [b.CompartmentOpened(place(name), Kind.CAUCUS, UPLAND) for name in names]
        found = after(Case(CaseId("orchid")), *opened).caucus_of(UPLAND)
        assert found is not None
        assert found.id == "a"


def test_people_are_listed_in_one_order() -> None:
    assert [s.id for s in CASE.seats_in(place("caucus-low"))] == [BIRCH, ROWAN]
    two = after(CASE, replace(seated(SeatId("aspen"), UPLAND), user=UserId("@rowan:x.example")))
    assert [s.id for s in two.seats_of_user(UserId("@rowan:x.example"))] == ["aspen", ROWAN]
    assert two.seats_of_user(UserId("@Rowan:x.example")) == ()


def test_a_removed_person_holds_no_seat() -> None:
    gone = after(CASE, b.SeatWithdrawn(place("desk"), SORREL), b.SeatRemoved(SORREL))
    assert gone.seats_of_user(UserId("@sorrel:x.example")) == ()


def test_a_room_leads_to_its_compartment_alone() -> None:
    bound = after(CASE, b.RoomBound(place("desk"), RoomId("!desk:x")))
    found = bound.by_room(RoomId("!desk:x"))
    assert found is not None
    assert found.id == "desk"
    assert bound.by_room(RoomId("!other:x")) is None
    assert [desk.id for desk in bound.desks()] == ["desk"]


def test_a_code_that_names_anything_is_taken() -> None:
    standing = (one for one in STORY if not isinstance(one.body, r.ReleaseRevoked))
    case = replay(Case(CaseId("orchid")), standing)
    for table in (case.items, case.requests, case.watches, case.offers, case.commitments):
        assert table
        assert all(case.knows_code(code) for code in table)
    asked = after(CASE, b.ApprovalAsked(Code("QQQQ"), None, "!x", NOON, Prose("")))
    assert asked.knows_code(Code("QQQQ"))
    assert not asked.knows_code(Code("qqqq"))
    assert not CASE.knows_code(Code("QQQQ"))


def test_a_person_is_enrolled_while_the_pinned_key_stands() -> None:
    seat = CASE.seats[ROWAN]
    pinned = replace(seat, master=MasterKey("KEY"))
    assert [s.enrolled for s in (seat, pinned, replace(pinned, frozen=True))] == [
        False,
        True,
        False,
    ]
    assert owned_by(LOWLAND, frozenset()) != UNOWNED
