"""Parse hostile JSON at the edge, so that no byte from a stranger can stop the bot.

Two readers, because the two uses fail differently:

* `loads` reads one item (a decrypted message): anything odd and the whole item is refused.
* `loads_envelope` reads a server answer that carries many people's items: one odd item may not
  cost the others, so every odd spot is replaced by `POISON`, and `sound` tells which items
  carry one.

It refuses nesting beyond 64, numbers beyond 18 digits, repeated keys, NaN and Infinity, lone
surrogates and bytes that are not UTF-8. Its errors never hold what was read.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import TypeAlias

JsonValue: TypeAlias = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_DEPTH = 64
MAX_DIGITS = 18
ITEM_LIMIT = 65_536
ENVELOPE_LIMIT = 64 * 1024 * 1024

# A lone surrogate: `sound` refuses it in any string, so no honest item can hold one.
POISON = "\ud800"

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)


class BadJson(ValueError):
    """The text is not JSON we accept. Carries a reason from a closed list, never the text."""


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS + digits.startswith("-"):
        raise BadJson("number")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_DIGITS + 8 or not math.isfinite(number):
        raise BadJson("number")
    return number


def _constant(_name: str) -> float:
    raise BadJson("constant")


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadJson("repeated key")
    return made


def _whole_or_poison(digits: str) -> int | str:
    return int(digits) if len(digits) <= MAX_DIGITS + digits.startswith("-") else POISON


def _fraction_or_poison(digits: str) -> float | str:
    number = float(digits) if len(digits) <= MAX_DIGITS + 8 else math.inf
    return number if math.isfinite(number) else POISON


def _poison(_name: str) -> str:
    return POISON


def _unique_or_poison(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                made[key] = POISON
            seen.add(key)
    return made


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_whole,
    parse_float=_fraction,
    parse_constant=_constant,
)
_ENVELOPE = json.JSONDecoder(
    object_pairs_hook=_unique_or_poison,
    parse_int=_whole_or_poison,
    parse_float=_fraction_or_poison,
    parse_constant=_poison,
)


def loads(raw: bytes | str, *, limit: int = ITEM_LIMIT) -> JsonObject:
    """Read one JSON object. `limit` is in bytes (characters for a `str`). Raises `BadJson`."""
    if len(raw) > limit:
        raise BadJson("too large")
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
        made = _STRICT.decode(text)
    except BadJson:
        raise
    except (ValueError, RecursionError):
        # `from None`: the library's error quotes the text.
        raise BadJson("not json") from None
    if not isinstance(made, dict):
        raise BadJson("not an object")
    if not sound(made):
        raise BadJson("unsound")
    return made


def loads_envelope(raw: bytes, *, limit: int = ENVELOPE_LIMIT) -> JsonObject:
    """Read a server answer whose items are judged one by one later with `sound`.

    Raises `BadJson` only if the answer as a whole is not a JSON object.
    """
    if len(raw) > limit:
        raise BadJson("too large")
    # Bytes that are not UTF-8 become surrogates: only the item that holds them is unsound.
    text = raw.decode("utf-8", errors="surrogateescape")
    try:
        try:
            made = _ENVELOPE.decode(text)
        except RecursionError:
            made = _ENVELOPE.decode(_cut_depth(text))
    except (ValueError, RecursionError):
        raise BadJson("not json") from None
    if not isinstance(made, dict):
        raise BadJson("not an object")
    return made


def _cut_depth(text: str) -> str:
    """Replace whatever is nested beyond twice the limit by NaN, which is read as `POISON`.

    Twice, because an item of lawful depth sits a few levels down in its envelope.
    """
    kept: list[str] = []
    depth = 0
    start = 0
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            if depth == 2 * MAX_DEPTH + 1:
                kept.append(text[start : token.start()])
                kept.append("NaN")
        elif mark in "]}":
            if depth == 2 * MAX_DEPTH + 1:
                start = token.end()
            depth -= 1
    if depth != 0:
        raise BadJson("not json")
    kept.append(text[start:])
    return "".join(kept)


def sound(value: object, *, depth: int = MAX_DEPTH) -> bool:
    """Say whether a parsed value holds no `POISON`, no surrogate and no nesting beyond `depth`."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= mark <= "\udfff" for mark in value)
    if isinstance(value, dict):
        return depth > 0 and all(
            sound(key) and sound(part, depth=depth - 1) for key, part in value.items()
        )
    if isinstance(value, list):
        return depth > 0 and all(sound(part, depth=depth - 1) for part in value)
    return True


def text(source: Mapping[str, JsonValue], key: str) -> str | None:
    """Return the string under `key`, or None if it is missing or of another type."""
    value = source.get(key)
    return value if isinstance(value, str) else None


def integer(source: Mapping[str, JsonValue], key: str) -> int | None:
    """Return the whole number under `key`, or None; a boolean is not a number."""
    value = source.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def obj(source: Mapping[str, JsonValue], key: str) -> JsonObject | None:
    """Return the object under `key`, or None if it is missing or of another type."""
    value = source.get(key)
    return value if isinstance(value, dict) else None


def array(source: Mapping[str, JsonValue], key: str) -> list[JsonValue] | None:
    """Return the list under `key`, or None if it is missing or of another type."""
    value = source.get(key)
    return value if isinstance(value, list) else None
