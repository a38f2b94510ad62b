"""How long a start takes: Parley on a long journal, Parley on an empty one, and the baseline.

Each is a new process from nothing to "standing": interpreter, imports, login, keys, rooms.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice, product

from bot.demo.bot_process import BotProcess
from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.fold import replay
from bot.domain.ids import CODE_ALPHABET, CaseId, Code, EventId, Prose, RecordId, SeatId
from bot.domain.records import Record
from bot.ports import Batch
from tests.bench.cases import ROOMS
from tests.bench.stage import Stage, open_store

CASE = CaseId("bench")
AT_ONCE = 500
EMPTY = "empty"


@dataclass(slots=True)
class Starts:
    """Seconds of each start."""

    full: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


async def starts(stage: Stage, records: int, rounds: int) -> Starts:
    """Start Parley on `records` records, Parley on none, and the baseline, in turn."""
    taken = Starts()
    await stage.parley.stop()
    fill(stage.parley, records)
    await stage.homeserver.register(EMPTY, "pw")
    empty = BotProcess(stage.folder / EMPTY, stage.homeserver.url, stage.id_of(EMPTY), "pw")
    # The first start of an account makes its keys; no later one does.
    await empty.start()
    await empty.stop()
    for _ in range(rounds):
        for bot, seconds in ((stage.parley, taken.full), (empty, taken.empty)):
            seconds.append(await _started(bot))
            await bot.stop()
        await stage.bare.stop()
        began = time.monotonic()
        await stage.bare.start()
        taken.bare.append(time.monotonic() - began)
    await stage.parley.start()
    return taken


async def _started(bot: BotProcess) -> float:
    """Start a bot and read from its own log when it stood."""
    began = datetime.now(UTC)  # noqa: TID251  # compared with the log's own time stamps
    await bot.start()
    lines = [json.loads(line) for line in bot.log.read_text().splitlines() if '"standing"' in line]
    return (datetime.fromisoformat(lines[-1]["timestamp"]) - began).total_seconds()


def fill(bot: BotProcess, records: int) -> None:
    """Put words on record in the bot's own case until its journal has `records` records."""
    store = open_store(bot)
    try:
        case = replay(Case(CASE), store.load(CASE))
        codes = (Code("".join(letters)) for letters in product(CODE_ALPHABET, repeat=4))
        free = (code for code in codes if not case.knows_code(code))
        now = datetime.now(UTC)  # noqa: TID251  # the time these words were said
        while case.head < records:
            few = tuple(
                _said(case, code, case.head + n, now)
                for n, code in enumerate(islice(free, min(AT_ONCE, records - case.head)), start=1)
            )
            store.commit(Batch(f"fill {case.head}", CASE, case.head, few))
            case = replay(case, few)
        store.checkpoint(now)
    finally:
        store.close()


def _said(case: Case, code: Code, number: int, now: datetime) -> Record:
    room = next(place for place in case.compartments.values() if place.id == ROOMS[0].id)
    text = Prose(f"point {number} of the list was read out and nobody objected to its wording")
    body = b.ItemRecorded(code, SeatId(ROOMS[0].seats[0]), now, EventId(f"$fill-{number}"), text)
    label = case.label_in(room.id)
    return Record(RecordId(f"{number:032x}"), CASE, room.id, now, label, f"$fill-{number}", body)
