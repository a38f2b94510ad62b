"""`parley witness --matrix`: a witness that is asked in a Matrix room, with an account of its own.

No port is open: it asks its homeserver for news. It refuses to answer anybody but the one bot it
was told of, to enter any room but that bot's, and to say anything but an answer. What it signed
is in the witness's state; what is kept here (keys of the account, what has come) is sealed under
a key that is derived from the witness's own.
Source: docs/spec/ledger.md section 12.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from bot import log, settings
from bot.app import CRYPTO_SECRET, StorageThread
from bot.cli.failing import Failed
from bot.cli.witness_state import Desk, Road, locked, tell
from bot.domain.ids import UserId
from bot.ledger.encoding import FormatError
from bot.ledger.witness import parse_submission
from bot.matrix.http import HomeserverRefused, HomeserverUnreachable
from bot.matrix.session import Account, Ears, MatrixSession, Waiting
from bot.matrix.sync import SignedOut
from bot.matrix.witness_line import answer_text
from bot.matrix.witness_room import WitnessRoom
from bot.ports import Answer, InboxItem, KeyCame, Line, NotSent, Unreadable
from bot.runner.intake import BUGS
from bot.scheduling.clock import wall
from bot.storage.store import SqlStore

if TYPE_CHECKING:
    from bot.settings import Settings

PAUSE_S: Final = 1.0
AWAY_S: Final = 5.0
NOT_KEPT: Final = 500
_STORE: Final = "witness.db"


def run(road: Road, desk: Desk, seed: bytes) -> None:
    """Answer until SIGTERM or SIGINT. `seed` is the witness's secret; `Failed` says what is wrong."""
    os.umask(0o077)
    found = settings.load(road.file)
    log.configure(found.log.level, found.log.format)
    if isinstance(found.store.database, str):
        raise Failed(f"{road.file}: a witness keeps its store in a directory: leave out store.url")
    if found.homeserver.user == road.bot:
        raise Failed("a witness needs an account of its own: --bot names the bot's")
    home = found.store.path
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(home / _STORE):
        try:
            asyncio.run(_run(found, road, desk, seed))
        except ExceptionGroup as several:
            # Tasks that run side by side end together; the first has the reason.
            raise _first(several) from None


def _first(wrong: Exception) -> Exception:
    while isinstance(wrong, ExceptionGroup):
        wrong = wrong.exceptions[0]
    if isinstance(wrong, SignedOut):
        return Failed("another program has logged in as this witness: stop it, then start again")
    return wrong


async def _run(found: Settings, road: Road, desk: Desk, seed: bytes) -> None:
    offload = StorageThread()
    try:
        key = hashlib.blake2b(key=seed, person=b"witness store v1", digest_size=32).digest()
        place = found.store.path / _STORE
        store = await offload(lambda: SqlStore.open(place, key))
        try:
            await _stand(found, road, store, offload, Answering(desk, store, offload))
        finally:
            await offload(store.close)
    finally:
        offload.close()


async def _stand(
    found: Settings,
    road: Road,
    store: SqlStore,
    offload: StorageThread,
    answering: Answering,
) -> None:
    account = Account(
        found.homeserver.url,
        UserId(found.homeserver.user),
        settings.read_password(found),
        found.store.path,
    )
    waiting = Waiting(pause=asyncio.sleep, jitter=lambda: secrets.randbelow(1000) / 1000)
    ears = Ears(arrived=lambda _count: answering.wake(), excluded=lambda _room, _devices: None)
    secret = await offload(lambda: _crypto_secret(store))
    session = await MatrixSession.open(account, store, secret, offload, waiting=waiting, ears=ears)
    try:
        room = WitnessRoom(session, store, offload, bot=UserId(road.bot), told=_told)
        await room.begin(road.bot_key)
        await offload(store.retry_unreadable)
        click.echo(f"{answering.desk.vkey}\nanswering {road.bot} as {account.user_id}")
        await _until_stopped(session, room, answering, found.timing.tend_seconds)
    finally:
        await session.close()


def _crypto_secret(store: SqlStore) -> bytes:
    kept = store.get(CRYPTO_SECRET)
    if kept is None:
        kept = secrets.token_bytes(32)
        store.put(CRYPTO_SECRET, kept)
    return kept


def _told(sentence: str) -> None:
    for line in sentence.splitlines():
        click.echo(f"parley: {line}", err=True)


async def _until_stopped(
    session: MatrixSession, room: WitnessRoom, answering: Answering, every_s: float
) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(session.sync.run()),
            group.create_task(answering.run(session, room)),
            group.create_task(_tend(session, room, answering, every_s)),
        ]
        await stopped.wait()
        for task in running:
            task.cancel()


async def _tend(
    session: MatrixSession, room: WitnessRoom, answering: Answering, every_s: float
) -> None:
    """Publish keys, look who the bot is, try again what was waiting for its keys."""
    while True:
        with suppress(HomeserverRefused, HomeserverUnreachable):
            for key in await session.tend():
                await answering.key_came(key)
            room.look_at_bot()
        await asyncio.sleep(every_s)


class Answering:
    """Takes what came, in its order, and answers the bot's questions."""

    def __init__(self, desk: Desk, store: SqlStore, offload: StorageThread) -> None:
        self.desk = desk
        self._store = store
        self._offload = offload
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Look at what came."""
        self._awake.set()

    async def key_came(self, key: KeyCame) -> None:
        """Try again what waited for a room key."""
        if await self._offload(lambda: self._store.key_came(key.room, key.session)):
            self.wake()

    async def run(self, session: MatrixSession, room: WitnessRoom) -> None:
        """Read for ever; an unreachable homeserver is waited for."""
        while True:
            self._awake.clear()
            for item in await self._offload(self._store.pending):
                try:
                    aside = await self._take(item, session, room)
                except HomeserverUnreachable:
                    await asyncio.sleep(AWAY_S)
                    self.wake()
                    break
                except BUGS as bug:
                    click.echo(
                        f"parley: this is a bug, nothing was signed: {type(bug).__name__}", err=True
                    )
                    aside = False
                if not aside:
                    await self._offload(self._done(item))
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_S):
                    await self._awake.wait()

    def _done(self, item: InboxItem) -> Callable[[], None]:
        return lambda: self._store.done([item.number])

    async def _take(self, item: InboxItem, session: MatrixSession, room: WitnessRoom) -> bool:
        """Take one item; True if it was set aside until its key comes."""
        if item.kind == "invite":
            await room.invited(item)
            return False
        heard = await session.inbound.read(item)
        match heard:
            case Line():
                if await room.is_question(heard):
                    await self._answer(heard, room)
            case KeyCame():
                await self.key_came(heard)
            case Unreadable(may_heal=True):
                where, which, now = heard.room, heard.session, wall()
                await self._offload(
                    lambda: self._store.wait_for_key(item.number, where, which, now)
                )
                return True
            case _:
                pass
        return False

    async def _answer(self, line: Line, room: WitnessRoom) -> None:
        """Judge and answer; whatever is no add-checkpoint body is passed over."""
        with suppress(FormatError):
            parse_submission(line.text)
            answer = await self._offload(lambda: self._judged(line.text))
            try:
                await room.answer(line, answer_text(answer))
            except NotSent as no:
                click.echo(f"parley: an answer did not go out: {no.reason}", err=True)

    def _judged(self, body: str) -> Answer:
        try:
            judged = self.desk.judge(body)
        except OSError as wrong:
            click.echo(f"parley: NOT SIGNED, nothing was kept: {wrong.strerror}", err=True)
            return Answer(NOT_KEPT, size=0)
        tell(judged)
        size = judged.refused.size if judged.refused else None
        proof = judged.proof.text() if judged.proof else None
        return Answer(judged.status, judged.lines, size, proof)
