from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.domain.bodies import Erased
from bot.domain.ids import RecordId, SeatId
from bot.domain.vocabulary import ErasureKind
from bot.engine.effects import Erase
from bot.runner.erasing import MOST, found_for, in_parts
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from bot.words.phrase import Ref
from tests.storage.samples import CASE, CAUCUS, DESK, MASTER, NOON, batch, erasing, item, party

MANY = tuple(RecordId(f"{n:032x}") for n in range(3 * MOST + 1))


def test_a_small_erasure_is_one_record() -> None:
    (record,) = erasing("e1", 0, "r1").records
    assert in_parts(record) == (record,)
    assert in_parts(item("r1")) == (item("r1"),)


def test_an_erasure_of_very_many_is_written_in_parts_that_a_record_can_carry(
    tmp_path: Path,
) -> None:
    (record,) = erasing("e1", 0).records
    assert isinstance(record.body, Erased)
    parts = in_parts(replace(record, body=replace(record.body, records=MANY, by=SeatId("x" * 32))))
    assert len({part.id for part in parts}) == len(parts) == 4
    bodies = [part.body for part in parts if isinstance(part.body, Erased)]
    assert tuple(i for body in bodies for i in body.records) == MANY
    store = SqlStore.open(tmp_path / "s.db", MASTER)
    store.commit(batch("e1", 0, *parts))
    assert [r.id for r in store.load(CASE)] == [part.id for part in parts]
    store.checkpoint(NOON)
    store.close()


def test_what_an_erasure_is_about_is_found_by_its_kind() -> None:
    store = MemoryStore()
    store.commit(batch("e1", 0, party("r1"), item("r2", "H-TEAL is well"), item("r3", "Karim too")))
    by = RecordId("by")
    one = Erase(by, ErasureKind.RECORD, "7KQF", records=(RecordId("r2"),))
    assert found_for(store, CASE, one) == ("r2",)
    place = Erase(by, ErasureKind.COMPARTMENT, "caucus", compartment=CAUCUS)
    assert found_for(store, CASE, place) == ("r2", "r3")
    assert found_for(store, CASE, replace(place, compartment=DESK)) == ("r1",)
    person = Erase(by, ErasureKind.PERSON, "H-TEAL")
    assert found_for(store, CASE, person) == ("r2",)
    store.commit(batch("e2", 3, item("r4", " Karim , Lt. Nobody")))
    named = replace(person, also=Ref(RecordId("r4"), "text"))
    assert found_for(store, CASE, named) == ("r2", "r3", "r4")
    assert found_for(store, CASE, replace(one, records=())) == ()
