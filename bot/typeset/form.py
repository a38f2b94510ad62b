"""A paper as the template takes it: plain JSON, every word a string that is only ever shown.

Pure. What may be drawn is decided here (ticks, where a point lies, which way a block runs); how, in
`paper.typ`. A block runs as its own sentence does, whatever is inserted: a sentence that has no
translation yet would else be torn apart on a page from right to left, and an arrow in it turned.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from bot.ports.printed import Paper, Picture
from bot.words.document import (
    Block,
    Break,
    Bullets,
    Code,
    Em,
    Heading,
    Inline,
    Para,
    Quote,
    Strong,
    Table,
    Text,
    Value,
    Words,
    leaves_of,
    line_of,
)
from bot.words.inserted import clean, on_one_line

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json]"

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ku", "ps", "ur", "yi"})
_STRONG: Final = frozenset({"L", "R", "AL"})
_TICKS: Final = 5
_DAY: Final = timedelta(days=1)
# Nothing is clicked on paper, and no font draws it.
_WORD_JOINER: Final = "\u2060"


def form(paper: Paper) -> str:
    """Return a paper as JSON text."""
    language = paper.language.split("-", maxsplit=1)[0]
    # As most blocks do that have letters of their own, so that a bare code stands with the others.
    ways = [way for way in map(_runs, paper.blocks) if way is not None]
    rtl = 2 * sum(ways) > len(ways) if ways else language in _RIGHT_TO_LEFT
    return json.dumps(
        {
            "title": _plain(paper.title),
            "marking": _plain(paper.marking),
            "lang": language,
            "rtl": rtl,
            "page": paper.page,
            "blocks": [_block(block) | {"rtl": _runs(block, rtl)} for block in paper.blocks],
            "pictures": [_picture(one) for one in paper.pictures if _drawn(one)],
        },
        ensure_ascii=False,
    )


def _runs(block: Block, otherwise: bool | None = None) -> bool | None:
    """Whether a block runs from right to left, by its own sentence; a list as most of it does."""
    match block:
        case Para(words) | Heading(words):
            return _begins(_own(words), otherwise)
        case Quote(text):
            return _begins(text, otherwise)
        case Bullets(items):
            ways = [way for item in items if (way := _begins(_own(item), None)) is not None]
            return 2 * sum(ways) > len(ways) if ways else otherwise
        case Table(head, _):
            return _begins("".join(map(_own, head)), otherwise)


def _begins(text: str, otherwise: bool | None) -> bool | None:
    """Whether the first letter that runs either way runs from right to left."""
    ways = (unicodedata.bidirectional(letter) for letter in text)
    return next((way != "L" for way in ways if way in _STRONG), otherwise)


def _own(words: Words) -> str:
    """Return what the sentence itself says, without what was inserted."""
    return "".join(leaf.text for leaf in leaves_of(line_of(words)) if isinstance(leaf, Text))


def _plain(text: str) -> str:
    return on_one_line(text).replace(_WORD_JOINER, "")


def _block(block: Block) -> dict[str, Json]:
    match block:
        case Para(words):
            return {"kind": "para", "words": _line(words)}
        case Heading(words):
            return {"kind": "heading", "words": _line(words)}
        case Quote(text):
            return {"kind": "quote", "lines": [_plain(said) for said in clean(text).split("\n")]}
        case Bullets(items):
            return {"kind": "bullets", "items": [_line(item) for item in items]}
        case Table(head, rows):
            cells: list[Json] = [[{"words": _line(cell)} for cell in row] for row in rows]
            return {"kind": "table", "head": [_line(cell) for cell in head], "rows": cells}


def _line(words: Words) -> list[Json]:
    return [_word(word) for word in line_of(words)]


def _word(word: Inline) -> dict[str, Json]:
    match word:
        case Text(text):
            return {"kind": "text", "text": text}
        case Value(text):
            return {"kind": "text", "text": _plain(text)}
        case Break():
            return {"kind": "break"}
        case Strong(inner) | Em(inner) | Code(inner):
            said = "".join(
                leaf.text if isinstance(leaf, Text) else _plain(leaf.text) for leaf in inner
            )
            return {"kind": type(word).__name__.lower(), "text": said}


def _drawn(picture: Picture) -> bool:
    return any(curve.points for curve in picture.curves)


def _picture(picture: Picture) -> dict[str, Json]:
    instants = [at for curve in picture.curves for at, _ in curve.points]
    first, last = min(instants), max(instants)
    # A single point, or all at one instant, stands in the middle of a day.
    if last - first < _DAY:
        first, last = first - _DAY / 2, last + _DAY / 2
    return {
        "title": _line(picture.title),
        "low": picture.low,
        "high": max(picture.high, picture.low + 1),
        "steps": picture.steps,
        "ticks": _ticks(first, last),
        "curves": [
            {
                "caption": _line(curve.caption),
                "points": [
                    {"at": _place(at, first, last), "value": value} for at, value in curve.points
                ],
            }
            for curve in picture.curves
            if curve.points
        ],
    }


def _place(at: datetime, first: datetime, last: datetime) -> float:
    """Return where an instant lies between two others, 0 to 1; rounded, so that bytes repeat."""
    return round((at - first) / (last - first), 5)


def _ticks(first: datetime, last: datetime) -> list[Json]:
    """Mark at most five instants, in UTC: by the day, or by the hour within three days."""
    shown = "%d %b %H:%M" if last - first < 3 * _DAY else "%d %b"
    if first.year != last.year:
        shown = "%d %b %Y"
    step = (last - first) / (_TICKS - 1)
    made: list[Json] = []
    for number in range(_TICKS):
        at = (first + step * number).astimezone(UTC)
        text = at.strftime(shown).lstrip("0")
        made.append({"at": _place(at, first, last), "text": text})
    return made
