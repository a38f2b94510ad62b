"""The fold of what is noted of held persons: the latest of each name and room. As `fold`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain import geneva_bodies as g
from bot.domain.case import Case
from bot.domain.geneva import Answer, Note, Topic
from bot.domain.growing import put
from bot.domain.records import Record


def geneva(case: Case, record: Record, body: g.GenevaBody) -> Case:
    """Return the case after one record about a held person."""
    pairs: list[tuple[str, str]]
    match body:
        case g.ArrivalNoted():
            topic, pairs = Topic.CLOCK, [(body.clock.value, body.watch)]
        case g.DataNoted():
            value = Answer.YES if body.present else Answer.NO
            topic = Topic.DATA
            pairs = [(name.value, value.value) for name in (*body.data, *body.notices)]
        case g.VisitNoted():
            topic, pairs = Topic.VISIT, [(body.modality.value, body.answer.value)]
        case g.ConsentsNoted():
            topic = Topic.CONSENT
            pairs = [(flag.value, Answer.YES.value) for flag in body.given]
            pairs += [(flag.value, Answer.NO.value) for flag in body.withheld]
    new = _with(case.held.get(body.person, ()), record, topic, pairs)
    return replace(case, held=put(case.held, body.person, new))


def _with(
    old: tuple[Note, ...], record: Record, topic: Topic, pairs: Iterable[tuple[str, str]]
) -> tuple[Note, ...]:
    new = {
        name: Note(topic, name, value, record.id, record.compartment, record.label, record.at)
        for name, value in pairs
    }
    kept = (
        note
        for note in old
        if (note.topic, note.place) != (topic, record.compartment) or note.name not in new
    )
    return (*kept, *new.values())
