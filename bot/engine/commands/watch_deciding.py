"""What is decided about a watch: suspend, resume and end it, or give it another ladder.

To quieten a watch takes two mediators, an end and a reason; to let it speak again takes one. The
desk may name a watch that it may read or was told of, and the watch's own room hears of every
decision, never of the reason: that is the desk's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain import bodies as b
from bot.domain.case import Watch
from bot.domain.ids import Code, CompartmentId, Prose
from bot.domain.ladder import Ladder
from bot.domain.vocabulary import CompartmentKind, WatchState
from bot.domain.watch_clock import LONGEST_SUSPENSION, ladder_of
from bot.engine.command import APPROVAL_LASTS, Ctx, Kept, Refused, refuse
from bot.engine.commands.watches import named_ladder, watch_here
from bot.engine.ladder import arm, resume
from bot.engine.parsing import split_keyword, take_code, take_word
from bot.engine.reaching import reach_of
from bot.engine.seated import slug
from bot.engine.times import moment_from
from bot.words.phrase import Moment, Phrase, Ref, phrase

SUSPEND = "!watch suspend CODE until WHEN because WORDS"
END = "!watch end CODE because WORDS"
LADDER = "!watch ladder CODE NAME"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A watch to be quiet until an instant."""

    watch: Watch
    until: datetime


@dataclass(frozen=True, slots=True)
class NewLadder:
    """A watch and the ladder it gets."""

    watch: Watch
    name: str
    ladder: Ladder


def keep_reason(rest: str) -> Kept:
    """Keep what stands after `because` as prose."""
    found = split_keyword(rest, "because")
    if found is None:
        raise ValueError("only a line that was read is kept")
    return Kept(f"{found.before} because", Prose(found.after))


def _before_reason(ctx: Ctx, rest: str, usage: str) -> str | Refused:
    """Return what stands before the reason, which must be there when it is asked."""
    found = split_keyword(rest, "because")
    if found is None or (ctx.approval is None and not found.after):
        return refuse("wrong.form", usage=usage)
    return found.before


def _at_desk(ctx: Ctx, typed: str) -> tuple[Watch | Refused, str]:
    """Return a watch that this desk may name: one it may read, was told of, or sits with."""
    taken = take_code(typed)
    found = ctx.case.watches.get(Code(taken.code or ""))
    if found is None or not (ctx.case.stands(found.item) and _known(ctx, found)):
        return ctx.no_item(typed), taken.rest
    if found.state is WatchState.ENDED:
        return refuse("watch.is_ended", code=found.item.code), taken.rest
    return found, taken.rest


def _known(ctx: Ctx, watch: Watch) -> bool:
    told = any(ctx.here.id in turn.rooms or turn.skipped for turn in watch.story)
    own = ctx.case.compartments[watch.item.compartment]
    return told or watch.item.label.admits(ctx.here.id) or ctx.seat.id in own.seats


def read_suspend(ctx: Ctx, rest: str) -> Suspension | Refused:
    """Read `CODE until WHEN because WORDS`; times are meant as when it was asked."""
    head = _before_reason(ctx, rest, SUSPEND)
    if isinstance(head, Refused):
        return head
    watch, tail = _at_desk(ctx, head)
    if isinstance(watch, Refused):
        return watch
    word = take_word(tail)
    if (word.found or "").casefold() != "until":
        return refuse("wrong.form", usage=SUSPEND)
    asked = ctx.event.at if ctx.approval is None else ctx.approval.until - APPROVAL_LASTS
    until = moment_from(ctx, word.rest, asked)
    if isinstance(until, Refused):
        return until
    if until <= ctx.event.at:
        return refuse("wrong.past", at=Moment(until), now=Moment(ctx.event.at))
    if until - ctx.event.at > LONGEST_SUSPENSION:
        return refuse("suspend.too_long", longest=LONGEST_SUSPENSION)
    return Suspension(watch, until)


def warn_suspend(_: Ctx, found: Suspension) -> Phrase:
    """Say what the second person should know."""
    key = "suspend.warn_overdue" if found.watch.level else "suspend.warn"
    return phrase(key, until=Moment(found.until), compartment=found.watch.item.compartment)


def suspend(ctx: Ctx, found: Suspension) -> None:
    """Quieten a watch until an instant, by two; its room is told."""
    if ctx.approval is None or ctx.approver is None:
        raise TypeError("a suspension takes two people")
    code = found.watch.item.code
    ctx.pen.append(
        ctx.here.id,
        b.WatchSuspended(code, ctx.seat.id, ctx.approver.id, found.until, Prose("")),
        copy=(("reason", Ref(ctx.approval.record, "quoted")),),
    )
    arm(ctx.pen, code)
    where = found.watch.item.compartment
    ctx.answer("suspend.done", code=code, compartment=where, until=Moment(found.until))
    if where != ctx.here.id:
        ctx.pen.tell(where, phrase("suspend.told", code=code, until=Moment(found.until)))


def _either(ctx: Ctx, rest: str) -> tuple[Watch | Refused, str]:
    """Return a watch named in its own room, or at the desk."""
    if ctx.here.kind is CompartmentKind.DESK:
        return _at_desk(ctx, rest)
    return watch_here(ctx, rest)


def read_resume(ctx: Ctx, rest: str) -> Watch | Refused:
    """Read the code of a suspended watch."""
    watch, tail = _either(ctx, rest)
    if isinstance(watch, Refused):
        return watch
    if tail:
        return refuse("wrong.form", usage="!watch resume CODE")
    if watch.state is not WatchState.SUSPENDED:
        return refuse("resume.not_suspended", code=watch.item.code)
    return watch


def resume_now(ctx: Ctx, watch: Watch) -> None:
    """End a suspension before its time; one person is enough to let a watch speak."""
    resume(ctx.pen, ctx.scene, watch.item.code, ctx.seat.id)
    ctx.answer("resume.done", code=watch.item.code)


def read_end(ctx: Ctx, rest: str) -> Watch | Refused:
    """Read `CODE because WORDS`."""
    head = _before_reason(ctx, rest, END)
    if isinstance(head, Refused):
        return head
    watch, tail = _at_desk(ctx, head)
    return refuse("wrong.form", usage=END) if isinstance(watch, Watch) and tail else watch


def warn_end(_: Ctx, watch: Watch) -> Phrase:
    """Say what the second person should know."""
    return phrase("end.warn_overdue" if watch.level else "end.warn", code=watch.item.code)


def end(ctx: Ctx, watch: Watch) -> None:
    """End a watch for good, by two. If it is overdue, everybody whom its ladder names is told."""
    if ctx.approval is None or ctx.approver is None:
        raise TypeError("an end takes two people")
    code, own = watch.item.code, watch.item.compartment
    ctx.pen.append(
        ctx.here.id,
        b.WatchEnded(code, ctx.seat.id, ctx.approver.id, Prose("")),
        copy=(("reason", Ref(ctx.approval.record, "quoted")),),
    )
    arm(ctx.pen, code)
    rooms: list[CompartmentId] = [own]
    if watch.level:
        for level in range(1, len(ladder_of(watch)) + 1):
            reach = reach_of(ctx.case, ctx.scene, watch, level)
            rooms += [*reach.rooms, *reach.desks]
    ctx.answer("end.done", code=code, compartment=own)
    for room in dict.fromkeys(rooms):
        if room != ctx.here.id:
            ctx.pen.tell(room, phrase("end.told", code=code))


def read_ladder(ctx: Ctx, rest: str) -> NewLadder | Refused:
    """Read `CODE NAME`."""
    watch, name = _either(ctx, rest)
    if isinstance(watch, Refused):
        return watch
    if not name:
        return refuse("wrong.form", usage=LADDER)
    found = named_ladder(ctx, slug(name), watch.item.label)
    return found if isinstance(found, Refused) else NewLadder(watch, found[1], found[0])


def apply_ladder(ctx: Ctx, found: NewLadder) -> None:
    """Give a watch another ladder. Its level stands: what is overdue goes on from there."""
    code, own = found.watch.item.code, found.watch.item.compartment
    ctx.pen.append(
        own,
        b.LadderApplied(code, ctx.seat.id, found.name, found.ladder),
        label=found.watch.item.label,
    )
    arm(ctx.pen, code)
    levels = len(found.ladder)
    ctx.answer("ladder.done", code=code, ladder=found.name, levels=levels)
    if own != ctx.here.id:
        ctx.pen.tell(own, phrase("ladder.told", code=code, ladder=found.name, levels=levels))
