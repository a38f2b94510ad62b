"""A store with something in every table, and every secret string that went into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.domain.ids import RecordId
from bot.ports import Batch
from bot.storage.store import SqlStore
from tests.storage.samples import (
    CASE,
    CAUCUS,
    MASTER,
    NOON,
    ROOM,
    arrived,
    bare,
    direct,
    due,
    item,
    party,
    receipt_row,
    row,
)

BATCH = Batch(
    event="$whimbrel-command",
    case=CASE,
    head=0,
    records=(party("record-alder"), item("record-birch"), bare("record-cedar")),
    outbox=(row("txn-dunlin"), direct("txn-knot"), receipt_row("txn-ruff"), row("txn-stint")),
    arm=(due("watch-sedge/1", 1), due("watch-sedge/2", 2)),
    fired=("watch-rush/0",),
    files=((RecordId("record-birch"), b"photograph-of-a-sandpiper"),),
)
ITEMS = (arrived("$avocet"), arrived("$bittern"), arrived("$crane"))
PLAIN = (
    "sync-token-9921",
    "session-godwit",
    "$dotterel-own",
    "an intruder: @egret:x",
    "pin-secret",
)


def fill(store: SqlStore) -> None:
    """Put something into every table."""
    token, session, own, why, secret = PLAIN
    store.take(token, ITEMS)
    store.wait_for_key(2, ROOM, session, NOON)
    store.first_uses([(session, 0, "$avocet")])
    store.commit(replace(BATCH, inbox_done=(1,)))
    store.sent("txn-dunlin", own)
    store.park("txn-stint", why)
    store.put("vault-name-heron", secret.encode())
    store.beat(NOON)
    store.checkpoint(NOON + timedelta(minutes=1))
    store.take_cosignature(16, "a line\n")
    store.take_stamp(16, b"a token")


def secrets_of(*things: object) -> set[bytes]:
    """Return every string inside, as it would lie in a file."""
    return {text.encode() for thing in things for text in _strings(thing) if len(text) > 3}


def everything_planted() -> set[bytes]:
    """Return every string that `fill` handed to the store, and each one's JSON form."""
    # "waiting" is also the name of an index.
    found = secrets_of(BATCH, ITEMS, PLAIN, "vault-name-heron") - {b"waiting"}
    assert len(found) > 40
    return found | {b"item.recorded", b"photograph-of-a-sandpiper", MASTER}


def files_of(path: Path) -> dict[str, bytes]:
    """Return the raw bytes of the database and whatever lies beside it."""
    return {found.name: found.read_bytes() for found in sorted(path.parent.glob(f"{path.name}*"))}


def edit(path: Path, sql: str, values: Iterable[bytes] = ()) -> int:
    """Change the database behind the store's back; return how many rows changed."""
    connection = sqlite3.connect(path)
    with connection:
        changed = connection.execute(sql, tuple(values)).rowcount
    connection.close()
    return changed


def cells(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Read the database behind the store's back."""
    connection = sqlite3.connect(path)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def reopen(path: Path) -> None:
    """Open the store and read all there is."""
    store = SqlStore.open(path, MASTER)
    try:
        read_everything(store)
    finally:
        store.close()


def read_everything(store: SqlStore) -> None:
    """Read all there is, as a start does."""
    store.audit()
    for case in store.cases():
        for record in store.load(case):
            store.prose(record.id)
            store.receipt(record.id)
    store.token()
    store.pending()
    store.key_came(ROOM, PLAIN[1])
    store.pending()
    store.unpark(CASE, CAUCUS)
    store.waiting()
    store.due(NOON + timedelta(days=9))
    store.get("vault-name-heron")


def _strings(thing: object) -> Iterator[str]:
    if isinstance(thing, str):
        yield str(thing)
    elif isinstance(thing, tuple | list | frozenset):
        for part in thing:
            yield from _strings(part)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from _strings(getattr(thing, field.name))
