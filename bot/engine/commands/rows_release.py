"""Rows of the table of commands: words carried to another compartment."""

from __future__ import annotations

from typing import Any

from bot.engine.command import EVERYWHERE, MEDIATORS, SPEAKERS, Command
from bot.engine.commands import refusing, release
from bot.engine.commands.who import TALKERS

RELEASE: tuple[Command[Any], ...] = (
    Command(
        "release", release.USAGE, "help.release",
        ('!release K7QF to shuttle-south as "ten wounded, northern crossing, Friday"',),
        SPEAKERS | MEDIATORS, EVERYWHERE, release.read_release, release.ask, binds=True,
    ),
    Command(
        "consent", "!consent CODE", "help.consent", ("!consent R2CD",),
        TALKERS, EVERYWHERE, release.read_request, release.consent, binds=True,
    ),
    Command(
        "refuse", "!refuse CODE", "help.refuse", ("!refuse R2CD",),
        TALKERS, EVERYWHERE, refusing.read_refusal, refusing.refuse_it, binds=True,
    ),
)  # fmt: skip
