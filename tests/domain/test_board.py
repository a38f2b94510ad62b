from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.board import Entry, balances, dead_locks, hopeless, order, slack
from bot.domain.ids import Code, PartyId
from bot.domain.vocabulary import CommitmentState as S
from bot.domain.when_recurring import NEVER

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NORTH, SOUTH = PartyId("north"), PartyId("south")


def entry(
    code: str, *waits: str, state: S = S.ACCEPTED, due: datetime = NOON + DAY, kept: bool = False
) -> Entry:
    return Entry(Code(code), NORTH, SOUTH, due, state, tuple(Code(w) for w in waits), kept)


def board(*entries: Entry) -> dict[Code, Entry]:
    return {e.code: e for e in entries}


def test_two_that_wait_for_each_other_are_one_dead_lock() -> None:
    assert dead_locks(board(entry("A", "B"), entry("B", "A"))) == (("A", "B"),)


def test_a_chain_of_three_is_shown_from_its_first_code_on() -> None:
    found = dead_locks(board(entry("C", "A"), entry("A", "B"), entry("B", "C"), entry("D", "A")))
    assert found == (("A", "B", "C"),)


def test_a_chain_that_ends_is_no_dead_lock() -> None:
    assert dead_locks(board(entry("A", "B"), entry("B", "C"), entry("C"))) == ()


def test_what_is_in_force_or_kept_blocks_nobody() -> None:
    assert dead_locks(board(entry("A", "B"), entry("B", "A", state=S.IN_FORCE))) == ()
    done = entry("B", "A", state=S.FULFILLED, kept=True)
    assert dead_locks(board(entry("A", "B"), done)) == ()


def test_a_chain_through_what_this_room_may_not_read_ends_there() -> None:
    assert dead_locks(board(entry("A", "X"))) == ()


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.frozensets(st.sampled_from("ABCDEF"))))
def test_every_link_of_a_dead_lock_waits_for_the_next(waits: dict[str, frozenset[str]]) -> None:
    found = board(*(entry(code, *sorted(others)) for code, others in waits.items()))
    for ring in dead_locks(found):
        for one, other in zip(ring, (*ring[1:], ring[0]), strict=True):
            assert other in found[one].waits_for
        assert len(set(ring)) == len(ring)


def test_whoever_waits_for_what_is_broken_is_told() -> None:
    found = board(entry("A", "B"), entry("B", state=S.BROKEN))
    assert hopeless(found) == (("A", "B"),)


def test_slack_is_what_is_left_before_what_hangs_on_it_is_late_too() -> None:
    found = board(
        entry("A"), entry("B", "A", due=NOON + 3 * DAY), entry("C", "A", due=NOON + 2 * DAY)
    )
    assert slack(found, Code("A"), NOON) == DAY
    assert slack(found, Code("A"), NOON + 3 * DAY) == -DAY
    assert slack(found, Code("B"), NOON) is None
    assert slack(board(entry("A", due=NEVER), entry("B", "A")), Code("A"), NOON) is None


def test_the_balance_counts_what_was_kept_each_way() -> None:
    back = Entry(Code("D"), SOUTH, NORTH, NOON, S.LATE)
    found = board(entry("A", state=S.FULFILLED, kept=True), entry("B", state=S.READ_BACK), back)
    north, south = balances(found)
    assert (north.given, north.received, north.owes, north.owed) == (1, 0, 0, 1)
    assert (south.given, south.received, south.owes, south.owed) == (0, 1, 1, 0)


def test_late_comes_first_and_what_is_over_last() -> None:
    entries = [
        entry("A", state=S.FULFILLED, kept=True, due=NOON),
        entry("B", state=S.IN_FORCE),
        entry("C", state=S.LATE, due=NOON + DAY),
        entry("D", state=S.DUE),
        entry("E", state=S.LAPSED, due=NOON),
    ]
    assert [e.code for e in sorted(entries, key=order)] == ["C", "D", "B", "A", "E"]
