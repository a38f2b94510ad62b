import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matrix.strict_json import (
    POISON,
    BadJson,
    JsonValue,
    array,
    integer,
    loads,
    loads_envelope,
    obj,
    sound,
    text,
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(
        st.characters(exclude_categories=["Cs"])
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), plain, max_size=4))
def test_honest_objects_are_read_as_python_reads_them(value: dict[str, JsonValue]) -> None:
    raw = json.dumps(value).encode()
    assert loads(raw) == loads_envelope(raw) == value


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_verdict(raw: bytes) -> None:
    for read in (loads, loads_envelope):
        with suppress(BadJson):
            assert isinstance(read(raw), dict)


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


HOSTILE = {
    "nesting": nested(65),
    "deep nesting": nested(20_000),
    "long number": '{"a":' + "9" * 5_000 + "}",
    "number of 19 digits": '{"a":1000000000000000000}',
    "repeated key": '{"a":1,"a":2}',
    "nan": '{"a":NaN}',
    "infinity": '{"a":-Infinity}',
    "overflow": '{"a":1e999}',
    "lone surrogate": '{"a":"\\ud800"}',
    "surrogate key": '{"\\udfff":1}',
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_item_is_refused_alone_and_poisoned_in_company(raw: str) -> None:
    with pytest.raises(BadJson):
        loads(raw)
    envelope = loads_envelope(f'{{"items":[{{"a":1}},{raw},{{"b":2}}]}}'.encode())
    items = array(envelope, "items") or []
    assert [sound(item) for item in items] == [True, False, True]
    assert items[0] == {"a": 1}
    assert items[2] == {"b": 2}


def test_bytes_that_are_not_utf_8_cost_only_their_item() -> None:
    with pytest.raises(BadJson):
        loads(b'{"a":"\xff"}')
    items = array(loads_envelope(b'{"items":["\xff","good"]}'), "items") or []
    assert [sound(item) for item in items] == [False, True]


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"x"', b"null", b"", b"{", b'{"a":1}x'])
def test_only_an_object_is_an_item(raw: bytes) -> None:
    with pytest.raises(BadJson):
        loads(raw)
    with pytest.raises(BadJson):
        loads_envelope(raw)


def test_limits_are_exact() -> None:
    assert loads(nested(64))
    assert loads('{"a":-999999999999999999}') == {"a": -999999999999999999}
    assert loads('{"a":1}', limit=7)
    with pytest.raises(BadJson):
        loads('{"a":1}', limit=6)


def test_a_verdict_never_holds_what_was_read() -> None:
    with pytest.raises(BadJson) as caught:
        loads('{"name":"canary-7731" oops}')
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_getters_answer_none_to_a_wrong_type() -> None:
    item: dict[str, JsonValue] = {"t": "x", "n": 1, "b": True, "o": {}, "l": []}
    assert (text(item, "t"), text(item, "n"), text(item, "z")) == ("x", None, None)
    assert (integer(item, "n"), integer(item, "b"), integer(item, "t")) == (1, None, None)
    assert (obj(item, "o"), obj(item, "l")) == ({}, None)
    assert (array(item, "l"), array(item, "o")) == ([], None)
    assert not sound(POISON)
