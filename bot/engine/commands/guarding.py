"""The guard by command: what each rule sees, and clearing a breach by two people."""

from __future__ import annotations

from bot.domain import bodies as b
from bot.domain.case import Compartment
from bot.domain.vocabulary import Role
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.guard import findings_of
from bot.engine.seated import compartment_named
from bot.policy.guard import breaches
from bot.words.phrase import Phrase, phrase

CLEAR = "!guard clear COMPARTMENT"


def read_place(ctx: Ctx, rest: str) -> Compartment | Refused:
    """Read a compartment; a mediator at the desk may name any, others mean their own room."""
    if not rest.strip():
        return ctx.here
    found = compartment_named(ctx.case, rest)
    free = ctx.seat.role is Role.MEDIATOR and ctx.here in ctx.case.desks()
    if found is None or (found.id != ctx.here.id and not free):
        return refuse("guard.none", compartment=rest.strip()[:40])
    return found


def status(ctx: Ctx, place: Compartment) -> None:
    """Show each rule with its evidence."""
    findings = findings_of(ctx.case, ctx.scene, place)
    if findings is None:
        ctx.answer("guard.unseen", compartment=place.id)
        return
    lines: tuple[Phrase, ...] = tuple(
        phrase(
            "guard.line",
            mark=phrase("guard.ok" if f.holds else "guard.broken"),
            rule=phrase(f"rule.{f.rule.value}"),
            evidence=f.evidence,
        )
        for f in findings
    )
    ctx.answer(
        "guard.status",
        compartment=place.id,
        verdict=phrase("guard.is_held" if place.held else "guard.passes"),
        lines=lines,
    )


def read_clear(ctx: Ctx, rest: str) -> Compartment | Refused:
    """Read a held compartment whose room is in order again."""
    found = compartment_named(ctx.case, rest)
    if found is None or not found.held:
        return refuse("guard.not_held", compartment=rest.strip()[:40])
    findings = findings_of(ctx.case, ctx.scene, found)
    broken = breaches(findings) if findings is not None else ()
    if findings is None or broken:
        rules = tuple(phrase(f"rule.{f.rule.value}") for f in broken)
        return refuse("guard.still_broken", compartment=found.id, rules=rules)
    return found


def clear(ctx: Ctx, place: Compartment) -> None:
    """Clear a breach (approved by two): what was parked is sent, under a new session."""
    desk = ctx.here.id
    ctx.pen.append(desk, b.BreachCleared(place.id, ctx.seat.id), label=ctx.case.label_in(desk))
    ctx.pen.drop_session(place.id)
    ctx.answer("guard.cleared", compartment=place.id)
    ctx.pen.tell(place.id, phrase("guard.cleared_here"))
