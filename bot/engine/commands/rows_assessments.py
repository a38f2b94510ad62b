"""Rows of the table of commands: assessments of the talks."""

from __future__ import annotations

from typing import Any

from bot.engine.command import EVERYBODY, EVERYWHERE, Command, nothing_to_read
from bot.engine.commands import assessments
from bot.engine.commands.who import TALKERS

ASSESSMENTS: tuple[Command[Any], ...] = (
    Command(
        "assess", assessments.ASSESS, "help.assess", assessments.EXAMPLES,
        TALKERS, EVERYWHERE, assessments.read_assess, assessments.assess, binds=True,
    ),
    Command(
        "assess list", "!assess list", "help.assess_list", ("!assess list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, assessments.list_all,
    ),
)  # fmt: skip
