"""Reading typed times for commands: an unclear one is refused with its normal form."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.when import Ambiguous, Instant, NotATime, read, read_duration
from bot.engine.command import Ctx, Refused, refuse
from bot.words.phrase import Moment, Phrase, phrase


def moment(ctx: Ctx, typed: str) -> datetime | Refused:
    """Read an instant in the speaker's zone."""
    found = read(typed, now=ctx.event.at, zone=ctx.seat.zone)
    return found.at if isinstance(found, Instant) else unclear(typed, found)


def deadline(ctx: Ctx, typed: str) -> datetime | Refused:
    """Read an instant that must lie ahead."""
    at = moment(ctx, typed)
    if isinstance(at, datetime) and at <= ctx.event.at:
        return refuse("wrong.past", at=Moment(at), now=Moment(ctx.event.at))
    return at


def duration(typed: str) -> timedelta | Refused:
    """Read a length of time."""
    found = read_duration(typed)
    return found if found is not None else refuse("wrong.duration", typed=short(typed))


def unclear(typed: str, found: Ambiguous | NotATime) -> Refused:
    """Refuse a time that can be read two ways, or not at all, showing forms that can be typed."""
    hints = tuple(phrase("wrong.hint", form=hint) for hint in found.normal_form_hints[:3])
    key = "wrong.ambiguous_time" if isinstance(found, Ambiguous) else "wrong.not_a_time"
    return Refused(Phrase(key, (("typed", short(typed)), ("hints", hints))))


def short(typed: str) -> str:
    """Return the start of what was typed, for an answer in the room it was typed in."""
    line = " ".join(typed.split())
    return line if len(line) <= 40 else line[:39] + "…"
