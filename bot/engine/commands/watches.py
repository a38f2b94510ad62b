"""Watches by command: set, acknowledge. The clock's side is `engine.ladder`.

What is looked at is in `watch_views`, what takes two people in `watch_deciding`, what is reported
in `reports`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.digest.compose import due_of
from bot.domain import bodies as b
from bot.domain.case import Watch
from bot.domain.ids import Code, PartyId, Prose
from bot.domain.ladder import FASTEST, SLOWEST, Ladder
from bot.domain.vocabulary import WatchKind, WatchState
from bot.domain.when import Ambiguous, NotATime
from bot.domain.when_schedule import NEVER, Anchored, Schedule, own_zone, read_schedule
from bot.engine.anchored import events_of
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.ladder import arm
from bot.engine.met import counts
from bot.engine.parsing import split_keyword, take_code, take_word
from bot.engine.reaching import not_admitted
from bot.engine.seated import party_named, slug
from bot.engine.times import deadline, duration, read_back, unclear
from bot.policy.label import Label
from bot.words.phrase import Fact, PartyName, Ref, phrase

ADD = "!watch add KIND for PERSON every 24h [grace 2h] [step 30 min] [ladder NAME]"
ACK = "!ack CODE until WHEN because WORDS"
DEFAULT_GRACE = timedelta(hours=2)
DEFAULT_STEP = timedelta(minutes=30)
LONGEST_ACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class NewWatch:
    """What was typed after `!watch add`, read."""

    kind: WatchKind
    person: Prose
    schedule: Schedule
    grace: timedelta
    step: timedelta
    ladder: Ladder
    ladder_name: str
    party: PartyId | None


def read_add(ctx: Ctx, rest: str) -> NewWatch | Refused:
    """Read `KIND for PERSON SCHEDULE [grace LENGTH] [step LENGTH] [ladder NAME]`."""
    named = split_keyword(rest, "for")
    if named is None:
        return refuse("wrong.form", usage=ADD)
    kind = next(
        (k for k in WatchKind if k.value == " ".join(named.before.casefold().split())), None
    )
    person = take_word(named.after)
    if kind is None or not person.found:
        return refuse("watch.kinds", usage=ADD, kinds=", ".join(k.value for k in WatchKind))
    party = _party(ctx, kind, person.found)
    if isinstance(party, Refused):
        return party
    tail, name = _name(person.rest)
    own_step = split_keyword(tail, "step") is not None
    tail, step = _length(tail, "step", DEFAULT_STEP)
    tail, grace = _length(tail, "grace", DEFAULT_GRACE)
    if isinstance(step, Refused):
        return step
    if isinstance(grace, Refused):
        return grace
    if not FASTEST <= step <= SLOWEST:
        return refuse("watch.step", fastest=FASTEST, slowest=SLOWEST)
    events = events_of(ctx.case)
    schedule = read_schedule(tail.strip(), now=ctx.event.at, zone=ctx.seat.zone, anchors=events)
    if isinstance(schedule, Ambiguous | NotATime):
        return unclear(tail, schedule)
    unset = isinstance(schedule, Anchored) and schedule.at is None
    if schedule.next_after(ctx.event.at) >= NEVER and not unset:
        return refuse("watch.never_due", schedule=schedule.normal())
    ladder = _ladder(ctx, kind, name, plain=own_step)
    if isinstance(ladder, Refused):
        return ladder
    return NewWatch(kind, Prose(person.found), schedule, grace, step, *ladder, party)


def _party(ctx: Ctx, kind: WatchKind, typed: str) -> PartyId | None | Refused:
    """Return whose silence a contact gap is; it must have people who are heard from here."""
    if kind is not WatchKind.CONTACT_GAP:
        return None
    party = party_named(ctx.case, typed)
    if party is None:
        parties = tuple(phrase("watch.party", party=PartyName(p)) for p in sorted(ctx.case.parties))
        return refuse("watch.no_party", parties=parties)
    heard = any(
        ctx.case.seats[seat].party == party
        for place in ctx.case.compartments.values()
        if counts(ctx.case, ctx.here.id, place)
        for seat in place.seats
    )
    return party if heard else refuse("watch.unheard", party=PartyName(party))


def _name(rest: str) -> tuple[str, str]:
    parts = split_keyword(rest, "ladder")
    return (rest, "") if parts is None else (parts.before, slug(parts.after))


def _ladder(ctx: Ctx, kind: WatchKind, name: str, *, plain: bool) -> tuple[Ladder, str] | Refused:
    """Return the ladder that was named, or that of the kind; none where a step was typed."""
    if name:
        return named_ladder(ctx, name, ctx.case.label_in(ctx.here.id))
    known = slug(kind.value)
    if plain or ladder_called(ctx, known) is None:
        return (), ""
    found = named_ladder(ctx, known, ctx.case.label_in(ctx.here.id))
    # The usual ladder of a kind may name a room that must not hear of this watch.
    return ((), "") if isinstance(found, Refused) else found


def ladder_called(ctx: Ctx, name: str) -> Ladder | None:
    """Return a ladder by its name: the case's own goes before the installation's."""
    return ctx.case.ladders.get(name) or ctx.scene.ladders.get(name)


def named_ladder(ctx: Ctx, name: str, label: Label) -> tuple[Ladder, str] | Refused:
    """Return a ladder that a watch of this label may have, and its name."""
    ladder = ladder_called(ctx, name)
    if ladder is None:
        names = sorted(ctx.case.ladders.keys() | ctx.scene.ladders.keys())
        return refuse("ladder.none", names=", ".join(names) or "-")
    wrong = not_admitted(ctx.case, label, ladder)
    if wrong:
        return refuse("ladder.not_admitted", name=name)
    return ladder, name


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
            new.ladder,
            new.ladder_name,
            new.party,
        ),
    )
    arm(ctx.pen, code)
    levels = phrase("watch.plain_levels", step=new.step)
    if new.ladder:
        levels = phrase("watch.ladder_levels", ladder=new.ladder_name, levels=len(new.ladder))
    ctx.answer(
        "watch.added",
        code=code,
        kind=new.kind.value,
        person=Ref(made, "person"),
        schedule=new.schedule.normal(),
        first=due_of(ctx.case.watches[code])
        if first >= NEVER
        else read_back(Fact(made, first), speaker=ctx.seat.zone, own=own_zone(new.schedule)),
        grace=new.grace,
        levels=levels,
    )


def watch_here(ctx: Ctx, rest: str) -> tuple[Watch | Refused, str]:
    """Return the watch that a code names in the room it is kept in, and what is typed after it."""
    taken = take_code(rest)
    found = ctx.case.watches.get(Code(taken.code or ""))
    if found is None or not ctx.case.shows(found.item, ctx.here.id):
        return ctx.no_item(rest), taken.rest
    if found.state is WatchState.ENDED:
        return refuse("watch.is_ended", code=found.item.code), taken.rest
    if found.item.compartment != ctx.here.id:
        # Words typed here would be read there, or make the watch unreadable there.
        elsewhere = refuse(
            "watch.elsewhere", code=found.item.code, compartment=found.item.compartment
        )
        return elsewhere, taken.rest
    return found, taken.rest


@dataclass(frozen=True, slots=True)
class Ack:
    """A promise to deal with an overdue watch, and when it expires."""

    watch: Watch
    until: datetime
    reason: Prose


def read_ack(ctx: Ctx, rest: str) -> Ack | Refused:
    """Read `CODE until WHEN because WORDS`."""
    watch, rest = watch_here(ctx, rest)
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
    arm(ctx.pen, code)
    ctx.answer(
        "ack.done",
        code=code,
        until=read_back(Fact(made, found.until), speaker=ctx.seat.zone),
        reason=Ref(made, "reason"),
    )
