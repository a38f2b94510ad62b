"""Laws of forgetting: what an erasure changes of a case, and what it must never change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import bodies as b
from bot.domain import release_bodies as r
from bot.domain.case import Case
from bot.domain.fold import evolve, replay
from bot.domain.ids import CaseId, CompartmentId, Prose, RecordId, SeatId
from bot.domain.records import Record
from bot.domain.vocabulary import ErasureKind
from tests.vectors.generated import LABELS, journals
from tests.vectors.story import NOON

LAW = settings(max_examples=100, deadline=None)
START = Case(CaseId("orchid"))
SOME = st.lists(st.sampled_from([f"r{n}" for n in range(24)]), max_size=8).map(
    lambda names: tuple(RecordId(name) for name in names)
)


def erasure(number: int, records: tuple[RecordId, ...]) -> Record:
    body = b.Erased(
        ErasureKind.PERSON, "H-TEAL", SeatId("one"), SeatId("two"), records, Prose("asked")
    )
    place = CompartmentId("desk")
    return Record(RecordId(f"e{number}"), START.id, place, NOON, LABELS[0], "$cause", body)


@LAW
@given(journals(), SOME)
def test_an_erasure_changes_nothing_of_a_case_but_what_is_erased(
    records: Sequence[Record], gone: tuple[RecordId, ...]
) -> None:
    before = replay(START, records)
    after = evolve(before, erasure(0, gone))
    assert after == replace(before, head=before.head + 1, erased=before.erased | set(gone))


@LAW
@given(journals(), st.data())
def test_it_never_matters_when_words_were_erased(
    records: Sequence[Record], data: st.DataObject
) -> None:
    """Seats, rooms, breaches, promises and watches are as if nothing had been erased."""
    mixed: list[Record] = []
    gone: set[RecordId] = set()
    for number, record in enumerate(records):
        if data.draw(st.booleans()):
            some = data.draw(SOME)
            mixed.append(erasure(number, some))
            gone |= set(some)
        mixed.append(record)
    plain = replay(START, records)
    expected = replace(plain, head=len(mixed), erased=plain.erased | gone)
    cut = data.draw(st.integers(0, len(mixed)))
    assert replay(START, mixed) == expected
    assert replay(replay(START, mixed[:cut]), mixed[cut:]) == expected
    assert reduce(evolve, mixed, START) == expected


@LAW
@given(journals())
def test_every_record_with_words_under_a_code_is_found_by_that_code(
    records: Sequence[Record],
) -> None:
    case = replay(START, records)
    worded = (
        r.TearLineProposed
        | r.NameProtected
        | b.ItemRecorded
        | b.CommitmentProposed
        | b.ReleaseAsked
        | b.ItemReleased
        | b.WatchSet
    )
    told = b.WatchAcked | b.WatchSatisfied | b.ReportTooWeak | b.WatchSuspended | b.WatchEnded
    told |= b.QuestionDeposited | b.QuestionBurnt
    named = {one.body.report for one in records if isinstance(one.body, b.EvidenceGiven)}
    for record in records:
        body = record.body
        if isinstance(body, worded | told | b.EvidenceJudged):
            assert record.id in case.words[body.code]
        elif isinstance(body, b.EvidenceGiven):
            assert {record.id, body.report} <= set(case.words[body.code])
            assert record.id in case.words[body.watch]
        elif isinstance(body, b.IndexGiven):
            assert record.id in case.words[body.watch]
        elif isinstance(body, b.PromiseActed | b.ConcessionNoted):
            assert record.id in case.words[body.code]
        elif isinstance(body, b.OfferTerms):
            assert record.id in case.words[body.offer]
        elif isinstance(body, b.AssessmentGiven):
            assert record.id in case.words[body.code]
            assert body.about is None or record.id in case.words[body.about]
        else:
            continue
        named.add(record.id)
    assert {name for names in case.words.values() for name in names} <= named


@LAW
@given(journals(), SOME)
def test_a_code_stays_taken_for_ever(records: Sequence[Record], gone: tuple[RecordId, ...]) -> None:
    case = evolve(replay(START, records), erasure(0, gone))
    for code in (*case.items, *case.watches, *case.offers, *case.requests):
        assert case.knows_code(code)
