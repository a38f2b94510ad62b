"""`!alive`: when was this person last verified alive, on what evidence, and how was it going.

Read from the case as it is, and only where the watch may be read. It averages nothing and hides
nothing: a rejected report is shown as rejected, an old assessment as old.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.digest.assessing import graded
from bot.digest.compose import due_of, last_seen, state_of
from bot.domain.assessments import POINTS
from bot.domain.case import Watch
from bot.domain.evidence import Evidence, Wellbeing
from bot.domain.ids import Code, Prose
from bot.engine.command import Ctx, Refused
from bot.engine.commands.tear_lines import names_found
from bot.engine.effects import Sift
from bot.engine.parsing import take_code, unquote
from bot.words.phrase import Fact, Phrase, Ref, SeatName, phrase

NOTHING = phrase("nothing")
SHOWN: Final = 5
LONGEST_NAME: Final = 60
STALE: Final = timedelta(days=7)
"""An assessment older than this is marked so."""


def read_alive(ctx: Ctx, rest: str) -> Watch | Prose | Refused:
    """Read the code of a watch that this room may read, or whom it is about, as typed there."""
    found = ctx.case.watches.get(Code(take_code(rest).code or ""))
    if found is not None and ctx.case.shows(found.item, ctx.here.id):
        return found
    name = unquote(rest)
    if not name or len(name) > LONGEST_NAME or "\n" in name:
        return ctx.no_item(rest)
    return Prose(name)


def alive(ctx: Ctx, found: Watch | Prose) -> Refused | None:
    """Show one watch, or each one of this room that is about a person."""
    if isinstance(found, Watch):
        _show(ctx, found)
        return None
    here = [w for w in ctx.case.watches.values() if ctx.case.shows(w.item, ctx.here.id)]
    named = names_found(ctx)
    if named is None and here:
        # Who a watch is about is words, which the shell alone reads.
        spelled = tuple((w.item.record, Ref(w.item.record, "person")) for w in here)
        ctx.pen.ask_shell(Sift(str(found), spelled, ()))
        return None
    if isinstance(named, Refused):
        return named
    meant = [w for w in here if w.item.record in (named or ())]
    if not meant:
        return ctx.no_item(found)
    for watch in sorted(meant, key=lambda w: w.item.code)[:SHOWN]:
        _show(ctx, watch)
    return None


def _show(ctx: Ctx, watch: Watch) -> None:
    """Show the last sign of life, the evidence behind it, and the well-being of a person."""
    record, code = watch.item.record, watch.item.code
    found = sorted(
        (
            one
            for one in ctx.case.evidence.values()
            if one.watch == code and ctx.case.shows(ctx.case.items[one.code], ctx.here.id)
        ),
        key=lambda one: one.at,
        reverse=True,
    )
    ctx.answer(
        "alive",
        code=code,
        kind=watch.kind.value,
        person=Ref(record, "person"),
        last=last_seen(watch, ctx.event.at),
        state=Fact(record, state_of(watch)),
        due=due_of(watch),
        evidence=tuple(_line(ctx, watch, one) for one in found[:SHOWN]) or phrase("alive.none"),
        index=_index(ctx, watch),
    )


def _line(ctx: Ctx, watch: Watch, one: Evidence) -> Phrase:
    rests = one.report == watch.last_report
    return phrase(
        "alive.evidence",
        code=one.code,
        rests=phrase("alive.rests") if rests else NOTHING,
        strength=Fact(one.record, one.strength.value),
        age=Fact(one.record, ctx.event.at - one.at),
        by=SeatName(one.by),
        grades=graded(one.source, one.info),
        file=phrase("alive.file", kind=Fact(one.record, one.kind)) if one.kind else NOTHING,
        verdict=_verdict(ctx, one),
    )


def _verdict(ctx: Ctx, one: Evidence) -> Phrase:
    if one.verdict is None or one.judged_by is None or one.judged_at is None:
        return phrase("alive.unjudged")
    return phrase(
        "alive.verdict",
        verdict=Fact(one.record, one.verdict.value),
        by=SeatName(one.judged_by),
        age=Fact(one.record, ctx.event.at - one.judged_at),
    )


def _index(ctx: Ctx, watch: Watch) -> Phrase:
    points = ctx.case.wellbeing.get(watch.item.code, ())
    points = tuple(p for p in points if p.record not in ctx.case.erased)
    if not points:
        return phrase("alive.no_index", code=watch.item.code)
    last = points[-1]
    age = ctx.event.at - last.at
    trend = ", ".join(str(point.value) for point in points[-POINTS:])
    return phrase(
        "alive.index",
        value=Fact(last.record, last.value),
        parts=_parts(last),
        by=SeatName(last.by),
        age=Fact(last.record, age),
        stale=phrase("alive.stale") if age > STALE else NOTHING,
        needs=_needs(last),
        trend=Fact(last.record, trend),
    )


def _needs(last: Wellbeing) -> Phrase:
    if not last.named_needs:
        return NOTHING
    return phrase("index.needs", needs=Ref(last.record, "needs"))


def _parts(last: Wellbeing) -> Phrase:
    record = last.record
    body = phrase("alive.part", name="physical", value=Fact(record, last.physical or 0))
    mind = phrase("alive.part", name="psychological", value=Fact(record, last.psychological or 0))
    said = ((last.physical, body), (last.psychological, mind))
    found = tuple(part for value, part in said if value is not None)
    if len(found) == len(said):
        return phrase("alive.parts", one=found[0], other=found[1])
    return found[0] if found else NOTHING
