"""Reports: a sign of life by words, by reply to a message, or with a file; each is evidence.

A file is fetched and looked at by the shell before anything is decided; what cannot be read is
refused, and nothing of it is kept. Refuses a file that came unencrypted, and a grade that is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.digest.assessing import graded
from bot.digest.compose import PROOF, due_of, needs_proof
from bot.domain import bodies as b
from bot.domain.case import Watch
from bot.domain.evidence import INFORMATION, SOURCES
from bot.domain.ids import Code, Prose, RecordId
from bot.domain.vocabulary import PartyKind, Strength
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.record import VAULT
from bot.engine.commands.watches import watch_here
from bot.engine.effects import Fetch
from bot.engine.events import FileRead, FileRefused
from bot.engine.met import met, next_due
from bot.engine.parsing import split_colon
from bot.words.phrase import Phrase, Ref, SeatName, phrase

REPORT = "!report CODE visit|call|question|media|sighting|assertion [source A-F] [info 1-6]: WORDS"
STRENGTHS = {
    "visit": Strength.LIVE,
    "call": Strength.LIVE,
    "question": Strength.QUESTION,
    "media": Strength.MEDIA,
    "sighting": Strength.SIGHTING,
    "assertion": Strength.ASSERTION,
}
NOTHING = phrase("nothing")


@dataclass(frozen=True, slots=True)
class Report:
    """A sign of life received: how strong, in whose words, graded how, with which file."""

    watch: Watch
    strength: Strength
    text: Prose
    source: str = ""
    info: str = ""
    file: FileRead | None = None


def read_report(ctx: Ctx, rest: str) -> Report | Refused:
    """Read `CODE STRENGTH [source A-F] [info 1-6]: WORDS`; a message replied to gives words too."""
    watch, rest = watch_here(ctx, rest)
    if isinstance(watch, Refused):
        return watch
    split = split_colon(rest)
    word, *grades = (split.before if split else rest).casefold().split() or [""]
    text = (split.after.strip() if split else "") or _quoted(ctx)
    if isinstance(text, Refused):
        return text
    if word not in STRENGTHS or not text:
        return refuse("report.form", usage=REPORT)
    read = read_grades(grades)
    if read is None:
        return refuse("report.grades", usage=REPORT)
    if STRENGTHS[word] is Strength.LIVE and not _neutral(ctx):
        return refuse("report.not_neutral", code=watch.item.code, word=word)
    return Report(watch, STRENGTHS[word], Prose(text), *read)


def _quoted(ctx: Ctx) -> str | Refused:
    """Return the words of the message replied to, if somebody seated typed them here."""
    if not ctx.event.quoted_text or not ctx.event.quoted_by:
        return ""
    if VAULT.search(ctx.event.quoted_text):
        return refuse("question.not_recorded")
    return ctx.event.quoted_text.strip()


def read_grades(words: list[str]) -> tuple[str, str] | None:
    """Read `source X` and `info N` in any order, each once at most."""
    found: dict[str, str] = {}
    allowed = {"source": SOURCES.lower(), "info": INFORMATION}
    if len(words) % 2:
        return None
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name in found or len(value) != 1 or value not in allowed.get(name, ""):
            return None
        found[name] = value.upper()
    return found.get("source", ""), found.get("info", "")


def _neutral(ctx: Ctx) -> bool:
    """A side's own word that it called or visited is that side's assertion, no more."""
    kind = ctx.case.parties[ctx.seat.party].kind
    return kind in (PartyKind.INTERMEDIARY, PartyKind.HUMANITARIAN)


def report(ctx: Ctx, found: Report) -> Refused | None:
    """Keep a report, once the shell has read its file, if it has one."""
    offered = ctx.event.file
    if offered is None:
        keep(ctx, found)
        return None
    if not offered.sealed:
        return refuse("report.file_in_clear")
    if offered.by is None:
        return refuse("report.file_of_nobody")
    match ctx.event.fetched:
        case None:
            ctx.pen.ask_shell(Fetch())
            return None
        case FileRefused(key, args):
            return refuse("report.file_refused", why=phrase(key, **dict(args)))
        case FileRead() as read:
            keep(ctx, replace(found, file=read))
            return None


def keep(ctx: Ctx, found: Report) -> None:
    """Keep a report; if it is strong enough, the check is satisfied and the next one armed."""
    watch = found.watch
    code = watch.item.code
    counts = not needs_proof(watch.kind) or found.strength in PROOF
    if not counts:
        made = ctx.pen.append(
            ctx.here.id, b.ReportTooWeak(code, ctx.seat.id, found.strength, found.text)
        )
        note = _as_evidence(ctx, found, made)
        ctx.answer(
            "report.too_weak",
            code=code,
            strength=found.strength.value,
            text=Ref(made, "text"),
            evidence=note,
        )
        return
    due = next_due(watch, ctx.event.at)
    made = ctx.pen.append(
        ctx.here.id,
        b.WatchSatisfied(
            code,
            ctx.seat.id,
            watch.occurrence,
            found.strength,
            due,
            found.text,
        ),
    )
    note = _as_evidence(ctx, found, made)
    met(ctx.pen, code)
    ctx.answer(
        "report.done",
        code=code,
        kind=watch.kind.value,
        person=Ref(watch.item.record, "person"),
        strength=found.strength.value,
        text=Ref(made, "text"),
        next=due_of(ctx.case.watches[code]),
        evidence=note,
    )
    ctx.pen.give_receipt(ctx.here.id, made, f"verdict-{code}")


def _as_evidence(ctx: Ctx, found: Report, made: RecordId) -> Phrase:
    """Give a report a code of its own, seal its file with that record; what is said of it."""
    code, file = ctx.pen.code(), found.file
    offered = ctx.event.file if file is not None else None
    record = ctx.pen.append(
        ctx.here.id,
        b.EvidenceGiven(
            code,
            found.watch.item.code,
            ctx.seat.id,
            made,
            found.strength,
            found.watch.occurrence,
            grade=found.source + found.info,
            kind=file.kind if file else "",
            cleanable=file.cleanable if file else False,
            sent_by=offered.by if offered else None,
            sha256=Prose(file.sha256 if file else ""),
            size=Prose(str(file.size) if file else ""),
        ),
        copy=(("person", Ref(found.watch.item.record, "person")),),
    )
    said: Phrase = NOTHING
    if file is not None and offered is not None and offered.by is not None:
        ctx.pen.keep_file(record)
        said = phrase(
            "report.file",
            kind=file.kind,
            size=Ref(record, "size"),
            sha256=Ref(record, "sha256"),
            by=SeatName(offered.by),
            show=_how_to_show(code) if file.cleanable else phrase("report.file_stays"),
        )
        ctx.pen.give_receipt(ctx.here.id, record, f"evidence-{code}")
    return phrase("report.evidence", code=code, grades=graded(found.source, found.info), file=said)


def _how_to_show(code: Code) -> Phrase:
    return phrase("report.file_show", code=code)
