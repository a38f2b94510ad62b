"""Held persons by command: clocks of cards, presence of data, visits, consents.

Cites the article; indicative, not legal advice. All of it lives in the compartment in which it was
typed. Refuses values: what is not the name of a datum is neither kept nor repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from bot.domain import bodies as b
from bot.domain.geneva import (
    CARD_WITHIN,
    Answer,
    Clock,
    Datum,
    Flag,
    Modality,
    Note,
    Notice,
    Topic,
    called,
    code_name,
)
from bot.domain.geneva_bodies import ArrivalNoted, ConsentsNoted, DataNoted, VisitNoted
from bot.domain.ids import Code, Prose
from bot.domain.vocabulary import WatchKind
from bot.domain.when_schedule import Anchored
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.watches import DEFAULT_GRACE, DEFAULT_STEP
from bot.engine.held import notes_of
from bot.engine.ladder import arm
from bot.engine.parsing import split_keyword, take_word
from bot.engine.times import moment
from bot.words.phrase import Fact, Moment, Phrase, Ref, Said, phrase

DATA = "!data H-TEAL [has|lacks NAME, NAME]"
VISIT = "!visit H-TEAL [NAME yes|no|refused [because WORDS], ...]"
CONSENTS = "!consents H-TEAL [NAME yes|no, ...]"
ADVICE = phrase("held.advice")

_COMMA: Final = re.compile("[,;\u060c\u061b\u3001]")
_VISIT: Final = re.compile(r"(.+?)\s+(yes|no|refused)(?:\s+because\s+(\S.*))?", re.IGNORECASE)
_CONSENT: Final = re.compile(r"(.+?)\s+(yes|no)", re.IGNORECASE)

T = TypeVar("T", bound=StrEnum)


def _person(rest: str, usage: str) -> tuple[str, str] | Refused:
    """Return a code name and what stands after it, on one line."""
    word = take_word(rest)
    person = code_name(word.found or "")
    if person is None or len(rest.splitlines()) > 1:
        return refuse("held.form", usage=usage)
    return person, word.rest


@dataclass(frozen=True, slots=True)
class Arrival:
    """A capture, transfer or sickness, and when it was."""

    person: str
    clock: Clock
    at: datetime


def read_arrival(ctx: Ctx, rest: str) -> Arrival | Refused:
    """Read `H-TEAL at WHEN`; the verb says what happened."""
    usage = f"!{ctx.verb} H-TEAL at WHEN"
    read = _person(rest, usage)
    if isinstance(read, Refused):
        return read
    parts = split_keyword(read[1], "at")
    if parts is None or parts.before or not parts.after:
        return refuse("held.form", usage=usage)
    at = moment(ctx, parts.after)
    if isinstance(at, Refused):
        return at
    if at > ctx.event.at:
        return refuse("held.ahead", at=Moment(at), now=Moment(ctx.event.at))
    new = Arrival(read[0], Clock(ctx.verb), at.replace(second=0, microsecond=0))
    known = notes_of(ctx.case, new.person, Topic.CLOCK, ctx.here.id).get(new.clock.value)
    watch = ctx.case.watches.get(Code(known.value)) if known else None
    if known and watch is not None and watch.schedule == _schedule(new, watch.item.code).normal():
        return refuse("held.again", code=Fact(known.record, known.value))
    return new


def _schedule(new: Arrival, code: Code) -> Anchored:
    """A schedule that comes once; its event is named after the watch, so that nothing else moves it."""
    return Anchored(f"{new.clock.value.upper()}{code}", CARD_WITHIN, at=new.at)


def note_arrival(ctx: Ctx, new: Arrival) -> None:
    """Start the week for the card: a watch waits for it and raises an alarm like any other."""
    code = ctx.pen.code()
    due = new.at + CARD_WITHIN
    over = due <= ctx.event.at
    named = Prose(new.person)
    ctx.pen.append(
        ctx.here.id,
        b.WatchSet(
            code,
            WatchKind.LIST_DUE,
            ctx.seat.id,
            _schedule(new, code).normal(),
            max(due, ctx.event.at),
            DEFAULT_GRACE,
            DEFAULT_STEP,
            named,
        ),
    )
    arm(ctx.pen, code)
    made = ctx.pen.append(
        ctx.here.id, ArrivalNoted(new.person, new.clock, new.at, due, code, ctx.seat.id, named)
    )
    ctx.answer(
        "held.clock_over" if over else "held.clock",
        clock=new.clock.value,
        person=Ref(made, "named"),
        at=Fact(made, new.at),
        due=Fact(made, due),
        code=code,
        advice=ADVICE,
    )


@dataclass(frozen=True, slots=True)
class NewData:
    """Data that are with the bureau or not; without any, a question."""

    person: str
    data: tuple[Datum, ...] = ()
    notices: tuple[Notice, ...] = ()
    present: bool = True


def read_data(_: Ctx, rest: str) -> NewData | Refused:
    """Read `H-TEAL [has|lacks NAME, NAME]`."""
    read = _person(rest, DATA)
    if isinstance(read, Refused):
        return read
    person, tail = read
    if not tail:
        return NewData(person)
    word = take_word(tail)
    verb = (word.found or "").casefold()
    names = [name for name in _COMMA.split(word.rest) if name.strip()]
    data = [called(Datum, name) for name in names]
    notices = [called(Notice, name) for name in names]
    unknown = any(one is None and two is None for one, two in zip(data, notices, strict=True))
    if verb not in ("has", "lacks") or not names or unknown:
        return _names(DATA, (*Datum, *Notice))
    return NewData(person, _each(data), _each(notices), present=verb == "has")


def _each(found: list[T | None]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _names(usage: str, names: tuple[StrEnum, ...]) -> Refused:
    return refuse("held.names", usage=usage, names=", ".join(f"`{one.value}`" for one in names))


def note_data(ctx: Ctx, new: NewData) -> Refused | None:
    """Note what is there or not, and show the whole: what is there, and what is missing."""
    if new.data or new.notices:
        ctx.pen.append(
            ctx.here.id,
            DataNoted(
                new.person, new.data, new.notices, new.present, ctx.seat.id, Prose(new.person)
            ),
        )
    notes = notes_of(ctx.case, new.person, Topic.DATA, ctx.here.id)
    if not notes:
        return refuse("held.none", usage=DATA)
    there = {name for name, note in notes.items() if note.value == Answer.YES}
    ctx.answer(
        "held.data",
        person=_said(ctx, new.person),
        count=sum(one.value in there for one in Datum),
        all=len(Datum),
        there=_listed(notes, [one.value for one in Datum if one.value in there]),
        missing=_listed(notes, [one.value for one in Datum if one.value not in there]),
        notices=_listed(notes, [one.value for one in Notice if one.value in there]),
        advice=ADVICE,
    )
    return None


def _said(ctx: Ctx, person: str) -> Said:
    return Said(ctx.here.id, Prose(person))


def _listed(notes: dict[str, Note], names: list[str]) -> tuple[Phrase, ...]:
    """Return names in a row; what a note says is labelled as the note is."""
    return tuple(
        phrase("held.name", name=Fact(notes[name].record, name) if name in notes else name)
        for name in names
    ) or (phrase("held.nothing"),)


@dataclass(frozen=True, slots=True)
class NewVisit:
    """What was said to modalities, each with its reason; without any, a question."""

    person: str
    said: tuple[tuple[Modality, Answer, str], ...] = ()


def read_visit(_: Ctx, rest: str) -> NewVisit | Refused:
    """Read `H-TEAL [NAME yes|no|refused [because WORDS], ...]`; a reason may hold commas."""
    read = _person(rest, VISIT)
    if isinstance(read, Refused):
        return read
    person, tail = read
    said: list[tuple[Modality, Answer, str]] = []
    for piece in _COMMA.split(tail) if tail else ():
        found = _VISIT.fullmatch(piece.strip())
        name = called(Modality, found[1]) if found else None
        if found is None or name is None:
            if not said or not said[-1][2]:
                return _names(VISIT, tuple(Modality))
            said[-1] = (*said[-1][:2], f"{said[-1][2]},{piece}")
            continue
        answer = Answer(found[2].casefold())
        if bool(found[3]) is not (answer is Answer.REFUSED):
            return _names(VISIT, tuple(Modality))
        said.append((name, answer, found[3] or ""))
    return NewVisit(person, tuple(said))


def note_visit(ctx: Ctx, new: NewVisit) -> Refused | None:
    """Note what was said to modalities, and show all five."""
    for name, answer, reason in new.said:
        named = Prose(new.person)
        body = VisitNoted(new.person, name, answer, ctx.seat.id, named, Prose(reason))
        ctx.pen.append(ctx.here.id, body)
    notes = notes_of(ctx.case, new.person, Topic.VISIT, ctx.here.id)
    if not notes:
        return refuse("held.none", usage=VISIT)
    lines = _lines(notes, tuple(Modality), _visit_line)
    ctx.answer("held.visit", person=_said(ctx, new.person), lines=lines, advice=ADVICE)
    return None


def _visit_line(note: Note) -> Phrase:
    name, answer = Fact(note.record, note.name), Fact(note.record, note.value)
    if note.value != Answer.REFUSED:
        return phrase("held.visit_line", name=name, answer=answer)
    reason = Ref(note.record, "reason")
    return phrase("held.visit_why", name=name, answer=answer, reason=reason)


def _lines(
    notes: dict[str, Note], names: tuple[StrEnum, ...], line: Callable[[Note], Phrase]
) -> tuple[Phrase, ...]:
    return tuple(
        line(notes[one.value]) if one.value in notes else phrase("held.unsaid", name=one.value)
        for one in names
    )


@dataclass(frozen=True, slots=True)
class NewConsents:
    """To whom a name may go and to whom not; without any, a question."""

    person: str
    given: tuple[Flag, ...] = ()
    withheld: tuple[Flag, ...] = ()


def read_consents(_: Ctx, rest: str) -> NewConsents | Refused:
    """Read `H-TEAL [NAME yes|no, ...]`."""
    read = _person(rest, CONSENTS)
    if isinstance(read, Refused):
        return read
    person, tail = read
    said: dict[Flag, str] = {}
    for piece in _COMMA.split(tail) if tail else ():
        found = _CONSENT.fullmatch(piece.strip())
        flag = called(Flag, found[1]) if found else None
        if found is None or flag is None or flag in said:
            return _names(CONSENTS, tuple(Flag))
        said[flag] = found[2].casefold()
    given = tuple(flag for flag, answer in said.items() if answer == Answer.YES)
    return NewConsents(person, given, tuple(flag for flag in said if flag not in given))


def note_consents(ctx: Ctx, new: NewConsents) -> Refused | None:
    """Note to whom a name may go, and show all of it."""
    if new.given or new.withheld:
        named = Prose(new.person)
        ctx.pen.append(
            ctx.here.id,
            ConsentsNoted(new.person, new.given, new.withheld, ctx.seat.id, named),
        )
    notes = notes_of(ctx.case, new.person, Topic.CONSENT, ctx.here.id)
    if not notes:
        return refuse("held.none", usage=CONSENTS)
    lines = _lines(notes, tuple(Flag), _consent_line)
    ctx.answer("held.consents", person=_said(ctx, new.person), lines=lines)
    return None


def _consent_line(note: Note) -> Phrase:
    record = note.record
    return phrase(
        "held.consents_line",
        name=Fact(record, note.name),
        answer=Fact(record, note.value),
        at=Fact(record, note.at),
    )
