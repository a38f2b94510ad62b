"""Rows of the table of commands: words carried to another compartment."""

from __future__ import annotations

from typing import Any

from bot.engine.command import DESK, EVERYWHERE, MEDIATORS, SPEAKERS, Command, nothing_to_read
from bot.engine.commands import consenting, delivering, refusing, release, revoking, tear_lines
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
        "tear", tear_lines.TEAR, "help.tear", ("!tear K7QF for shuttle-south",),
        TALKERS, EVERYWHERE, tear_lines.read_tear, tear_lines.tear,
    ),
    Command(
        "protect", tear_lines.PROTECT, "help.protect", ('!protect "Karim Haddad"', '!protect place "Wadi Salam"'),
        TALKERS, EVERYWHERE, tear_lines.read_protect, tear_lines.protect, binds=True,
    ),
    Command(
        "protect list", "!protect list", "help.protect_list", ("!protect list",),
        TALKERS, EVERYWHERE, nothing_to_read, tear_lines.list_protected,
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
