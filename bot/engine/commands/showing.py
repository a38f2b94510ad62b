"""`!show CODE`: what stands under a code, as far as this room may read it.

Words with their owners and caveats, or the file of evidence in its own room. Refuses to name the
owners of words that were given without attribution to anybody but them.
"""

from __future__ import annotations

from bot.domain.case import Item
from bot.domain.evidence import Evidence
from bot.domain.ids import Code
from bot.engine import caveats
from bot.engine.command import Ctx, Refused
from bot.engine.commands import judging
from bot.engine.commands.tear_lines import holds_words
from bot.engine.parsing import take_code
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase


def read_show(ctx: Ctx, rest: str) -> Evidence | Item | Refused:
    """Read the code of words on record, or of evidence."""
    taken = take_code(rest)
    item = ctx.item(Code(taken.code or ""))
    if item is None or taken.rest or not holds_words(ctx.case, item):
        return judging.read_show(ctx, rest)
    return item


def show(ctx: Ctx, found: Evidence | Item) -> None:
    """Show it."""
    if isinstance(found, Evidence):
        judging.show(ctx, found)
        return
    ctx.answer(
        "item.shown",
        code=found.code,
        at=Fact(found.record, found.recorded_at),
        text=Ref(found.record, "text"),
        owners=_owners(ctx, found),
        caveats=caveats.shown(found.label.caveats, found.record),
    )


def _owners(ctx: Ctx, item: Item) -> tuple[Phrase, ...]:
    owners = item.label.owner_parties()
    if item.label.caveats.unattributed and not owners & ctx.case.parties_in(ctx.here.id):
        return (phrase("item.not_said"),)
    return tuple(phrase("where.owner", party=PartyName(p)) for p in sorted(owners))
