"""From a phrase to a document, and to the label of all that went into it.

The label is not declared by anybody: it is the join of the labels of every insertion. So a
sentence that quotes two parties' words can be read only where both permit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.ids import CompartmentId, PartyId, RecordId, SeatId
from bot.domain.when_recurring import NEVER
from bot.domain.when_show import length, show
from bot.policy.label import UNOWNED, Label
from bot.words.document import Block, Bullets, Heading, Line, Para, Quote, Table, Text, Words, line
from bot.words.phrase import (
    Fact,
    Insertion,
    Lines,
    Moment,
    PartyName,
    Phrase,
    Ref,
    Said,
    SeatName,
    listed,
)


class Sources(Protocol):
    """What the shell can open for a sentence. `None` is prose that was erased."""

    def prose(self, record: RecordId, field: str) -> tuple[str | None, Label]:
        """Return a prose field and its record's label."""

    def label_of(self, record: RecordId) -> Label:
        """Return a record's label."""

    def label_in(self, compartment: CompartmentId) -> Label:
        """Return the label of something said in a compartment."""

    def seat(self, seat: SeatId) -> tuple[str | None, Label]:
        """Return a seated person's name and who may read it."""

    def party(self, party: PartyId) -> str | None:
        """Return a party's name."""


ERASED = "erased"
"""The sentence that stands for words that were erased, in every language."""


@dataclass(slots=True)
class Renderer:
    """Renders one sentence; `label` grows with every insertion."""

    sentences: dict[str, str]
    zone: str
    now: datetime
    sources: Sources
    label: Label = UNOWNED

    def blocks(self, said: Phrase) -> tuple[Block, ...]:
        """Return the blocks of a phrase."""
        args = dict(said.args)
        made: list[Block] = []
        for template in self.sentences[said.key].split("\n"):
            made.extend(self._block(template, args))
        return tuple(made)

    def line(self, said: Phrase) -> Line:
        """Return a phrase as a line inside another."""
        return self._inline(said)

    def _block(self, template: str, args: dict[str, Insertion]) -> tuple[Block, ...]:
        alone = template.removeprefix("{").removesuffix("}")
        lines = listed(args.get(alone)) if template == f"{{{alone}}}" else None
        if lines is not None:
            items = tuple(made for made in map(self._inline, lines) if made)
            return (Bullets(items),) if items else ()
        if template.startswith("> "):
            quoted = self._words(args[template[2:].strip("{}")])
            return (Quote(_flat(quoted)),)
        if template.startswith("| "):
            return self._table(template, args)
        if template.startswith("# "):
            return (Heading(line(template[2:], **self._values(template, args))),)
        words = line(template, **self._values(template, args))
        return (Para(words),) if _flat(words).strip() else ()

    def _table(self, template: str, args: dict[str, Insertion]) -> tuple[Block, ...]:
        """`| {rows} | Head | Head`: a row's sentence holds its cells, with the same bar between."""
        name, *heads = template.removeprefix("| ").split(" | ")
        rows = listed(args[name.strip("{}")])
        if rows is None:
            raise TypeError("a table is made of rows")
        made = tuple(tuple(self._cells(row)) for row in rows)
        return (Table(tuple(line(head) for head in heads), made),) if made else ()

    def _cells(self, row: Phrase) -> list[Line]:
        args = dict(row.args)
        cells = self.sentences[row.key].split(" | ")
        return [line(cell, **self._values(cell, args)) for cell in cells]

    def _inline(self, said: Phrase) -> Line:
        template = self.sentences[said.key]
        return line(template, **self._values(template, dict(said.args)))

    def _values(self, template: str, args: dict[str, Insertion]) -> dict[str, Words]:
        return {
            name: self._words(value) for name, value in args.items() if f"{{{name}}}" in template
        }

    def _words(self, value: Insertion) -> Words:
        match value:
            case str():
                return value
            case int():
                return str(value)
            case timedelta():
                return length(value)
            case Moment():
                if value.at >= NEVER:
                    return self.sentences["time.none"]
                return show(value.at, value.zone or self.zone, now=self.now)
            case Fact():
                self._own(self.sources.label_of(value.record))
                shown = value.value
                return self._words(
                    Moment(shown, value.zone) if isinstance(shown, datetime) else shown
                )
            case Ref():
                text, label = self.sources.prose(value.record, value.field)
                self._own(label)
                return self._erased if text is None else text
            case Said():
                self._own(self.sources.label_in(value.compartment))
                return value.text
            case SeatName():
                name, label = self.sources.seat(value.seat)
                self._own(label)
                return name or self._erased
            case PartyName():
                return self.sources.party(value.party) or self._erased
            case Phrase():
                return self._inline(value)
            case tuple():
                return _joined([self._inline(said) for said in value])
            case Lines():
                return self._words(value.phrases())

    @property
    def _erased(self) -> str:
        return self.sentences[ERASED]

    def _own(self, label: Label) -> None:
        self.label = self.label.join(label)


def _joined(parts: list[Line]) -> Line:
    made: list[Line] = [part for part in parts if part]
    out: Line = ()
    for number, part in enumerate(made):
        out = (*out, Text(", "), *part) if number else part
    return out


def _flat(words: Words) -> str:
    if isinstance(words, str):
        return words
    return "".join(
        word.text if hasattr(word, "text") else "".join(w.text for w in getattr(word, "words", ()))
        for word in words
    )
