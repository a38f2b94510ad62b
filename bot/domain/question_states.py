"""The states of a private question as data. The fold and the documents read this one table.

What has no row changes nothing: a question is put once, and what was burnt is never asked again.
A duress phrase has no row of its own: to everybody who can read the room it is a right answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class QuestionState(StrEnum):
    """Where a question stands, in the words of `!question list`."""

    KEPT = "kept, not put yet"
    PUT = "put, waits for the answer"
    ONE_WRONG = "put, one wrong answer"
    ANSWERED = "answered, used up"
    FAILED = "two wrong answers, used up"
    BURNT = "burnt"


class QuestionTurn(StrEnum):
    """What can happen to a question."""

    ASKED = "put to who holds the person"
    RIGHT = "right answer"
    WRONG = "wrong answer"
    BURNT = "burnt"


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """In `state`, `turn` leads to `to`; `told` says who hears of it."""

    state: QuestionState
    turn: QuestionTurn
    to: QuestionState
    told: str


S, T = QuestionState, QuestionTurn
_ROOM = "its room"

TABLE: Final[tuple[QuestionRow, ...]] = (
    QuestionRow(S.KEPT, T.ASKED, S.PUT, _ROOM),
    QuestionRow(S.KEPT, T.BURNT, S.BURNT, _ROOM),
    QuestionRow(S.PUT, T.RIGHT, S.ANSWERED, _ROOM),
    QuestionRow(S.PUT, T.WRONG, S.ONE_WRONG, _ROOM),
    QuestionRow(S.PUT, T.BURNT, S.BURNT, _ROOM),
    QuestionRow(S.ONE_WRONG, T.RIGHT, S.ANSWERED, _ROOM),
    QuestionRow(S.ONE_WRONG, T.WRONG, S.FAILED, "its room and the desk"),
    QuestionRow(S.ONE_WRONG, T.BURNT, S.BURNT, _ROOM),
)

_BY_PAIR: Final = {(row.state, row.turn): row.to for row in TABLE}
OPEN: Final = frozenset({S.PUT, S.ONE_WRONG})
"""States in which an answer is taken."""
USED_UP: Final = frozenset(S) - {row.state for row in TABLE}


def question_leads_to(state: QuestionState, turn: QuestionTurn) -> QuestionState | None:
    """Return the state that something leads to; None if it cannot happen there."""
    return _BY_PAIR.get((state, turn))
