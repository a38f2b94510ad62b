"""Four eyes: a line that takes two people waits until another one approves it by its code."""

from __future__ import annotations

from bot.domain.case import Approval
from bot.domain.ids import Code
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.parsing import take_code


def read_approve(ctx: Ctx, rest: str) -> Approval | Refused:
    """Read the code of a line that waits here for somebody other than who asked."""
    taken = take_code(rest)
    found = ctx.case.approvals.get(Code(taken.code or ""))
    if found is None or found.compartment != ctx.here.id:
        return refuse("wrong.no_item", code=taken.code or rest.strip()[:16], verb="approve")
    if found.until < ctx.event.at:
        return refuse("approve.expired", code=found.code)
    asked_by = ctx.case.seats.get(found.by) if found.by else None
    if found.by is not None and (asked_by is None or asked_by.user == ctx.seat.user):
        return refuse("approve.own", code=found.code)
    return found
