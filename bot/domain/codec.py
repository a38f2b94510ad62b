"""Frozen dataclasses to JSON values and back, by their annotations.

One codec for record bodies, labels, effects and outbox rows, so that there is one place
where a stored form can be wrong. It refuses what does not fit the annotation (`BadForm`,
which names the field and never the value).
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

Json: TypeAlias = None | bool | int | str | list["Json"] | dict[str, "Json"]
Encode: TypeAlias = Callable[[Any], Json]
Decode: TypeAlias = Callable[[Json], Any]


_UNFIT = (TypeError, ValueError, KeyError, OverflowError)
"""What a stored value that does not fit can cause; the last by a time beyond the calendar."""


class BadForm(ValueError):
    """Stored JSON does not have the form of its type. Names the place, never the value."""


def to_json(value: object, hint: object) -> Json:
    """Return the JSON value of `value`, which is of type `hint`."""
    return _coder(hint)[0](value)


def from_json(value: Json, hint: object) -> Any:
    """Return the value of type `hint` that `to_json` turned into `value`.

    Raises `BadForm` where the value does not fit.
    """
    try:
        return _coder(hint)[1](value)
    except _UNFIT as wrong:
        place = wrong.args[0] if isinstance(wrong, BadForm) else getattr(hint, "__name__", "value")
        raise BadForm(str(place)) from None


def tag_of(kind: type[object]) -> str:
    """Return the name of a dataclass on disk."""
    return str(getattr(kind, "TAG", kind.__name__))


def _coder(hint: object) -> tuple[Encode, Decode]:
    hint = getattr(hint, "__supertype__", hint)  # NewType
    try:
        return _PLAIN[cast("type", hint)]
    except (KeyError, TypeError):
        return _made(hint)


def _late(hint: object) -> Callable[[], tuple[Encode, Decode]]:
    """Return the coder of a part when it is first asked for: a type may hold itself."""
    return cache(lambda: _coder(hint))


@cache
def _made(hint: object) -> tuple[Encode, Decode]:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is tuple and len(args) == 2 and args[1] is ...:
        return _sequence(args[0], tuple)
    if origin is tuple:
        return _fixed(args)
    if origin is frozenset:
        return _sequence(args[0], frozenset)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str, hint
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint)
    raise TypeError(f"no form for {hint!r}")


def _sequence(item: object, make: Callable[[list[Any]], Any]) -> tuple[Encode, Decode]:
    coder = _late(item)

    def encode(value: Any) -> Json:
        one = coder()[0]
        found = [one(v) for v in value]
        return sorted(found, key=repr) if make is frozenset else found

    def decode(value: Json) -> Any:
        if not isinstance(value, list):
            raise BadForm("list")
        one = coder()[1]
        return make([one(v) for v in value])

    return encode, decode


def _fixed(items: tuple[object, ...]) -> tuple[Encode, Decode]:
    coders = [_late(item) for item in items]
    ready: list[Encode] = []

    def encode(value: Any) -> Json:
        if not ready:
            ready.extend(coder()[0] for coder in coders)
        return [one(v) for one, v in zip(ready, value, strict=True)]

    def decode(value: Json) -> Any:
        if not isinstance(value, list):
            raise BadForm("list")
        return tuple(coder()[1](v) for coder, v in zip(coders, value, strict=True))

    return encode, decode


def _union(args: tuple[Any, ...]) -> tuple[Encode, Decode]:
    """A union is optional, or of dataclasses (each carries its tag) and of plain values."""
    tagged = {tag_of(a): a for a in args if isinstance(a, type) and is_dataclass(a)}
    plain = {_runtime(a): a for a in args if a not in tagged.values() and a is not type(None)}

    encoders: dict[type, Encode] = {type(None): lambda _: None}

    def encode(value: Any) -> Json:
        kind = type(value)
        if kind not in encoders:
            encoders[kind] = encoder_of(kind)
        return encoders[kind](value)

    def encoder_of(kind: type) -> Encode:
        if kind in plain:
            one, name = _coder(plain[kind])[0], kind.__name__
            return one if len(plain) == 1 else lambda value: [name, one(value)]
        known = tagged[tag_of(kind)]
        return _encoding(known, tag_of(known))

    def decode(value: Json) -> Any:
        if value is None and type(None) in args:
            return None
        if isinstance(value, dict) and tagged:
            kind = tagged[str(value["_"])]
            return _coder(kind)[1]({k: v for k, v in value.items() if k != "_"})
        if len(plain) == 1:
            return _coder(next(iter(plain.values())))[1](value)
        if not isinstance(value, list):
            raise BadForm("union")
        name, inner = value
        by_name = {runtime.__name__: hint for runtime, hint in plain.items()}
        return _coder(by_name[str(name)])[1](inner)

    return encode, decode


def _runtime(hint: Any) -> type:
    hint = getattr(hint, "__supertype__", hint)
    return cast("type", get_origin(hint) or hint)


def _record(kind: type[Any]) -> tuple[Encode, Decode]:
    coders = [(name, _late(hint)) for name, hint in _stored(kind)]
    names = frozenset(name for name, _ in coders)
    needed = frozenset(
        f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING
    )

    def decode(value: Json) -> Any:
        if not isinstance(value, dict):
            raise BadForm(kind.__name__)
        found: dict[str, object] = {}
        for name, coder in coders:
            if name in value:
                try:
                    found[name] = coder()[1](value[name])
                except _UNFIT:
                    raise BadForm(f"{kind.__name__}.{name}") from None
            elif name in needed:
                raise BadForm(f"{kind.__name__}.{name}")
        if not names.issuperset(value):
            raise BadForm(f"{kind.__name__}: unknown field")
        return kind(**found)

    return _encoding(kind), decode


def _encoding(kind: type[Any], tag: str = "") -> Encode:
    """Return what writes a dataclass, with its tag where it is one of several."""
    ready: list[tuple[str, Encode]] = []
    begins: dict[str, Json] = {"_": tag} if tag else {}

    def encode(value: Any) -> Json:
        if not ready:
            ready.extend((name, _coder(hint)[0]) for name, hint in _stored(kind))
        found = begins.copy()
        for name, one in ready:
            found[name] = one(getattr(value, name))
        return found

    return encode


def _stored(kind: type[Any]) -> list[tuple[str, Any]]:
    """Return the fields of a dataclass that are stored, with their types."""
    hints = get_type_hints(kind)
    found = [(field.name, hints[field.name]) for field in fields(kind)]
    return [(name, hint) for name, hint in found if get_origin(hint) is not ClassVar]


def _exactly(kind: type) -> Decode:
    def decode(value: Json) -> Any:
        if type(value) is not kind:
            raise BadForm(kind.__name__)
        return value

    return decode


def _instant(value: Json) -> datetime:
    return _EPOCH + _length(value)


def _micros(value: datetime) -> int:
    # A time without a zone has no place on the line: subtracting it is a TypeError.
    return (value - _EPOCH) // _MICROSECOND


def _length(value: Json) -> timedelta:
    return timedelta(microseconds=cast("int", _exactly(int)(value)))


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_PLAIN: dict[type, tuple[Encode, Decode]] = {
    str: (str, _exactly(str)),
    int: (int, _exactly(int)),
    bool: (bool, _exactly(bool)),
    datetime: (_micros, _instant),
    timedelta: (lambda v: v // _MICROSECOND, _length),
}
