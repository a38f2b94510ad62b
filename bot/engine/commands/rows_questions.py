"""Rows of the table of commands: the question vault."""

from __future__ import annotations

from typing import Any

from bot.engine.command import DESK, EVERYBODY, EVERYWHERE, MEDIATORS, Command, nothing_to_read
from bot.engine.commands import questions
from bot.engine.commands.who import DEPOSITORS, QUESTION_ROOMS, WATCHERS

QUESTIONS: tuple[Command[Any], ...] = (
    Command(
        "question deposit", questions.DEPOSIT, "help.question_deposit",
        ('!question deposit for H-TEAL: "Who sang at the gate?" answer "WORDS" or "OTHER WORDS"',),
        DEPOSITORS, QUESTION_ROOMS, questions.read_deposit, questions.deposit, binds=True,
    ),
    Command(
        "question ask", questions.ASK, "help.question_ask", ("!question ask K7QF",),
        WATCHERS, QUESTION_ROOMS, questions.read_ask, questions.ask, binds=True,
    ),
    Command(
        "question answer", questions.ANSWER, "help.question_answer",
        ("!question answer K7QF: WORDS", "!question answer K7QF for W4TR: WORDS"),
        WATCHERS, QUESTION_ROOMS, questions.read_answer, questions.answer, binds=True,
    ),
    Command(
        "question list", "!question list", "help.question_list", ("!question list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, questions.list_all,
    ),
    Command(
        "question burn", questions.BURN, "help.question_burn",
        ("!question burn K7QF because it was told to the press",),
        WATCHERS, QUESTION_ROOMS, questions.read_burn, questions.burn, binds=True,
    ),
    Command(
        "question noted", questions.NOTED, "help.question_noted", ("!question noted K7QF",),
        MEDIATORS, DESK, questions.read_noted, questions.noted, binds=True,
    ),
)  # fmt: skip
