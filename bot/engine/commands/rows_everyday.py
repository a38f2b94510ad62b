"""Rows of the table of commands: what every member needs each day."""

from __future__ import annotations

from typing import Any

from bot.engine.command import EVERYBODY, EVERYWHERE, Command, nothing_to_read
from bot.engine.commands import basics, record
from bot.engine.commands.who import TALKERS

EVERYDAY: tuple[Command[Any], ...] = (
    Command(
        "whoami", "!whoami", "help.whoami", ("!whoami",),
        EVERYBODY, EVERYWHERE, nothing_to_read, basics.whoami,
    ),
    Command(
        "where", "!where", "help.where", ("!where",),
        EVERYBODY, EVERYWHERE, nothing_to_read, basics.where,
    ),
    Command(
        "status", "!status", "help.status", ("!status",),
        EVERYBODY, EVERYWHERE, nothing_to_read, basics.status,
    ),
    Command(
        "record", "!record WORDS  (or in reply to a message)", "help.record",
        ("!record we agreed to meet on Friday",),
        TALKERS, EVERYWHERE, record.read_record, record.record, binds=True,
    ),
    Command(
        "receipt", "!receipt CODE", "help.receipt", ("!receipt K7QF",),
        EVERYBODY, EVERYWHERE, record.read_receipt, record.receipt,
    ),
)  # fmt: skip
