"""Rows of the table of commands: promises and who moves next."""

from __future__ import annotations

from typing import Any

from bot.domain.vocabulary import CompartmentKind
from bot.engine.command import EVERYBODY, EVERYWHERE, SPEAKERS, Command, nothing_to_read
from bot.engine.commands import board, commitments, concessions, keeping, red_lines
from bot.engine.commands.who import PARTY_ROOMS, TALKERS

OWN_ROOM = frozenset({CompartmentKind.CAUCUS})

PROMISES: tuple[Command[Any], ...] = (
    Command(
        "commit", commitments.USAGE, "help.commit", commitments.EXAMPLES,
        SPEAKERS, PARTY_ROOMS, commitments.read_commit, commitments.commit, binds=True,
    ),
    Command(
        "commit amend", commitments.AMEND, "help.amend", commitments.AMENDMENTS,
        SPEAKERS, PARTY_ROOMS, commitments.read_amend, commitments.commit, binds=True,
    ),
    Command(
        "confirm", commitments.CONFIRM, "help.confirm",
        ("!confirm K7QF", "!confirm K7QF R1 no R2 no"),
        SPEAKERS, PARTY_ROOMS, commitments.read_confirm, commitments.confirm, binds=True,
    ),
    Command(
        "accept", commitments.ACCEPT, "help.accept",
        ("!accept M3XD", "!accept M3XD without date"),
        TALKERS, EVERYWHERE, commitments.read_acceptance, commitments.accept, binds=True,
    ),
    Command(
        "fulfilled", keeping.FULFILLED, "help.fulfilled",
        ("!fulfilled K7QF", "!fulfilled K7QF partial: nine have crossed"),
        TALKERS, EVERYWHERE, keeping.read_fulfilled, keeping.act, binds=True,
    ),
    Command(
        "dispute", keeping.DISPUTE, "help.dispute",
        ("!dispute M3XD: only nine have crossed",),
        TALKERS, EVERYWHERE, keeping.read_dispute, keeping.act, binds=True,
    ),
    Command(
        "settle", keeping.SETTLE, "help.settle", ("!settle M3XD",),
        TALKERS, EVERYWHERE, keeping.read_settle, keeping.act, binds=True,
    ),
    Command(
        "withdraw", keeping.WITHDRAW, "help.withdraw", ("!withdraw K7QF",),
        TALKERS, EVERYWHERE, keeping.read_withdraw, keeping.act, binds=True,
    ),
    Command(
        "supersede", keeping.SUPERSEDE, "help.supersede", ("!supersede K7QF by P7RC",),
        TALKERS, EVERYWHERE, keeping.read_supersede, keeping.act, binds=True,
    ),
    Command(
        "agree", keeping.AGREE, "help.agree", ("!agree M3XD",),
        TALKERS, EVERYWHERE, keeping.read_agree, keeping.act, binds=True,
    ),
    Command(
        "board", "!board", "help.board", ("!board",),
        EVERYBODY, EVERYWHERE, nothing_to_read, board.show,
    ),
    Command(
        "pair", board.PAIR, "help.pair", ("!pair K7QF with M3XD",),
        TALKERS, EVERYWHERE, board.read_pair, board.pair, binds=True,
    ),
    Command(
        "redline add", red_lines.ADD, "help.redline_add", ('!redline add "no ransom"',),
        SPEAKERS, OWN_ROOM, red_lines.read_add, red_lines.add, binds=True,
    ),
    Command(
        "redline list", "!redline list", "help.redline_list", ("!redline list",),
        EVERYBODY, OWN_ROOM, nothing_to_read, red_lines.list_all,
    ),
    Command(
        "redline drop", red_lines.DROP, "help.redline_drop",
        ("!redline drop R1 because the capital has lifted it",),
        SPEAKERS, OWN_ROOM, red_lines.read_drop, red_lines.drop, binds=True,
    ),
    Command(
        "redline answer", red_lines.ANSWER, "help.redline_answer",
        ("!redline answer K7QF redlines ok", "!redline answer K7QF R1 no R2 no"),
        SPEAKERS, OWN_ROOM, red_lines.read_answer, red_lines.answer, binds=True,
    ),
    Command(
        "concession", concessions.USAGE, "help.concession",
        ("!concession South 40 % on K7QF: they name the wounded first",),
        TALKERS, EVERYWHERE, concessions.read_view, concessions.note, binds=True,
    ),
    Command(
        "concession list", concessions.LIST, "help.concession_list",
        ("!concession list", "!concession list South"),
        EVERYBODY, EVERYWHERE, concessions.read_party, concessions.list_all,
    ),
)  # fmt: skip
