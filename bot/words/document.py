"""The small document that everything the bot says is made of.

Two kinds of words never mix. `Text` comes from a catalogue template and is the only place where
`**strong**`, `*em*` and `` `code` `` mean anything. `Value` is inserted: names, wordings, codes. A
value is shown, never obeyed. A bare `str` anywhere in a document counts as a value.

What this has no form for: links, images, colours, tables wider than three columns.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_COLUMNS: Final = 3
"""Wider tables break on a phone; they go out as a file."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words of the catalogue; made by `line` only."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """Inserted words of anybody."""

    text: str


Leaf = Text | Value


@dataclass(frozen=True, slots=True)
class Strong:
    """Bold."""

    words: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Em:
    """Italic."""

    words: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Something to type or to compare; in backticks in the plain body."""

    words: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """A new line inside a paragraph."""


Inline = Text | Value | Strong | Em | Code | Break
Line = tuple[Inline, ...]
Words = str | Line


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    words: Words


@dataclass(frozen=True, slots=True)
class Heading:
    """A small heading (h4)."""

    words: Words


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's wording with its lines kept; each is marked, so none can pass for the bot's."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of lines."""

    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """At most three columns; ValueError for a wider one or for rows of another width."""

    head: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.head) <= MAX_COLUMNS:
            raise ValueError("a table has one to three columns")
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError("a row has another width than the head")


Block = Para | Heading | Quote | Bullets | Table


_TOKEN: Final = re.compile(
    r"\\(?P<escaped>[\\*`{}])|(?P<strong>\*\*)|(?P<em>\*)|(?P<code>`)|(?P<line>\n)"
    r"|\{(?P<name>[a-z][a-z0-9_]*)\}|(?P<plain>[^\\*`{}\n]+)|(?P<stray>.)"
)
_MARKS: Final[dict[str, type[Strong | Em | Code]]] = {"strong": Strong, "em": Em, "code": Code}


def line(template: str, /, **values: Words) -> Line:
    """A catalogue sentence with its `{names}` filled in.

    Markup does not nest; a backslash makes `* ` { }` plain; a line feed is a `Break`. A value is
    text, or a line built before, which keeps its own markup. ValueError for a broken template
    or a missing value: both are mistakes of the catalogue, found by its tests.
    """
    done: list[Inline] = []
    inside: list[Leaf] = []
    mark: str | None = None
    for found in _TOKEN.finditer(template):
        kind = found.lastgroup or "stray"
        text = found[kind]
        if kind in _MARKS and mark is None:
            mark, inside = kind, []
        elif kind in _MARKS and kind == mark and inside:
            done.append(_MARKS[kind](tuple(inside)))
            mark = None
        elif kind in ("escaped", "plain", "name"):
            words = _named(text, values) if kind == "name" else (Text(text),)
            if mark is None:
                done.extend(words)
            else:
                inside.extend(leaves_of(words))
        elif kind == "line" and mark is None:
            done.append(Break())
        else:
            raise ValueError(f"broken markup at {found.start()} of a template")
    if mark is not None:
        raise ValueError(f"unclosed {mark} in a template")
    return tuple(done)


def _named(name: str, values: dict[str, Words]) -> Line:
    if name not in values:
        raise ValueError(f"no value for {{{name}}}")
    return line_of(values[name])


def line_of(words: Words) -> Line:
    """`words` as a line; a bare string is a value."""
    return (Value(words),) if isinstance(words, str) else words


def leaves_of(words: Line) -> Iterator[Leaf]:
    """The words of a line without their markup."""
    for word in words:
        match word:
            case Text() | Value():
                yield word
            case Strong(inner) | Em(inner) | Code(inner):
                yield from inner
            case Break():
                yield Text(" ")
