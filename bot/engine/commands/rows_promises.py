"""Rows of the table of commands: promises and who moves next."""

from __future__ import annotations

from typing import Any

from bot.engine.command import EVERYBODY, EVERYWHERE, SPEAKERS, Command, nothing_to_read
from bot.engine.commands import commitments
from bot.engine.commands.who import PARTY_ROOMS, TALKERS

PROMISES: tuple[Command[Any], ...] = (
    Command(
        "commit", commitments.USAGE, "help.commit",
        ("!commit to South by fri 18:00: release ten wounded prisoners",),
        SPEAKERS, PARTY_ROOMS, commitments.read_commit, commitments.commit, binds=True,
    ),
    Command(
        "commit amend", "!commit amend CODE to PARTY by WHEN: WORDS", "help.amend",
        ("!commit amend K7QF to South by sat 12:00: release twelve wounded prisoners",),
        SPEAKERS, PARTY_ROOMS, commitments.read_amend, commitments.commit, binds=True,
    ),
    Command(
        "confirm", "!confirm CODE", "help.confirm", ("!confirm K7QF",),
        SPEAKERS, PARTY_ROOMS, commitments.read_confirm, commitments.confirm, binds=True,
    ),
    Command(
        "accept", "!accept CODE", "help.accept", ("!accept M3XD",),
        TALKERS, EVERYWHERE, commitments.read_offer, commitments.accept, binds=True,
    ),
    Command(
        "board", "!board", "help.board", ("!board",),
        EVERYBODY, EVERYWHERE, nothing_to_read, commitments.board,
    ),
)  # fmt: skip
