from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.label import UNOWNED, Caveats, CompartmentId, Label, PartyId, owned_by, owned_by_all

PLACES = tuple(CompartmentId(name) for name in ("caucus", "shuttle", "desk", "plenary", "bench"))
PARTIES = tuple(PartyId(name) for name in ("lowland", "upland", "heather", "nobody"))
LAW = settings(max_examples=200, deadline=None)

readers = st.frozensets(st.sampled_from(PLACES))
parties = st.sampled_from(PARTIES)
# As everything in bot/ makes them: one entry for each owner.
labels = st.dictionaries(parties, readers).map(lambda d: Label(frozenset(d.items())))
# As a type allows them: an owner may be named twice, with other readers.
raw_labels = st.frozensets(st.tuples(parties, readers), max_size=6).map(Label)


def permitted(label: Label) -> frozenset[CompartmentId]:
    return frozenset(place for place in PLACES if label.admits(place))


@LAW
@given(raw_labels, raw_labels)
def test_joining_is_the_same_from_either_side(one: Label, other: Label) -> None:
    assert one.join(other) == other.join(one)


@LAW
@given(raw_labels, raw_labels, raw_labels)
def test_joining_does_not_depend_on_grouping(a: Label, b: Label, c: Label) -> None:
    assert a.join(b).join(c) == a.join(b.join(c))


@LAW
@given(labels)
def test_joining_a_label_with_itself_or_with_nothing_changes_nothing(label: Label) -> None:
    assert label.join(label) == label
    assert label.join(UNOWNED) == label


@LAW
@given(raw_labels)
def test_an_owner_named_twice_counts_as_strict_as_both(label: Label) -> None:
    joined = label.join(label)
    assert permitted(joined) == permitted(label)
    assert len(joined.owners) == len(joined.owner_parties()) == len(label.owner_parties())
    assert joined.join(joined) == joined


@LAW
@given(raw_labels, raw_labels, st.sampled_from(PLACES))
def test_a_join_admits_exactly_whom_both_admit(
    one: Label, other: Label, place: CompartmentId
) -> None:
    assert one.join(other).admits(place) == (one.admits(place) and other.admits(place))


@LAW
@given(raw_labels, raw_labels)
def test_a_join_only_narrows_and_keeps_every_owner(one: Label, other: Label) -> None:
    joined = one.join(other)
    assert permitted(joined) <= permitted(one)
    assert joined.owner_parties() == one.owner_parties() | other.owner_parties()


@LAW
@given(st.lists(labels, min_size=1, max_size=6))
def test_no_order_of_joining_lets_a_refused_reader_back_in(many: list[Label]) -> None:
    joined = UNOWNED
    for label in many:
        joined = joined.join(label)
    assert permitted(joined) == frozenset.intersection(*map(permitted, many))


@given(st.sampled_from(PLACES))
def test_words_that_nobody_owns_are_for_everybody(place: CompartmentId) -> None:
    assert UNOWNED.admits(place)


@LAW
@given(readers, st.text(max_size=8))
def test_an_owner_admits_exactly_its_readers(some: frozenset[CompartmentId], name: str) -> None:
    place = CompartmentId(name)
    assert owned_by(PARTIES[0], some).admits(place) == (place in some)
    for known in PLACES:
        assert owned_by(PARTIES[0], some).admits(known) == (known in some)


def test_one_owner_who_permits_nobody_closes_what_all_share() -> None:
    shared = owned_by_all(frozenset(PARTIES[:2]), frozenset(PLACES))
    assert all(shared.admits(place) for place in PLACES)
    closed = shared.join(owned_by(PARTIES[2], frozenset()))
    assert not any(closed.admits(place) for place in PLACES)


@LAW
@given(st.frozensets(parties, min_size=1), readers)
def test_what_several_say_together_each_of_them_owns(
    owners: frozenset[PartyId], some: frozenset[CompartmentId]
) -> None:
    label = owned_by_all(owners, some)
    assert label.owner_parties() == owners
    assert permitted(label) == some


def test_a_look_alike_of_a_compartment_is_another_compartment() -> None:
    label = owned_by(PARTIES[0], frozenset({CompartmentId("desk")}))
    for name in ("Desk", "desk ", "de\u200bsk", "d\u0435sk", ""):
        assert not label.admits(CompartmentId(name))


caveats = st.builds(
    Caveats,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.none() | st.datetimes(datetime(2027, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    st.frozensets(st.sampled_from(("@a:x", "@b:x", "@c:x"))),
)


@LAW
@given(caveats, caveats, st.frozensets(st.sampled_from(("@a:x", "@b:x", "@c:x"))))
def test_caveats_joined_are_as_strict_as_either(
    one: Caveats, other: Caveats, people: frozenset[str]
) -> None:
    both = one.join(other)
    assert both == other.join(one)
    assert both.join(one) == both
    assert both.no_forward == (one.no_forward or other.no_forward)
    assert both.unattributed == (one.unattributed or other.unattributed)
    ends = {one.until, other.until} - {None}
    assert both.until in (ends or {None})
    assert all(both.until is not None and both.until <= at for at in ends if at is not None)
    assert both.admits(people) == (one.admits(people) and other.admits(people))


@LAW
@given(labels, labels, caveats, caveats)
def test_a_join_carries_the_caveats_of_both(
    one: Label, other: Label, first: Caveats, second: Caveats
) -> None:
    joined = replace(one, caveats=first).join(replace(other, caveats=second))
    assert joined.caveats == first.join(second)
    assert joined.owners == one.join(other).owners
