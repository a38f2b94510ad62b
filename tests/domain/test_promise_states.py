from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.promise_states import BINDING, ENDED, KEPT, TABLE, Happening, can, leads_to
from bot.domain.vocabulary import CommitmentState as S

WALKS = st.lists(st.sampled_from(list(Happening)), max_size=40)


def walk(happenings: list[Happening]) -> list[tuple[S, Happening, S]]:
    """What a promise goes through; what cannot happen to it does not."""
    state, before, steps = S.READ_BACK, None, []
    for happening in happenings:
        to = leads_to(state, happening, before)
        if to is None:
            continue
        before = state if happening is Happening.DISPUTED else before
        steps.append((state, happening, to))
        state = to
    return steps


def test_no_row_stands_twice() -> None:
    pairs = [(row.state, row.happening) for row in TABLE]
    assert len(set(pairs)) == len(pairs)


def test_every_state_is_reached_and_every_happening_happens() -> None:
    assert {row.to for row in TABLE if row.to} | {S.READ_BACK} == set(S)
    assert {row.happening for row in TABLE} == set(Happening)


def test_what_has_ended_stays_so() -> None:
    assert not [row for row in TABLE if row.state in ENDED]


@given(WALKS)
def test_nothing_is_kept_broken_or_late_that_was_never_accepted(
    happenings: list[Happening],
) -> None:
    accepted = False
    for _, happening, to in walk(happenings):
        accepted |= happening in (Happening.ACCEPTED, Happening.ACCEPTED_IF)
        assert accepted or to not in BINDING


@given(WALKS)
def test_nothing_is_confirmed_twice_or_accepted_unconfirmed(happenings: list[Happening]) -> None:
    seen = [happening for _, happening, _ in walk(happenings)]
    assert seen.count(Happening.CONFIRMED) <= 1
    for accepting in (Happening.ACCEPTED, Happening.ACCEPTED_IF):
        if accepting in seen:
            assert Happening.CONFIRMED in seen[: seen.index(accepting)]


@given(WALKS)
def test_a_dispute_returns_to_where_it_began(happenings: list[Happening]) -> None:
    began = None
    for state, happening, to in walk(happenings):
        if happening is Happening.DISPUTED:
            began = state
        if happening is Happening.SETTLED:
            assert to is began


def test_what_counts_as_kept_is_late_no_more_and_a_part_is() -> None:
    assert not [state for state in KEPT if can(state, Happening.GRACE_OVER)]
    assert leads_to(S.PARTIAL, Happening.GRACE_OVER) is S.LATE
