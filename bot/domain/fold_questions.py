"""The fold of the question vault: that there is a question, and its state. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import question_bodies as q
from bot.domain.case import Case, Question
from bot.domain.fold_items import with_item, worded
from bot.domain.growing import put
from bot.domain.question_states import QuestionState, QuestionTurn, question_leads_to
from bot.domain.records import Record


def question(case: Case, record: Record, body: q.QuestionBody) -> Case:
    """Return the case after one record of the vault."""
    match body:
        case q.QuestionDeposited():
            case = with_item(case, record, body.code)
            new = Question(case.items[body.code], body.by, QuestionState.KEPT, record.at)
        case q.QuestionAsked():
            old = case.questions[body.code]
            new = replace(_moved(old, QuestionTurn.ASKED), since=record.at)
        case q.AnswerGiven():
            old = case.questions[body.code]
            turn = QuestionTurn.RIGHT if body.right else QuestionTurn.WRONG
            new = replace(_moved(old, turn), since=record.at, answered_by=body.by)
        case q.AnswerExamined():
            new = replace(case.questions[body.code], duress=body.duress)
        case q.DuressNoted():
            new = replace(case.questions[body.code], noted=True)
        case q.QuestionBurnt():
            new = replace(_moved(case.questions[body.code], QuestionTurn.BURNT), since=record.at)
            case = worded(case, record, body.code)
    return replace(case, questions=put(case.questions, body.code, new))


def _moved(old: Question, turn: QuestionTurn) -> Question:
    """Return the question in the state that the table gives; unchanged where it gives none."""
    return replace(old, state=question_leads_to(old.state, turn) or old.state)
