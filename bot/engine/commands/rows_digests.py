"""Rows of the table of commands: digests and the neutrality report."""

from __future__ import annotations

from typing import Any

from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.command import DESK, MEDIATORS, Command
from bot.engine.commands import digests, neutrality

_READERS = frozenset({Role.PRINCIPAL, Role.MEDIATOR, Role.COORDINATOR})
_PLACES = frozenset({CompartmentKind.BENCH, CompartmentKind.DESK})

DIGESTS: tuple[Command[Any], ...] = (
    Command(
        "digest now", "!digest now [BENCH]", "help.digest", ("!digest now", "!digest now bench-north"),
        _READERS, _PLACES, digests.read_reader, digests.now,
    ),
    Command(
        "digest schedule", digests.SCHEDULE, "help.digest_schedule",
        (
            "!digest schedule",
            "!digest schedule daily 07:00 Europe/Zurich",
            "!digest schedule bench-north mon,thu 18:00 confirm 6h",
            "!digest schedule bench-north off",
        ),
        _READERS, _PLACES, digests.read_new, digests.schedule, binds=True,
    ),
    Command(
        "digest preview", "!digest preview BENCH", "help.digest_preview",
        ("!digest preview bench-north",),
        MEDIATORS, DESK, digests.read_reader, digests.preview,
    ),
    Command(
        "read", "!read CODE", "help.read", ("!read D7KX",),
        _READERS, _PLACES, digests.read_code, digests.confirm, binds=True,
    ),
    Command(
        "neutrality", "!neutrality [text]", "help.neutrality", ("!neutrality", "!neutrality text"),
        MEDIATORS, DESK, neutrality.read_form, neutrality.report,
    ),
)  # fmt: skip
