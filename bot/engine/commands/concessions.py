"""The concession ledger: how far each side has come, in percent, as one person sees it.

Never averaged: two people who see it differently stand beside each other, each with a time.
Refuses to show a view outside the label of the room it was given in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bot.domain import bodies as b
from bot.domain.ids import Code, PartyId, Prose
from bot.domain.promises import Concession
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.parsing import split_colon, split_keyword, take_code
from bot.engine.seated import party_named
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

USAGE: Final = "!concession PARTY 0-100 % [on CODE]: WORDS"
LIST: Final = "!concession list [PARTY]"
SHOWN: Final = 8
"""So many views of a party are shown, the latest."""
_FORM: Final = re.compile(r"(.+?)\s+(\d{1,3})\s*(?:%|\u066a|percent)?", re.IGNORECASE)
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class View:
    """A concession as typed."""

    party: PartyId
    percent: int
    on: Code | None
    words: Prose


def read_view(ctx: Ctx, rest: str) -> View | Refused:
    """Read `PARTY 0-100 % [on CODE]: WORDS`."""
    parts = split_colon(rest)
    if parts is None or not parts.after.strip():
        return refuse("wrong.form", usage=USAGE)
    about = split_keyword(parts.before, "on")
    head = _FORM.fullmatch((about.before if about else parts.before).strip())
    party = party_named(ctx.case, head[1]) if head else None
    if head is None or party is None or not head[2].isascii() or int(head[2]) > _WHOLE:
        return refuse("wrong.form", usage=USAGE)
    on = take_code(about.after).code if about else None
    if about is not None and (on is None or ctx.item(on) is None):
        return ctx.no_item(about.after)
    return View(party, int(head[2]), on, Prose(parts.after.strip()))


def note(ctx: Ctx, view: View) -> None:
    """Put a view on record, beside those that were there before."""
    code = ctx.pen.code()
    record = ctx.pen.append(
        ctx.here.id,
        b.ConcessionNoted(
            code, view.party, view.percent, ctx.seat.id, ctx.seat.party, view.on, view.words
        ),
    )
    ctx.answer(
        "concession.done",
        code=code,
        party=PartyName(view.party),
        percent=view.percent,
        assessor=PartyName(ctx.seat.party),
        words=Ref(record, "words"),
    )


def read_party(ctx: Ctx, rest: str) -> PartyId | None | Refused:
    """Read a party's name, or nothing for all of them."""
    if not rest.strip():
        return None
    party = party_named(ctx.case, rest)
    return party if party is not None else refuse("wrong.form", usage=LIST)


def list_all(ctx: Ctx, party: PartyId | None) -> None:
    """Show what this room may read: each side's views, latest first, never one number for all."""
    here = ctx.here.id
    found = [
        view
        for who, history in sorted(ctx.case.concessions.items())
        if party in (None, who)
        for view in history[::-1]
        if ctx.case.shows(view.item, here)
    ]
    if not found:
        ctx.answer("concession.none", usage=USAGE)
        return
    lines = []
    for _, group in groupby(found, key=lambda view: view.party):
        lines += [_line(ctx, view) for view in list(group)[:SHOWN]]
    ctx.answer("concession.list", lines=tuple(lines))


def _line(ctx: Ctx, view: Concession) -> Phrase:
    record = view.item.record
    known = view.on is not None and ctx.item(view.on) is not None
    return phrase(
        "concession.line",
        party=PartyName(view.party),
        percent=Fact(record, view.percent),
        assessor=PartyName(view.assessor),
        at=Fact(record, view.item.recorded_at),
        on=phrase("concession.on", code=Fact(record, view.on or ""))
        if known
        else phrase("nothing"),
        words=Ref(record, "words"),
    )
