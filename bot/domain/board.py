"""The board of one room: which promises wait for which, and how much time is left.

Works on what a room may read, and on nothing else: a chain that runs through a promise it may not
read ends there. Totals count only what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import Code, PartyId
from bot.domain.promise_states import BINDING, ENDED, KEPT
from bot.domain.vocabulary import CommitmentState as S
from bot.domain.when_recurring import NEVER


@dataclass(frozen=True, slots=True)
class Entry:
    """One promise as a room reads it. `waits_for` are codes of the same board that it hangs on.

    `kept`: it counts as kept, by its verifier where one is named.
    """

    code: Code
    obligor: PartyId
    obligee: PartyId
    due: datetime
    state: S
    waits_for: tuple[Code, ...] = ()
    kept: bool = False


Board = Mapping[Code, Entry]
_WAITING = frozenset({S.READ_BACK, S.CONFIRMED, S.ACCEPTED})


def dead_locks(board: Board) -> tuple[tuple[Code, ...], ...]:
    """Return each ring of promises that wait for each other, once, from its first code on.

    Only what is not in force yet waits; what is kept or over is waited for no more.
    """
    rings: set[tuple[Code, ...]] = set()
    for start in sorted(board):
        ring = _ring(board, start)
        if ring:
            least = ring.index(min(ring))
            rings.add((*ring[least:], *ring[:least]))
    return tuple(sorted(rings))


def _ring(board: Board, start: Code) -> tuple[Code, ...]:
    """Return the shortest way from a promise back to itself; nothing if there is none."""
    paths: list[tuple[Code, ...]] = [(start,)]
    seen: set[Code] = set()
    while paths:
        path = paths.pop(0)
        for other in _blocked_by(board, path[-1]):
            if other == start:
                return path
            if other not in seen:
                seen.add(other)
                paths.append((*path, other))
    return ()


def _blocked_by(board: Board, code: Code) -> tuple[Code, ...]:
    entry = board[code]
    if entry.state not in _WAITING:
        return ()
    return tuple(o for o in entry.waits_for if o in board and not board[o].kept)


def hopeless(board: Board) -> tuple[tuple[Code, Code], ...]:
    """Return promises that wait for one that can no longer be kept, each with that one."""
    return tuple(
        (code, other)
        for code, entry in sorted(board.items())
        for other in _blocked_by(board, code)
        if board[other].state in ENDED | {S.BROKEN}
    )


def slack(board: Board, code: Code, now: datetime) -> timedelta | None:
    """Return how far a promise may slip before something that hangs on it is late too.

    Counted from its own time, or from now once that is over; negative where what hangs on it is
    due first. None where nothing dated hangs on it, or it has no time itself.
    """
    entry = board[code]
    follows = [
        e.due
        for e in board.values()
        if code in e.waits_for and e.due < NEVER and e.state not in ENDED
    ]
    if entry.due >= NEVER or not follows:
        return None
    return min(follows) - max(entry.due, now)


@dataclass(frozen=True, slots=True)
class Balance:
    """What one party kept, and what was kept towards it."""

    party: PartyId
    given: int
    received: int
    owes: int
    owed: int


def balances(board: Board) -> tuple[Balance, ...]:
    """Return the reciprocity of each party that this board names, by party."""
    binding = [e for e in board.values() if e.state in BINDING]
    parties = sorted({p for e in binding for p in (e.obligor, e.obligee)})
    return tuple(
        Balance(
            party,
            sum(e.obligor == party and e.kept for e in binding),
            sum(e.obligee == party and e.kept for e in binding),
            sum(e.obligor == party and e.state not in KEPT for e in binding),
            sum(e.obligee == party and e.state not in KEPT for e in binding),
        )
        for party in parties
    )


def order(entry: Entry) -> tuple[int, datetime, Code]:
    """Sort late promises first, then what is due, then by time; what is over comes last."""
    rank = {S.LATE: 0, S.DISPUTED: 1, S.DUE: 2}.get(entry.state, 3)
    over = entry.kept or entry.state in ENDED or entry.state is S.BROKEN
    return (9 if over else rank, entry.due, entry.code)
