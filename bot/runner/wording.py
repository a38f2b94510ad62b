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
    renderer = renderer_for(case, opened, party, now)
    blocks = renderer.blocks(said)
    mentions = tuple(case.seats[s].user for s in how.mention if s in case.seats) if how else ()
    notice = how is None or not how.answer
    return render(blocks, notice=notice, mentions=mentions), renderer.label


def renderer_for(case: Case, opened: Opened, party: str | None, now: datetime) -> Renderer:
    """Return what renders for a party's rooms, or for those of nobody in particular."""
    labels = {record: label for record, (label, _) in opened.items()}
    own = next((p for p in case.parties.values() if p.id == party), None)
    return Renderer(
        catalogue(language_of(case, party)),
        own.zone if own else case.zone,
        now,
        Opening(case, opened, labels),
    )


def language_of(case: Case, party: str | None) -> str:
    """Return the language tag that a party's rooms are spoken to in."""
    own = next((p for p in case.parties.values() if p.id == party), None)
    return own.language if own else case.language
