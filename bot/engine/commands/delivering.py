"""`!deliver both`: two parties get their texts back to back, or neither does.

Each text is a request that was asked for with `held` and that all its owners consented to. The
mediators say when; they consent for nobody. Refuses unless both rooms pass the guard now. What the
delay between the two was is put on record at the desk when it is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import release_bodies as r
from bot.domain.case import Case, ReleaseRequest
from bot.domain.ids import Code
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.effects import SayBoth
from bot.engine.events import BothSaid
from bot.engine.guard import findings_of
from bot.engine.held import unless_withheld
from bot.engine.parsing import take_code, take_word
from bot.engine.pen import Pen
from bot.engine.releasing import recall_of_pair, release
from bot.engine.seated import slug
from bot.policy.guard import breaches
from bot.words.phrase import Fact, Ref, phrase

USAGE = "!deliver both CODE to COMPARTMENT, CODE to COMPARTMENT"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two requests that go together."""

    first: ReleaseRequest
    second: ReleaseRequest


def read_both(ctx: Ctx, rest: str) -> Pair | Refused:
    """Read `CODE to COMPARTMENT, CODE to COMPARTMENT`."""
    parts = rest.split(",")
    if len(parts) != len(("first", "second")):
        return refuse("wrong.form", usage=USAGE)
    found = [_one(ctx, part) for part in parts]
    first, second = found
    if isinstance(first, Refused):
        return first
    if isinstance(second, Refused):
        return second
    if first.target == second.target:
        return refuse("both.same", target=first.target)
    for one in (first, second):
        why = _not_now(ctx, one)
        if why is not None:
            return why
    return Pair(first, second)


def _one(ctx: Ctx, typed: str) -> ReleaseRequest | Refused:
    """Return a request that is ready, by its code and target as typed.

    The mediator who types it must sit where the request may be read.
    """
    taken = take_code(typed)
    to = take_word(taken.rest)
    if taken.code is None or (to.found or "").casefold() != "to" or not to.rest:
        return refuse("wrong.form", usage=USAGE)
    request = ctx.case.requests.get(Code(taken.code))
    known = request is not None and any(
        request.label.admits(place.id) and ctx.seat.id in place.seats
        for place in ctx.case.compartments.values()
    )
    if request is None or not known:
        return ctx.no_item(taken.code)
    # Not ready reads the same whether somebody refused or has not answered.
    if not request.ready or request.until <= ctx.event.at or not _lasts(ctx.case, request):
        return refuse("both.not_ready", code=request.code)
    if slug(to.rest) != request.target:
        return refuse("both.elsewhere", code=request.code, target=request.target)
    return request


def _lasts(case: Case, request: ReleaseRequest) -> bool:
    return case.stands(request) and case.stands(case.items[request.item])


def _not_now(ctx: Ctx, request: ReleaseRequest) -> Refused | None:
    """Refuse while the target's room does not pass, or nobody is there to read."""
    place = ctx.case.compartments[request.target]
    findings = findings_of(ctx.case, ctx.scene, place)
    seen = ctx.scene.rooms.get(place.id)
    there = seen is not None and bool(seen.joined() & ctx.case.users_in(place.id))
    if place.held or findings is None or breaches(findings) or not there:
        return refuse("both.room", target=place.id)
    return None


def deliver(ctx: Ctx, pair: Pair) -> None:
    """Make both items and have both said in one act."""
    for one in (pair.first, pair.second):
        unless_withheld(ctx, ctx.case.compartments[one.target], Ref(one.record, "text"))
    first = release(ctx.pen, pair.first, pair=pair.second.code)
    second = release(ctx.pen, pair.second, pair=pair.first.code)
    recall = recall_of_pair(pair.first, pair.second)
    ctx.pen.send(SayBoth(first.notice, second.notice, recall), first.receipt, second.receipt)
    ctx.answer(
        "both.done",
        first=pair.first.code,
        one=pair.first.target,
        second=pair.second.code,
        other=pair.second.target,
    )
    for one in (pair.first, pair.second):
        if one.asked_in != ctx.here.id:
            ctx.pen.tell(
                one.asked_in,
                phrase("both.told", code=one.code, item=one.item, target=one.target),
            )


def both_said(case: Case, event: BothSaid, pen: Pen) -> None:
    """Put on record how far apart two texts went, and tell the desk."""
    _, one, other = event.recall.split(":")
    desks = case.desks()
    if not desks:
        return
    made = pen.append(
        desks[0].id, r.BothDelivered(Code(one), Code(other), event.apart, event.at_most)
    )
    key = "both.apart_at_most" if event.at_most else "both.apart"
    pen.tell(
        desks[0].id,
        phrase(
            key,
            first=Fact(made, one),
            second=Fact(made, other),
            apart=Fact(made, f"{event.apart.total_seconds():.3f} s"),
        ),
    )
