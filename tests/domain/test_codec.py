from __future__ import annotations

import json
import traceback
import types
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Union, cast, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.bodies import BODIES, Body
from bot.domain.codec import BadForm, Json, from_json, tag_of, to_json
from bot.domain.ids import Code, PartyId, Prose
from bot.domain.vocabulary import Role
from bot.policy.label import Label
from bot.ports import OutboxRow
from tests.vectors.generated import bodies, built, stored
from tests.vectors.story import SAMPLES

EVERY_BODY = pytest.mark.parametrize("kind", BODIES, ids=tag_of)
FEW = settings(max_examples=40, deadline=None)
LAW = settings(max_examples=200, deadline=None)
CANARY = "canary-of-nobody"


def over_disk(value: Json) -> Json:
    return cast("Json", json.loads(json.dumps(value, sort_keys=True, allow_nan=False)))


def form_of(body: object) -> dict[str, Json]:
    return cast("dict[str, Json]", to_json(body, type(body)))


@EVERY_BODY
def test_every_body_comes_back_as_it_went(kind: type[Body]) -> None:
    @FEW
    @given(bodies(kind))
    def law(body: Body) -> None:
        assert from_json(over_disk(to_json(body, kind)), kind) == body
        assert from_json(over_disk(to_json(body, Body)), Body) == body

    law()


@LAW
@given(built(OutboxRow))
def test_an_outbox_row_with_all_its_phrases_comes_back(row: object) -> None:
    assert from_json(over_disk(to_json(row, OutboxRow)), OutboxRow) == row


@LAW
@given(built(Label))
def test_a_label_comes_back_and_has_one_spelling(label: object) -> None:
    assert isinstance(label, Label)
    form = to_json(label, Label)
    assert from_json(over_disk(form), Label) == label
    again = Label(frozenset(sorted(label.owners, key=repr, reverse=True)), label.caveats)
    assert json.dumps(to_json(again, Label)) == json.dumps(form)


@LAW
@given(st.datetimes(timezones=st.just(UTC)))
def test_every_instant_comes_back_to_the_microsecond(at: datetime) -> None:
    form = to_json(at, datetime)
    assert type(form) is int
    assert from_json(form, datetime) == at


@LAW
@given(st.timedeltas())
def test_every_length_of_time_comes_back_to_the_microsecond(length: timedelta) -> None:
    assert from_json(to_json(length, timedelta), timedelta) == length


@LAW
@given(st.integers(-(2**62), 2**62))
def test_microseconds_count_from_1970(micros: int) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    try:
        wanted = epoch + timedelta(microseconds=micros)
    except OverflowError:
        with pytest.raises(BadForm):
            from_json(micros, datetime)
    else:
        assert from_json(micros, datetime) == wanted
        assert to_json(wanted, datetime) == micros


def test_a_time_without_a_zone_is_a_bug_and_never_guessed() -> None:
    with pytest.raises(TypeError):
        to_json(datetime(2026, 3, 1), datetime)  # noqa: DTZ001 - that is what is tested


@pytest.mark.parametrize("wrong", [10**30, -(10**30), True, False, 1.0, "5", None, [], {}])
@pytest.mark.parametrize("hint", [datetime, timedelta])
def test_what_is_no_time_is_refused(hint: type, wrong: object) -> None:
    with pytest.raises(BadForm):
        from_json(cast("Json", wrong), hint)


# -- refusals -------------------------------------------------------------------------------------


def refusal(value: object, hint: object) -> BadForm:
    """Return the refusal, after a look that nothing printed of it repeats the value."""
    with pytest.raises(BadForm) as caught:
        from_json(cast("Json", value), hint)
    shown = "".join(traceback.format_exception_only(caught.value))
    assert CANARY not in shown + repr(caught.value) + repr(caught.value.args)
    assert caught.value.__suppress_context__
    return caught.value


@EVERY_BODY
def test_an_unknown_field_is_refused_without_naming_it(kind: type[Body]) -> None:
    form = form_of(SAMPLES[kind].body)
    assert str(refusal({**form, CANARY: CANARY}, kind)) == f"{kind.__name__}: unknown field"
    refusal({**form, "TAG": CANARY}, kind)


@EVERY_BODY
def test_a_missing_field_is_refused_unless_it_was_appended_later(kind: type[Body]) -> None:
    form = form_of(SAMPLES[kind].body)
    for field in fields(kind):
        less = {name: value for name, value in form.items() if name != field.name}
        if field.default is MISSING and field.default_factory is MISSING:
            assert str(refusal(less, kind)) == f"{kind.__name__}.{field.name}"
        else:
            assert getattr(from_json(less, kind), field.name) == field.default


WRONG: tuple[object, ...] = (None, True, 5, 1.5, CANARY, [], [CANARY], [5], {}, {"_": CANARY})


def fits(value: object, hint: object) -> bool:
    """Tell whether a JSON value may stand for an annotation; written apart from the codec."""
    hint = getattr(hint, "__supertype__", hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, arg) for arg in args)
    if origin in (tuple, frozenset):
        return isinstance(value, list) and all(fits(one, args[0]) for one in value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return isinstance(value, str) and value in set(hint)
    if hint in (datetime, timedelta, int):
        return type(value) is int
    if is_dataclass(hint):
        # Caveats and terms: none of their fields must be there.
        optional = all(field.default is not MISSING for field in fields(hint))
        return value == {} and optional
    return type(value) is hint


@EVERY_BODY
def test_a_value_of_the_wrong_type_is_refused_at_its_place(kind: type[Body]) -> None:
    form = form_of(SAMPLES[kind].body)
    tried = 0
    for name, hint in stored(kind).items():
        for wrong in WRONG:
            if not fits(wrong, hint):
                assert str(refusal({**form, name: wrong}, kind)) == f"{kind.__name__}.{name}"
                tried += 1
    assert tried >= 5 * len(fields(kind))


@EVERY_BODY
@pytest.mark.parametrize("wrong", [None, True, 5, CANARY, [], [CANARY]], ids=repr)
def test_what_is_no_object_is_no_body(kind: type[Body], wrong: object) -> None:
    assert str(refusal(wrong, kind)) == kind.__name__


@pytest.mark.parametrize(
    "wrong", [{}, {"_": CANARY}, {"_": ["seat.removed/1"]}, {"_": None}, {"_": {}}, [], CANARY, None]
)  # fmt: skip
def test_a_body_without_a_known_tag_is_refused(wrong: object) -> None:
    refusal(wrong, Body)


@EVERY_BODY
def test_a_body_under_another_bodys_tag_is_refused_or_has_the_same_fields(
    kind: type[Body],
) -> None:
    form = form_of(SAMPLES[kind].body)
    for other in BODIES:
        try:
            found = from_json({"_": other.TAG, **form}, Body)
        except BadForm:
            continue
        assert type(found) is other
        assert set(form) <= set(stored(other))


def test_a_union_of_plain_values_keeps_them_apart() -> None:
    hint = str | int | timedelta
    for value in ("5", 5, timedelta(microseconds=5)):
        found = from_json(over_disk(to_json(value, hint)), hint)
        assert (type(found), found) == (type(value), value)
    for wrong in (5, [], ["str"], ["str", 5], ["int", "5"], ["int", 5, 5], [CANARY, 5], [["int"], 5]):  # fmt: skip
        refusal(wrong, hint)


def test_an_optional_field_takes_null_and_nothing_else_does() -> None:
    assert from_json(None, PartyId | None) is None
    assert from_json("lowland", PartyId | None) == "lowland"
    refusal(None, Code)
    refusal(5, PartyId | None)


def test_a_fixed_tuple_has_its_length() -> None:
    hint = tuple[str, int]
    assert from_json(["a", 1], hint) == ("a", 1)
    for wrong in ([], ["a"], ["a", 1, 2], [1, "a"], CANARY, {"a": 1}):
        refusal(wrong, hint)


@pytest.mark.parametrize("wrong", [CANARY, "Mediator", "mediator ", "MEDIATOR", 5, None, [], {}])
def test_a_word_outside_a_vocabulary_is_refused(wrong: object) -> None:
    refusal(wrong, Role)


def test_a_class_attribute_is_no_field_and_cannot_be_smuggled_in() -> None:
    @dataclass(frozen=True)
    class Tagged:
        TAG: ClassVar = "tagged/1"
        text: Prose

    assert tag_of(Tagged) == "tagged/1"
    sample = SAMPLES[BODIES[0]].body
    assert "TAG" not in form_of(sample)
    assert replace(sample).TAG == sample.TAG


def test_a_refusal_deep_inside_names_the_outermost_place_only() -> None:
    form = {"owners": [[CANARY, [5]]]}
    assert str(refusal(form, Label)) == "Label.owners"
