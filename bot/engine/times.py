"""Reading typed times for commands: an unclear one is refused with its normal form."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.when import Ambiguous, Instant, NotATime, Why, read, read_duration
from bot.engine.command import Ctx, Refused, refuse
from bot.words.phrase import Fact, Moment, Phrase, phrase

_SAID_OF: Final[dict[Why, str]] = {
    Why.RULE_PART: "wrong.rule_part",
    Why.RULE_VALUE: "wrong.rule_value",
    Why.RULE_ENDS: "wrong.rule_ends",
    Why.RULE_LACKS: "wrong.rule_lacks",
    Why.RULE_START: "wrong.rule_start",
    Why.ANCHOR_NAME: "wrong.anchor_name",
    Why.ANCHOR_DAYS: "wrong.anchor_days",
}
"""Reasons that have a sentence of their own."""


def moment(ctx: Ctx, typed: str) -> datetime | Refused:
    """Read an instant in the speaker's zone."""
    found = read(typed, now=ctx.event.at, zone=ctx.seat.zone)
    return found.at if isinstance(found, Instant) else unclear(typed, found)


def moment_from(ctx: Ctx, typed: str, asked: datetime) -> datetime | Refused:
    """Read an instant as it was meant when it was typed, which may be a while ago."""
    found = read(typed, now=asked, zone=ctx.seat.zone)
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
    key = _SAID_OF.get(found.why, key)
    part = short(found.part) if isinstance(found, NotATime) else ""
    return Refused(Phrase(key, (("typed", short(typed)), ("part", part), ("hints", hints))))


def read_back(at: Moment | Fact, *, speaker: str, own: str | None = None) -> Phrase | Moment | Fact:
    """Show a time as its speaker means it and in UTC, and in the zone that its schedule keeps."""
    shown = replace(at, zone=speaker)
    if own is None or own in (speaker, "UTC"):
        return shown
    return phrase("time.own", at=shown, own=replace(at, zone=own))


def short(typed: str) -> str:
    """Return the start of what was typed, for an answer in the room it was typed in."""
    line = " ".join(typed.split())
    return line if len(line) <= 40 else line[:39] + "…"
