"""Laws of `ports.Journal`: checkpoints and receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.ids import RecordId
from bot.ledger.checkpoint import cosign, parse_checkpoint
from bot.ledger.keys import parse_vkey, witness_key
from bot.ledger.party import sign_record
from bot.ledger.receipt import parse_receipt
from bot.ledger.tree import leaf_hash
from bot.ledger.witness import Seen, Witness
from bot.ports import Receipt
from bot.storage.log import LATE, PADDING, PATIENCE
from tests.contract.stores import AnyStore, proved
from tests.ledger.building import key
from tests.storage.samples import (
    CASE,
    DESK,
    NOON,
    TEXT,
    batch,
    erasing,
    item,
    party,
)


class Kept:
    """A witness's memory."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def last(self, origin: str) -> Seen | None:
        return self._seen.get(origin)

    def keep(self, origin: str, seen: Seen) -> None:
        self._seen[origin] = seen


def sizes(store: AnyStore, *waiting: int) -> list[int]:
    """Commit so many records before each checkpoint; return the sizes."""
    found, head = [], 0
    for number, count in enumerate(waiting):
        names = [f"r{number}.{n}" for n in range(count)]
        if count:
            store.commit(batch(f"e{number}", head, *(item(name) for name in names)))
        head += count
        note = store.checkpoint(NOON)
        assert note is not None
        assert store.last_checkpoint() == note
        found.append(parse_checkpoint(note).size)
    return found


@pytest.mark.parametrize(
    "busy", [(0, 0, 0), (1, 0, 5), (PADDING, PADDING, PADDING), (3 * PADDING, 0, 0)]
)
def test_the_size_of_a_checkpoint_does_not_show_how_much_happened(
    store: AnyStore, busy: tuple[int, ...]
) -> None:
    assert sizes(store, *busy) == [PADDING, 2 * PADDING, 3 * PADDING]


def test_a_rush_is_spread_and_only_a_great_one_makes_a_batch_larger(store: AnyStore) -> None:
    most = PADDING * PATIENCE
    assert sizes(store, most, 0, 0, 0) == [PADDING * n for n in (1, 2, 3, 4)]
    assert store.receipt(RecordId(f"r0.{most - 1}")).text is not None
    store.commit(batch("more", most, *(item(f"s{n}") for n in range(most + 1))))
    note = parse_checkpoint(store.checkpoint(NOON) or "")
    assert note.size == PADDING * 4 + PADDING * 2


def test_what_waits_is_logged_in_the_order_it_came(store: AnyStore) -> None:
    store.commit(batch("e1", 0, *(item(f"r{n}") for n in range(PADDING + 1))))
    store.checkpoint(NOON)
    assert store.receipt(RecordId(f"r{PADDING - 1}")).text is not None
    assert store.receipt(RecordId(f"r{PADDING}")).text is None
    store.checkpoint(NOON)
    assert store.receipt(RecordId(f"r{PADDING}")).text is not None


def test_a_leafs_place_says_nothing_of_when_it_was_written(store: AnyStore) -> None:
    store.commit(batch("e1", 0, *(item(f"r{n}") for n in range(PADDING))))
    store.checkpoint(NOON)
    receipts = [parse_receipt(store.receipt(RecordId(f"r{n}")).text or "") for n in range(PADDING)]
    places = [r.proof.index for r in receipts]
    assert sorted(places) == list(range(PADDING))
    by_hash = sorted(receipts, key=lambda r: leaf_hash(r.proof.extra))
    assert [r.proof.index for r in by_hash] == list(range(PADDING))


def test_a_doubted_log_signs_nothing_for_ever(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    first = store.checkpoint(NOON)
    assert store.doubted() is None
    store.doubt("larger")
    store.doubt("fork")
    assert store.doubted() == "larger"
    store.commit(batch("e2", 1, item("r2")))
    assert store.checkpoint(NOON) is None
    assert store.last_checkpoint() == first
    assert store.receipt(RecordId("r2")).text is None
    assert store.receipt(RecordId("r1")).text is not None


def test_a_submission_convinces_a_witness_at_every_step(store: AnyStore) -> None:
    assert store.submission(0) is None
    store.checkpoint(NOON)
    log = parse_vkey(store.log_vkey())
    witness = Witness("w1.example", key("w1.example"), [log], Kept())
    for old in (0, PADDING, 2 * PADDING):
        answer = witness.add_checkpoint(store.submission(old) or "", 1_700_000_000)
        assert isinstance(answer, str)
        size = parse_checkpoint(store.last_checkpoint() or "").size
        store.take_cosignature(size, answer)
        store.take_cosignature(size, answer)
        assert (store.last_checkpoint() or "").count("w1.example") == 1
        store.checkpoint(NOON)
    assert store.submission(10**9) is None
    assert store.submission(-1) is None


def test_the_tree_leads_to_what_it_signed_and_to_nothing_else(store: AnyStore) -> None:
    store.checkpoint(NOON)
    first = parse_checkpoint(store.last_checkpoint() or "")
    store.checkpoint(NOON)
    second = parse_checkpoint(store.last_checkpoint() or "")
    assert store.leads_to(first.size, first.root)
    assert store.leads_to(second.size, second.root)
    assert not store.leads_to(first.size, second.root)
    assert not store.leads_to(second.size + 1, second.root)


def cosigned(store: AnyStore, *names: str) -> int:
    """Let witnesses sign the newest checkpoint; return its size."""
    note = parse_checkpoint(store.last_checkpoint() or "")
    for name in names:
        line = cosign(replace(note, lines=()), name, 1_700_000_000, key(name)).text()
        store.take_cosignature(note.size, line.rpartition("\n\n")[2])
    return note.size


def test_a_receipt_stands_under_the_checkpoint_that_most_of_its_witnesses_saw(
    store: AnyStore,
) -> None:
    store.checkpoint(NOON)
    cosigned(store, "w1.example")
    store.checkpoint(NOON)
    store.commit(batch("e1", 0, item("r1")))
    store.checkpoint(NOON)
    cosigned(store, "w1.example", "w9.example")
    store.checkpoint(NOON)
    most = cosigned(store, "w1.example", "w2.example")
    store.checkpoint(NOON)
    asked = [witness_key(name, key(name)) for name in ("w1.example", "w2.example")]
    given = store.receipt(RecordId("r1"), asked)
    assert given.witnessed == 2
    assert given.made_at == NOON
    read = parse_receipt(given.text or "")
    assert read.proof.checkpoint.size == most
    assert read.before is not None
    assert read.before.size == PADDING
    proved(given)
    one = store.receipt(RecordId("r1"), asked[:1])
    assert one.witnessed == 1
    assert parse_receipt(one.text or "").proof.checkpoint.size == 3 * PADDING
    assert "w9.example" not in (given.text or "") + (one.text or "")
    assert "w1.example" not in (store.receipt(RecordId("r1")).text or "")


def test_a_receipt_carries_the_parties_signatures_it_is_given(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    store.checkpoint(NOON)
    jwt = store.jwt(RecordId("r1"))
    assert jwt is not None
    signed = sign_record(jwt, 1_700_000_000, key("north"))
    text = store.receipt(RecordId("r1"), parties=[signed]).text or ""
    assert parse_receipt(text).parties == (signed,)
    assert store.jwt(RecordId("r9")) is None


def test_a_time_stamp_is_found_over_what_it_covers(store: AnyStore) -> None:
    assert store.stamp_over(0) is None
    store.checkpoint(NOON)
    store.checkpoint(NOON)
    store.take_stamp(PADDING, b"one")
    store.take_stamp(2 * PADDING, b"two")
    assert store.stamp_over(0) == (PADDING, b"one")
    assert store.stamp_over(PADDING) == (2 * PADDING, b"two")
    assert store.stamp_over(2 * PADDING) is None


def test_a_receipt_can_show_the_checkpoint_that_was_stamped(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    for _ in range(20):
        store.checkpoint(NOON)
    stamped = 20 * PADDING
    found = store.receipt(RecordId("r1"), under=stamped)
    assert parse_receipt(found.text or "").proof.checkpoint.size == stamped
    assert proved(found)["text"] == TEXT
    assert store.receipt(RecordId("r1"), under=stamped + 1).text is None


def test_no_receipt_shows_a_checkpoint_that_does_not_hold_its_record(store: AnyStore) -> None:
    store.checkpoint(NOON)
    store.commit(batch("e1", 0, item("r1")))
    store.checkpoint(NOON)
    assert store.receipt(RecordId("r1"), under=PADDING).text is None
    assert store.receipt(RecordId("r1"), under=2 * PADDING).text is not None


def test_a_receipt_waits_for_a_checkpoint(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    assert store.receipt(RecordId("r1")) == Receipt(None, late=False)
    store.beat(NOON + LATE + timedelta(seconds=1))
    assert store.receipt(RecordId("r1")) == Receipt(None, late=True)
    store.checkpoint(NOON + timedelta(minutes=1))
    receipt = store.receipt(RecordId("r1"))
    assert not receipt.late
    assert proved(receipt)["text"] == TEXT


def test_a_receipt_shows_what_was_said_and_not_who_else_reads(store: AnyStore) -> None:
    store.commit(batch("e1", 0, party("r0"), item("r1")))
    store.checkpoint(NOON)
    receipt = store.receipt(RecordId("r1"))
    shown = proved(receipt)
    assert shown["record"] == "item.recorded/1"
    assert shown["recorded_at"] == "2026-11-22T12:00:00Z"
    assert shown["by"] == "seat-rowan"
    assert "envelope" not in shown
    assert receipt.text is not None
    for value in shown.values():
        assert str(DESK) not in str(value)
        assert str(CASE) not in str(value)


def test_a_receipt_keeps_its_first_checkpoint_and_names_the_one_before(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    first = store.checkpoint(NOON)
    store.commit(batch("e2", 1, item("r2")))
    second = store.checkpoint(NOON)
    store.commit(batch("e3", 2, item("r3")))
    store.checkpoint(NOON)
    text = store.receipt(RecordId("r2")).text
    assert text is not None
    read = parse_receipt(text)
    assert read.proof.checkpoint.text() == second
    assert read.before is not None
    assert read.before.text() == first
    assert parse_receipt(store.receipt(RecordId("r1")).text or "").before is None
    last = parse_receipt(store.receipt(RecordId("r3")).text or "").before
    assert last is not None
    assert last.text() == second


def test_a_receipt_of_an_erased_record_proves_and_shows_nothing(store: AnyStore) -> None:
    store.commit(batch("e1", 0, item("r1")))
    store.checkpoint(NOON)
    store.commit(erasing("e2", 1, "r1"))
    assert proved(store.receipt(RecordId("r1"))) == {}


def test_there_is_no_receipt_of_no_record(store: AnyStore) -> None:
    with pytest.raises(LookupError):
        store.receipt(RecordId("r1"))


def test_a_line_that_a_disk_has_spoiled_spoils_no_checkpoint(store: AnyStore) -> None:
    note = store.checkpoint(NOON)
    store.take_cosignature(PADDING, "a line\n")
    assert store.last_checkpoint() == note
    cosigned(store, "w1.example")
    assert (store.last_checkpoint() or "").count("\u2014 w1.example") == 1
