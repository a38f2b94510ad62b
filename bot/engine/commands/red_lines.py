"""Red lines by command: drawn, listed, dropped and answered, in a party's own rooms alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain import bodies as b
from bot.domain.ids import Code, Prose
from bot.domain.promises import RedLine
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.parsing import split_keyword, take_code, unquote
from bot.engine.red_lines import lines_of, open_lines, read_answers, shown
from bot.words.phrase import Fact, Ref, phrase

ADD: Final = '!redline add "WORDS"'
DROP: Final = "!redline drop R1 because WORDS"
ANSWER: Final = "!redline answer CODE redlines ok"


def read_add(ctx: Ctx, rest: str) -> Prose | Refused:
    """Read the words of a red line."""
    _ = ctx
    words = unquote(rest)
    return Prose(words) if words else refuse("wrong.form", usage=ADD)


def add(ctx: Ctx, words: Prose) -> None:
    """Draw a red line; every promise of the party is held against it from now on."""
    party = ctx.seat.party
    number = 1 + max((r.number for r in ctx.case.red_lines if r.party == party), default=0)
    record = ctx.pen.append(ctx.here.id, b.RedLineDrawn(number, party, ctx.seat.id, words))
    ctx.answer("redline.added", name=f"R{number}", text=Ref(record, "text"))


def list_all(ctx: Ctx, _: None) -> None:
    """Show the red lines that this room may read."""
    lines = lines_of(ctx.case, ctx.seat.party, ctx.here.id)
    ctx.answer("redline.list", lines=shown(lines)) if lines else ctx.answer(
        "redline.none", usage=ADD
    )


@dataclass(frozen=True, slots=True)
class Drop:
    """A red line to be dropped, and why."""

    line: RedLine
    reason: Prose


def read_drop(ctx: Ctx, rest: str) -> Drop | Refused:
    """Read `R1 because WORDS`."""
    parts = split_keyword(rest, "because")
    if parts is None or not parts.after:
        return refuse("wrong.form", usage=DROP)
    name = parts.before.strip().upper()
    lines = lines_of(ctx.case, ctx.seat.party, ctx.here.id)
    found = next((line for line in lines if line.name == name), None)
    if found is None:
        return refuse("wrong.form", usage=DROP)
    return Drop(found, Prose(parts.after))


def drop(ctx: Ctx, wish: Drop) -> None:
    """Drop a red line; that it stood stays on record."""
    line = wish.line
    record = ctx.pen.append(
        ctx.here.id, b.RedLineDropped(line.number, line.party, ctx.seat.id, wish.reason)
    )
    ctx.answer("redline.dropped", name=Fact(record, line.name))


@dataclass(frozen=True, slots=True)
class Answer:
    """A promise, or a request to offer one, and the red lines it does not cross."""

    code: Code
    lines: tuple[str, ...]


def read_answer(ctx: Ctx, rest: str) -> Answer | Refused:
    """Read `CODE redlines ok` or `CODE R1 no R2 no`."""
    taken = take_code(rest)
    code = Code(taken.code or "")
    request = ctx.case.requests.get(code)
    asked_here = request is not None and request.label.admits(ctx.here.id)
    promise = ctx.case.commitments.get(request.item if request and asked_here else code)
    if promise is None or promise.obligor != ctx.seat.party:
        return ctx.no_item(rest)
    if not asked_here and ctx.item(code) is None:
        return ctx.no_item(rest)
    still = open_lines(ctx, ctx.seat.party, code)
    ask = refuse("redline.ask_answer", code=code, lines=shown(still))
    answers = read_answers(ctx, taken.rest, still, ask)
    return answers if isinstance(answers, Refused) else Answer(code, answers)


def answer(ctx: Ctx, found: Answer) -> None:
    """Keep the answers."""
    ctx.pen.append(
        ctx.here.id, b.RedLinesAnswered(found.code, ctx.seat.party, ctx.seat.id, found.lines)
    )
    lines = tuple(phrase("redline.name", name=name) for name in found.lines)
    ctx.answer("redline.answered", code=found.code, lines=lines)
