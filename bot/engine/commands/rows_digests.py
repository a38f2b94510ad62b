"""Rows of the table of commands: digests."""

from __future__ import annotations

from typing import Any

from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.command import Command
from bot.engine.commands import digests

DIGESTS: tuple[Command[Any], ...] = (
    Command(
        "digest now", "!digest now [BENCH]", "help.digest", ("!digest now", "!digest now bench-north"),
        frozenset({Role.PRINCIPAL, Role.MEDIATOR, Role.COORDINATOR}),
        frozenset({CompartmentKind.BENCH, CompartmentKind.DESK}),
        digests.read_reader, digests.now,
    ),
)  # fmt: skip
