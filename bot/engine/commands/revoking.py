"""`!revoke CODE`: taking back a request, a consent, or words that have not left yet.

Until the notice has left the outbox, whoever asked and every party that consented can take a
release back; it is then as if it had never been. Refuses once it has left, or may have, and says
what was shown: nothing reaches into people's own clients.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import release_bodies as r
from bot.domain.case import ReleaseRequest
from bot.domain.ids import Code, CompartmentId
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.parsing import take_code
from bot.engine.releasing import LAPSE, UNTIL, recall_names, recall_of_pair
from bot.engine.seated import speaks_for_party
from bot.words.phrase import Fact, Phrase, Ref, phrase

USAGE = "!revoke CODE"


@dataclass(frozen=True, slots=True)
class Taking:
    """What is taken back. `whole`: the request, by who asked; else this party's consent."""

    request: ReleaseRequest
    whole: bool


def read_revoke(ctx: Ctx, rest: str) -> Taking | Refused:
    """Read the code of a request that the speaker made, or whose party consented, here."""
    taken = take_code(rest)
    found = ctx.case.requests.get(Code(taken.code or ""))
    if found is None or taken.rest or not found.label.admits(ctx.here.id):
        return ctx.no_item(rest)
    asked = found.by == ctx.seat.id and found.asked_in == ctx.here.id
    consented = ctx.seat.party in found.consents and speaks_for_party(ctx.case, ctx.seat)
    if not asked and not consented:
        return ctx.no_item(rest)
    over = found.released_as is None and found.until <= ctx.event.at
    if found.closed or over or not ctx.case.stands(found):
        return refuse("consent.closed", code=found.code)
    return Taking(found, asked)


def revoke(ctx: Ctx, taking: Taking) -> None:
    """Take back what the speaker may."""
    request = taking.request
    if request.released_as is not None:
        _recall(ctx, request)
    elif taking.whole:
        _close(ctx, request)
        ctx.answer("revoke.request", code=request.code)
        _tell(ctx, _shown_in(ctx, request), phrase("revoke.told_request", code=request.code))
    else:
        ready = request.ready
        ctx.pen.append(
            ctx.here.id,
            r.ConsentRevoked(request.code, ctx.seat.party, ctx.seat.id),
            label=request.label,
        )
        ctx.answer("revoke.consent", code=request.code)
        if ready:
            _tell(ctx, _know(request), phrase("revoke.told_ready", code=request.code))


def _recall(ctx: Ctx, request: ReleaseRequest) -> None:
    """Take back words that wait to be sent, and those that would go out with them."""
    pair = ctx.case.requests.get(request.pair) if request.pair else None
    both = [request] if pair is None else [request, pair]
    names: list[str] = []
    for one in both:
        if one.released_as is not None:
            names += recall_names(one.released_as)[pair is not None :]
    if pair is not None:
        names.append(recall_of_pair(request, pair))
    ctx.pen.recall(tuple(names), ctx.here.id, _too_late(request))
    for one in both:
        _close(ctx, one)
        ctx.pen.disarm(f"{UNTIL}{one.released_as}")
    ctx.answer("revoke.release", code=request.code, target=request.target)
    for one in both:
        _tell(ctx, _know(one), phrase("revoke.told_release", code=one.code))


def _too_late(request: ReleaseRequest) -> Phrase:
    return phrase(
        "revoke.too_late",
        code=request.code,
        target=request.target,
        at=Fact(request.record, request.released_at or request.until),
        text=Ref(request.record, "text"),
    )


def _close(ctx: Ctx, request: ReleaseRequest) -> None:
    by = ctx.seat.id
    ctx.pen.append(ctx.here.id, r.ReleaseRevoked(request.code, by), label=request.label)
    ctx.pen.disarm(f"{LAPSE}{request.code}")


def _shown_in(ctx: Ctx, request: ReleaseRequest) -> frozenset[CompartmentId]:
    """Return where a request was shown."""
    return frozenset(place for place in ctx.case.compartments if request.label.admits(place))


def _know(request: ReleaseRequest) -> frozenset[CompartmentId]:
    """Return where it is known that all consented; nobody else is told by this that they did."""
    return frozenset({request.asked_in, request.completed_in or request.asked_in})


def _tell(ctx: Ctx, places: frozenset[CompartmentId], said: Phrase) -> None:
    for place in sorted(places - {ctx.here.id}):
        ctx.pen.tell(place, said)
