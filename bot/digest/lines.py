"""One line of a digest with its label, and what is said of that label: mark, header, the rest.

Marks and header follow from the labels of the lines and are declared by nobody. Refuses to name
an owner whose words were given without attribution, and to count exactly what is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """What is said, and the join of the labels of what it is made of."""

    label: Label
    said: Phrase


def joined(labels: Iterable[Label]) -> Label:
    """Return the label of something made of all of these."""
    whole = UNOWNED
    for label in labels:
        whole = whole.join(label)
    return whole


def marked(line: Line) -> Phrase:
    """Return a line behind its portion mark."""
    return phrase("digest.line", mark=mark(line.label), line=line.said)


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


def header(lines: Iterable[Line]) -> Phrase:
    """Return the TLP mark of the whole: that of its strictest line, never below AMBER+STRICT."""
    named = any(line.label.caveats.eyes_only for line in lines)
    return phrase("digest.red" if named else "digest.amber")


def section(lines: Sequence[Line], none: str, most: int = MOST) -> tuple[Phrase, ...]:
    """Return the lines of a section, or the one that says there are none.

    What is left out is counted in a band (see `banded`).
    """
    shown = tuple(marked(line) for line in lines[:most])
    if len(lines) > most:
        return (*shown, phrase("digest.more", count=banded(len(lines) - most)))
    return shown or (phrase(none),)


def banded(count: int) -> Phrase:
    """Return a count that tells nothing of few: "fewer than 5", or down to a full five."""
    if count < SMALL:
        return phrase("digest.few", count=SMALL)
    return phrase("digest.at_least", count=count - count % SMALL)
