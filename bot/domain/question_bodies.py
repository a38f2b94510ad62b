"""Record bodies of the question vault. Same rules as `bodies`.

No field holds an answer, and none but the sealed `hashes` follows from one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from bot.domain.ids import Code, Prose, SeatId


@dataclass(frozen=True, slots=True)
class QuestionDeposited:
    """A question that only the held person can answer.

    `hashes` is `questions.Sealed` as text: sealed and erasable like words, read by nothing but the
    comparing.
    """

    TAG: ClassVar = "question.deposited/1"
    code: Code
    by: SeatId
    person: Prose
    text: Prose
    hashes: Prose


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    TAG: ClassVar = "question.asked/1"
    code: Code
    by: SeatId


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """An answer came back, as everybody in the room is told it; `watch` is who it is evidence for."""

    TAG: ClassVar = "question.answered/1"
    code: Code
    by: SeatId
    right: bool
    watch: Code | None = None


@dataclass(frozen=True, slots=True)
class AnswerExamined:
    """Beside every right answer, out of the speaker's sight: whether it held a duress phrase.

    One stands beside an ordinary answer too, so that nothing can be counted.
    """

    TAG: ClassVar = "question.examined/1"
    code: Code
    duress: bool


@dataclass(frozen=True, slots=True)
class QuestionBurnt:
    TAG: ClassVar = "question.burnt/1"
    code: Code
    by: SeatId
    reason: Prose


@dataclass(frozen=True, slots=True)
class DuressNoted:
    """The desk has dealt with a duress phrase: it is told of it no more."""

    TAG: ClassVar = "question.noted/1"
    code: Code
    by: SeatId


QuestionBody: TypeAlias = (
    QuestionDeposited | QuestionAsked | AnswerGiven | AnswerExamined | QuestionBurnt | DuressNoted
)
