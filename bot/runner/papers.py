"""A digest on paper: the same phrase as its message, and its chart as pictures.

So no word can stand on paper that the message could not hold; the label is joined from both.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bot.digest.chart import Chart, Series, Unit, in_words
from bot.domain.case import Case
from bot.domain.ids import RecordId
from bot.policy.label import Label
from bot.ports import Curve, Paper, Picture
from bot.runner.sources import Opened, needed
from bot.runner.wording import language_of, renderer_for
from bot.words.document import (
    Block,
    Bullets,
    Heading,
    Para,
    Quote,
    Table,
    Words,
    leaves_of,
    line_of,
)
from bot.words.phrase import Phrase, phrase
from bot.words.render import Renderer

MOST_CURVES: Final = 6
"""In one picture: so many lines can be told apart in grey."""
_TITLES: Final = {Unit.INDEX: phrase("paper.index"), Unit.COUNT: phrase("paper.count")}


def needed_for(said: Phrase, drawn: Chart, case: Case) -> frozenset[RecordId]:
    """Return the records that a digest on paper quotes or names."""
    return needed(said, case) | needed(in_words(drawn), case)


def on_paper(
    case: Case, opened: Opened, said: Phrase, drawn: Chart, party: str | None, *, now: datetime
) -> tuple[Paper, Label]:
    """Return a digest's paper and the label of all that went into it."""
    renderer = renderer_for(case, opened, party, now)
    blocks = renderer.blocks(said)
    # Said to nobody: only so that the picture's label is joined as a text's is.
    renderer.blocks(in_words(drawn))
    marking = dict(said.args).get("marking")
    paper = Paper(
        title=_title(blocks),
        # In the message it is a sentence; at the head of a page it is a mark.
        marking=_flat(renderer.line(marking)).removesuffix(".")
        if isinstance(marking, Phrase)
        else "",
        language=language_of(case, party),
        page=_flat(renderer.line(phrase("paper.page", page="{page}", pages="{pages}"))),
        blocks=blocks,
        pictures=tuple(_pictures(renderer, drawn)),
    )
    return paper, renderer.label


def texts_of(paper: Paper) -> tuple[str, ...]:
    """Return every text of a paper in the order in which it is read, for the last gate."""
    said = [paper.title, paper.marking]
    said += [text for block in paper.blocks for text in _texts(block)]
    for picture in paper.pictures:
        said += [_flat(picture.title), *(_flat(curve.caption) for curve in picture.curves)]
    return tuple(said)


def _title(blocks: tuple[Block, ...]) -> str:
    first = next((block for block in blocks if isinstance(block, Heading)), None)
    return _flat(first.words) if first is not None else ""


def _pictures(renderer: Renderer, drawn: Chart) -> Iterator[Picture]:
    for unit, title in _TITLES.items():
        series = [one for one in drawn.series if one.unit is unit]
        for at in range(0, len(series), MOST_CURVES):
            some = series[at : at + MOST_CURVES]
            yield Picture(
                renderer.line(title),
                min(one.low for one in some),
                max(one.high for one in some),
                tuple(_curve(renderer, one) for one in some),
                steps=unit is Unit.COUNT,
            )


def _curve(renderer: Renderer, series: Series) -> Curve:
    found = ((point.at.value, point.value.value) for point in series.points)
    return Curve(
        renderer.line(series.name),
        tuple((at, v) for at, v in found if isinstance(at, datetime) and isinstance(v, int)),
    )


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Para(words) | Heading(words):
            yield _flat(words)
        case Quote(text):
            yield text
        case Bullets(items):
            yield from map(_flat, items)
        case Table(head, rows):
            for row in (head, *rows):
                yield from map(_flat, row)


def _flat(words: Words) -> str:
    return "".join(leaf.text for leaf in leaves_of(line_of(words)))
