"""Private questions by command: deposit, ask, answer, list, burn.

Deposited and typed answers are handed to the shell to be hashed, and to nobody else: no answer
here repeats one, and no record holds one. Refuses to let anything the speaker can read differ
between a right answer and a duress phrase: that one is told out of the speaker's sight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.domain import bodies as b
from bot.domain.case import Question, Watch
from bot.domain.ids import Code, Prose
from bot.domain.question_states import OPEN, USED_UP, QuestionState
from bot.domain.questions import (
    LEAST_DURESS,
    LONGEST,
    MOST_ANSWERS,
    MOST_WORDS,
    Hashed,
    Outcome,
    Weighed,
    fits,
    fits_duress,
    holds,
    key_of,
)
from bot.domain.vocabulary import Strength, WatchKind, WatchState
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.reports import Report, keep
from bot.engine.duress import KEY, examined, shown_at, tell
from bot.engine.effects import Hash, Weigh
from bot.engine.ladder import raise_level
from bot.engine.parsing import split_colon, split_keyword, take_code, take_word, unquote
from bot.words.phrase import Fact, Phrase, Ref, SeatName, phrase

DEPOSIT = (
    '!question deposit for H-TEAL: "QUESTION" answer "ANSWER" [or "VARIANT"] [duress "PHRASE"]'
)
ASK = "!question ask CODE"
ANSWER = "!question answer CODE [for WATCH]: WORDS"
BURN = "!question burn CODE because WORDS"
NOTED = "!question noted CODE"

_PERSON = re.compile(r"[\w-]{2,24}")
_PROVES = frozenset({WatchKind.SIGN_OF_LIFE, WatchKind.WELFARE})


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit as typed; the answers are in here and nowhere else."""

    person: Prose
    text: Prose
    wish: Hash


def read_deposit(_ctx: Ctx, rest: str) -> Deposit | Refused:
    """Read `for PERSON: "QUESTION" answer "ANSWER" [or "VARIANT"] [duress "PHRASE"]`."""
    split = split_colon(rest)
    head = take_word(split.before) if split else None
    if split is None or head is None or (head.found or "").casefold() != "for":
        return _form(DEPOSIT)
    person = take_word(head.rest)
    asked = split_keyword(split.after, "answer")
    if asked is None or person.rest or not _PERSON.fullmatch(person.found or ""):
        return _form(DEPOSIT)
    tail = split_keyword(asked.after, "duress")
    quoted = [_quoted(one) for one in _variants(tail.before if tail else asked.after)]
    question = _quoted(asked.before)
    duress = _quoted(tail.after) if tail else ""
    answers = tuple(one for one in quoted if one)
    if not question or duress is None or len(answers) < len(quoted) or len(rest.splitlines()) > 1:
        return _form(DEPOSIT)
    return _weak(question, answers, duress) or Deposit(
        Prose((person.found or "").upper()), Prose(question), Hash(answers, duress)
    )


def _form(usage: str) -> Refused:
    return refuse("question.form", usage=usage)


def _variants(rest: str) -> list[str]:
    """Part `"ONE" or "TWO"`."""
    found: list[str] = []
    while (parts := split_keyword(rest, "or")) is not None:
        found.append(parts.before)
        rest = parts.after
    return [*found, rest]


def _quoted(text: str) -> str | None:
    """Return what stands in quotes, or None: what ends where must not be guessed."""
    bare = unquote(text)
    return bare if bare and bare != text.strip() else None


def _weak(question: str, answers: tuple[str, ...], duress: str) -> Refused | None:
    """Refuse what could not be compared, or would give itself away."""
    if len(answers) > MOST_ANSWERS or not all(map(fits, answers)):
        return refuse("question.unfit", most=MOST_ANSWERS, words=MOST_WORDS, letters=LONGEST)
    if any(holds(question, key_of(one)) for one in (*answers, duress) if one):
        return refuse("question.tells")
    if not duress:
        return None
    if not fits_duress(duress):
        return refuse("question.unfit_duress", least=LEAST_DURESS)
    if any(holds(one, key_of(duress)) for one in answers):
        return refuse("question.duress_in_answer")
    return None


def deposit(ctx: Ctx, new: Deposit) -> Refused | None:
    """Keep a question with the hashes of its answers, once the shell has made them."""
    match ctx.event.weighed:
        case None:
            ctx.pen.ask_shell(new.wish)
            return None
        case Weighed():
            return refuse("question.again")
        case Hashed(sealed):
            kept = sealed
    code = ctx.pen.code()
    made = ctx.pen.append(
        ctx.here.id, b.QuestionDeposited(code, ctx.seat.id, new.person, new.text, kept)
    )
    ctx.answer("question.kept", code=code, person=Ref(made, "person"), text=Ref(made, "text"))
    ctx.pen.give_receipt(ctx.here.id, made, f"question-{code}")
    return None


def _question(ctx: Ctx, rest: str, usage: str) -> tuple[Question | Refused, str]:
    """Read the code of a question that is kept here. What was typed after it is not repeated."""
    taken = take_code(rest)
    if taken.code is None:
        return _form(usage), ""
    code = Code(taken.code)
    found = ctx.case.questions.get(code)
    if found is None or not ctx.case.shows(found.item, ctx.here.id):
        return ctx.gone(code) or refuse("wrong.no_item", code=code, verb=ctx.verb), ""
    if found.item.compartment != ctx.here.id:
        where = found.item.compartment
        return refuse("question.elsewhere", code=code, compartment=where), ""
    return found, taken.rest


def read_ask(ctx: Ctx, rest: str) -> Question | Refused:
    """Read the code of a question that was not put yet."""
    found, tail = _question(ctx, rest, ASK)
    if isinstance(found, Refused):
        return found
    if tail:
        return _form(ASK)
    return found if found.state is QuestionState.KEPT else _state(found)


def _state(found: Question) -> Refused:
    return refuse(
        "question.state", code=found.item.code, state=Fact(found.item.record, found.state.value)
    )


def ask(ctx: Ctx, found: Question) -> None:
    """Note that a question was put to who holds the person."""
    code = found.item.code
    ctx.pen.append(ctx.here.id, b.QuestionAsked(code, ctx.seat.id))
    ctx.answer("question.asked", code=code, text=Ref(found.item.record, "text"))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as typed; its words are in `wish` and nowhere else."""

    question: Question
    wish: Weigh


def read_answer(ctx: Ctx, rest: str) -> Answer | Refused:
    """Read `CODE [for WATCH]: WORDS`."""
    found, tail = _question(ctx, rest, ANSWER)
    if isinstance(found, Refused):
        return found
    split = split_colon(tail)
    words = unquote(split.after) if split else ""
    if split is None or not words:
        return _form(ANSWER)
    if found.state not in OPEN:
        return _state(found)
    watch = _named(ctx, split.before)
    if isinstance(watch, Refused):
        return watch
    if not fits(words):
        return refuse("question.unfit_answer", words=MOST_WORDS, letters=LONGEST)
    candidates = (watch,) if watch else _watches(ctx)
    listed = tuple((w.item.code, w.item.record) for w in candidates)
    return Answer(found, Weigh(found.item.record, words, listed, named=watch is not None))


def _named(ctx: Ctx, typed: str) -> Watch | None | Refused:
    """Return the watch that the speaker named, if any."""
    if not typed:
        return None
    word = take_word(typed)
    taken = take_code(word.rest)
    if (word.found or "").casefold() != "for" or taken.code is None or taken.rest:
        return _form(ANSWER)
    code = Code(taken.code)
    found = next((w for w in _watches(ctx) if w.item.code == code), None)
    return found or refuse("wrong.no_item", code=code, verb=ctx.verb)


def _watches(ctx: Ctx) -> tuple[Watch, ...]:
    """Return the watches kept here that a right answer is evidence for."""
    return tuple(
        w
        for _, w in sorted(ctx.case.watches.items())
        if w.item.compartment == ctx.here.id
        and ctx.case.shows(w.item, ctx.here.id)
        and w.kind in _PROVES
        and w.state is not WatchState.ENDED
    )


def answer(ctx: Ctx, found: Answer) -> Refused | None:
    """Count an answer, once the shell has compared it."""
    result, code = ctx.event.weighed, found.question.item.code
    if not isinstance(result, Weighed):
        ctx.pen.ask_shell(found.wish)
        return None
    # It may have been ended or erased while the answer was compared.
    watch = result.watch if result.watch in {w.item.code for w in _watches(ctx)} else None
    match result.outcome:
        case Outcome.SEVERAL:
            return refuse("question.several", code=code)
        case Outcome.OTHER:
            return refuse("question.other", code=code)
        case Outcome.GONE:
            return refuse("erase.gone", code=code)
        case Outcome.FAILED:
            return refuse("question.again")
        case Outcome.WRONG:
            _wrong(ctx, found.question, watch)
        case Outcome.RIGHT | Outcome.DURESS:
            _right(ctx, found.question, watch, duress=result.outcome is Outcome.DURESS)
    return None


def _wrong(ctx: Ctx, old: Question, watch: Code | None) -> None:
    code = old.item.code
    ctx.pen.append(ctx.here.id, b.AnswerGiven(code, ctx.seat.id, right=False, watch=watch))
    if ctx.case.questions[code].state not in USED_UP:
        ctx.answer("question.wrong", code=code)
        return
    ctx.answer("question.failed", code=code)
    ctx.pen.tell_desks(phrase("question.failed_desk", code=code, compartment=ctx.here.id))
    if watch is not None:
        _escalate(ctx, ctx.case.watches[watch])


def _escalate(ctx: Ctx, watch: Watch) -> None:
    """Raise a person's watch at its next level, and have the others follow from now on.

    A suspension that two decided on stands.
    """
    if watch.state not in (WatchState.SUSPENDED, WatchState.ENDED):
        due = replace(watch, occurrence=min(watch.occurrence, ctx.event.at))
        raise_level(ctx.pen, ctx.scene, due, watch.level + 1, late=phrase("question.late"))


def _right(ctx: Ctx, old: Question, watch: Code | None, *, duress: bool) -> None:
    """Use a question up. What is told of duress comes last, so that nothing before it differs."""
    code = old.item.code
    ctx.pen.append(ctx.here.id, b.AnswerGiven(code, ctx.seat.id, right=True, watch=watch))
    examined(ctx.pen, code, ctx.seat.id, duress=duress)
    ctx.answer("question.right", code=code)
    if watch is not None:
        keep(ctx, Report(ctx.case.watches[watch], Strength.QUESTION, Prose(code)))
    else:
        ctx.answer("question.no_watch")
    if duress:
        tell(ctx.pen, old, ctx.seat.id)


def list_all(ctx: Ctx, _: None) -> None:
    """Show the questions this compartment may read, newest first."""
    found = sorted(
        (q for q in ctx.case.questions.values() if ctx.case.shows(q.item, ctx.here.id)),
        key=lambda q: (q.item.recorded_at, q.item.code),
        reverse=True,
    )
    if not found:
        ctx.answer("question.none", usage=DEPOSIT)
        return
    ctx.answer("question.list", lines=tuple(_line(ctx, one) for one in found))


def _line(ctx: Ctx, found: Question) -> Phrase:
    record = found.item.record
    return phrase(
        "question.line",
        code=found.item.code,
        person=Ref(record, "person"),
        state=Fact(record, found.state.value),
        age=Fact(record, ctx.event.at - found.since),
        by=SeatName(found.by),
        text=Ref(record, "text"),
        duress=_duress(ctx, found),
    )


def _duress(ctx: Ctx, found: Question) -> Phrase:
    if not shown_at(ctx.case, found, ctx.here):
        return phrase("nothing")
    return phrase("question.line_noted" if found.noted else "question.line_duress")


@dataclass(frozen=True, slots=True)
class Burning:
    """A question that is to be asked no more, and why."""

    question: Question
    reason: Prose


def read_burn(ctx: Ctx, rest: str) -> Burning | Refused:
    """Read `CODE because WORDS`."""
    found, tail = _question(ctx, rest, BURN)
    if isinstance(found, Refused):
        return found
    why = split_keyword(tail, "because")
    if why is None or why.before or not why.after:
        return _form(BURN)
    if found.state in USED_UP:
        return _state(found)
    return Burning(found, Prose(why.after))


def burn(ctx: Ctx, found: Burning) -> None:
    """Use a question up without an answer."""
    code = found.question.item.code
    made = ctx.pen.append(ctx.here.id, b.QuestionBurnt(code, ctx.seat.id, found.reason))
    ctx.answer("question.burnt", code=code, reason=Ref(made, "reason"))


def read_noted(ctx: Ctx, rest: str) -> Question | Refused:
    """Read the code of a question whose duress phrase this desk was told of."""
    taken = take_code(rest)
    found = ctx.case.questions.get(Code(taken.code or ""))
    if taken.code is None or taken.rest:
        return _form(NOTED)
    if found is None or not shown_at(ctx.case, found, ctx.here) or found.noted:
        return refuse("wrong.no_item", code=taken.code, verb=ctx.verb)
    return found


def noted(ctx: Ctx, found: Question) -> None:
    """Keep that duress is dealt with: the desk is told of it no more."""
    code = found.item.code
    made = ctx.pen.append(ctx.here.id, b.DuressNoted(code, ctx.seat.id))
    ctx.pen.disarm(f"{KEY}{code}:")
    ctx.answer("question.noted", code=Fact(made, code))
