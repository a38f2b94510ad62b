"""The composition root: the only module that names every adapter.

It builds the bot from its settings, runs its tasks side by side, and ends them together. It
decides nothing: a task that fails ends the process, and the service manager starts it anew
from what is durable.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import resource
import secrets
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.domain.codec import to_json
from bot.domain.ids import CaseId, UserId
from bot.domain.ladder import Ladder
from bot.engine.events import CaseFileTaken
from bot.house import House
from bot.ladders import LaddersUnusable, read_ladders
from bot.lean import unhurried
from bot.ledger.encoding import FormatError
from bot.log import configure
from bot.matrix.session import Account, Ears, MatrixSession, SessionRefused, Waiting
from bot.matrix.transport import HomeserverRefused, HomeserverUnreachable
from bot.outside.channels import Channels, ChannelWrong
from bot.outside.ping import Ping
from bot.ports import NewItem, Outsider
from bot.proving import PutBack
from bot.runner.intake import CASE_FILE
from bot.scheduling.clock import Clock
from bot.settings import Settings, read_channels, read_master_key, read_password
from bot.storage.store import SqlStore
from bot.storage.verdicts import Damaged, OtherSchema, StoreFailed, WrongMasterKey
from bot.typeset.press import TypstPress

if TYPE_CHECKING:
    from bot.anchors.rfc3161 import Stamps

T = TypeVar("T")

CRYPTO_SECRET = "matrix.crypto"  # noqa: S105  # the name of a secret, not one
PR_SET_DUMPABLE = 4

AUDIT_S = 20.0
"""How long a start may look through its own store before it stands: about a million leaves."""

log = structlog.get_logger()


class StartRefused(Exception):
    """The bot cannot start; one sentence says what to do."""


class StorageThread:
    """Runs every storage call on one thread, off the event loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")

    async def __call__(self, call: Callable[[], T], /) -> T:
        """Return what `call` returns."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Let the thread end."""
        self._pool.shutdown()


def run(settings: Settings, *, unproved: bool = False) -> int:
    """Run the bot until it is told to stop; return the exit code.

    `unproved`: stand also on a store that was put back to an older state, and sign nothing any
    more. Raises `StartRefused`.
    """
    configure(settings.log.level, settings.log.format)
    _harden()
    return asyncio.run(_run(settings, unproved=unproved))


def _harden() -> None:
    """Nothing of this process's memory or files is for others: no dumps, no group, no world."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


async def _run(settings: Settings, *, unproved: bool) -> int:
    offload = StorageThread()
    unhurried()
    try:
        store = await offload(lambda: open_store(settings))
        try:
            whole = await offload(lambda: audit_within(store, AUDIT_S))
            return await _stand(settings, store, offload, unproved=unproved, audited=whole)
        finally:
            await offload(store.close)
    finally:
        offload.close()


def open_store(settings: Settings) -> SqlStore:
    """Open the store of these settings. Raises `StartRefused`."""
    key = read_master_key(settings)
    settings.store.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return SqlStore.open(settings.store.database, key, tree=settings.store.tree)
    except WrongMasterKey:
        raise StartRefused(
            "the master key does not open this store: restore the right key"
        ) from None
    except (OtherSchema, Damaged, StoreFailed) as wrong:
        raise StartRefused(f"the store cannot be opened: {wrong}") from None


def audit_within(store: SqlStore, seconds: float) -> bool:
    """Check the store against itself before anything is built on it; records first.

    False if that takes longer: the rest of a log of years is checked while the bot stands, because
    nobody may wait minutes for a deadline. Raises `StartRefused`.
    """
    until = time.monotonic() + seconds
    try:
        for _ in store.audit_parts():
            if time.monotonic() > until:
                log.warning("audit_goes_on")
                return False
    except Damaged as wrong:
        raise StartRefused(
            f"the store was changed behind the bot's back: {wrong}. Do not start it; keep the"
            " files as they are and restore from a place you trust"
        ) from None
    log.info("audited", count=store.leaves())
    return True


@dataclass(slots=True)
class _Bell:
    """Lets the session's callbacks reach a house that is built after it."""

    house: House | None = None


async def _stand(
    settings: Settings, store: SqlStore, offload: StorageThread, *, unproved: bool, audited: bool
) -> int:
    bell = _Bell()
    ears = Ears(
        arrived=lambda _count: bell.house.intake.wake() if bell.house else None,
        excluded=lambda room, devices: bell.house.excluded(room, devices) if bell.house else None,
        gap_left=lambda room: bell.house.gap_left(room) if bell.house else None,
        progress=lambda: bell.house.progress.synced() if bell.house else None,
    )
    waiting = Waiting(pause=asyncio.sleep, jitter=lambda: secrets.randbelow(1000) / 1000)
    account = Account(
        settings.homeserver.url,
        UserId(settings.homeserver.user),
        read_password(settings),
        settings.store.path,
    )
    clock = Clock(settings.timing.rehearsal_rate)
    secret = await offload(lambda: _crypto_secret(store))
    try:
        session = await MatrixSession.open(
            account, store, secret, offload, waiting=waiting, ears=ears
        )
    except SessionRefused as refused:
        raise StartRefused(str(refused)) from None
    except (HomeserverRefused, HomeserverUnreachable) as away:
        raise StartRefused(f"{away}: run `parley doctor`") from None
    try:
        bell.house = House(
            settings.timing,
            store,
            offload,
            session,
            clock,
            stamps=_stamps(settings),
            stamp_every_s=60 * settings.stamps.every_minutes,
            outside=settings.outside,
            ping=_ping(settings),
            outsider=_channels(settings),
            ladders=_ladders(settings),
            press=TypstPress(),
        )
        bell.house.proving.audit_at_once = not audited
        await bell.house.begin(unproved=unproved)
        await _until_stopped(bell.house)
    except PutBack as older:
        raise StartRefused(
            f"the store was put back to an older state: {older}. Restore the newest one. If there"
            " is none, `parley run --unproved` keeps watches and rooms going, and signs nothing"
            " any more"
        ) from None
    finally:
        await session.close()
    return 0


def _ping(settings: Settings) -> Ping | None:
    """Return the way to the outside monitor, if one is set."""
    url = settings.outside.ping_url
    return None if url is None else Ping(url.get_secret_value())


def _ladders(settings: Settings) -> dict[str, Ladder]:
    try:
        return read_ladders(settings)
    except LaddersUnusable as wrong:
        raise StartRefused(str(wrong)) from None


def _channels(settings: Settings) -> Outsider:
    """Return the ways to people outside Matrix."""
    try:
        return Channels(read_channels(settings))
    except ChannelWrong as wrong:
        raise StartRefused(f"{wrong}: see [outside]") from None


def _stamps(settings: Settings) -> Stamps | None:
    """Return the time-stamping authority, if one is set."""
    if settings.stamps.url is None or settings.stamps.roots_file is None:
        return None
    from bot.anchors.rfc3161 import StampFailed, Stamps  # noqa: PLC0415  # 11 MB, for few

    try:
        return Stamps(settings.stamps.url, [settings.stamps.roots_file.read_bytes()])
    except (OSError, StampFailed, FormatError) as wrong:
        raise StartRefused(f"stamps cannot be used ({wrong}): see [stamps]") from None


def _crypto_secret(store: SqlStore) -> bytes:
    kept = store.get(CRYPTO_SECRET)
    if kept is None:
        kept = secrets.token_bytes(32)
        store.put(CRYPTO_SECRET, kept)
    return kept


async def _until_stopped(house: House) -> None:
    """Run the house until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(house.run())
        await stopped.wait()
        log.info("stopping")
        running.cancel()


def hand_in_case_file(store: SqlStore, case: CaseId, taken: CaseFileTaken) -> None:
    """Put a case file into the inbox; the running bot, or the next start, takes it."""
    raw = json.dumps({"case": case, "event": to_json(taken, CaseFileTaken)})
    store.hand_in(NewItem(CASE_FILE, f"{taken.digest}:{secrets.token_hex(8)}", None, raw))
