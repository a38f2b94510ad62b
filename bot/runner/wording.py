"""From a phrase and opened records to a message, in the language and zone of who reads."""

from __future__ import annotations

from datetime import datetime

from bot.domain.case import Case
from bot.engine.effects import Say
from bot.policy.label import Label
from bot.runner.sources import Opened, Opening
from bot.words.catalogues import catalogue
from bot.words.message import Message, render
from bot.words.phrase import Phrase
from bot.words.render import Renderer


def worded(
    case: Case,
    opened: Opened,
    said: Phrase,
    party: str | None,
    how: Say | None,
    *,
    now: datetime,
) -> tuple[Message, Label]:
    """Return a phrase as one message, however long, and the label of all that went into it."""
    labels = {record: label for record, (label, _) in opened.items()}
    own = next((p for p in case.parties.values() if p.id == party), None)
    renderer = Renderer(
        catalogue(own.language if own else case.language),
        own.zone if own else case.zone,
        now,
        Opening(case, opened, labels),
    )
    blocks = renderer.blocks(said)
    mentions = tuple(case.seats[s].user for s in how.mention if s in case.seats) if how else ()
    notice = how is None or not how.answer
    return render(blocks, notice=notice, mentions=mentions), renderer.label
