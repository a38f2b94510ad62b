"""What `parley doctor` looks at, one small function each, in two tables.

It exists so that an operator learns before the first negotiation, and not in it, that a clock
is off or a dead-man switch is not there. A check changes nothing and says nothing of a case.
It refuses to print what a server answers, save version numbers.
"""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bot.ladders import LaddersUnusable, read_ladders
from bot.matrix.delayed import HORIZON, DelayedEvents, delays
from bot.matrix.http import CLIENT, Homeserver, HomeserverRefused, HomeserverUnreachable
from bot.matrix.strict_json import JsonObject, obj, text
from bot.matrix.trust import judge
from bot.outside.channels import Channels, ChannelWrong
from bot.settings import Settings, SettingsWrong, read_channels, read_master_key, read_password

ROOM_VERSION: Final = "12"
MANY: Final = 1000
"""Delayed events that suffice for many watches; Synapse's own number is 100."""
OLDEST_SPEC: Final = (1, 11)
"""Authenticated media."""

LITTLE_SPACE, TOO_LITTLE_SPACE = 2_000_000_000, 200_000_000
SKEW_NOTED, SKEW_TOO_MUCH = timedelta(seconds=5), timedelta(seconds=60)


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report; `do` is empty where nothing needs to be done."""

    name: str
    level: Level
    says: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """What the checks look at.

    `database` and `login` are how opening each of them went. `master` is the bot's own public
    master key, None before its first run. `server` has a token if `login` is ok. `date` is
    what the homeserver's clock shows and `now` ours at that moment, None if it does not say.
    """

    settings: Settings
    database: Check
    login: Check
    server: Homeserver
    master: str | None = None
    date: tuple[datetime, datetime] | None = None
    versions: JsonObject | None = field(default=None)


def ok(name: str, says: str) -> Check:
    """Return a line with which all is well."""
    return Check(name, Level.OK, says)


def warn(name: str, says: str, do: str) -> Check:
    """Return a line that somebody should look at."""
    return Check(name, Level.WARN, says, do)


def fail(name: str, says: str, do: str) -> Check:
    """Return a line with which the bot must not be used."""
    return Check(name, Level.FAIL, says, do)


# -- this machine ------------------------------------------------------------------------------


def key_files(visit: Visit) -> Check:
    """Look for the master key and the password, and who may read them."""
    for read in (read_master_key, read_password):
        try:
            read(visit.settings)
        except SettingsWrong as wrong:
            return fail("keys", str(wrong), "see `parley init --help`")
    return ok("keys", "master key and password are there, for the bot's user alone")


def state_directory(visit: Visit) -> Check:
    """Look who may read the bot's state."""
    path = visit.settings.store.path
    if not path.is_dir():
        return fail("directory", f"{path} is not there", f"run: install -d -m 700 {path}")
    open_files = [p for p in (path, *path.iterdir()) if stat.S_IMODE(p.stat().st_mode) & 0o077]
    if open_files:
        first = open_files[0]
        return fail("directory", f"{first} can be read by others", f"run: chmod go= {first}")
    return ok("directory", f"{path} is the bot's user's alone")


def free_space(visit: Visit) -> Check:
    """Look how much room the journal has to grow."""
    path = _existing(visit.settings.store.path)
    free = shutil.disk_usage(path).free
    says = f"{free / 1e9:.1f} GB free at {path}"
    if free < TOO_LITTLE_SPACE:
        return fail("space", says, "free some: a full disk stops the bot")
    if free < LITTLE_SPACE:
        return warn("space", says, "free some soon: a full disk stops the bot")
    return ok("space", says)


def database(visit: Visit) -> Check:
    """Report how opening and auditing the store went."""
    return visit.database


def _existing(path: Path) -> Path:
    return next(p for p in (path, *path.absolute().parents) if p.exists())


# -- the homeserver ----------------------------------------------------------------------------


async def reachable(visit: Visit) -> Check:
    """Ask which versions of the specification the homeserver speaks."""
    listed = (visit.versions or {}).get("versions")
    found = [_spec(v) for v in listed] if isinstance(listed, list) else []
    newest = max((v for v in found if v is not None), default=None)
    if visit.versions is None or newest is None:
        return fail(
            "homeserver",
            "gives no usable answer",
            "check homeserver.url, the homeserver itself, and the way to it",
        )
    says = f"answers and speaks Matrix {newest[0]}.{newest[1]}"
    if newest < OLDEST_SPEC:
        return fail("homeserver", says, "update it: at least Matrix 1.11 is needed")
    return ok("homeserver", says)


async def clock_skew(visit: Visit) -> Check:
    """Compare the homeserver's Date header with our clock."""
    if visit.settings.timing.rehearsal_rate != 1:
        says = f"runs {visit.settings.timing.rehearsal_rate} times as fast as the world"
        return fail("clock", says, "take timing.rehearsal_rate out: it is for demonstrations")
    if visit.date is None:
        return warn(
            "clock", "the homeserver shows no time", "check both clocks by hand: timedatectl"
        )
    theirs, ours = visit.date
    skew = abs(theirs - ours)
    says = f"differs from the homeserver's by {skew.total_seconds():.0f} s"
    if skew >= SKEW_TOO_MUCH:
        return fail("clock", says, "set the clock: timedatectl set-ntp true")
    if skew >= SKEW_NOTED:
        return warn("clock", says, "let both machines use NTP: timedatectl set-ntp true")
    return ok("clock", says)


async def logged_in(visit: Visit) -> Check:
    """Report how the log-in went."""
    return visit.login


async def room_version(visit: Visit) -> Check:
    """Look whether rooms of version 12 can be made."""
    answer = await visit.server.call("GET", f"{CLIENT}/capabilities")
    rooms = obj(obj(answer, "capabilities") or {}, "m.room_versions") or {}
    if text(obj(rooms, "available") or {}, ROOM_VERSION) != "stable":
        return fail(
            "rooms",
            f"version {ROOM_VERSION} is not offered",
            "update the homeserver: rooms need it",
        )
    return ok("rooms", f"version {ROOM_VERSION} is offered")


async def encryption(visit: Visit) -> Check:
    """Look whether keys can be published, by publishing none."""
    answer = await visit.server.keys_upload({})
    if obj(answer, "one_time_key_counts") is None:
        return fail("encryption", "keys cannot be published", "check the homeserver's /keys/upload")
    return ok("encryption", "keys can be published")


async def identity(visit: Visit) -> Check:
    """Compare the identity that the homeserver shows for the bot with our own."""
    user = visit.settings.homeserver.user
    shown = judge(await visit.server.keys_query({user: []}), user, visit.master)
    if visit.master is None:
        if shown.state == "no_identity":
            return ok("identity", "is made at the first run")
        return fail(
            "identity",
            "the homeserver shows one for the bot, and its keys are not in the store",
            "restore the store, or use another account",
        )
    if shown.state == "chained":
        return ok("identity", "the homeserver shows the bot's own cross-signing identity")
    return fail(
        "identity",
        f"the homeserver does not show the bot's own ({shown.state})",
        "tell the mediators, and find out who changed it before the bot runs again",
    )


async def rate_limit(visit: Visit) -> Check:
    """Try how much in a row the homeserver takes from the bot; an override cannot be seen by it."""
    user = visit.settings.homeserver.user
    path = f"/_synapse/admin/v1/users/{quote(user, safe='')}/override_ratelimit"
    how = f"as administrator: POST {path} with messages_per_second 0 and burst_count 0"
    if not delays(visit.versions or {}):
        says = "cannot be tried where there are no delayed events"
        return warn("rate limit", says, f"{how}; GET shows it")
    if await DelayedEvents(visit.server).limited():
        says = (
            "holds the bot back: a deadline could come late, and what the homeserver should say"
            " for the bot would be lost"
        )
        return fail("rate limit", says, how)
    try:
        await visit.server.call("GET", path)
    except HomeserverRefused:
        return ok("rate limit", "does not hold the bot back")
    return warn(
        "rate limit",
        "does not hold the bot back, but the bot's account is a server administrator",
        "make it a plain user: what takes over the bot would take over the server",
    )


async def delayed_events(visit: Visit) -> Check:
    """Look whether the homeserver can speak up when the bot is gone, how late, and how often."""
    name, unseen = "dead-man switch", "and watch the bot from outside"
    if not delays(visit.versions or {}):
        return warn(
            name,
            "the homeserver holds no delayed events: nobody there notices a bot that is gone",
            f"Synapse: set max_event_delay_duration: 24h; {unseen}",
        )
    if visit.login.level is Level.FAIL:
        return warn(name, "is there; for how long is seen only when logged in", "see above")
    allowed = await DelayedEvents(visit.server).allowed()
    if allowed is None:
        return warn(name, "the homeserver does not say what it allows", f"update it; {unseen}")
    silence = visit.settings.outside.silence_seconds
    says = f"the homeserver holds {allowed.most} events for {allowed.longest} at most"
    if allowed.longest < timedelta(seconds=silence):
        return fail(name, says, "Synapse: set max_event_delay_duration: 24h")
    if allowed.longest < HORIZON or allowed.most < MANY:
        return warn(
            name,
            says,
            "Synapse: set max_event_delay_duration: 24h and, under experimental_features,"
            f" msc4140_max_delayed_events_per_user: {MANY}",
        )
    return ok(name, says)


def outside(visit: Visit) -> Check:
    """Open the addresses of the outside channels; nobody is called."""
    channels = visit.settings.outside.channels
    if not channels and visit.settings.outside.ping_url is None:
        says = "nobody outside notices a bot that makes no progress"
        return warn("outside", says, "set outside.ping_url to a monitor elsewhere")
    try:
        Channels(read_channels(visit.settings))
    except (SettingsWrong, ChannelWrong) as wrong:
        return fail("outside", str(wrong), "see deploy/runbook.md")
    pinged = "no monitor" if visit.settings.outside.ping_url is None else "a monitor"
    return ok("outside", f"{pinged} and {len(channels)} channels are set")


def ladders(visit: Visit) -> Check:
    """Read the file of ladders as the start does, and name what it holds."""
    try:
        found = read_ladders(visit.settings)
    except LaddersUnusable as wrong:
        return fail(
            "ladders", str(wrong), "mend the file, or [outside.channels]; see docs/WATCHES.md"
        )
    named = ", ".join(sorted(found)) or "none of its own: the built-in ones serve"
    return ok("ladders", named)


LOCAL: Final[tuple[tuple[str, Callable[[Visit], Check]], ...]] = (
    ("keys", key_files),
    ("directory", state_directory),
    ("space", free_space),
    ("database", database),
    ("outside", outside),
    ("ladders", ladders),
)
SERVER: Final[tuple[tuple[str, Callable[[Visit], Awaitable[Check]]], ...]] = (
    ("homeserver", reachable),
    ("clock", clock_skew),
    ("log-in", logged_in),
    ("rooms", room_version),
    ("encryption", encryption),
    ("identity", identity),
    ("rate limit", rate_limit),
    ("dead-man switch", delayed_events),
)
WITHOUT_LOGIN: Final = frozenset({"homeserver", "clock", "log-in", "dead-man switch"})


async def examine(visit: Visit) -> tuple[Check, ...]:
    """Run every check, each on its own; a check that cannot be made has failed."""
    found = [check(visit) for _, check in LOCAL]
    for name, check in SERVER:
        if visit.versions is None and name != "homeserver":
            continue
        if visit.login.level is Level.FAIL and name not in WITHOUT_LOGIN:
            continue
        try:
            found.append(await check(visit))
        except HomeserverRefused as refused:
            found.append(
                fail(name, f"refused by the homeserver ({refused.status})", "check its settings")
            )
        except HomeserverUnreachable as away:
            found.append(
                fail(name, f"no usable answer ({away.reason})", "try again, check its log")
            )
    return tuple(found)


def counts(checks: tuple[Check, ...]) -> Mapping[Level, int]:
    """Count the lines of each level."""
    return {level: sum(check.level is level for check in checks) for level in Level}


def _spec(listed: object) -> tuple[int, int] | None:
    found = re.fullmatch(r"v(\d{1,2})\.(\d{1,3})", listed) if isinstance(listed, str) else None
    return (int(found[1]), int(found[2])) if found else None
