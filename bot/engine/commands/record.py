"""Taking a message on record, and the receipt that proves it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain import bodies as b
from bot.domain.case import Item
from bot.domain.ids import Code, Prose, SeatId
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.parsing import take_code
from bot.words.phrase import Fact, Ref, SeatName

VAULT = re.compile(r"[!\uff01]\s*quest", re.IGNORECASE)
"""A message in which the answer to a private question may stand: it is not kept."""


@dataclass(frozen=True, slots=True)
class Words:
    """What goes on record, and whose words they are."""

    text: Prose
    by: SeatId


def read_record(ctx: Ctx, rest: str) -> Words | Refused:
    """Read a text, or take the message that was replied to if it was said in this room."""
    if rest.strip():
        return Words(Prose(rest.strip()), ctx.seat.id)
    if ctx.event.quoted_text and ctx.event.quoted_by:
        if VAULT.search(ctx.event.quoted_text):
            return refuse("question.not_recorded")
        return Words(Prose(ctx.event.quoted_text), ctx.event.quoted_by)
    return refuse("record.nothing")


def record(ctx: Ctx, words: Words) -> None:
    """Put the words on record under a new code."""
    code = ctx.pen.code()
    made = ctx.pen.append(
        ctx.here.id,
        b.ItemRecorded(code, words.by, ctx.event.said_at, ctx.event.id, words.text),
    )
    ctx.answer(
        "record.done",
        code=code,
        by=SeatName(words.by),
        text=Ref(made, "text"),
        at=Fact(made, ctx.event.at),
    )


def read_receipt(ctx: Ctx, rest: str) -> Item | Refused:
    """Read the code of anything on record that this compartment may read."""
    taken = take_code(rest)
    found = ctx.item(Code(taken.code or ""))
    return found or ctx.no_item(rest)


def receipt(ctx: Ctx, item: Item) -> None:
    """Promise the receipt file; it comes with the next checkpoint."""
    ctx.answer("receipt.coming", code=item.code)
    ctx.pen.give_receipt(ctx.here.id, item.record, f"record-{item.code}")
