"""Rows of the table of commands: the desk: guard, seats, erasure, export."""

from __future__ import annotations

from typing import Any

from bot.engine.command import DESK, EVERYBODY, EVERYWHERE, MEDIATORS, Command
from bot.engine.commands import erasing, exporting, guarding, seats

HOUSE: tuple[Command[Any], ...] = (
    Command(
        "guard status", "!guard status [COMPARTMENT]", "help.guard_status", ("!guard status",),
        EVERYBODY, EVERYWHERE, guarding.read_place, guarding.status,
    ),
    Command(
        "guard clear", guarding.CLEAR, "help.guard_clear", ("!guard clear caucus-north",),
        MEDIATORS, DESK, guarding.read_clear, guarding.clear, binds=True, four_eyes=True,
    ),
    Command(
        "seat", seats.SEAT, "help.seat",
        ('!seat haddad @haddad:example.org north negotiator in caucus-north named "Lt. Haddad"',),
        MEDIATORS, DESK, seats.read_seat, seats.seat, binds=True, four_eyes=True,
        keep=seats.keep_name,
    ),
    Command(
        "unseat", seats.UNSEAT, "help.unseat", ("!unseat haddad", "!unseat haddad from plenary"),
        MEDIATORS, DESK, seats.read_unseat, seats.unseat, binds=True,
    ),
    Command(
        "compartment", seats.COMPARTMENT, "help.compartment",
        ("!compartment channel-two back-channel with haddad, samir",),
        MEDIATORS, DESK, seats.read_compartment, seats.compartment, binds=True, four_eyes=True,
    ),
    Command(
        "erase", erasing.USAGE, "help.erase",
        (
            "!erase K7QF because it was typed in the wrong room",
            '!erase person H-TEAL because the family asked for it named "Lt. Karim, Karim Haddad"',
            "!erase compartment caucus-north because this party has left",
        ),
        MEDIATORS, DESK, erasing.read_erase, erasing.erase, binds=True, four_eyes=True,
        keep=erasing.keep_words, warn=erasing.warn,
    ),
    Command(
        "export", exporting.USAGE, "help.export", ("!export north",),
        MEDIATORS, DESK, exporting.read_export, exporting.export, binds=True, four_eyes=True,
        warn=exporting.warn,
    ),
    Command(
        "code", "!code SEAT", "help.code", ("!code haddad",),
        MEDIATORS, DESK, seats.read_code, seats.renew_code, binds=True,
    ),
    Command(
        "verify", seats.VERIFY, "help.verify", ("!verify haddad Zm9v YmFy ...",),
        MEDIATORS, DESK, seats.read_verify, seats.verify, binds=True,
    ),
)  # fmt: skip
