"""Anchor events by command: when entry into force is, and what waits for it.

To say or change when an event is moves deadlines, so it takes two mediators at their desk, and
every room is told. A room hears of its own watches only; what waits in others is not listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CASE_ROOM, Code, CompartmentId, RecordId
from bot.domain.when_anchored import read_anchor_name
from bot.domain.when_schedule import NEVER
from bot.engine.anchored import hanging_on, rearm_anchored, waits_for_event
from bot.engine.command import APPROVAL_LASTS, Ctx, Refused, refuse
from bot.engine.parsing import split_keyword
from bot.engine.promising import event_set
from bot.engine.times import moment_from, read_back, short
from bot.words.phrase import Fact, Moment, Phrase, phrase

USAGE = "!anchor NAME at WHEN"
NOTHING = phrase("nothing")


@dataclass(frozen=True, slots=True)
class Setting:
    """An event and its time."""

    name: str
    at: datetime


def read_anchor(ctx: Ctx, rest: str) -> Setting | Refused:
    """Read `NAME at WHEN`; a time is meant as when it was asked for."""
    parts = split_keyword(rest, "at")
    if parts is None or not parts.after:
        return refuse("wrong.form", usage=USAGE)
    name = read_anchor_name(parts.before)
    if name is None:
        return refuse("anchor.name", name=short(parts.before), usage=USAGE)
    asked = ctx.event.at if ctx.approval is None else ctx.approval.until - APPROVAL_LASTS
    at = moment_from(ctx, parts.after, asked)
    if isinstance(at, Refused):
        return at
    known = ctx.case.anchors.get(name)
    if known is not None and known.at == at:
        return refuse("anchor.same", name=name, at=Moment(at))
    return Setting(name, at)


def warn(ctx: Ctx, new: Setting) -> Phrase:
    """Read the time back, and say what moves with it as far as the desk may read."""
    known = ctx.case.anchors.get(new.name)
    hanging = [w for w in hanging_on(ctx.case, new.name) if ctx.case.shows(w.item, ctx.here.id)]
    return phrase(
        "anchor.warn",
        name=new.name,
        at=read_back(Moment(new.at), speaker=ctx.seat.zone),
        was=phrase("anchor.was", at=Moment(known.at)) if known else NOTHING,
        codes=", ".join(f"`{w.item.code}`" for w in hanging) or "-",
    )


def set_anchor(ctx: Ctx, new: Setting) -> None:
    """Put the time of an event on record, move what hangs on it, and tell every room."""
    if ctx.approver is None:
        raise TypeError("an anchor event is set by two people")
    made = ctx.pen.append(CASE_ROOM, b.AnchorSet(new.name, new.at, ctx.seat.id, ctx.approver.id))
    moved = rearm_anchored(ctx.case, ctx.pen, new.name)
    at = read_back(Fact(made, new.at), speaker=ctx.seat.zone)
    ctx.answer("anchor.done", name=new.name, at=at, lines=_lines(ctx.case, moved, ctx.here.id))
    for _, place in sorted(ctx.case.compartments.items()):
        if place.id != ctx.here.id and place.room is not None:
            lines = _lines(ctx.case, moved, place.id)
            said = phrase("anchor.told", name=new.name, at=Fact(made, new.at), lines=lines)
            ctx.pen.tell(place.id, said)
    event_set(ctx.pen, new.name)


def _lines(
    case: Case, moved: tuple[tuple[Code, RecordId], ...], place: CompartmentId
) -> tuple[Phrase, ...]:
    """Return one line for each moved watch of a room."""
    made = []
    for code, record in moved:
        watch = case.watches[code]
        if watch.item.compartment == place:
            dated = watch.occurrence < NEVER
            due = Fact(record, watch.occurrence)
            made.append(
                phrase("anchor.moved", code=code, due=due)
                if dated
                else phrase("anchor.over", code=code)
            )
    return tuple(made)


def list_all(ctx: Ctx, _: None) -> None:
    """Show the events that are set, and those that a watch of this room still waits for."""
    known = tuple(
        phrase("anchor.line", name=name, at=Fact(event.record, event.at))
        for name, event in sorted(ctx.case.anchors.items())
    )
    waiting: dict[str, list[Phrase]] = {}
    for code, watch in sorted(ctx.case.watches.items()):
        name = waits_for_event(watch) if ctx.case.shows(watch.item, ctx.here.id) else None
        if name is not None:
            waiting.setdefault(name, []).append(
                phrase("anchor.code", code=Fact(watch.item.record, code))
            )
    unset = tuple(
        phrase("anchor.unset", name=name, codes=tuple(codes))
        for name, codes in sorted(waiting.items())
    )
    if not known and not unset:
        ctx.answer("anchor.none", usage=USAGE)
        return
    ctx.answer("anchor.list", lines=(*known, *unset))
