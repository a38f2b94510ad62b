"""Four eyes: a line that takes two people waits until another one approves it by its code."""

from __future__ import annotations

from bot.domain.case import Approval, Seat
from bot.domain.ids import Code
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.parsing import take_code


def read_approve(ctx: Ctx, rest: str) -> Approval | Refused:
    """Read the code of a line that waits here for somebody other than who asked."""
    taken = take_code(rest)
    found = ctx.case.approvals.get(Code(taken.code or ""))
    if found is None or found.compartment != ctx.here.id:
        return refuse("wrong.no_item", code=taken.code or rest.strip()[:16], verb="approve")
    if found.until < ctx.event.at or found.record in ctx.case.erased:
        return refuse("approve.expired", code=found.code)
    if found.by is None:
        return found
    asked_by = who_asked(ctx, found)
    if asked_by is None:
        return refuse("approve.gone", code=found.code)
    if asked_by.user == ctx.seat.user:
        return refuse("approve.own", code=found.code)
    return found


def who_asked(ctx: Ctx, approval: Approval) -> Seat | None:
    """Return who asked, if that person still sits here and still binds: it takes two people now.

    Whoever was frozen or taken out since is no second pair of eyes.
    """
    found = ctx.case.seats.get(approval.by) if approval.by else None
    if found is None or not (found.enrolled and found.verified):
        return None
    return found if found.id in ctx.here.seats else None
