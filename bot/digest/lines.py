"""One line of a digest with its label, and what is said of that label: mark, header, the rest.

Marks and header follow from the labels of the lines and are declared by nobody. Refuses to name
an owner whose words were given without attribution, and to count exactly what is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.case import NO_PARTY
from bot.policy.label import UNOWNED, Label
from bot.words.phrase import PartyName, Phrase, phrase

MOST: Final = 40
"""So many lines of one section are shown."""
SMALL: Final = 5
"""What is fewer is not counted out: a small number can name whom it is about."""


@dataclass(frozen=True, slots=True)
class Line:
    """The join of the labels of what a line is made of, and how to write it.

    A long case has many lines of which few are shown: only those are written.
    """

    label: Label
    write: Callable[[], Phrase]


def joined(labels: Iterable[Label]) -> Label:
    """Return the label of something made of all of these."""
    whole = UNOWNED
    for label in labels:
        whole = whole.join(label)
    return whole


def marked(line: Line) -> Phrase:
    """Return a line behind its portion mark."""
    return phrase("digest.line", mark=mark(line.label), line=line.write())


def mark(label: Label) -> Phrase:
    """Return the portion mark: the owners, whose consent any further use needs."""
    caveats = label.caveats
    owners = tuple(
        phrase("where.owner", party=PartyName(party))
        for party in sorted(label.owner_parties() - {NO_PARTY})
    )
    if caveats.unattributed or not owners:
        owners = (phrase("digest.mark_nobody"),)
    eyes = phrase("digest.mark_eyes" if caveats.eyes_only else "nothing")
    held = phrase("digest.mark_held" if caveats.no_forward else "nothing")
    return phrase("digest.mark", owners=owners, eyes=eyes, held=held)


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of one section, how many of them are shown, and what is said if there are none."""

    lines: Sequence[Line]
    none: str
    most: int = MOST

    def said(self) -> tuple[Phrase, ...]:
        """Return the lines shown; what is left out is counted in a band (see `banded`)."""
        shown = tuple(marked(line) for line in self.lines[: self.most])
        if len(self.lines) > self.most:
            more = banded(len(self.lines) - self.most)
            return (*shown, phrase("digest.more", count=more))
        return shown or (phrase(self.none),)


def header(sections: Iterable[Section]) -> Phrase:
    """Return the TLP mark of the whole: that of its strictest line, never below AMBER+STRICT."""
    shown = (line for one in sections for line in one.lines[: one.most])
    named = any(line.label.caveats.eyes_only for line in shown)
    return phrase("digest.red" if named else "digest.amber")


def banded(count: int) -> Phrase:
    """Return a count that tells nothing of few: "fewer than 5", or down to a full five."""
    if count < SMALL:
        return phrase("digest.few", count=SMALL)
    return phrase("digest.at_least", count=count - count % SMALL)
