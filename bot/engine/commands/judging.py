"""What is said of evidence, and of the person: verdict, well-being, the file shown again.

Refuses a verdict on one's own report, and to call rejected evidence good again: it is reported
anew. A rejected report raises its watch at once, as if it had never come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.domain import bodies as b
from bot.domain.case import Watch
from bot.domain.evidence import Evidence, Verdict
from bot.domain.ids import Code, Prose
from bot.domain.vocabulary import WatchState
from bot.domain.watch_clock import level_at
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.watches import watch_here
from bot.engine.ladder import raise_level
from bot.engine.parsing import split_keyword, take_code
from bot.words.phrase import Phrase, Ref, phrase

VERDICT = "!verdict CODE confirmed|doubtful|rejected [because WORDS]"
INDEX = "!index CODE 1-10 [physical 1-10] [psychological 1-10] [needs WORDS]"
SHOW = "!show CODE"
HIGHEST: Final = 10
NOTHING = phrase("nothing")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict as typed."""

    evidence: Evidence
    verdict: Verdict
    reason: Prose


def evidence_here(ctx: Ctx, rest: str) -> tuple[Evidence | Refused, str]:
    """Return the evidence that a code names in the room it is kept in, and what follows."""
    taken = take_code(rest)
    found = ctx.case.evidence.get(Code(taken.code or ""))
    item = ctx.item(Code(taken.code or ""))
    if found is None or item is None:
        return ctx.no_item(rest), taken.rest
    if item.compartment != ctx.here.id:
        where = refuse("evidence.elsewhere", code=item.code, compartment=item.compartment)
        return where, taken.rest
    return found, taken.rest


def read_verdict(ctx: Ctx, rest: str) -> Judgement | Refused:
    """Read `CODE confirmed|doubtful|rejected [because WORDS]`."""
    found, tail = evidence_here(ctx, rest)
    if isinstance(found, Refused):
        return found
    why = split_keyword(tail, "because")
    word = (why.before if why else tail).strip().casefold()
    verdict = next((v for v in Verdict if v.value == word), None)
    if verdict is None or (why is not None and not why.after):
        return refuse("wrong.form", usage=VERDICT)
    by = ctx.case.seats.get(found.by) or ctx.case.removed[found.by]
    if by.user == ctx.seat.user:
        return refuse("verdict.own", code=found.code)
    if found.verdict is Verdict.REJECTED:
        return refuse("verdict.final", code=found.code)
    return Judgement(found, verdict, Prose(why.after if why else ""))


def judge(ctx: Ctx, found: Judgement) -> None:
    """Keep a verdict; a watch that rested on rejected evidence is raised at once."""
    evidence, code = found.evidence, found.evidence.code
    watch = ctx.case.watches[evidence.watch]
    rested = watch.last_report == evidence.report
    made = ctx.pen.append(
        ctx.here.id, b.EvidenceJudged(code, ctx.seat.id, found.verdict, found.reason)
    )
    reason = phrase("verdict.reason", reason=Ref(made, "reason")) if found.reason else NOTHING
    raised = found.verdict is Verdict.REJECTED and rested and watch.state in _RESTING
    ctx.answer(
        "verdict.done",
        code=code,
        verdict=found.verdict.value,
        watch=evidence.watch,
        reason=reason,
        next=phrase("verdict.raised") if raised else NOTHING,
    )
    if raised:
        _raise(ctx, evidence)


_RESTING: Final = frozenset({WatchState.SCHEDULED, WatchState.GRACE})
"""A watch that is overdue alarms already, and what quietens it stands."""


def _raise(ctx: Ctx, evidence: Evidence) -> None:
    """Raise the check that was met by it, at the level that time has come to."""
    watch = ctx.case.watches[evidence.watch]
    due = replace(watch, occurrence=min(evidence.occurrence, ctx.event.at))
    level = max(1, level_at(due, ctx.event.at))
    raise_level(ctx.pen, ctx.scene, due, level, late=phrase("verdict.late"))


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a person was found, as typed."""

    watch: Watch
    value: int
    physical: int | None
    psychological: int | None
    needs: Prose


def read_index(ctx: Ctx, rest: str) -> Assessment | Refused:
    """Read `CODE 1-10 [physical 1-10] [psychological 1-10] [needs WORDS]`."""
    watch, tail = watch_here(ctx, rest)
    if isinstance(watch, Refused):
        return watch
    needed = split_keyword(tail, "needs")
    value, *parts = (needed.before if needed else tail).casefold().split() or [""]
    named = dict(zip(parts[::2], parts[1::2], strict=False))
    points = {name: _point(typed) for name, typed in {**named, "": value}.items()}
    if (
        len(parts) != 2 * len(named)
        or not named.keys() <= {"physical", "psychological"}
        or None in points.values()
        or (needed is not None and not needed.after)
    ):
        return refuse("index.form", usage=INDEX)
    return Assessment(
        watch,
        points[""] or 0,
        points.get("physical"),
        points.get("psychological"),
        Prose(needed.after if needed else ""),
    )


def _point(typed: str) -> int | None:
    plain = typed.isascii() and typed.isdigit() and len(typed) <= len(str(HIGHEST))
    return int(typed) if plain and 1 <= int(typed) <= HIGHEST else None


def index(ctx: Ctx, found: Assessment) -> None:
    """Keep an assessment with its assessor and time."""
    code = found.watch.item.code
    made = ctx.pen.append(
        ctx.here.id,
        b.IndexGiven(
            code,
            ctx.seat.id,
            found.value,
            found.physical,
            found.psychological,
            needs=found.needs,
            named_needs=bool(found.needs),
        ),
        copy=(("person", Ref(found.watch.item.record, "person")),),
    )
    needs: Phrase = phrase("index.needs", needs=Ref(made, "needs")) if found.needs else NOTHING
    ctx.answer(
        "index.done",
        code=code,
        person=Ref(found.watch.item.record, "person"),
        value=found.value,
        needs=needs,
    )


def read_show(ctx: Ctx, rest: str) -> Evidence | Refused:
    """Read the code of evidence with a file that can be cleaned."""
    found, tail = evidence_here(ctx, rest)
    if isinstance(found, Refused):
        return found
    if tail:
        return refuse("show.here_only", usage=SHOW)
    if not found.kind:
        return refuse("show.no_file", code=found.code)
    return found if found.cleanable else refuse("show.stays", code=found.code, kind=found.kind)


def show(ctx: Ctx, found: Evidence) -> None:
    """Send the file again, in its own room, without its metadata."""
    ctx.answer("show.coming", code=found.code)
    ctx.pen.give_file(ctx.here.id, found.record, found.code)
