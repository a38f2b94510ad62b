"""The judges read receipts of the real store, before and after random records were erased."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.ids import RecordId
from bot.ledger.receipt import parse_receipt
from bot.ledger.verify import Trust, verify_receipt
from bot.storage.store import SqlStore
from tests.judges.draws import Draws
from tests.judges.panel import AICS, OPENSSL, SD_JWT, SIGSTORE, about, ask
from tests.storage.samples import MASTER, NOON, batch, item, steady

COUNT = 60


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore.open(tmp_path / "store.db", MASTER, steady("judges"))
    yield made
    made.close()


def fill(store: SqlStore, draws: Draws) -> None:
    """Commit records by handfuls, with a checkpoint now and then and one at the end."""
    done = 0
    while done < COUNT:
        few = min(draws.between(1, 7), COUNT - done)
        records = (item(f"r{done + n}", draws.text() or "-") for n in range(few))
        store.commit(batch(f"e{done}", done, *records))
        done += few
        if draws.chance(40):
            store.checkpoint(NOON + timedelta(minutes=done))
    store.checkpoint(NOON + timedelta(days=1))


def receipts(store: SqlStore) -> list[str]:
    texts = [store.receipt(RecordId(f"r{n}")).text for n in range(COUNT)]
    return [text for text in texts if text is not None]


def test_third_parties_accept_what_the_store_gives_before_and_after_erasure(
    store: SqlStore, tmp_path: Path
) -> None:
    draws = Draws("store")
    fill(store, draws)
    before = receipts(store)
    gone = set(draws.some(range(COUNT), COUNT // 3))
    records = tuple(RecordId(f"r{number}") for number in sorted(gone))
    store.commit(replace(batch("erasing", COUNT), erase=records))
    after = receipts(store)
    assert len(before) == len(after) == COUNT
    shown = [bool(parse_receipt(text).disclosures) for text in after]
    assert shown == [number not in gone for number in range(COUNT)]

    trust = Trust(store.log_key(), store.submit_key())
    assert all(verify_receipt(text, trust=trust).ok for text in before + after)
    questions = [about(text, trust) for text in before + after]
    for judge in (AICS, SIGSTORE, SD_JWT, OPENSSL):
        assert ask(judge, questions, tmp_path) == [""] * len(questions), judge
