"""`!consent CODE` and `!refuse CODE`: one party's answer to a request to release.

With the last consent the new item is made. A refusal is seen by nobody outside the party that
refused: the request reads as if it still waited, until it lapses. Refuses everybody who does not
speak for an owner, a mediator for another party above all.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import release_bodies as r
from bot.domain.case import ReleaseRequest
from bot.domain.ids import Code
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.tear_lines import shown_in
from bot.engine.gating import held_by_gate
from bot.engine.held import unless_withheld
from bot.engine.parsing import take_code
from bot.engine.red_lines import held_by_red_lines
from bot.engine.releasing import release
from bot.engine.seated import speaks_for_party
from bot.words.phrase import Ref, phrase

USAGE = "!consent CODE [with names]"


@dataclass(frozen=True, slots=True)
class Yes:
    """A consent as typed."""

    request: ReleaseRequest
    with_names: bool


def read_consent(ctx: Ctx, rest: str) -> Yes | Refused:
    """Read `CODE [with names]`."""
    found = read_request(ctx, rest)
    if isinstance(found, Refused):
        return found
    more = " ".join(take_code(rest).rest.casefold().split())
    if more not in ("", "with names"):
        return refuse("wrong.form", usage=USAGE)
    return Yes(found, with_names=bool(more))


def read_request(ctx: Ctx, rest: str) -> ReleaseRequest | Refused:
    """Read the code of a request that waits for the speaker's party, here.

    One that another owner refused reads as if it still waited, until it expires: a refusal is
    seen by nobody outside the party that refused.
    """
    taken = take_code(rest)
    found = ctx.case.requests.get(Code(taken.code or ""))
    if (
        found is None
        or ctx.seat.party not in found.owners
        or not found.label.admits(ctx.here.id)
        or not speaks_for_party(ctx.case, ctx.seat)
    ):
        return refuse("wrong.no_item", code=taken.code or rest.strip()[:16], verb=ctx.verb)
    answered = ctx.seat.party in found.consents or found.released_as is not None
    answered = answered or not lasts(ctx, found) or found.closed
    answered = answered or (found.refused and found.owners == {ctx.seat.party})
    if answered or found.until < ctx.event.at:
        return refuse("consent.closed", code=found.code)
    return found


def lasts(ctx: Ctx, request: ReleaseRequest) -> bool:
    """Tell whether the words that were asked for and their source still stand."""
    return ctx.case.stands(request) and ctx.case.stands(ctx.case.items[request.item])


def consent(ctx: Ctx, yes: Yes) -> Refused | None:
    """Give a party's consent; with the last one, the new item is made."""
    request = yes.request
    alone = [
        s
        for s in ctx.case.seats_in(ctx.here.id)
        if s.party == ctx.seat.party and speaks_for_party(ctx.case, s) and s.verified
    ]
    asked_by = ctx.case.seats.get(request.by)
    own = asked_by is not None and asked_by.user == ctx.seat.user
    if own and any(s.user != ctx.seat.user for s in alone):
        return refuse("consent.own", code=request.code)
    promise = ctx.case.commitments.get(request.item)
    held = held_by_gate(ctx, promise.item) if promise is not None else None
    held = held or held_by_red_lines(ctx, request.code)
    if held is not None:
        return held
    names = shown_in(ctx.case, request.names, request.target, ctx.here.id)
    if names and not yes.with_names:
        return refuse("consent.names", code=request.code, names=names, target=request.target)
    target = ctx.case.compartments[request.target]
    unless_withheld(ctx, target, Ref(request.record, "text"))
    ctx.pen.append(
        ctx.here.id,
        r.ConsentGiven(request.code, ctx.seat.party, ctx.seat.id, bool(names)),
        label=request.label,
    )
    now = ctx.case.requests[request.code]
    if now.refused or now.waits_for():
        ctx.answer("consent.waits", code=request.code)
    elif now.held:
        _ready(ctx, now)
    else:
        _released(ctx, now)
    return None


def _released(ctx: Ctx, request: ReleaseRequest) -> None:
    made = release(ctx.pen, request)
    ctx.pen.send(made.notice, made.receipt)
    ctx.answer("consent.done", code=request.code, target=request.target)
    if request.asked_in != ctx.here.id:
        ctx.pen.tell(
            request.asked_in,
            phrase("release.done", code=request.code, item=request.item, target=request.target),
        )


def _ready(ctx: Ctx, request: ReleaseRequest) -> None:
    """Say that it only waits to be delivered, to whoever consented last and to who asked."""
    ctx.answer("consent.held", code=request.code, target=request.target)
    if request.asked_in != ctx.here.id:
        ctx.pen.tell(
            request.asked_in, phrase("release.ready", code=request.code, target=request.target)
        )


def refuse_request(ctx: Ctx, request: ReleaseRequest) -> None:
    """Refuse for a party. Nobody outside is told, not even who asked: it just never happens."""
    ctx.pen.append(
        ctx.here.id,
        r.ConsentRefused(request.code, ctx.seat.party, ctx.seat.id),
        label=request.label,
    )
    ctx.answer("consent.refused", code=request.code)
