"""Commands that only tell: help, who am I, who can read here, where things stand."""

from __future__ import annotations

from bot.digest.compose import due_of, state_of
from bot.domain.case import Seat
from bot.domain.promise_states import ENDED
from bot.domain.vocabulary import WatchState
from bot.engine.command import Ctx
from bot.engine.seated import standing
from bot.words.phrase import Fact, Moment, PartyName, Phrase, SeatName, phrase


def read_topic(ctx: Ctx, rest: str) -> str:
    """Whatever follows `!help`, without its exclamation mark."""
    del ctx
    return " ".join(rest.strip().lstrip("!").casefold().split())


def whoami(ctx: Ctx, _: None) -> None:
    """Say who the bot takes the speaker for."""
    ctx.answer(
        "whoami",
        seat=SeatName(ctx.seat.id),
        party=PartyName(ctx.seat.party),
        role=ctx.seat.role.value,
        level=phrase(f"level.{standing(ctx.seat).value}"),
    )


def where(ctx: Ctx, _: None) -> None:
    """Say who can read here, and why."""
    seen = ctx.scene.rooms.get(ctx.here.id)
    joined = seen.joined() if seen else frozenset()
    excluded = seen.unchained if seen else frozenset()
    lines = tuple(
        phrase(
            "where.person",
            seat=SeatName(seat.id),
            party=PartyName(seat.party),
            role=seat.role.value,
            level=phrase(f"level.{standing(seat).value}"),
            presence=phrase(_presence(seat, seat.user in joined)),
            excluded=_excluded(seat, excluded),
        )
        for seat in ctx.case.seats_in(ctx.here.id)
    )
    ctx.answer(
        "where",
        compartment=ctx.here.id,
        kind=ctx.here.kind.value,
        people=lines,
        owners=tuple(
            phrase("where.owner", party=PartyName(p))
            for p in sorted(ctx.case.parties_in(ctx.here.id))
        ),
        told=_told(ctx),
    )


def status(ctx: Ctx, _: None) -> None:
    """Say where the case stands, as far as this compartment may read."""
    case = ctx.case
    here = ctx.here.id
    lines: list[Phrase] = []
    if ctx.here in case.desks():
        seats = case.seats.values()
        held = [c.id for _, c in sorted(case.compartments.items()) if c.held]
        lines.append(
            phrase(
                "status.desk",
                parties=len(case.parties),
                seats=len(case.seats),
                enrolled=sum(s.enrolled for s in seats),
                verified=sum(s.enrolled and s.verified for s in seats),
                compartments=len(case.compartments),
            )
        )
        lines.append(
            phrase("status.held", compartments=", ".join(held))
            if held
            else phrase("status.guard_passes")
        )
    mine = [c for _, c in sorted(case.commitments.items()) if case.shows(c.item, here)]
    open_ = [c for c in mine if c.state not in ENDED]
    offered = (o for o in case.offers.values() if o.state not in ENDED)
    offers = [o for o in offered if case.shows(o.item, here)]
    if open_ or offers:
        lines.append(phrase("status.commitments", count=len(open_) + len(offers)))
    watches = sorted(
        (
            w
            for w in case.watches.values()
            if case.shows(w.item, here) and w.state is not WatchState.ENDED
        ),
        key=lambda w: w.occurrence,
    )
    if watches:
        first = watches[0]
        lines.append(
            phrase(
                "status.next_watch",
                code=first.item.code,
                due=due_of(first),
                state=Fact(first.item.record, state_of(first)),
            )
        )
    day = (ctx.event.at - (case.opened_at or ctx.event.at)).days + 1
    ctx.answer("status", day=day, now=Moment(ctx.event.at), lines=tuple(lines))


def _presence(seat: Seat, joined: bool) -> str:
    if joined:
        return "where.joined"
    return "where.invited" if seat.enrolled else "where.waiting"


def _excluded(seat: Seat, excluded: frozenset[tuple[str, str]]) -> Phrase:
    count = sum(user == seat.user for user, _ in excluded)
    return phrase("where.excluded", count=count) if count else phrase("nothing")


def _told(ctx: Ctx) -> Phrase:
    """Other compartments that are told of what is said here: only the desk sees their names."""
    others = sorted(ctx.case.readers_of(ctx.here.id) - {ctx.here.id})
    if not others:
        return phrase("where.told_nobody")
    own = [c for c in others if ctx.case.compartments[c].party in (ctx.here.party, None)]
    if len(own) < len(others):
        return phrase("where.told_count", count=len(others))
    return phrase("where.told", compartments=", ".join(own))
