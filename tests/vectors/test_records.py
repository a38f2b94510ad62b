from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

import pytest

from bot.domain.bodies import BODIES, Body
from bot.domain.codec import Json, tag_of
from bot.domain.records import PLANS
from bot.storage.forms import compact, record_of
from tests.vectors.make_records import VECTORS, Vector, frozen, vector_of
from tests.vectors.story import CASE, SAMPLES

EVERY_BODY = pytest.mark.parametrize("kind", BODIES, ids=tag_of)
FROZEN = frozen()
GONE: frozenset[str] = frozenset()
"""Tags once shipped whose class is gone; their names are never given away again."""


def test_no_tag_is_used_twice() -> None:
    tags = [kind.TAG for kind in BODIES]
    assert len(set(tags)) == len(tags)
    assert not GONE & set(tags)


def test_no_vector_stands_twice_in_the_file() -> None:
    seen: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        seen.extend(name for name, _ in pairs if "/" in name)
        return dict(pairs)

    json.loads(VECTORS.read_text("utf-8"), object_pairs_hook=note)
    assert len(seen) == len(set(seen)) == len(FROZEN)


def test_every_tag_ever_shipped_has_a_vector_and_a_class() -> None:
    """A new kind of record: tell it in `story.py`, then run `tests.vectors.make_records`."""
    assert set(FROZEN) == {kind.TAG for kind in BODIES} | GONE


@EVERY_BODY
def test_what_was_once_written_is_read_as_the_same_record(kind: type[Body]) -> None:
    vector = FROZEN[kind.TAG]
    found = record_of(CASE, compact(vector["skeleton"]))
    told = replace(found, body=replace(found.body, **vector["prose"]))  # type: ignore[arg-type]
    assert told == SAMPLES[kind]
    assert type(told.body) is kind


@EVERY_BODY
def test_the_skeleton_alone_is_the_record_without_words(kind: type[Body]) -> None:
    vector = FROZEN[kind.TAG]
    found = record_of(CASE, compact(vector["skeleton"]))
    blank: dict[str, str] = dict.fromkeys(PLANS[kind].prose, "")
    assert found == replace(
        SAMPLES[kind],
        body=replace(SAMPLES[kind].body, **blank),  # type: ignore[arg-type]
    )
    for words in filter(None, vector["prose"].values()):
        assert words not in json.dumps(vector["skeleton"], ensure_ascii=False)


@EVERY_BODY
def test_today_the_same_is_written_and_at_most_fields_were_appended(kind: type[Body]) -> None:
    once, today = FROZEN[kind.TAG], vector_of(SAMPLES[kind])
    assert without_new_fields(today, once) == once


def without_new_fields(today: Vector, once: Vector) -> Vector:
    body = cast("dict[str, Json]", today["skeleton"]["body"])
    known = cast("dict[str, Json]", once["skeleton"]["body"])
    kept: dict[str, Json] = {name: value for name, value in body.items() if name in known}
    return {
        "skeleton": {**today["skeleton"], "body": kept},
        "prose": {name: today["prose"][name] for name in once["prose"]},
    }
