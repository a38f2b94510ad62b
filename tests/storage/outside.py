"""Everybody who holds something of the log, in files that no death of the bot can take back.

A witness with its real memory, the bot's account data, people with receipts; and one round of a
bot's life among them. Run by `test_kill_log`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.cli.witness_state import StateFile, opened_state
from bot.domain.bodies import Erased
from bot.domain.ids import RecordId
from bot.ledger.checkpoint import log_signature_holds, parse_checkpoint
from bot.ledger.outside import judge_anchor
from bot.ledger.verify import parse_trust, verify_receipt
from bot.ledger.witness import Witness
from bot.storage.store import SqlStore
from tests.ledger.building import key, witness
from tests.storage.samples import CASE, NOON, arrived, batch, due, erasing, item, row

SEEN_AT = 1_800_000_000
PUBLIC = witness("w1.example")


class Outside:
    """Files beside the store: `handed`, `anchor`, `receipts`, `told`, `witness.state`."""

    def __init__(self, place: Path, store: SqlStore) -> None:
        self._place = place
        self._store = store
        log = store.log_key()
        path, logs = place / "witness.state", {log.name: log}
        state = opened_state(path, PUBLIC, logs, is_new=not path.exists())
        seen = state.seen(log.name)
        self.size = seen.checkpoint.size if seen else 0
        self.witness = Witness(PUBLIC.name, key(PUBLIC.name), [log], StateFile(path, state, logs))

    def give(self, what: str, text: str) -> None:
        """Somebody out there has it now, for ever."""
        with (self._place / what).open("a") as file:
            file.write(json.dumps(text) + "\n")

    def given(self, what: str) -> list[str]:
        """Return what somebody out there has."""
        path = self._place / what
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def agrees(self) -> None:
        """Check all that was ever given away against the store."""
        store = self._store
        for text in self.given("handed"):
            note = parse_checkpoint(text)
            assert log_signature_holds(note, store.log_key())
            assert store.leads_to(note.size, note.root)
        newest = store.last_checkpoint()
        ours = parse_checkpoint(newest).size if newest else 0
        for text in self.given("anchor"):
            assert judge_anchor(text, store.log_key(), ours, store.leads_to) is None
        trust = parse_trust(f"{store.log_vkey()} {PUBLIC.vkey()}")
        for text in self.given("receipts"):
            assert verify_receipt(text, trust=trust).ok
        for event in self.given("told"):
            assert store.handled(event)


def nowhere() -> None:
    """Nobody dies."""


def live(store: SqlStore, outside: Outside, here: Callable[[], None] = nowhere) -> None:
    """One round: something is recorded, signed, published; something older is erased; published."""
    head = len(store.load(CASE))
    store.take(f"token {head}", [arrived(f"$event-{head}")])
    (number,) = (i.number for i in store.pending() if i.key == f"$event-{head}")
    store.commit(
        replace(
            batch(f"event {head}", head, *(item(f"record {head}.{n}") for n in range(3))),
            outbox=(row(f"row {head}"),),
            arm=(due(f"key {head}", head),),
            inbox_done=(number,),
        )
    )
    outside.give("told", f"event {head}")
    publish(store, outside, here)
    store.commit(erasing(f"erase {head}", head + 3, *victims(store)))
    outside.give("told", f"erase {head}")
    publish(store, outside, here)


def victims(store: SqlStore) -> tuple[RecordId, ...]:
    """Return the oldest two records that nobody erased."""
    records = store.load(CASE)
    gone = erased(store)
    left = [r.id for r in records if r.id not in gone and not isinstance(r.body, Erased)]
    return tuple(left[:2])


def erased(store: SqlStore) -> set[RecordId]:
    """Return the records of which the journal says that they were erased."""
    bodies = (r.body for r in store.load(CASE))
    return {name for body in bodies if isinstance(body, Erased) for name in body.records}


def publish(store: SqlStore, outside: Outside, here: Callable[[], None] = nowhere) -> None:
    """Sign, have it cosigned, leave it in the account, give a receipt: dying at each moment."""
    note = store.checkpoint(NOON)
    assert note is not None
    here()
    outside.give("handed", note)
    here()
    line = outside.witness.add_checkpoint(store.submission(outside.size) or "", SEEN_AT)
    assert isinstance(line, str), line
    outside.size = parse_checkpoint(note).size
    here()
    store.take_cosignature(outside.size, line)
    here()
    outside.give("anchor", note)
    here()
    for record in store.load(CASE)[-1:]:
        text = store.receipt(record.id, [PUBLIC]).text
        assert text is not None
        outside.give("receipts", text)
        here()
