from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, dataclass, fields
from typing import ClassVar, cast, get_args, get_origin

import pytest

from bot.domain.bodies import BODIES, Body
from bot.domain.codec import tag_of
from bot.domain.ids import Prose
from bot.domain.records import PLANS, plan_of
from tests.vectors.generated import stored
from tests.vectors.story import SAMPLES

EVERY_BODY = pytest.mark.parametrize("kind", BODIES, ids=tag_of)


def hides_prose(hint: object) -> bool:
    """Tell whether words are wrapped in something, where the plan would take them for skeleton."""
    return any(part is Prose or hides_prose(part) for part in get_args(hint))


@EVERY_BODY
def test_a_body_parts_into_skeleton_and_prose_with_nothing_lost(kind: type[Body]) -> None:
    plan = PLANS[kind]
    assert not set(plan.skeleton) & set(plan.prose)
    assert set(plan.skeleton) | set(plan.prose) == {f.name for f in fields(kind)}
    assert set(plan.prose) == {name for name, hint in stored(kind).items() if hint is Prose}


@EVERY_BODY
def test_no_words_hide_inside_another_type(kind: type[Body]) -> None:
    assert not any(hides_prose(hint) for hint in stored(kind).values())


def test_words_inside_another_type_would_be_seen() -> None:
    assert hides_prose(Prose | None)
    assert hides_prose(tuple[tuple[int, Prose], ...])
    assert not hides_prose(Prose)


def test_words_are_told_by_their_type_and_not_by_their_name() -> None:
    @dataclass(frozen=True, slots=True)
    class Odd:
        TAG: ClassVar = "odd/1"
        text: str
        seat: Prose

    plan = plan_of(cast("type[Body]", Odd))
    assert (plan.skeleton, plan.prose) == (("text",), ("seat",))


@EVERY_BODY
def test_a_tag_is_a_word_a_point_and_a_version(kind: type[Body]) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z-]+/[1-9][0-9]*", kind.TAG)


@EVERY_BODY
def test_a_body_is_frozen(kind: type[Body]) -> None:
    sample = SAMPLES[kind].body
    name = fields(kind)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(sample, name, "changed")
    assert not hasattr(sample, "__dict__")


@EVERY_BODY
def test_every_stored_type_can_be_told_apart_after_hashing(kind: type[Body]) -> None:
    """A set inside a record must be frozen, or a record could change under its reader."""
    assert hash(SAMPLES[kind]) == hash(SAMPLES[kind])
    assert not any(get_origin(hint) in (list, dict, set) for hint in stored(kind).values())


def test_there_is_a_plan_for_every_body_and_no_other() -> None:
    assert tuple(PLANS) == BODIES
