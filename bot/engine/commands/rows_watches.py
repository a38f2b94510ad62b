"""Rows of the table of commands: watches, evidence and how a person is."""

from __future__ import annotations

from typing import Any

from bot.engine.command import DESK, EVERYBODY, EVERYWHERE, MEDIATORS, Command, nothing_to_read
from bot.engine.commands import (
    alive,
    judging,
    keeping,
    reports,
    showing,
    watch_deciding,
    watch_views,
    watches,
)
from bot.engine.commands.who import TALKERS, VERIFIERS, WATCHERS

WATCHES: tuple[Command[Any], ...] = (
    Command(
        "watch add", watches.ADD, "help.watch_add",
        ("!watch add sign of life for H-TEAL every 24h grace 2h step 30 min",),
        WATCHERS, EVERYWHERE, watches.read_add, watches.add, binds=True,
    ),
    Command(
        "watch list", "!watch list", "help.watch_list", ("!watch list",),
        EVERYBODY, EVERYWHERE, nothing_to_read, watch_views.list_all,
    ),
    Command(
        "watch show", "!watch show CODE", "help.watch_show", ("!watch show W4TR",),
        EVERYBODY, EVERYWHERE, watch_views.read_watch, watch_views.show,
    ),
    Command(
        "watch why", "!watch why CODE", "help.watch_why", ("!watch why W4TR",),
        EVERYBODY, EVERYWHERE, watch_views.read_watch, watch_views.why,
    ),
    Command(
        "watch ladder", watch_deciding.LADDER, "help.watch_ladder",
        ("!watch ladder W4TR sign-of-life",),
        WATCHERS, EVERYWHERE, watch_deciding.read_ladder, watch_deciding.apply_ladder, binds=True,
    ),
    Command(
        "watch suspend", watch_deciding.SUSPEND, "help.watch_suspend",
        ("!watch suspend W4TR until mon 08:00 because the camp lets nobody in before",),
        MEDIATORS, DESK, watch_deciding.read_suspend, watch_deciding.suspend, binds=True,
        four_eyes=True, keep=watch_deciding.keep_reason, warn=watch_deciding.warn_suspend,
    ),
    Command(
        "watch resume", "!watch resume CODE", "help.watch_resume", ("!watch resume W4TR",),
        WATCHERS, EVERYWHERE, watch_deciding.read_resume, watch_deciding.resume_now, binds=True,
    ),
    Command(
        "watch end", watch_deciding.END, "help.watch_end",
        ("!watch end W4TR because the person came home",),
        MEDIATORS, DESK, watch_deciding.read_end, watch_deciding.end, binds=True,
        four_eyes=True, keep=watch_deciding.keep_reason, warn=watch_deciding.warn_end,
    ),
    Command(
        "report", reports.REPORT, "help.report",
        (
            "!report W4TR visit: seen at 10:00 by the delegate, in good health",
            "!report W4TR media source B info 2: holds Tuesday's paper",
        ),
        WATCHERS, EVERYWHERE, reports.read_report, reports.report, binds=True,
    ),
    Command(
        "verdict", judging.VERDICT, "help.verdict",
        (
            "!verdict M3XD kept: all ten have crossed",
            "!verdict E7KX rejected because the paper in the picture is a year old",
        ),
        VERIFIERS, EVERYWHERE, keeping.read_verdict, keeping.judge, binds=True,
    ),
    Command(
        "alive", "!alive CODE|PERSON", "help.alive", ("!alive W4TR", "!alive H-TEAL"),
        EVERYBODY, EVERYWHERE, alive.read_alive, alive.alive,
    ),
    Command(
        "index", judging.INDEX, "help.index",
        ("!index W4TR 7 needs water, medicine", "!index W4TR 5 physical 4 psychological 6"),
        WATCHERS, EVERYWHERE, judging.read_index, judging.index, binds=True,
    ),
    Command(
        "show", judging.SHOW, "help.show", ("!show E7KX",),
        TALKERS, EVERYWHERE, showing.read_show, showing.show,
    ),
    Command(
        "ack", watches.ACK, "help.ack",
        ("!ack W4TR until 20:00 because the delegate is on the road",),
        WATCHERS, EVERYWHERE, watches.read_ack, watches.ack, binds=True,
    ),
)  # fmt: skip
