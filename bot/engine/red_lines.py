"""What a party never agrees to, and whether a promise of its own was held against it.

A red line is asked for where it may be read, and nowhere else: neither the question nor its
absence tells another room that there is one. So what is promised before mediators is held
against it when the party consents to its leaving, in a room of its own.
"""

from __future__ import annotations

import re
from typing import Final

from bot.domain.case import Case
from bot.domain.ids import Code, CompartmentId, PartyId
from bot.domain.promises import RedLine
from bot.engine.command import Ctx, Refused, refuse
from bot.words.phrase import Fact, Phrase, Ref, phrase

_ALL: Final = re.compile(r"red-?\s?lines?\s+ok", re.IGNORECASE)
_ONE: Final = re.compile(r"(r\d{1,3})\s+(yes|no)[\s,;]*", re.IGNORECASE)


def lines_of(case: Case, party: PartyId, here: CompartmentId) -> tuple[RedLine, ...]:
    """Return the red lines of a party that a room may read, and that stand."""
    return tuple(
        line
        for line in case.red_lines
        if line.party == party
        and not line.dropped
        and line.label.admits(here)
        and line.record not in case.erased
    )


def open_lines(ctx: Ctx, party: PartyId, *codes: Code) -> tuple[RedLine, ...]:
    """Return the red lines that nobody answered yet for a promise, under any of its codes."""
    answered = frozenset().union(*(ctx.case.answered.get(code, frozenset()) for code in codes))
    return tuple(r for r in lines_of(ctx.case, party, ctx.here.id) if r.name not in answered)


def read_answers(
    ctx: Ctx, typed: str, asked: tuple[RedLine, ...], ask: Refused | None
) -> tuple[str, ...] | Refused:
    """Read `redlines ok` or `R1 no R2 no`; all that are asked must be answered with no.

    `ask` is what is said where nothing was typed.
    """
    text = typed.strip()
    if not text:
        return ask if asked and ask is not None else ()
    known = {line.name: line for line in lines_of(ctx.case, ctx.seat.party, ctx.here.id)}
    if _ALL.fullmatch(text):
        return tuple(line.name for line in asked)
    if _ONE.sub("", text):
        return refuse("redline.form", lines=shown(asked))
    found = {one[1].upper(): one[2].lower() for one in _ONE.finditer(text)}
    if found.keys() - known.keys() or {line.name for line in asked} - found.keys():
        return refuse("redline.form", lines=shown(asked))
    crossed = [known[name] for name, said in found.items() if said == "yes"]
    if crossed:
        return refuse("redline.crossed", lines=shown(tuple(crossed)))
    return tuple(sorted(found))


def shown(lines: tuple[RedLine, ...]) -> tuple[Phrase, ...]:
    """Return the red lines with their names, for a room that may read them."""
    return tuple(
        phrase("redline.line", name=Fact(line.record, line.name), text=Ref(line.record, "text"))
        for line in lines
    )


def held_by_red_lines(ctx: Ctx, request: Code) -> Refused | None:
    """Refuse to let a promise leave before its party has held it against its red lines."""
    wish = ctx.case.requests.get(request)
    promise = ctx.case.commitments.get(wish.item) if wish is not None else None
    if promise is None or promise.obligor != ctx.seat.party:
        return None
    still = open_lines(ctx, promise.obligor, request, promise.item.code)
    if not still:
        return None
    return refuse("redline.ask_answer", code=request, lines=shown(still))
