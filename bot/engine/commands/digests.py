"""Digests by command: now, on another clock, looked at before, confirmed. Else `engine.digests`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.digest.compose import compose, narrowed, reader_zone
from bot.domain import bodies as b
from bot.domain.case import Compartment
from bot.domain.digesting import Issue
from bot.domain.vocabulary import CompartmentKind, Role
from bot.domain.when import Ambiguous, NotATime, read_schedule
from bot.domain.when_schedule import Anchored, Every, Schedule
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.digests import DELIVERY, READ, arm_next, deliver, schedule_of, state_of
from bot.engine.effects import Say
from bot.engine.parsing import split_keyword, take_code, take_word
from bot.engine.seated import compartment_named
from bot.engine.times import duration, unclear
from bot.words.phrase import Moment, Phrase, SeatName, phrase

SCHEDULE: Final = "!digest schedule [BENCH] daily 07:00 [confirm 6h]"
OFTEN: Final = timedelta(hours=1)
LEAST: Final = timedelta(minutes=15)
MOST: Final = timedelta(days=14)
_OFF: Final = "off"


def read_reader(ctx: Ctx, rest: str) -> Compartment | Refused:
    """Read whose digest is meant: this room's, or for a mediator at the desk a named bench's."""
    if not rest.strip():
        return ctx.here
    found = _bench(ctx, rest)
    return found or refuse("digest.none", compartment=rest.strip()[:40])


def _bench(ctx: Ctx, typed: str) -> Compartment | None:
    """Return the bench of that id, for a mediator at the desk only."""
    found = compartment_named(ctx.case, typed)
    desk = ctx.seat.role is Role.MEDIATOR and ctx.here in ctx.case.desks()
    known = found is not None and desk and found.kind is CompartmentKind.BENCH
    return found if known else None


def now(ctx: Ctx, reader: Compartment) -> None:
    """Send a digest at once, to the room of the one who may read it and nowhere else."""
    deliver(ctx.pen, reader, ctx.event.at, period="")
    if reader.id != ctx.here.id:
        ctx.answer("digest.sent", compartment=reader.id)


def preview(ctx: Ctx, reader: Compartment) -> None:
    """Show a reader's digest as far as this room may read it too; nothing is sent or recorded."""
    seen = narrowed(ctx.case, ctx.here.id)
    said = compose(seen, reader, ctx.event.at, preview=True)
    ctx.pen.effects.append(Say(ctx.here.id, said, answer=True))


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """What was typed after `!digest schedule`: no schedule is off; nothing typed is a question."""

    reader: Compartment
    schedule: Schedule | None
    confirm: timedelta
    asks: bool = False


def read_new(ctx: Ctx, rest: str) -> NewSchedule | Refused:
    """Read `[BENCH] WHEN [confirm LENGTH]`, `[BENCH] off`, or `[BENCH]` alone."""
    first = take_word(rest)
    named = _bench(ctx, first.found or "")
    reader, rest = (named, first.rest) if named is not None else (ctx.here, rest.strip())
    confirm = state_of(ctx.case, reader.id).confirm
    if not rest:
        return NewSchedule(reader, None, confirm, asks=True)
    if rest.casefold() == _OFF:
        return NewSchedule(reader, None, confirm)
    parts = split_keyword(rest, "confirm")
    if parts is not None:
        within = duration(parts.after)
        if isinstance(within, Refused):
            return within
        if not LEAST <= within <= MOST:
            return refuse("digest.schedule_confirm", least=LEAST, most=MOST)
        rest, confirm = parts.before, within
    return _schedule(ctx, reader, rest, confirm)


def _schedule(
    ctx: Ctx, reader: Compartment, typed: str, confirm: timedelta
) -> NewSchedule | Refused:
    zone = reader_zone(ctx.case, reader)
    found = read_schedule(typed, now=ctx.event.at, zone=zone)
    if isinstance(found, Anchored):
        return refuse("digest.schedule_event")
    if isinstance(found, Ambiguous | NotATime):
        return unclear(typed, found)
    if isinstance(found, Every) and found.period < OFTEN:
        return refuse("digest.schedule_often")
    return NewSchedule(reader, found, confirm)


def schedule(ctx: Ctx, new: NewSchedule) -> None:
    """Keep a schedule, arm its next period anew, and tell both who sets it and who reads."""
    reader = new.reader
    if new.asks:
        ctx.pen.effects.append(Say(ctx.here.id, _stands(ctx, reader), answer=True))
        return
    text = new.schedule.normal() if new.schedule is not None else ""
    ctx.pen.append(reader.id, b.DigestScheduled(reader.id, ctx.seat.id, text, new.confirm))
    arm_next(ctx.pen, reader, ctx.event.at)
    ctx.pen.effects.append(Say(ctx.here.id, _stands(ctx, reader), answer=True))
    if reader.id != ctx.here.id:
        ctx.pen.tell(reader.id, _told(ctx, reader, new))


def _stands(ctx: Ctx, reader: Compartment) -> Phrase:
    found = schedule_of(ctx.case, reader, ctx.event.at)
    if found is None:
        return phrase("digest.off", compartment=reader.id)
    return phrase(
        "digest.scheduled",
        compartment=reader.id,
        schedule=found.normal(),
        next=Moment(found.next_after(ctx.event.at), reader_zone(ctx.case, reader)),
        confirm=state_of(ctx.case, reader.id).confirm,
    )


def _told(ctx: Ctx, reader: Compartment, new: NewSchedule) -> Phrase:
    if new.schedule is None:
        return phrase("digest.off_by", seat=SeatName(ctx.seat.id))
    return phrase(
        "digest.scheduled_by",
        seat=SeatName(ctx.seat.id),
        schedule=new.schedule.normal(),
        next=Moment(new.schedule.next_after(ctx.event.at), reader_zone(ctx.case, reader)),
        confirm=new.confirm,
    )


def read_code(ctx: Ctx, rest: str) -> Issue | Refused:
    """Read the code of this room's newest digest, once it was given and nobody confirmed it."""
    taken = take_code(rest)
    found = state_of(ctx.case, ctx.here.id).issue
    known = found is not None and found.code == taken.code and not taken.rest
    if found is None or not known or found.delivered_at is None or found.read_at is not None:
        return refuse("digest.read_none", code=taken.code or rest.strip()[:16])
    return found


def confirm(ctx: Ctx, found: Issue) -> None:
    """Keep that a digest was read: typed, by a person, with its code."""
    ctx.pen.append(ctx.here.id, b.DigestRead(ctx.here.id, found.code, ctx.seat.id))
    ctx.pen.disarm(f"{DELIVERY}{ctx.here.id}:{READ}:")
    ctx.answer(
        "digest.read_done", code=found.code, seat=SeatName(ctx.seat.id), at=Moment(ctx.event.at)
    )
