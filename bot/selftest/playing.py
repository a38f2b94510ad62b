"""One twin, played: the real cases, way in, way out and alarm on a store in memory.

Wired as the house wires them. People's clients and the homeserver are simulated, and so is time.
Lines come at instants that the history names, however busy the bot is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from math import ceil, inf
from typing import Final

from bot.domain.ids import CODE_ALPHABET, RoomId, UserId
from bot.engine.effects import GiveReceipt
from bot.policy.guard import SeenRoom
from bot.ports import NewItem
from bot.runner.delivering import HOLD_NOBODY
from bot.runner.showing import place_of
from bot.selftest import stage
from bot.selftest.history import Act, History, Step
from bot.selftest.homeserver import (
    STRANGER,
    Homeserver,
    Typed,
    quiet_room,
)
from bot.selftest.life import Life, Played, WatchedStore
from bot.selftest.naming import code_drawn, drawing, is_hidden
from bot.selftest.simtime import SimLoop, SimTime
from bot.selftest.templates import NAMED

CHECKPOINT_AFTER: Final = 30
"""So many seconds after each shared step the log is signed, in both twins alike."""
LAST_BEATS_S: Final = 2.0
RECEIPTS_GO_S: Final = 3.0
"""A receipt that waits is looked at every second or two."""
TYPED_AT: Final = 0.3
BEATS_AT: Final = 0.67
"""People type between two beats of the bot's alarm, so that neither is first by chance."""
CODE: Final = re.compile(rf"`([{CODE_ALPHABET}]{{4}})`")
UNSEEN: Final = str.maketrans("", "", "\u2060\u2068\u2069")
MS: Final = 1000


class Player:
    """Plays one twin of a history."""

    def __init__(self, history: History, twin: str, loop: SimLoop) -> None:
        self._history = history
        self._steps = history.steps(twin)
        self._twin = twin
        self._time = SimTime(stage.MONDAY, loop)
        self._server = Homeserver(self._time)
        self._store = _fresh_store()
        self._process: Life | None = None
        self._typed: dict[str, str] = {}
        self._awake_until = 0.0
        for place, seats in stage.SITTING.items():
            room = stage.room_of(place)
            self._server.rooms[room] = quiet_room(room, *map(stage.user_of, seats))

    async def run(self) -> Played:
        """Play everything, and a while longer."""
        with drawing():
            async with asyncio.TaskGroup() as group:
                await self._until(BEATS_AT)
                life = self._begin(group)
                for at, step in self._agenda():
                    await self._until(at)
                    if step is None:
                        self._signed()
                    elif step.act is Act.DOWN:
                        # It lives for some beats first, so that both twins know how long it was away.
                        self._awake_until = at + LAST_BEATS_S
                        await self._until(self._awake_until)
                        await _ended(life)
                        self._process = None
                        await self._until(step.at + step.seconds + BEATS_AT)
                        life = self._begin(group)
                    else:
                        self._do(step)
                await self._until(float(self._history.end))
                await _ended(life)
        return Played(self._server.sent, self._store.rows, self._store, self._typed)

    def _begin(self, group: asyncio.TaskGroup) -> asyncio.Task[None]:
        self._process = Life(self._store, self._server)
        return group.create_task(self._process.run())

    def _agenda(self) -> Sequence[tuple[float, Step | None]]:
        """Return what happens when; None is a checkpoint, which both twins make alike."""
        found: list[tuple[float, Step | None]] = [(s.at + TYPED_AT, s) for s in self._steps]
        down = [(s.at - 1, s.at + s.seconds + 1) for s in self._steps if s.act is Act.DOWN]
        grid = [s.at + CHECKPOINT_AFTER for s in self._history.shared]
        found += [
            (at + TYPED_AT, None)
            for at in (*grid, self._history.end - CHECKPOINT_AFTER)
            if not any(begin <= at <= end for begin, end in down)
        ]
        return sorted(found, key=lambda one: one[0])

    async def _until(self, at: float) -> None:
        """Let the world go on to an instant, skipping what nobody would notice."""
        while (left := at - self._time.passed()) > 0:
            now = self._time.passed()
            if left >= 1.0 and now >= self._awake_until and self._idle():
                due = max(self._next_due(at) - now, 0.0)
                self._time.skip(int(min(left, due, self._held_for())))
            await asyncio.sleep(min(at - self._time.passed(), 0.5))

    def _next_due(self, otherwise: float) -> float:
        due = self._store.next_at() if self._process is not None else None
        return otherwise if due is None else stage.seconds(due)

    def _idle(self) -> bool:
        if self._process is None:
            return True
        return not self._store.pending(1) and self._process.cases.idle()

    def _held_for(self) -> float:
        """Return for how many seconds nothing is sent: what could not leave is tried again after."""
        if self._process is None:
            return inf
        found: list[float] = []
        behind: set[str] = set()
        for row in self._store.waiting(40):
            place = place_of(row)
            if not isinstance(row.effect, GiveReceipt) and place not in behind:
                seconds = self._process.speaking.held_for(row) or 0.0
                # Less than all of it: the beat at which it is tried again is not skipped.
                found.append(max(ceil(round(seconds, 6)) - 1, 0))
                if not isinstance(row.effect, HOLD_NOBODY):
                    behind.add(place)
        return min(found, default=inf)

    def _signed(self) -> None:
        """Sign if a room outside waits for a receipt: a secret one may wait, nobody sees it."""
        waits = any(
            isinstance(row.effect, GiveReceipt)
            and row.effect.compartment not in self._history.domain
            for row in self._store.waiting(200)
        )
        if waits and self._process is not None:
            self._process.sign()
            self._awake_until = self._time.passed() + RECEIPTS_GO_S

    def _do(self, step: Step) -> None:
        room = stage.room_of(step.place)
        if step.act in (Act.INTRUDER, Act.MENDED):
            people = map(stage.user_of, stage.SITTING[step.place])
            more = (STRANGER,) if step.act is Act.INTRUDER else ()
            self._server.rooms[room] = _seen(room, *people, *more)
            self._store.hand_in(NewItem("state", step.name, room, "{}"))
        else:
            self._type(step, room)
        if self._process is not None:
            self._process.intake.wake()

    def _type(self, step: Step, room: RoomId) -> None:
        text = self._filled(step)
        self._typed[step.name] = text
        earlier = [t for t in self._server.timeline if t.room == room]
        line = Typed(
            step.name,
            room,
            stage.user_of(step.seat),
            stage.master_of(step.seat),
            text,
            int(self._time.wall().timestamp() * MS) - MS,
            earlier[-1].event if step.reply and earlier else "",
            file=step.file,
        )
        self._store.hand_in(self._server.types(line))

    # -- codes that only the running history knows ------------------------------------------

    def _filled(self, step: Step) -> str:
        text = step.text.replace("{source}", code_drawn(_source(self._twin, step.pick)))
        for wish, codes in (
            ("{own}", self._own),
            ("{room}", self._in_room),
            ("{far}", self._anywhere),
        ):
            if wish in text:
                found = codes(step) or ["2222"]
                text = text.replace(wish, found[-1 - step.pick % len(found)])
        for wish, told in NAMED.items():
            if wish in text:
                found = [c for c in self._codes([step.place], told) if self._usable(step, c)]
                found = found or self._in_room(step) or ["2222"]
                text = text.replace(wish, found[-1 - step.pick % len(found)])
        return text

    def _own(self, step: Step) -> list[str]:
        return [c for c in self._codes([step.place]) if is_hidden(c) and not self._bridged(c)]

    def _in_room(self, step: Step) -> list[str]:
        return [c for c in self._codes([step.place]) if self._usable(step, c)]

    def _anywhere(self, step: Step) -> list[str]:
        outside = [p for p in stage.SITTING if p not in self._history.domain]
        return [c for c in self._codes(outside) if self._usable(step, c)]

    def _usable(self, step: Step, code: str) -> bool:
        """Tell whether a step may name a code: what both twins do names nothing that one has."""
        hidden_step = is_hidden_step(step)
        return not self._bridged(code) if hidden_step else not is_hidden(code)

    def _bridged(self, code: str) -> bool:
        """Tell whether a code is part of what both twins carry out of the secret compartment."""
        names = [_source(self._twin, n) for n in range(4)] + [bridge(n) for n in range(4)]
        return code in {code_drawn(name, number) for name in names for number in range(2)}

    def _codes(self, places: Sequence[str], told: re.Pattern[str] = CODE) -> list[str]:
        """Return the codes that were named in rooms, the latest last, each once."""
        rooms = {stage.room_of(place) for place in places}
        said = (s.body.translate(UNSEEN) for s in self._server.sent if s.room in rooms)
        return list(dict.fromkeys(code for text in said for code in told.findall(text)))


def _source(twin: str, number: int) -> str:
    return f"$hidden-{twin}-source-{number}"


def bridge(number: int) -> str:
    """Return the name of the event that asks to carry something out of the secret compartment."""
    return f"$bridge-{number}"


def is_hidden_step(step: Step) -> bool:
    """Tell whether a step happens in one twin only."""
    return step.name.startswith("$hidden")


def _seen(room: RoomId, *people: str) -> SeenRoom:
    return quiet_room(room, *map(UserId, people))


def _fresh_store() -> WatchedStore:
    store = stage.opened().copied(WatchedStore)
    store.rows = {}
    return store


async def _ended(life: asyncio.Task[None]) -> None:
    life.cancel()
    with suppress(asyncio.CancelledError):
        await life


def play(history: History, twin: str) -> Played:
    """Play one twin from beginning to end."""
    loop = SimLoop()
    try:
        return loop.run_until_complete(Player(history, twin, loop).run())
    finally:
        loop.close()
