"""Watches by command: set, list, report, acknowledge. The clock's side is `engine.ladder`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.digest.compose import PROOF, needs_proof
from bot.domain import bodies as b
from bot.domain.case import Watch
from bot.domain.ids import Code, Prose
from bot.domain.vocabulary import PartyKind, Strength, WatchKind, WatchState
from bot.domain.when import read_schedule
from bot.domain.when_schedule import Every, WallClock
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.ladder import arm_occurrence, key_of, watch_line
from bot.engine.parsing import split_colon, split_keyword, take_code, take_word
from bot.engine.times import deadline, duration, unclear
from bot.words.phrase import Fact, Ref

ADD = "!watch add KIND for PERSON every 24h [grace 2h] [step 30 min]"
REPORT = "!report CODE visit|question|media|sighting|assertion: WORDS"
ACK = "!ack CODE until WHEN because WORDS"
DEFAULT_GRACE = timedelta(hours=2)
DEFAULT_STEP = timedelta(minutes=30)
LONGEST_ACK = timedelta(days=2)

STRENGTHS = {
    "visit": Strength.LIVE,
    "call": Strength.LIVE,
    "question": Strength.QUESTION,
    "media": Strength.MEDIA,
    "sighting": Strength.SIGHTING,
    "assertion": Strength.ASSERTION,
}


@dataclass(frozen=True, slots=True)
class NewWatch:
    """What was typed after `!watch add`, read."""

    kind: WatchKind
    person: Prose
    schedule: Every | WallClock
    grace: timedelta
    step: timedelta


def read_add(ctx: Ctx, rest: str) -> NewWatch | Refused:
    """Read `KIND for PERSON SCHEDULE [grace LENGTH] [step LENGTH]`."""
    named = split_keyword(rest, "for")
    if named is None:
        return refuse("wrong.form", usage=ADD)
    kind = next(
        (k for k in WatchKind if k.value == " ".join(named.before.casefold().split())), None
    )
    person = take_word(named.after)
    if kind is None or not person.found:
        return refuse("watch.kinds", usage=ADD, kinds=", ".join(k.value for k in WatchKind))
    tail, step = _length(person.rest, "step", DEFAULT_STEP)
    tail, grace = _length(tail, "grace", DEFAULT_GRACE)
    if isinstance(step, Refused):
        return step
    if isinstance(grace, Refused):
        return grace
    schedule = read_schedule(tail.strip(), now=ctx.event.at, zone=ctx.seat.zone)
    if not isinstance(schedule, Every | WallClock):
        return unclear(tail, schedule)
    return NewWatch(kind, Prose(person.found), schedule, grace, step)


def _length(rest: str, word: str, default: timedelta) -> tuple[str, timedelta | Refused]:
    parts = split_keyword(rest, word)
    return (rest, default) if parts is None else (parts.before, duration(parts.after))


def add(ctx: Ctx, new: NewWatch) -> None:
    """Set a watch; it is armed from this moment."""
    code = ctx.pen.code()
    first = new.schedule.next_after(ctx.event.at)
    made = ctx.pen.append(
        ctx.here.id,
        b.WatchSet(
            code,
            new.kind,
            ctx.seat.id,
            new.schedule.normal(),
            first,
            new.grace,
            new.step,
            new.person,
        ),
    )
    arm_occurrence(ctx.pen, ctx.case.watches[code])
    ctx.answer(
        "watch.added",
        code=code,
        kind=new.kind.value,
        person=Ref(made, "person"),
        schedule=new.schedule.normal(),
        first=Fact(made, first),
        grace=new.grace,
        step=new.step,
    )


def list_all(ctx: Ctx, _: None) -> None:
    """Show the watches this compartment may read, next due first."""
    found = sorted(
        (w for w in ctx.case.watches.values() if ctx.case.shows(w.item, ctx.here.id)),
        key=lambda w: (w.occurrence, w.item.code),
    )
    if not found:
        ctx.answer("watch.none", usage=ADD)
        return
    ctx.answer("watch.list", lines=tuple(watch_line(w, ctx.event.at) for w in found))


def _watch(ctx: Ctx, rest: str) -> tuple[Watch | Refused, str]:
    taken = take_code(rest)
    found = ctx.case.watches.get(Code(taken.code or ""))
    if found is None or not ctx.case.shows(found.item, ctx.here.id):
        return ctx.no_item(rest), taken.rest
    if found.item.compartment != ctx.here.id:
        # Words typed here would be read there, or make the watch unreadable there.
        elsewhere = refuse(
            "watch.elsewhere", code=found.item.code, compartment=found.item.compartment
        )
        return elsewhere, taken.rest
    return found, taken.rest


@dataclass(frozen=True, slots=True)
class Report:
    """A sign of life received: how strong, and in whose words."""

    watch: Watch
    strength: Strength
    text: Prose


def read_report(ctx: Ctx, rest: str) -> Report | Refused:
    """Read `CODE STRENGTH: WORDS`."""
    watch, rest = _watch(ctx, rest)
    if isinstance(watch, Refused):
        return watch
    split = split_colon(rest)
    word = (split.before if split else rest).strip().casefold()
    if split is None or word not in STRENGTHS or not split.after.strip():
        return refuse("report.form", usage=REPORT)
    if STRENGTHS[word] is Strength.LIVE and not _neutral(ctx):
        return refuse("report.not_neutral", code=watch.item.code, word=word)
    return Report(watch, STRENGTHS[word], Prose(split.after.strip()))


def _neutral(ctx: Ctx) -> bool:
    """A side's own word that it called or visited is that side's assertion, no more."""
    kind = ctx.case.parties[ctx.seat.party].kind
    return kind in (PartyKind.INTERMEDIARY, PartyKind.HUMANITARIAN)


def report(ctx: Ctx, found: Report) -> None:
    """Keep a report; if it is strong enough, the check is satisfied and the next one armed."""
    watch = found.watch
    code = watch.item.code
    if needs_proof(watch.kind) and found.strength not in PROOF:
        made = ctx.pen.append(
            ctx.here.id, b.ReportTooWeak(code, ctx.seat.id, found.strength, found.text)
        )
        ctx.answer(
            "report.too_weak",
            code=code,
            strength=found.strength.value,
            text=Ref(made, "text"),
        )
        return
    schedule = read_schedule(watch.schedule, now=watch.occurrence, zone="UTC")
    if not isinstance(schedule, Every | WallClock):
        raise TypeError("a recorded schedule must read")
    after = max(watch.occurrence, ctx.event.at)
    early = ctx.event.at < watch.occurrence and watch.state is WatchState.SCHEDULED
    next_due = (
        watch.occurrence if early and _far(watch, ctx.event.at) else schedule.next_after(after)
    )
    made = ctx.pen.append(
        ctx.here.id,
        b.WatchSatisfied(
            code,
            ctx.seat.id,
            watch.occurrence,
            found.strength,
            next_due,
            found.text,
        ),
    )
    arm_occurrence(ctx.pen, ctx.case.watches[code])
    ctx.answer(
        "report.done",
        code=code,
        kind=watch.kind.value,
        person=Ref(watch.item.record, "person"),
        strength=found.strength.value,
        text=Ref(made, "text"),
        next=Fact(made, next_due),
    )
    ctx.pen.give_receipt(ctx.here.id, made, f"verdict-{code}")


def _far(watch: Watch, now: datetime) -> bool:
    """A report long before the due time renews the picture but does not use up the check."""
    schedule = read_schedule(watch.schedule, now=watch.occurrence, zone="UTC")
    if not isinstance(schedule, Every | WallClock):
        raise TypeError("a recorded schedule must read")
    return watch.occurrence - now > (schedule.next_after(watch.occurrence) - watch.occurrence) / 2


@dataclass(frozen=True, slots=True)
class Ack:
    """A promise to deal with an overdue watch, and when it expires."""

    watch: Watch
    until: datetime
    reason: Prose


def read_ack(ctx: Ctx, rest: str) -> Ack | Refused:
    """Read `CODE until WHEN because WORDS`."""
    watch, rest = _watch(ctx, rest)
    if isinstance(watch, Refused):
        return watch
    why = split_keyword(rest, "because")
    head = take_word(why.before) if why else None
    if (
        why is None
        or head is None
        or (head.found or "").casefold() != "until"
        or not why.after.strip()
    ):
        return refuse("wrong.form", usage=ACK)
    until = deadline(ctx, head.rest)
    if isinstance(until, Refused):
        return until
    if until - ctx.event.at > LONGEST_ACK:
        return refuse("ack.too_long", longest=LONGEST_ACK)
    if watch.state not in (WatchState.GRACE, WatchState.OVERDUE, WatchState.ACKED):
        return refuse("ack.not_due", code=watch.item.code)
    return Ack(watch, until, Prose(why.after.strip()))


def ack(ctx: Ctx, found: Ack) -> None:
    """Quieten a watch until an instant; then it resumes at the next level."""
    watch = found.watch
    code = watch.item.code
    made = ctx.pen.append(
        ctx.here.id,
        b.WatchAcked(code, ctx.seat.id, watch.level, found.until, found.reason),
    )
    ctx.pen.disarm(f"watch:{code}:")
    ctx.pen.arm(key_of(watch, f"ack:{made}"), found.until)
    ctx.answer(
        "ack.done",
        code=code,
        until=Fact(made, found.until),
        reason=Ref(made, "reason"),
    )
