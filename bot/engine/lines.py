"""One typed line from a seated person: which command, is it open, does it wait for another.

"Unknown" and "not permitted" are answered with the same words, made from the rows that are
open to this seat in this room and from nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain import bodies as b
from bot.domain.case import Approval, Case, Compartment
from bot.domain.ids import Prose, RecordId
from bot.engine.command import (
    APPROVAL_LASTS,
    DESK,
    EVERYBODY,
    EVERYWHERE,
    MEDIATORS,
    Command,
    Ctx,
    Kept,
    Refused,
    refuse,
)
from bot.engine.commands import COMMANDS, basics
from bot.engine.commands.approvals import read_approve, who_asked
from bot.engine.events import CommandReceived, Draw, Scene
from bot.engine.met import contact
from bot.engine.parsing import (
    MAX_DISTANCE,
    NotACommand,
    TooLong,
    Typed,
    UnknownVerb,
    distance,
    parse_line,
)
from bot.engine.pen import Pen
from bot.engine.times import short
from bot.words.phrase import Phrase, Ref, Said, SeatName, phrase

VAULT = "question"
TAKES_FILES = "report"


def command_received(
    case: Case, event: CommandReceived, scene: Scene, draw: Draw, bot_names: tuple[str, ...]
) -> Pen:
    """Decide one line. Returns the pen with what it causes; a refusal leaves only the answer.

    In a held room nothing counts, because nobody could read the answer; only the desk's own
    `!guard clear` does, or a held desk could never be cleared.
    """
    # A line may have waited behind the one that took its writer out.
    seat, here = case.seats.get(event.seat), case.compartments.get(event.compartment)
    pen = Pen(case, event.at, event.id, draw)
    if seat is None or here is None or seat.id not in here.seats or not seat.enrolled:
        return pen
    rows = {c.verb: c for c in TABLE if c.open_to(seat, here)}
    line = parse_line(event.text, verbs=tuple(rows), bot_names=bot_names)
    if here.held and not (isinstance(line, Typed) and line.verb == "guard clear"):
        return pen
    match line:
        case NotACommand():
            return pen
        case TooLong():
            pen.answer(here.id, "wrong.too_long")
            return pen
        case UnknownVerb():
            _unknown(pen, here, line)
            return pen
        case Typed():
            ctx = Ctx(event, seat, here, scene, pen, line.verb)
            refused = _run(ctx, rows[line.verb], line.rest)
            if refused is None:
                if rows[line.verb].binds:
                    contact(pen, seat, here)
                return pen
            clean = Pen(case, event.at, event.id, draw)
            clean.answer(here.id, "refused", why=refused.why)
            return clean


def _unknown(pen: Pen, here: Compartment, line: UnknownVerb) -> None:
    hint = (
        phrase("wrong.suggestion", verb=line.suggestion) if line.suggestion else phrase("nothing")
    )
    typed = Said(here.id, Prose(f"!{_shown_verb(line).removeprefix('!')}"))
    pen.answer(here.id, "refused", why=phrase("wrong.unknown", typed=typed, hint=hint))


def _shown_verb(line: UnknownVerb) -> str:
    """Return what is repeated of a mistyped verb: after `!question` the next word may be an answer."""
    if line.typed.startswith("! "):
        return line.typed
    first = line.typed.split(maxsplit=1)[0]
    meant = (line.suggestion or "").split()[:1] == [VAULT]
    return first if meant or distance(first, VAULT) <= MAX_DISTANCE else line.typed


def _run(ctx: Ctx, command: Command[Any], rest: str) -> Refused | None:
    if ctx.event.file is not None and ctx.event.file.own and command.verb != TAKES_FILES:
        return refuse("report.file_only")
    if command.binds and not ctx.seat.verified:
        return refuse("wrong.not_verified")
    if not command.four_eyes:
        return command.run(ctx, rest)
    checked = command.check(ctx, rest)
    if isinstance(checked, Refused):
        return checked
    return _ask_approval(ctx, command, rest, checked)


def _ask_approval(ctx: Ctx, command: Command[Any], rest: str, warning: Phrase) -> Refused | None:
    """Keep the line until another person approves it; words in it are kept as prose.

    Typing the very same line approves it too: whoever does so names exactly what will be done.
    """
    kept = command.keep(rest)
    line = f"{command.verb} {kept.line}".strip()
    waiting = _same_line(ctx, line) if kept.line == rest else None
    if waiting is not None:
        return approve(ctx, waiting)
    code = ctx.pen.code()
    made = ctx.pen.append(
        ctx.here.id,
        b.ApprovalAsked(
            code,
            ctx.seat.id,
            line,
            ctx.event.at + APPROVAL_LASTS,
            kept.quoted,
            kept.names,
        ),
    )
    ctx.answer(
        "approve.asked",
        code=code,
        line=_shown(ctx, made, f"!{line}", kept),
        by=SeatName(ctx.seat.id),
        warning=warning,
    )
    return None


def _shown(ctx: Ctx, made: RecordId, line: str, kept: Kept) -> Phrase:
    """Show a line as it was recorded; its words are read there when this is sent, and kept nowhere."""
    typed = Said(ctx.here.id, Prose(line))
    if not kept.quoted:
        return phrase("approve.line", line=typed)
    names = phrase("approve.names", names=Ref(made, "names")) if kept.names else phrase("nothing")
    return phrase("approve.words", line=typed, words=Ref(made, "quoted"), names=names)


def _same_line(ctx: Ctx, line: str) -> Approval | None:
    for found in ctx.case.approvals.values():
        asked_by = who_asked(ctx, found)
        if (
            found.line == line
            and found.compartment == ctx.here.id
            and found.until >= ctx.event.at
            and asked_by is not None
            and asked_by.user != ctx.seat.user
        ):
            return found
    return None


def approve(ctx: Ctx, approval: Approval) -> Refused | None:
    """Carry out a waiting line, in the name of who asked, now that another person agreed."""
    ctx.pen.append(ctx.here.id, b.Approved(approval.code, ctx.seat.id))
    if approval.by is None:
        ctx.answer("approve.file", code=approval.code)
        return None
    verbs = {c.verb: c for c in TABLE if c.four_eyes}
    line = parse_line(f"!{approval.line}", verbs=tuple(verbs))
    asked_by = ctx.case.seats.get(approval.by)
    if not isinstance(line, Typed) or asked_by is None:
        return refuse("approve.expired", code=approval.code)
    rest = line.rest.removesuffix("named").rstrip()
    inner = replace(ctx, seat=asked_by, verb=line.verb, approval=approval, approver=ctx.seat)
    return verbs[line.verb].run(inner, rest)


def help_me(ctx: Ctx, topic: str) -> Refused | None:
    """Show what this seat may type in this room, or the form and examples of one verb."""
    rows = [c for c in TABLE if c.open_to(ctx.seat, ctx.here)]
    if not topic:
        ctx.answer("help", lines=tuple(_help_line(c) for c in rows))
        return None
    found = [c for c in rows if c.verb == topic or c.verb.split()[0] == topic]
    if not found:
        return refuse("help.none", topic=Said(ctx.here.id, Prose(short(topic))))
    ctx.answer("help.topic", lines=tuple(_help_topic(c) for c in found))
    return None


def _help_line(command: Command[Any]) -> Phrase:
    return phrase("help.line", usage=command.usage, says=phrase(command.says))


def _help_topic(command: Command[Any]) -> Phrase:
    return phrase(
        "help.detail",
        usage=command.usage,
        says=phrase(command.says),
        binds=phrase("help.binds" if command.binds else "nothing"),
        four_eyes=phrase("help.four_eyes" if command.four_eyes else "nothing"),
        examples=tuple(phrase("help.example", line=line) for line in command.examples),
    )


TABLE: tuple[Command[Any], ...] = (
    Command(
        "help", "!help [VERB]", "help.help", ("!help", "!help commit"),
        EVERYBODY, EVERYWHERE, basics.read_topic, help_me,
    ),
    *COMMANDS,
    Command(
        "approve", "!approve CODE", "help.approve", ("!approve A3KX",),
        MEDIATORS, DESK, read_approve, approve, binds=True,
    ),
)  # fmt: skip
