"""The table of commands: everything that can be typed, by whom, where, and what decides it.

A tuple, not a registry: what is not in it does not exist. `!help` and the suggestion for a
typing error are made from the rows that are open to the asking seat.
"""

from __future__ import annotations

from typing import Any

from bot.engine.command import Command
from bot.engine.commands.rows_assessments import ASSESSMENTS
from bot.engine.commands.rows_care import CARE
from bot.engine.commands.rows_digests import DIGESTS
from bot.engine.commands.rows_everyday import EVERYDAY
from bot.engine.commands.rows_house import HOUSE
from bot.engine.commands.rows_promises import PROMISES
from bot.engine.commands.rows_proof import PROOF
from bot.engine.commands.rows_questions import QUESTIONS
from bot.engine.commands.rows_release import RELEASE
from bot.engine.commands.rows_watches import WATCHES

COMMANDS: tuple[Command[Any], ...] = (
    *EVERYDAY,
    *PROMISES,
    *PROOF,
    *RELEASE,
    *WATCHES,
    *QUESTIONS,
    *ASSESSMENTS,
    *DIGESTS,
    *CARE,
    *HOUSE,
)
"""All but `!help` and `!approve`, which need this table themselves."""
