"""Rows of the table of commands: words carried to another compartment."""

from __future__ import annotations

from typing import Any

from bot.engine.command import DESK, EVERYWHERE, MEDIATORS, SPEAKERS, Command
from bot.engine.commands import consenting, delivering, refusing, release, revoking
from bot.engine.commands.who import TALKERS

RELEASE: tuple[Command[Any], ...] = (
    Command(
        "release", release.USAGE, "help.release",
        (
            '!release K7QF to shuttle-south as "ten wounded, northern crossing, Friday"',
            '!release K7QF to shuttle-south as "ten wounded" no-forward until fri 18:00',
        ),
        SPEAKERS | MEDIATORS, EVERYWHERE, release.read_release, release.ask, binds=True,
    ),
    Command(
        "consent", consenting.USAGE, "help.consent", ("!consent R2CD", "!consent R2CD with names"),
        TALKERS, EVERYWHERE, consenting.read_consent, consenting.consent, binds=True,
    ),
    Command(
        "revoke", revoking.USAGE, "help.revoke", ("!revoke R2CD",),
        TALKERS, EVERYWHERE, revoking.read_revoke, revoking.revoke, binds=True,
    ),
    Command(
        "deliver both", delivering.USAGE, "help.deliver_both",
        ("!deliver both R2CD to shuttle-north, R7MX to shuttle-south",),
        MEDIATORS, DESK, delivering.read_both, delivering.deliver, binds=True,
    ),
    Command(
        "refuse", "!refuse CODE", "help.refuse", ("!refuse R2CD",),
        TALKERS, EVERYWHERE, refusing.read_refusal, refusing.refuse_it, binds=True,
    ),
)  # fmt: skip
