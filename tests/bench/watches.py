"""Watches at scale, beside APScheduler's store and a bare indexed table, in one run.

Many armed watches, many of them due in the same second, a clock that is set in the middle, and
another room that must not wait. Everything of the bot is real but the homeserver's send. Refuses
to call anything done that the store does not hold.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import StorageThread
from bot.domain.case import Case
from bot.domain.vocabulary import WatchState
from tests.bench.watched import OTHER, Stalls, Watched, checks_of, opened
from tests.bench.watched_others import BareTable, Scheduler
from tests.bench.watched_start import Started, started
from tests.hostile.running import CASE, first_act

SAMPLE = 50
"""So many are armed one by one, each durable, to tell a rate."""
DUE, STEPPED, NEVER = "24h", "30h", "20d"
STEP = timedelta(hours=2)
FAR = timedelta(days=900)
LAST, LINE = "last", "$line"

_WRITTEN = {
    "record": "SELECT sum(length(jwt) + length(skeleton) + length(entry)) FROM records WHERE number > ?",
    "content": "SELECT sum(length(content)) FROM contents WHERE number > ?",
    "key": "SELECT sum(length(wrapped)) FROM record_keys WHERE number > ?",
    "outbox": "SELECT sum(length(sealed)) FROM outbox WHERE state = 0 AND number > ?",
    "due": "SELECT sum(length(sealed)) FROM due WHERE at IS NOT NULL AND number > ?",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How many are armed, how many are due in one second, how many while the clock is set."""

    armed: int
    due: int
    stepped: int


@dataclass(frozen=True, slots=True)
class Mass:
    """Seconds from due: the mass durable, another room's notice and command; the longest stall.

    `own` is the most of a stall that the loop worked itself.
    """

    durable: float
    notice: float
    command: float
    stall: float
    own: float


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a clock that was set did: watches that are silent, doubled notices, the longest stall."""

    raised: int
    lost: int
    doubled: int
    stall: float
    own: float


@dataclass(frozen=True, slots=True)
class Others:
    """Seconds of the other two: one armed, the mass fired, and fired one by one (bare)."""

    bare_arm: float
    bare: float
    bare_single: float
    scheduler_arm: float
    scheduler: float


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured; `early` and `late` are seconds of one `!watch add`."""

    size: Size
    early: float
    late: float
    start: Started
    mass: Mass
    stepped: Stepped
    others: Others
    sizes: dict[str, int]
    load: tuple[float, float]


def measure(folder: Path, size: Size, tell: Callable[[str], None]) -> Found:
    """Measure ours, then the others with rows of the same sizes."""
    before, path = os.getloadavg()[0], folder / "watches.db"
    early, late, start, mass, stepped, sizes = asyncio.run(_ours(path, size, tell))
    others = _others(folder, size, sizes)
    tell("the others fired as many")
    load = (before, os.getloadavg()[0])
    return Found(size, early, late, start, mass, stepped, others, sizes, load)


async def _ours(
    path: Path, size: Size, tell: Callable[[str], None]
) -> tuple[float, float, Started, Mass, Stepped, dict[str, int]]:
    offload = StorageThread()
    watched = opened(path, offload)
    try:
        now = first_act()[-1].at
        watched.hand.set_to(now)
        watched.agrees()
        await watched.opens()
        early = await _arms(watched, "early")
        rest = size.armed - size.due - size.stepped
        for count, every in ((rest, NEVER), (size.due - 1, DUE), (size.stepped, STEPPED)):
            await watched.fills([watched.adds(f"{every}-{n}", now, every) for n in range(count)])
        # The last of all that are due in that second is another room's.
        await watched.fills([watched.adds(LAST, now, DUE, OTHER)])
        tell(f"{size.armed:,} watches are armed")
        late = await _arms(watched, "late")
        await watched.offload(lambda: watched.store.checkpoint(now))
        start = await asyncio.to_thread(started, path)
        tell("another process has started over them")
        rows = _newest(path)
        mass = await _mass(watched, size, now + timedelta(hours=24, seconds=1))
        sizes = _sizes(path, rows, size.due)
        tell(f"{size.due:,} were due in one second")
        stepped = await _steps(watched, size, now + timedelta(hours=30, seconds=1))
        tell("the clock was set while others were due")
    finally:
        watched.store.close()
        offload.close()
    return early, late, start, mass, stepped, sizes


async def _arms(watched: Watched, name: str) -> float:
    """Return the seconds of one `!watch add` on the bot's own road."""
    began = time.perf_counter()
    for n in range(SAMPLE):
        line = watched.adds(f"{name}-{n}", watched.hand.now(), NEVER)
        if await watched.cases.take(line) is None:
            raise ValueError("a watch was not set")
    return (time.perf_counter() - began) / SAMPLE


async def _mass(watched: Watched, size: Size, at: datetime) -> Mass:
    """Let many be due in one second, all but one in one room; another room types meanwhile."""
    other = watched.room_of(OTHER)
    async with watched.runs():
        await asyncio.sleep(1)
        watched.begins()
        async with Stalls() as stalls:
            watched.hand.set_to(at)
            watched.agrees()
            began = time.monotonic()
            await watched.until(lambda: watched.deadlines() > 0)
            typed = time.monotonic()
            line = watched.types("!whoami", LINE, watched.hand.now(), OTHER)
            watched.cases.submit(line)
            await watched.until(lambda: watched.deadlines() >= size.due)
            durable = watched.last_commit() - began
            await watched.until(lambda: len(watched.sent_to(other)) >= 2)
            sent = watched.sent_to(other)
            notice = next(when for when, text in sent if "Due now" in text) - began
            command = next(when for when, text in sent if "Due now" not in text) - typed
    return Mass(durable, notice, command, stalls.longest, stalls.own)


async def _steps(watched: Watched, size: Size, at: datetime) -> Stepped:
    """Set the clock on and back by two hours while many are due; return what that did."""
    before = watched.case.head
    watched.begins()
    async with watched.runs(speaking=False), Stalls() as stalls:
        watched.hand.set_to(at)
        watched.agrees()
        await watched.until(lambda: watched.deadlines() >= size.stepped // 4)
        watched.hand.shift += STEP
        await watched.until(lambda: watched.case.last_clock_set is not None)
        forward = watched.case.last_clock_set
        await watched.until(lambda: watched.deadlines() >= size.stepped // 2)
        watched.hand.shift -= STEP
        await watched.until(lambda: watched.case.last_clock_set != forward)
        await _settled(watched)
    raised = await watched.offload(lambda: _raised(watched, before))
    return Stepped(
        len(raised), await _silent(watched), _doubled(raised), stalls.longest, stalls.own
    )


async def _settled(watched: Watched) -> None:
    """Wait until nothing is due, by the store's own word."""
    async with asyncio.timeout(900):
        while True:
            now = watched.hand.now()
            due = await watched.offload(lambda: watched.store.due(now, 1))  # noqa: B023
            if not due and watched.cases.idle():
                return
            await asyncio.sleep(0.2)


def _raised(watched: Watched, after: int) -> list[tuple[str, str]]:
    """Return what was raised: the cause and the watch."""
    records = watched.store.load(CASE, after)
    return [(r.cause, str(code)) for r in records for code in checks_of(r)]


def _doubled(raised: Sequence[tuple[str, str]]) -> int:
    """Return how often a watch was raised a second time by one and the same cause."""
    return sum(times - 1 for times in Counter(raised).values())


async def _silent(watched: Watched) -> int:
    """Return how many watches wait for nothing, or for more than one thing."""
    rows = await watched.offload(lambda: watched.store.due(watched.hand.now() + FAR, 2**31))
    keys = [key for row in rows for key in row.each()]
    waiting = Counter(key.split(":")[1] for key in keys if key.startswith("watch:"))
    return sum(waiting[str(code)] != 1 for code in _alive(watched.case))


def _alive(case: Case) -> list[str]:
    return [str(code) for code, w in case.watches.items() if w.state is not WatchState.ENDED]


def _newest(path: Path) -> dict[str, int]:
    """Return the number of the newest row of each table."""
    with sqlite3.connect(path) as connection:
        return {
            name: int(
                connection.execute(f"SELECT coalesce(max(number), 0) FROM {table}").fetchone()[0]  # noqa: S608
            )
            for name, table in (
                ("record", "records"), ("content", "contents"), ("key", "record_keys"),
                ("outbox", "outbox"), ("due", "due"),
            )
        }  # fmt: skip


def _sizes(path: Path, after: dict[str, int], deadlines: int) -> dict[str, int]:
    """Return how many bytes were written since for each of so many deadlines, on average."""
    with sqlite3.connect(path) as connection:
        return {
            name: round((connection.execute(sql, (after[name],)).fetchone()[0] or 0) / deadlines)
            for name, sql in _WRITTEN.items()
        }


def _others(folder: Path, size: Size, sizes: dict[str, int]) -> Others:
    """Do the same with a bare table and with APScheduler."""
    bare, far = BareTable(folder / "bare.db"), 10**15
    began = time.perf_counter()
    for _ in range(SAMPLE):
        bare.arm_one(far, sizes["due"])
    bare_arm = (time.perf_counter() - began) / SAMPLE
    bare.arm(size.armed - size.due, far, sizes["due"])
    bare.arm(size.due, 1, sizes["due"])
    began = time.perf_counter()
    bare.fire(1, sizes["due"])
    together = time.perf_counter() - began
    bare.arm(size.due // 10, 2, sizes["due"])
    began = time.perf_counter()
    bare.fire(2, sizes["due"], together=1)
    single = 10 * (time.perf_counter() - began)
    bare.close()
    scheduler = Scheduler(folder)
    try:
        now = datetime.now(UTC)  # noqa: TID251  # APScheduler reads the clock itself
        scheduler.arm(size.due, now, durable=False)
        scheduler.copy(size.armed - size.due)
        began = time.perf_counter()
        scheduler.arm(SAMPLE, now + FAR, durable=True)
        arm = (time.perf_counter() - began) / SAMPLE
        fired = scheduler.fire(size.due)
    finally:
        scheduler.close()
    return Others(bare_arm, together, single, arm, fired)
