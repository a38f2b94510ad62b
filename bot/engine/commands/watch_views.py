"""What can be looked at of watches: the list, one of them, and why it alarmed.

Read from the case as it is, so that it never says other than what will happen. It shows nothing
of a watch that the room may not read, and a person's name only where it may be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.digest.compose import due_of, last_seen, state_of
from bot.domain.case import Watch
from bot.domain.ids import Code, SeatId
from bot.domain.vocabulary import WatchState
from bot.domain.watch_clock import ladder_of, waits_for
from bot.domain.watch_states import WAITS, Happening, Waits
from bot.domain.watch_story import Turn, of_alarm
from bot.domain.when_schedule import NEVER
from bot.engine.command import Ctx, Refused
from bot.engine.commands.watches import ADD
from bot.engine.parsing import take_code
from bot.engine.reaching import expected, reach_of
from bot.words.phrase import Fact, Phrase, Ref, phrase

NOTHING = phrase("nothing")


def list_all(ctx: Ctx, _: None) -> None:
    """Show the watches this compartment may read, next due first."""
    found = sorted(
        (
            w
            for w in ctx.case.watches.values()
            if ctx.case.shows(w.item, ctx.here.id) and w.state is not WatchState.ENDED
        ),
        key=lambda w: (w.occurrence, w.item.code),
    )
    if not found:
        ctx.answer("watch.none", usage=ADD)
        return
    ctx.answer("watch.list", rows=tuple(_row(ctx, w) for w in found))


def _row(ctx: Ctx, watch: Watch) -> Phrase:
    record = watch.item.record
    return phrase(
        "watch.row",
        code=watch.item.code,
        kind=watch.kind.value,
        person=Ref(record, "person"),
        due=due_of(watch),
        state=Fact(record, state_of(watch)),
        last=last_seen(watch, ctx.event.at),
        expected=_expected(ctx, watch),
    )


def _expected(ctx: Ctx, watch: Watch) -> Phrase | tuple[Phrase, ...]:
    people = reach_of(ctx.case, ctx.scene, watch, watch.level).everybody
    return expected(ctx.case, people, ctx.here.id) or phrase("story.nobody")


def read_watch(ctx: Ctx, rest: str) -> Watch | Refused:
    """Read the code of a watch that this room may read, also one that has ended."""
    found = ctx.case.watches.get(Code(take_code(rest).code or ""))
    if found is None or not ctx.case.shows(found.item, ctx.here.id):
        return ctx.no_item(rest)
    return found


def show(ctx: Ctx, watch: Watch) -> None:
    """Show one watch: schedule, ladder, state, and what comes next."""
    record = watch.item.record
    ladder = ladder_of(watch)
    ctx.answer(
        "watch.show",
        code=watch.item.code,
        kind=watch.kind.value,
        person=Ref(record, "person"),
        schedule=Fact(record, watch.schedule),
        grace=Fact(record, watch.grace),
        state=Fact(record, state_of(watch)),
        last=last_seen(watch, ctx.event.at),
        levels=tuple(
            phrase(
                "watch.level",
                level=number,
                people=_roles(watch, number),
                rooms=", ".join(step.rooms),
                outside=_outside(step.outside),
                wait=Fact(record, step.wait),
            )
            for number, step in enumerate(ladder, start=1)
        ),
        next=_next(ctx, watch),
    )


def _roles(watch: Watch, level: int) -> Phrase:
    roles = sorted(role.value for role in ladder_of(watch)[level - 1].roles)
    if not roles:
        return phrase("watch.whoever")
    return phrase("watch.roles", roles=", ".join(roles))


def _outside(channels: tuple[str, ...]) -> Phrase:
    return phrase("watch.outside", channels=", ".join(channels)) if channels else NOTHING


def _next(ctx: Ctx, watch: Watch) -> Phrase:
    """Say who is expected now, and what happens next and when."""
    waits = waits_for(watch)
    if waits is None:
        ended = watch.state is WatchState.ENDED
        return phrase("next.nothing") if ended else phrase("next.no_time", due=due_of(watch))
    stage, at = waits
    moment = Fact(watch.item.record, at)
    match WAITS[watch.state]:
        case Waits.DUE:
            return phrase("next.due", at=moment)
        case Waits.LEVEL:
            level = int(stage.split(":")[0])
            return phrase("next.level", level=level, at=moment, expected=_expected(ctx, watch))
        case Waits.ACK_END:
            level = min(watch.level + 1, max(len(ladder_of(watch)), watch.level))
            return phrase("next.ack", level=level, at=moment)
        case _:
            return phrase("next.suspension", at=moment)


def why(ctx: Ctx, watch: Watch) -> None:
    """Tell the whole story of the current alarm, or of the last one."""
    record = watch.item.record
    turns = of_alarm(watch.story)
    ctx.answer(
        "watch.why",
        code=watch.item.code,
        kind=watch.kind.value,
        person=Ref(record, "person"),
        due=Fact(record, turns[0].due) if turns and turns[0].due < NEVER else due_of(watch),
        state=Fact(record, state_of(watch)),
        last=last_seen(watch, ctx.event.at),
        lines=tuple(
            _turn(ctx, watch, turn, turns[number - 1].what if number else None)
            for number, turn in enumerate(turns)
        ),
        next=_next(ctx, watch),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """To whom a raise went, and what was wrong with it."""

    people: Phrase | tuple[Phrase, ...]
    outside: Phrase
    skipped: Phrase
    away: Phrase


def _turn(ctx: Ctx, watch: Watch, turn: Turn, before: Happening | None) -> Phrase:
    at = Fact(watch.item.record, turn.at)
    match turn.what:
        case Happening.REMINDED | Happening.RAISED:
            return _raise(ctx, watch, turn, expired=before is Happening.ACKED)
        case Happening.SET:
            due = Fact(watch.item.record, turn.due) if turn.due < NEVER else due_of(watch)
            return phrase("story.set", at=at, by=_by(ctx, turn), due=due)
        case Happening.ACKED:
            until = Fact(watch.item.record, turn.until or turn.due)
            return phrase("story.acked", at=at, by=_by(ctx, turn), until=until)
        case Happening.SUSPENDED:
            until = Fact(watch.item.record, turn.until or turn.due)
            reason = _reason(ctx, turn)
            return phrase("story.suspended", at=at, by=_by(ctx, turn), until=until, reason=reason)
        case Happening.PROVED | Happening.WEAK if turn.strength is not None:
            key = "story.proved" if turn.what is Happening.PROVED else "story.weak"
            strength = Fact(watch.item.record, turn.strength.value)
            return phrase(key, at=at, by=_by(ctx, turn), strength=strength)
        case Happening.RESUMED | Happening.RESUMED_LATE:
            return phrase("story.resumed", at=at)
        case Happening.LADDER:
            return phrase("story.ladder", at=at, by=_by(ctx, turn))
        case Happening.MOVED:
            due = Fact(watch.item.record, turn.due) if turn.due < NEVER else due_of(watch)
            return phrase("story.moved", at=at, due=due)
        case Happening.REJECTED if turn.code is not None:
            return phrase("story.rejected", at=at, by=_by(ctx, turn), code=turn.code)
        case Happening.ENDED:
            return phrase("story.ended", at=at, by=_by(ctx, turn), reason=_reason(ctx, turn))
        case _:
            return phrase("story.contact", at=at, by=_by(ctx, turn))


def _reason(ctx: Ctx, turn: Turn) -> Phrase:
    """Show why two people decided, at the desk that they decided at and nowhere else."""
    if ctx.case.desks() != (ctx.here,) or turn.record in ctx.case.erased:
        return NOTHING
    return phrase("story.reason", reason=Ref(turn.record, "reason"))


def _raise(ctx: Ctx, watch: Watch, turn: Turn, *, expired: bool) -> Phrase:
    at, told = Fact(watch.item.record, turn.at), _told(ctx, watch, turn)
    if turn.what is Happening.REMINDED:
        return phrase("story.due", at=at, told=told.people, away=told.away)
    return phrase(
        "story.level",
        at=at,
        level=Fact(watch.item.record, turn.level),
        told=told.people,
        outside=told.outside,
        expired=phrase("story.expired") if expired else NOTHING,
        skipped=told.skipped,
        away=told.away,
        times=_times(watch, turn),
    )


def _by(ctx: Ctx, turn: Turn) -> Phrase | tuple[Phrase, ...]:
    return _people(ctx, tuple(s for s in (turn.by, turn.approver) if s))


def _told(ctx: Ctx, watch: Watch, turn: Turn) -> _Told:
    record = watch.item.record
    skipped: Phrase = NOTHING
    if turn.skipped:
        levels = ", ".join(str(n) for n in turn.skipped)
        skipped = phrase("story.skipped", levels=Fact(record, levels))
    away: Phrase = NOTHING
    if turn.away is not None:
        since, until = turn.away
        away = phrase("story.away", since=Fact(record, since), until=Fact(record, until))
    return _Told(_people(ctx, turn.told), _outside(turn.outside), skipped, away)


def _times(watch: Watch, turn: Turn) -> Phrase:
    if turn.times == 1 or turn.last is None:
        return NOTHING
    record = watch.item.record
    return phrase("story.times", times=Fact(record, turn.times), last=Fact(record, turn.last))


def _people(ctx: Ctx, seats: tuple[SeatId, ...]) -> Phrase | tuple[Phrase, ...]:
    return expected(ctx.case, seats, ctx.here.id) or phrase("story.nobody")
