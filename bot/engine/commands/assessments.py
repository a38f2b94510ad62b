"""Assessments: what somebody judges of the talks, with assessor, time, grade and ground.

Refuses a judgement without words: a number that nobody can ask after is worth nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.digest.assessing import assessments, graded, progress
from bot.domain import bodies as b
from bot.domain.assessments import SCALES, AssessmentKind
from bot.domain.ids import Code, Prose
from bot.domain.items import Item
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.reports import read_grades
from bot.engine.parsing import split_colon, split_keyword, take_code, take_word
from bot.engine.times import deadline
from bot.words.phrase import Fact, Ref, phrase

ASSESS: Final = "!assess release|support|media|relations VALUE [about CODE] [source A-F] [info 1-6] [embargo until WHEN] [leak]: WORDS"
EXAMPLES: Final = (
    "!assess release 40 % about W4TR source B info 2: the commander named a week",
    "!assess media 7 embargo until fri 18:00: two agencies wait",
    "!assess relations -2: the border was closed",
)
_VALUE: Final = re.compile(r"([+-]?[0-9]{1,3})(?:%|/10)?")
_UNIT: Final = re.compile(r"(?:%|percent|of 10)(?=\s|$)\s*", re.IGNORECASE)
NOTHING = phrase("nothing")


@dataclass(frozen=True, slots=True)
class Judged:
    """An assessment as typed."""

    kind: AssessmentKind
    value: int
    about: Item | None
    grade: str
    embargo: datetime | None
    leak: bool
    text: Prose


def read_assess(ctx: Ctx, rest: str) -> Judged | Refused:
    """Read `KIND VALUE [about CODE] [source X] [info N] [embargo until WHEN] [leak]: WORDS`."""
    split = split_colon(rest)
    if split is None or not split.after:
        return refuse("assess.form", usage=ASSESS)
    named = take_word(split.before)
    kind = next((k for k in AssessmentKind if k.value == (named.found or "").casefold()), None)
    typed = take_word(named.rest)
    value = _VALUE.fullmatch(typed.found or "")
    if kind is None or value is None:
        return refuse("assess.form", usage=ASSESS)
    scale = SCALES[kind]
    if not scale.holds(int(value[1])):
        return refuse("assess.scale", kind=kind.value, low=scale.low, high=scale.high)
    return _clauses(ctx, kind, int(value[1]), _UNIT.sub("", typed.rest, count=1), split.after)


def _clauses(ctx: Ctx, kind: AssessmentKind, value: int, rest: str, words: str) -> Judged | Refused:
    silence = split_keyword(rest, "embargo")
    embargo: datetime | None = None
    if silence is not None:
        until = take_word(silence.after)
        if kind is not AssessmentKind.MEDIA or (until.found or "").casefold() != "until":
            return refuse("assess.form", usage=ASSESS)
        at = deadline(ctx, until.rest)
        if isinstance(at, Refused):
            return at
        embargo, rest = at, silence.before
    tail = rest.casefold().split()
    leak = tail[-1:] == ["leak"]
    if leak and kind is not AssessmentKind.MEDIA:
        return refuse("assess.form", usage=ASSESS)
    about: Item | None = None
    if tail[:1] == ["about"]:
        taken = take_code(rest.split(maxsplit=1)[1] if len(tail) > 1 else "")
        about = ctx.item(Code(taken.code)) if taken.code is not None else None
        if about is None:
            return ctx.no_item(taken.code or taken.rest)
        tail = taken.rest.casefold().split()
    grades = read_grades(tail[:-1] if leak else tail)
    if grades is None:
        return refuse("assess.form", usage=ASSESS)
    return Judged(kind, value, about, "".join(grades), embargo, leak, Prose(words))


def assess(ctx: Ctx, found: Judged) -> None:
    """Keep an assessment. What is judged of an item is read nowhere that the item is not."""
    code = ctx.pen.code()
    label = ctx.case.label_in(ctx.here.id)
    if found.about is not None:
        label = label.join(found.about.label)
    about = found.about.code if found.about is not None else None
    record = ctx.pen.append(
        ctx.here.id,
        b.AssessmentGiven(
            code,
            ctx.seat.id,
            found.kind,
            found.value,
            found.text,
            about,
            found.grade,
            found.embargo,
            found.leak,
        ),
        label=label,
    )
    media = phrase("assess.leak") if found.leak else NOTHING
    if found.embargo is not None:
        media = phrase("assess.embargo", until=Fact(record, found.embargo))
    ctx.answer(
        "assess.done",
        code=code,
        kind=phrase(f"assessed.{found.kind.value}"),
        about=phrase("assess.about", code=about) if about else NOTHING,
        value=Fact(record, f"{found.value}{SCALES[found.kind].unit}"),
        grades=graded(found.grade.rstrip("123456"), found.grade.lstrip("ABCDEF")),
        media=media,
        text=Ref(record, "text"),
    )


def list_all(ctx: Ctx, _: None) -> None:
    """Show every assessor's latest point, and how the talks move, as far as this room may read."""
    lines = assessments(ctx.case, ctx.here.id, ctx.event.at)
    ctx.answer(
        "assess.list",
        progress=progress(ctx.case, ctx.here.id, ctx.event.at),
        lines=lines or (phrase("assess.none"),),
    )
