"""Rows of the table of commands: anchor events, the Geneva pack and gates."""

from __future__ import annotations

from typing import Any

from bot.engine.command import DESK, EVERYBODY, EVERYWHERE, MEDIATORS, Command, nothing_to_read
from bot.engine.commands import anchors, gates, geneva, watch_deciding
from bot.engine.commands.who import WATCHERS

CARE: tuple[Command[Any], ...] = (
    Command(
        "anchor", anchors.USAGE, "help.anchor", ("!anchor EIF at 3 apr 18:00 Asia/Baghdad",),
        MEDIATORS, DESK, anchors.read_anchor, anchors.set_anchor, binds=True, four_eyes=True,
        warn=anchors.warn,
    ),
    Command(
        "anchor list", "!anchor list", "help.anchor_list", ("!anchor list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, anchors.list_all,
    ),
    Command(
        "capture", "!capture H-TEAL at WHEN", "help.capture", ("!capture H-TEAL at 2 mar 06:30",),
        WATCHERS, EVERYWHERE, geneva.read_arrival, geneva.note_arrival, binds=True,
    ),
    Command(
        "transfer", "!transfer H-TEAL at WHEN", "help.transfer",
        ("!transfer H-TEAL at 2 mar 06:30",),
        WATCHERS, EVERYWHERE, geneva.read_arrival, geneva.note_arrival, binds=True,
    ),
    Command(
        "sickness", "!sickness H-TEAL at WHEN", "help.sickness",
        ("!sickness H-TEAL at 2 mar 06:30",),
        WATCHERS, EVERYWHERE, geneva.read_arrival, geneva.note_arrival, binds=True,
    ),
    Command(
        "data", geneva.DATA, "help.data", ("!data H-TEAL has rank, birth date", "!data H-TEAL"),
        WATCHERS, EVERYWHERE, geneva.read_data, geneva.note_data, binds=True,
    ),
    Command(
        "visit", geneva.VISIT, "help.visit",
        ("!visit H-TEAL private yes, all places refused because the road is mined",),
        WATCHERS, EVERYWHERE, geneva.read_visit, geneva.note_visit, binds=True,
    ),
    Command(
        "consents", geneva.CONSENTS, "help.consents",
        ("!consents H-TEAL family yes, own state no",),
        WATCHERS, EVERYWHERE, geneva.read_consents, geneva.note_consents, binds=True,
    ),
    Command(
        "gate offer", gates.OFFER, "help.gate_offer",
        (
            "!gate offer requires sign of life <= 14d in shuttle-north",
            "!gate offer requires sign of life <= 14 days for W4TR in shuttle-north",
        ),
        MEDIATORS, DESK, gates.read_offer, gates.set_gate, binds=True, four_eyes=True,
        warn=gates.warn,
    ),
    Command(
        "gate list", "!gate list", "help.gate_list", ("!gate list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, gates.list_all,
    ),
    Command(
        "gate remove", gates.REMOVE, "help.gate_remove",
        ("!gate remove G4TR because all of them are home",),
        MEDIATORS, DESK, gates.read_remove, gates.remove, binds=True, four_eyes=True,
        keep=watch_deciding.keep_reason,
    ),
    Command(
        "gate override", gates.OVERRIDE, "help.gate_override",
        ("!gate override G4TR for K7QF because the delegate heard him by telephone",),
        MEDIATORS, DESK, gates.read_override, gates.override, binds=True, four_eyes=True,
        keep=watch_deciding.keep_reason, warn=gates.warn_override,
    ),
)  # fmt: skip
