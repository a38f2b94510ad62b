from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.label import PartyId
from bot.policy.wall import Sitting, Wall, blocked_by

LAW = settings(max_examples=200, deadline=None)
LOWLAND, UPLAND, HEATHER = (PartyId(name) for name in ("lowland", "upland", "heather"))
WALL = frozenset({Wall(LOWLAND, UPLAND)})

parties = st.sampled_from([LOWLAND, UPLAND, HEATHER, PartyId("crown")])
traits = st.sampled_from([f"{k}:{n}" for k in ("seat", "user", "master") for n in ("rowan", "ash")])
walls = st.frozensets(st.builds(Wall, parties, parties), max_size=4)
history = st.frozensets(st.builds(Sitting, traits, parties), max_size=8)
people = st.frozensets(traits, max_size=3)


def across(one: PartyId, other: PartyId, walls: frozenset[Wall]) -> bool:
    """The definition, written another way: a wall with one party on each side."""
    return Wall(one, other) in walls or Wall(other, one) in walls


@LAW
@given(people, parties, walls, history)
def test_a_person_is_blocked_exactly_by_a_past_sitting_across_a_wall(
    person: frozenset[str],
    party: PartyId,
    walls: frozenset[Wall],
    history: frozenset[Sitting],
) -> None:
    far = {s.party for s in history if s.trait in person and across(party, s.party, walls)}
    found = blocked_by(person, party, walls, history)
    assert found in far if far else found is None


@LAW
@given(people, parties, walls, history, st.builds(Sitting, traits, parties))
def test_more_traits_or_more_history_never_open_a_way(
    person: frozenset[str],
    party: PartyId,
    walls: frozenset[Wall],
    history: frozenset[Sitting],
    sitting: Sitting,
) -> None:
    if blocked_by(person, party, walls, history) is None:
        return
    assert blocked_by(person | {sitting.trait}, party, walls, history) is not None
    assert blocked_by(person, party, walls, history | {sitting}) is not None
    assert blocked_by(person, party, walls | {Wall(HEATHER, LOWLAND)}, history) is not None


@LAW
@given(people, parties, walls, history)
def test_the_answer_does_not_depend_on_which_side_a_wall_names_first(
    person: frozenset[str],
    party: PartyId,
    walls: frozenset[Wall],
    history: frozenset[Sitting],
) -> None:
    turned = frozenset(Wall(w.other, w.one) for w in walls)
    assert blocked_by(person, party, walls, history) == blocked_by(person, party, turned, history)


def test_any_one_trait_is_enough_under_any_account() -> None:
    for trait in ("seat:rowan", "user:@rowan:x.example", "master:KEY"):
        known = frozenset({Sitting(trait, LOWLAND)})
        disguised = frozenset({trait, "user:@new:y.example", "master:OTHER"})
        assert blocked_by(disguised, UPLAND, WALL, known) == LOWLAND


def test_a_trait_of_one_kind_is_not_a_trait_of_another() -> None:
    known = frozenset({Sitting("seat:rowan", LOWLAND)})
    assert blocked_by(frozenset({"user:rowan", "master:rowan"}), UPLAND, WALL, known) is None


def test_both_sides_of_a_wall_are_far_from_the_other() -> None:
    wall = Wall(LOWLAND, UPLAND)
    assert wall.forbids(LOWLAND) == UPLAND
    assert wall.forbids(UPLAND) == LOWLAND
    assert wall.forbids(HEATHER) is None


def test_sitting_again_with_ones_own_party_is_no_conflict() -> None:
    known = frozenset({Sitting("seat:rowan", LOWLAND)})
    assert blocked_by(frozenset({"seat:rowan"}), LOWLAND, WALL, known) is None
    assert blocked_by(frozenset({"seat:rowan"}), HEATHER, WALL, known) is None


def test_without_traits_walls_or_history_nothing_blocks() -> None:
    known = frozenset({Sitting("seat:rowan", LOWLAND)})
    assert blocked_by(frozenset(), UPLAND, WALL, known) is None
    assert blocked_by(frozenset({"seat:rowan"}), UPLAND, frozenset(), known) is None
    assert blocked_by(frozenset({"seat:rowan"}), UPLAND, WALL, frozenset()) is None


def test_of_several_conflicts_always_the_same_one_is_named() -> None:
    walls = WALL | {Wall(HEATHER, UPLAND)}
    known = frozenset({Sitting("user:a", LOWLAND), Sitting("seat:b", HEATHER)})
    assert blocked_by(frozenset({"user:a", "seat:b"}), UPLAND, walls, known) == HEATHER
