"""Opening what `parley doctor` looks at: the store, the homeserver, its clock.

It changes nothing that lasts: the store is not made if it is not there, and a log-in that had
to be made for the visit is ended again with its device. It refuses to take the running bot's
device over: its own token is used, never a new one for its device.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from bot.cli.checks import Check, Visit, fail, ok
from bot.cli.opened import opened
from bot.matrix.cross_signing import SEED_BYTES, Seeds, public_master
from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable, path_of
from bot.matrix.session import SEEDS, TOKEN
from bot.matrix.strict_json import JsonObject, text
from bot.settings import Settings, SettingsWrong, read_password
from bot.storage.store import SqlStore
from bot.storage.verdicts import Damaged, OtherSchema, StoreFailed, WrongMasterKey

_VERSIONS: Final = "/_matrix/client/versions"
_TIMEOUT_S: Final = 10.0
AUDITS: Final = 5


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the store says: how it is, the bot's token, its public master key."""

    check: Check
    token: str | None = None
    master: str | None = None


@asynccontextmanager
async def visiting(settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[Visit]:
    """Give the checks what they look at, and clean up behind them."""
    kept = _read_store(settings)
    server = Homeserver(
        settings.homeserver.url,
        token=None,
        pause=asyncio.sleep,
        jitter=lambda: secrets.randbelow(1000) / 1000,
    )
    guest = False
    try:
        versions = await _versions(server)
        date = None
        login = fail("log-in", "not tried: the homeserver does not answer", "see above")
        if versions is not None:
            date = await asyncio.to_thread(_date, settings.homeserver.url, now)
            login, guest = await _log_in(settings, server, kept.token)
        yield Visit(settings, kept.check, login, server, kept.master, date, versions)
    finally:
        if guest:
            with suppress(HomeserverRefused, HomeserverUnreachable):
                await server.call("POST", path_of("logout"), body={})
        await server.close()


def _read_store(settings: Settings) -> _Kept:
    try:
        with opened(settings) as store:
            if store is None:
                return _Kept(ok("database", "is made at the first run"))
            leaves = _audited(store)
            token, seeds = store.get(TOKEN), store.get(SEEDS)
    except SettingsWrong:
        return _Kept(fail("database", "not opened: there is no master key", "see above"))
    except WrongMasterKey:
        do = "put the right master key back; a new one opens nothing"
        return _Kept(fail("database", "the master key does not open it", do))
    except Damaged as wrong:
        do = "stop the bot, keep the files as evidence, restore the last backup"
        return _Kept(fail("database", f"was changed from outside: {wrong}", do))
    except (OtherSchema, StoreFailed) as wrong:
        return _Kept(fail("database", str(wrong), "see the runbook: restore, or the right version"))
    return _Kept(
        ok("database", f"opens, and all {leaves} entries of the ledger fit together"),
        None if token is None else token.decode(),
        None if seeds is None else _public(seeds),
    )


def _audited(store: SqlStore) -> int:
    """Audit until one pass holds: a commit of the running bot in the middle of it is no damage."""
    for _ in range(AUDITS - 1):
        with suppress(Damaged):
            return store.audit()
    return store.audit()


def _public(seeds: bytes) -> str:
    parts = (seeds[at : at + SEED_BYTES] for at in range(0, 3 * SEED_BYTES, SEED_BYTES))
    return public_master(Seeds(*parts))


async def _versions(server: Homeserver) -> JsonObject | None:
    try:
        return await server.call("GET", _VERSIONS, timeout_s=_TIMEOUT_S, attempts=2)
    except (HomeserverRefused, HomeserverUnreachable):
        return None


async def _log_in(settings: Settings, server: Homeserver, token: str | None) -> tuple[Check, bool]:
    """Use the bot's token, else log in as a guest device; tell whether it has to leave again."""
    user = settings.homeserver.user
    server.token = token
    if token is not None:
        try:
            if text(await server.whoami(), "user_id") == user:
                return ok("log-in", f"the bot's token stands for {user}"), False
        except HomeserverRefused:
            pass
        except HomeserverUnreachable as away:
            return fail("log-in", f"no usable answer ({away.reason})", "try again"), False
    server.token = None
    try:
        password = read_password(settings)
    except SettingsWrong:
        return fail("log-in", "not tried: there is no password", "see above"), False
    try:
        found = await server.login(user, password, f"doctor-{secrets.token_hex(8)}")
    except HomeserverRefused as refused:
        do = "check the password file and that the account exists; 429: wait a minute"
        return fail("log-in", f"refused ({refused.status} {refused.errcode})", do), False
    except HomeserverUnreachable as away:
        return fail("log-in", f"no usable answer ({away.reason})", "try again"), False
    if found.user_id != user:
        return fail(
            "log-in", "the homeserver took us for somebody else", "check homeserver.user"
        ), True
    return ok("log-in", f"the password opens {user}"), True


def _date(url: str, now: Callable[[], datetime]) -> tuple[datetime, datetime] | None:
    """Return the homeserver's time and ours. Plain HTTP, for its headers alone; no token."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", parts.path + _VERSIONS)
        answer = connection.getresponse()
        return parsedate_to_datetime(answer.getheader("Date", "")), now()
    except (OSError, HTTPException, ValueError, TypeError):
        return None
    finally:
        connection.close()
