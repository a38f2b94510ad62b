"""Forgetting, on the whole road from the typed line to the bytes of every file.

The thief of these tests has the master key: what was erased must be gone for that one too.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.domain.bodies import Erased
from bot.domain.case import Case
from bot.domain.fold import replay
from bot.domain.ids import Code, CompartmentId, EventId, RecordId, SeatId
from bot.engine.events import CommandReceived
from bot.ledger.verify import parse_trust, verify_receipt
from bot.ports import Store
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.hostile.running import CASE, Running, played
from tests.storage.filled import cells
from tests.storage.samples import MASTER
from tests.support.orchid import codes_in

LINES = count()
BLOCK = 16
"""Any 32 bytes of a cell hold 16 of these whole."""
KARIM = "Karim Haddad was moved to the white house by the canal"
TEAL = "H-TEAL has a fever and asks for his brother"
RIVER = "forty prisoners may cross the river at the second ford"
APART = "the interpreter prefers to sit by the window"
WORDS = (KARIM, TEAL, RIVER, APART)
WHY = "because the family asked for it"


async def types(running: Running, seat: str, place: str, text: str) -> str:
    """A person types; what the room then shows."""
    running.speaker.sent.clear()
    name = EventId(f"$erasure-{next(LINES)}")
    where, who = CompartmentId(place), SeatId(seat)
    await running.take(CommandReceived(name, running.now, where, who, text, running.now))
    await running.says()
    return "\n".join(running.heard(place))


async def recorded(running: Running) -> dict[str, str]:
    """Four things said in three compartments; their codes by their words."""
    said = {
        KARIM: ("haddad", "caucus-north", f"!record {KARIM}"),
        TEAL: ("merrow", "caucus-south", f"!record {TEAL}"),
        RIVER: ("haddad", "shuttle-north", f"!commit to South by fri 18:00: {RIVER}"),
        APART: ("merrow", "caucus-south", f"!record {APART}"),
    }
    return {text: codes_in(await types(running, *line))[0] for text, line in said.items()}


async def erases(running: Running, line: str) -> tuple[RecordId, ...]:
    """Two mediators have something erased; which records that was."""
    asked = await types(running, "lindqvist", "desk", f"!erase {line}")
    (code, *_) = codes_in(asked[asked.index("Waiting as") :])
    assert "Erased: " in await types(running, "adeyemi", "desk", f"!approve {code}")
    (made,) = [r.body for r in running.store.load(CASE) if isinstance(r.body, Erased)]
    return made.records


def record_of(running: Running, code: str) -> RecordId:
    return running.case.items[Code(code)].record


def keyed(path: Path) -> dict[tuple[str, int], bytes]:
    """Every content and every wrapped record key in the database."""
    tables = {"contents": "content", "record_keys": "wrapped"}
    return {
        (table, number): cell
        for table, column in tables.items()
        for number, cell in cells(path, f"SELECT number, {column} FROM {table}")  # noqa: S608
    }


def files(path: Path) -> bytes:
    """Return every byte of every file that lies there."""
    found = [p for p in sorted(path.parent.rglob("*")) if p.is_file()]
    assert {p.name for p in found} >= {"store.db", "store.tree"}
    return b"\0".join(p.read_bytes() for p in found)


def blocks(cell: bytes) -> Iterator[bytes]:
    return (cell[n : n + BLOCK] for n in range(0, len(cell) - BLOCK + 1, BLOCK))


def traces(cells_gone: dict[tuple[str, int], bytes], raw: bytes) -> set[tuple[str, int]]:
    """Return which cells left any of their bytes."""
    return {name for name, cell in cells_gone.items() if any(b in raw for b in blocks(cell))}


def logs_all(running: Running) -> None:
    """Sign trees until every record is in one: a batch has the same size whatever waits."""
    waiting = {record.id for record in running.store.load(CASE)}
    while any(running.store.receipt(record).text is None for record in waiting):
        running.now += timedelta(minutes=1)
        running.store.checkpoint(running.now)


async def ready(store: Store) -> tuple[Running, dict[str, str]]:
    running = Running(store)
    await running.cases.load()
    await running.opens()
    codes = await recorded(running)
    logs_all(running)
    return running, codes


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        (f'person H-TEAL {WHY} named "Karim Haddad"', {KARIM, TEAL}),
        (f"compartment caucus-south {WHY}", {TEAL, APART}),
        ("RIVER", {RIVER}),
    ],
)  # fmt: skip
@played
async def test_nothing_of_what_was_erased_is_in_any_file(
    tmp_path: Path, line: str, gone: set[str]
) -> None:
    path = tmp_path / "store.db"
    store = SqlStore.open(path, MASTER)
    running, codes = await ready(store)
    line = line.replace("RIVER", f"{codes[RIVER]} {WHY}")
    receipts = {text: store.receipt(record_of(running, codes[text])).text for text in WORDS}
    before = keyed(path)
    assert traces(before, files(path)) == set(before)

    erased = await erases(running, line)

    after = keyed(path)
    lost = {name: cell for name, cell in before.items() if name not in after}
    assert {record_of(running, codes[text]) for text in gone} <= set(erased)
    assert len(lost) == 2 * len({number for _, number in lost}) >= 2 * len(gone)
    kept = {name: cell for name, cell in before.items() if name in after}
    for moment in ("at once", "after the bot has stopped"):
        raw = files(path)
        assert traces(lost, raw) == set(), moment
        assert traces(kept, raw) == set(kept), moment
        assert not any(text.encode() in raw for text in WORDS)
        store.close()

    store = SqlStore.open(path, MASTER)
    store.audit()
    for text in WORDS:
        opened = store.prose(record_of(running, codes[text]))
        assert opened is not None
        assert (text not in opened[1].values()) == (text in gone)
    assert replay(Case(CASE), store.load(CASE)) == running.case
    trust = parse_trust(store.log_vkey())
    for text, old in receipts.items():
        new = store.receipt(record_of(running, codes[text])).text
        assert old is not None
        assert new is not None
        assert verify_receipt(old, trust=trust).ok
        assert verify_receipt(new, trust=trust).ok
        assert (text in dict(verify_receipt(new, trust=trust).fields).values()) == (
            text not in gone
        )
    store.close()


@played
async def test_messages_that_held_the_words_lost_them_when_they_were_done(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqlStore.open(path, MASTER)
    running, codes = await ready(store)
    where, who = CompartmentId("caucus-south"), SeatId("merrow")
    # An answer that quotes the line itself, before it is sent and after.
    odd = CommandReceived(
        EventId("$odd"), running.now, where, who, f"!{TEAL.split(maxsplit=1)[0]}", running.now
    )
    await running.take(odd)
    waiting = cells(path, "SELECT number, sealed FROM outbox WHERE state = 0")
    assert waiting
    await running.says()
    assert cells(path, "SELECT count(*) FROM outbox WHERE state = 1 AND length(sealed) > 0") == [
        (0,)
    ]
    assert cells(path, "SELECT count(*) FROM inbox WHERE state = 1 AND length(sealed) > 0") == [
        (0,)
    ]
    await erases(running, f"{codes[RIVER]} {WHY}")
    rows = {("outbox", number): sealed for number, sealed in waiting}
    assert traces(rows, files(path)) == set()
    store.close()


@played
async def test_an_erasure_that_a_reader_looked_on_leaves_nothing_either(tmp_path: Path) -> None:
    """A backup or `parley case plan` reads the database while two mediators erase."""
    path = tmp_path / "store.db"
    store = SqlStore.open(path, MASTER)
    running, codes = await ready(store)
    before = keyed(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM contents").fetchall()
    await erases(running, f"{codes[RIVER]} {WHY}")
    reader.execute("COMMIT")
    reader.close()
    after = keyed(path)
    lost = {name: cell for name, cell in before.items() if name not in after}
    # Whoever writes next, if only the heartbeat, ends it.
    assert traces(lost, files(path)) == set(lost)
    store.beat(running.now)
    assert traces(lost, files(path)) == set()
    store.close()


@played
async def test_an_erasure_that_the_process_did_not_outlive_is_finished_by_the_next_start(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    store = SqlStore.open(path, MASTER)
    running, codes = await ready(store)
    before = keyed(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM contents").fetchall()
    await erases(running, f"{codes[RIVER]} {WHY}")
    after = keyed(path)
    lost = {name: cell for name, cell in before.items() if name not in after}
    # The files as they would lie there if the power had failed at this very moment.
    killed = tmp_path / "killed" / "store.db"
    killed.parent.mkdir()
    for found in path.parent.glob("store.*"):
        if found.suffix != ".db-shm":
            shutil.copyfile(found, killed.with_name(found.name))
    reader.close()
    store.close()
    assert traces(lost, files(killed)) == set(lost)
    opened = SqlStore.open(killed, MASTER)
    assert traces(lost, files(killed)) == set()
    opened.close()


@pytest.mark.parametrize("durable", [False, True])
@played
async def test_nothing_said_after_an_erasure_holds_its_words(tmp_path: Path, durable: bool) -> None:
    store: Store = SqlStore.open(tmp_path / "store.db", MASTER) if durable else MemoryStore()
    running, codes = await ready(store)
    await erases(running, f'person H-TEAL {WHY} named "Karim Haddad, Lt. Haddad"')
    for seat, place in (("haddad", "caucus-north"), ("merrow", "caucus-south")):
        for line in ("!board", "!status", "!watch list", "!where"):
            said = await types(running, seat, place, line)
            assert "Karim" not in said
            assert "H-TEAL" not in said
    for code, seat, place in (
        (codes[KARIM], "haddad", "caucus-north"),
        (codes[TEAL], "merrow", "caucus-south"),
    ):
        assert f"`{code}` was erased" in await types(running, seat, place, f"!receipt {code}")
    assert f"`{codes[APART]}`" in await types(
        running, "merrow", "caucus-south", f"!receipt {codes[APART]}"
    )
    # The seat that bears the name is still there, and nothing that names it is held back.
    assert "[erased]" in await types(running, "haddad", "caucus-north", "!whoami")
    store.close()
