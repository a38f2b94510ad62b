from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.bodies import CompartmentOpened
from bot.domain.case import Case
from bot.domain.fold import replay
from bot.domain.ids import CompartmentId, PartyId, Prose, RecordId, SeatId
from bot.domain.vocabulary import CompartmentKind
from bot.policy.label import Label, owned_by
from bot.ports import Batch
from bot.runner.sources import NOBODY, Opened, Opening, needed, open_all
from bot.storage.memory import MemoryStore
from bot.words.catalogues import catalogue
from bot.words.phrase import (
    Fact,
    Insertion,
    Lines,
    Moment,
    PartyName,
    Phrase,
    Phrases,
    Ref,
    Refs,
    Said,
    SeatName,
    phrase,
)
from bot.words.render import Renderer
from tests.vectors.generated import of
from tests.vectors.story import CASE as ID
from tests.vectors.story import CAUCUS, DESK, LOWLAND, NOON, OURS, ROWAN, STORY

# With a desk, so that a person's label is not that of the place where the person sits.
DESK_OPENED = replace(
    STORY[0],
    id=RecordId("desk-opened"),
    body=CompartmentOpened(DESK, CompartmentKind.DESK, PartyId("neutral")),
)
CASE = replay(Case(ID), (*STORY, DESK_OPENED))
ITEM = next(r.id for r in STORY if r.body.TAG == "item.recorded/1")
SEAT = next(r.id for r in STORY if r.body.TAG == "seat.added/1")
PARTY = next(r.id for r in STORY if r.body.TAG == "party.added/1")
NOWHERE = RecordId("never-written")
STRANGER = SeatId("stranger")
PLACES = (*CASE.compartments, CompartmentId("elsewhere"))
EVERYTHING = frozenset({ITEM, SEAT, PARTY})


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.commit(Batch(event="$all", case=ID, head=0, records=STORY))
    return made


def opening(opened: Opened) -> Opening:
    return Opening(CASE, opened, {record: label for record, (label, _) in opened.items()})


def admitted(label: Label) -> bool:
    return any(label.admits(place) for place in PLACES)


# -- what a sentence needs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "records"),
    [
        (Ref(ITEM, "text"), {ITEM}),
        (Ref(NOWHERE, "text"), {NOWHERE}),
        (Fact(ITEM, 5), {ITEM}),
        (SeatName(ROWAN), {SEAT}),
        (SeatName(STRANGER), set()),
        (PartyName(LOWLAND), {PARTY}),
        (PartyName(PartyId("crown")), set()),
        (Said(CAUCUS, Prose("words")), set()),
        (Moment(NOON), set()),
        (timedelta(hours=1), set()),
        ("K7QF", set()),
        (5, set()),
        (phrase("inner", text=Ref(ITEM, "text")), {ITEM}),
        ((), set()),
        ((phrase("one", who=SeatName(ROWAN)), phrase("two", at=Fact(ITEM, NOON))), {SEAT, ITEM}),
        (Lines("one", (ITEM, NOWHERE), (("text", Refs("text")),)), {ITEM, NOWHERE}),
        (Lines("one", (ITEM,), (("who", Phrases((phrase("x", by=SeatName(ROWAN)),))),)), {SEAT}),
    ],
    ids=range(17),
)
def test_a_sentence_needs_the_records_it_quotes_and_names(
    value: Insertion, records: set[str]
) -> None:
    assert needed(phrase("outer", code="K7QF", x=value), CASE) == records


@settings(max_examples=100, deadline=None)
@given(of(Phrase), of(Phrase))
def test_wrapping_a_sentence_in_others_loses_none_of_its_records(
    one: object, other: object
) -> None:
    assert isinstance(one, Phrase)
    assert isinstance(other, Phrase)
    wrapped = phrase("list", lines=(phrase("deep", inner=one), other))
    assert needed(wrapped, CASE) == needed(one, CASE) | needed(other, CASE)


def test_a_removed_persons_name_is_still_found() -> None:
    assert ROWAN in CASE.removed
    assert needed(phrase("x", who=SeatName(ROWAN)), CASE) == {SEAT}


# -- what is opened -------------------------------------------------------------------------------


def test_records_are_opened_with_their_labels_and_missing_ones_left_out(
    store: MemoryStore,
) -> None:
    opened = open_all(store, EVERYTHING | {NOWHERE})
    assert set(opened) == EVERYTHING
    assert opened[ITEM] == (OURS, {"text": "Nine “detainees”\nby the old mill"})
    assert opened[SEAT][1] == {"name": "Rowan Ångström"}


def test_prose_comes_with_the_label_of_its_record(store: MemoryStore) -> None:
    sources = opening(open_all(store, EVERYTHING))
    assert sources.prose(ITEM, "text") == ("Nine “detainees”\nby the old mill", OURS)
    assert sources.prose(ITEM, "no-such-field") == (None, OURS)
    assert sources.label_of(ITEM) == OURS


def test_erased_prose_is_none_and_still_has_its_owner() -> None:
    sources = opening({ITEM: (OURS, {}), SEAT: (OURS, {})})
    assert sources.prose(ITEM, "text") == (None, OURS)
    assert sources.label_of(ITEM) == OURS
    assert sources.seat(ROWAN) == (None, CASE.label_of_seat(ROWAN))


def test_what_cannot_be_attributed_is_said_to_nobody() -> None:
    sources = opening({})
    assert sources.prose(NOWHERE, "text") == (None, NOBODY)
    assert sources.label_of(NOWHERE) == NOBODY
    assert sources.seat(STRANGER) == (None, NOBODY)
    assert sources.label_in(CompartmentId("elsewhere")) == NOBODY
    assert not admitted(NOBODY)


@given(st.frozensets(st.sampled_from(PLACES)), st.sampled_from(["nobody", "lowland"]))
def test_nothing_joined_to_what_nobody_may_read_becomes_readable(
    readers: frozenset[CompartmentId], party: str
) -> None:
    assert not admitted(NOBODY.join(owned_by(PartyId(party), readers)))
    assert not admitted(owned_by(PartyId(party), readers).join(NOBODY))


def test_names_are_found_and_a_persons_name_has_the_label_of_the_seat(
    store: MemoryStore,
) -> None:
    sources = opening(open_all(store, EVERYTHING))
    assert sources.seat(ROWAN) == ("Rowan Ångström", CASE.label_of_seat(ROWAN))
    assert sources.party(LOWLAND) == "مجلس الوادي"
    assert sources.party(PartyId("crown")) is None
    assert opening({}).party(LOWLAND) is None


def test_what_is_said_in_a_place_has_that_places_label() -> None:
    assert opening({}).label_in(CAUCUS) == CASE.label_in(CAUCUS) != CASE.label_in(DESK)


# -- a sentence made of it ------------------------------------------------------------------------


def rendered(said: Phrase, opened: Opened, case: Case = CASE) -> Label:
    sources = Opening(case, opened, {record: label for record, (label, _) in opened.items()})
    maker = Renderer(catalogue("en"), "UTC", NOON, sources)
    maker.blocks(said)
    return maker.label


@pytest.mark.parametrize("value", [Ref(NOWHERE, "text"), Fact(NOWHERE, 5), SeatName(STRANGER)])
def test_a_sentence_that_names_what_is_not_there_goes_to_nobody(value: Insertion) -> None:
    said = phrase("watch.actor", seat=value)
    assert not admitted(rendered(said, {}))


def test_a_sentence_of_a_person_goes_where_that_person_sits(store: MemoryStore) -> None:
    said = phrase("watch.actor", seat=SeatName(ROWAN))
    here = replace(CASE, compartments=dict(CASE.compartments))
    label = rendered(said, open_all(store, needed(said, CASE)), here)
    assert label.admits(CAUCUS)
    assert not label.admits(CompartmentId("elsewhere"))
