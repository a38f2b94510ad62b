"""Digests by command; the clock's side is `engine.digests`."""

from __future__ import annotations

from bot.domain.case import Compartment
from bot.domain.vocabulary import CompartmentKind, Role
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.digests import deliver
from bot.engine.seated import compartment_named


def read_reader(ctx: Ctx, rest: str) -> Compartment | Refused:
    """Read whose digest is meant: this room's, or for a mediator at the desk a named bench's."""
    if not rest.strip():
        return ctx.here
    found = compartment_named(ctx.case, rest)
    desk = ctx.seat.role is Role.MEDIATOR and ctx.here in ctx.case.desks()
    if found is None or not desk or found.kind is not CompartmentKind.BENCH:
        return refuse("digest.none", compartment=rest.strip()[:40])
    return found


def now(ctx: Ctx, reader: Compartment) -> None:
    """Send a digest at once, to the room of the one who may read it and nowhere else."""
    deliver(ctx.pen, reader, ctx.event.at, period="")
    if reader.id != ctx.here.id:
        ctx.answer("digest.sent", compartment=reader.id)
