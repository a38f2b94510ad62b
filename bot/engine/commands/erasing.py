"""Erasure by command: what is destroyed, after two mediators agreed, and who is told.

Refuses words anywhere but after `because`: the rest of the line stays on record for ever. It
refuses to silence an alarm unseen, and to say more of an item than who asks may read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.domain import bodies as b
from bot.domain.case import Item, ReleaseRequest
from bot.domain.ids import Code, CompartmentId, Prose, RecordId
from bot.domain.vocabulary import ErasureKind, WatchState
from bot.engine.command import Ctx, Kept, Refused, refuse
from bot.engine.effects import Erase
from bot.engine.ladder import forget
from bot.engine.parsing import Taken, split_keyword, take_code, take_word, unquote
from bot.engine.seated import compartment_named
from bot.words.phrase import Fact, Phrase, Ref, phrase

CODE = "!erase CODE because WORDS"
PERSON = '!erase person H-TEAL because WORDS named "NAME, NAME"'
COMPARTMENT = "!erase compartment ID because WORDS"
USAGE = '!erase CODE|person H-TEAL|compartment ID because WORDS [named "NAME, NAME"]'

_CODE_NAME = re.compile(r"[A-Z]-[A-Z0-9]{2,20}", re.ASCII)
_QUOTED = re.compile(r"""["\u201c\u201e\u00ab'\u2018].*["\u201c\u201d\u00bb'\u2019]""")
_COMMA = re.compile("[,;\u060c\u061b\u3001]")
_LEAST_NAME = 2
_LEAST_WORD = 3
"""Shorter words of a name (Lt., al) say nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A line in its three parts: whom or what it is about, why, and true names."""

    about: str
    reason: str
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be erased. `item` is set for a single code, `compartment` for a whole one."""

    kind: ErasureKind
    what: str
    item: Item | ReleaseRequest | None = None
    compartment: CompartmentId | None = None


def _typed(rest: str) -> Typed | None:
    """Part a line of one line; None if `because` is missing, or names are not in quotes."""
    because = split_keyword(rest, "because")
    if because is None or len(rest.splitlines()) > 1:
        return None
    about = " ".join(because.before.split())
    named = split_keyword(because.after, "named") if _about_person(about).found else None
    if named is None:
        return Typed(about, because.after, None)
    if not _QUOTED.fullmatch(named.after):
        return None
    names = (name.strip() for name in _COMMA.split(unquote(named.after)))
    return Typed(about, named.before, tuple(name for name in names if name))


def _about_person(about: str) -> Taken:
    word = take_word(about)
    return take_word(word.rest) if (word.found or "").casefold() == "person" else Taken(None, "")


def keep_words(rest: str) -> Kept:
    """Keep everything after `because` as prose: the reason, and the names apart from it."""
    typed = _typed(rest)
    if typed is None:
        raise ValueError("only a line that was read is kept")
    return Kept(f"{typed.about} because", Prose(typed.reason), Prose(", ".join(typed.names or ())))


def read_erase(ctx: Ctx, rest: str) -> Wish | Refused:
    """Read a line; a line that was approved comes without its words."""
    typed = _typed(rest)
    if typed is None:
        return _form()
    asking = ctx.approval is None
    if asking and not typed.reason:
        return _form()
    word = take_word(typed.about)
    match (word.found or "").casefold():
        case "person":
            return _person(typed)
        case "compartment":
            return _compartment(ctx, word.rest)
        case _:
            return _item(ctx, typed.about)


def _form() -> Refused:
    usages = tuple(phrase("help.example", line=line) for line in (CODE, PERSON, COMPARTMENT))
    return refuse("erase.form", usages=usages)


def _person(typed: Typed) -> Wish | Refused:
    word = _about_person(typed.about)
    what = (word.found or "").upper()
    # What stands here can never be erased: it must not be anybody's name.
    if word.rest or not _CODE_NAME.fullmatch(what):
        return refuse("erase.code_name", usage=PERSON)
    if typed.names is not None and not (typed.names and all(map(_long_enough, typed.names))):
        return refuse("erase.names", usage=PERSON)
    names = {part for name in typed.names or () for part in _parts(name)}
    spoken = _parts(typed.reason)
    told = {part for part in names if len(part) >= _LEAST_WORD or len(names) == 1}
    if told & set(spoken) or _next_to(_parts(what), spoken):
        return refuse("erase.reason_names")
    return Wish(ErasureKind.PERSON, what)


def _long_enough(name: str) -> bool:
    return sum(map(len, _parts(name))) >= _LEAST_NAME


def _parts(text: str) -> list[str]:
    """Return the words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))


def _next_to(words: list[str], spoken: list[str]) -> bool:
    size = len(words)
    return any(spoken[n : n + size] == words for n in range(len(spoken) - size + 1))


def _compartment(ctx: Ctx, typed: str) -> Wish | Refused:
    found = compartment_named(ctx.case, typed)
    if found is None:
        return refuse("seat.no_compartment", compartment=typed[:40])
    if any(
        w.item.compartment == found.id and _alarming(ctx, w.item.code)
        for w in ctx.case.watches.values()
    ):
        return refuse("erase.watch_due", compartment=found.id)
    return Wish(ErasureKind.COMPARTMENT, found.id, compartment=found.id)


def _item(ctx: Ctx, typed: str) -> Wish | Refused:
    taken = take_code(typed)
    if taken.code is None or taken.rest:
        return _form()
    code = Code(taken.code)
    found = ctx.case.items.get(code) or ctx.case.requests.get(code)
    if found is None or code not in ctx.case.words or not _may_read(ctx, found):
        return refuse("wrong.no_item", code=code, verb="erase")
    if not ctx.case.stands(found):
        return refuse("erase.gone", code=code)
    if isinstance(found, Item) and _alarming(ctx, code):
        return refuse("erase.watch_due", compartment=found.compartment)
    return Wish(ErasureKind.RECORD, code, found)


def _may_read(ctx: Ctx, found: Item | ReleaseRequest) -> bool:
    """Tell whether the desk may read it, or who asks does so where that person sits."""
    places = ctx.case.compartments.values()
    seated = {c.id for c in places if ctx.seat.id in c.seats} | {ctx.here.id}
    return any(found.label.admits(place) for place in seated)


def _alarming(ctx: Ctx, code: Code) -> bool:
    """Tell whether a watch is due and nobody has reported."""
    watch = ctx.case.watches.get(code)
    if watch is None or not ctx.case.stands(watch.item):
        return False
    if watch.state is WatchState.ENDED or (watch.state is WatchState.SUSPENDED and not watch.level):
        return False
    overdue = watch.state is not WatchState.SCHEDULED
    return overdue or watch.occurrence <= ctx.event.at


def warn(ctx: Ctx, wish: Wish) -> Phrase:
    """Say what the second person should know; codes of copies only as far as the desk may."""
    codes = [
        Fact(request.record, code)
        for _, request in sorted(ctx.case.requests.items())
        if request.item == wish.what and request.label.admits(ctx.here.id)
        for code in (request.code, request.released_as)
        if code is not None and code != wish.what
    ]
    listed = tuple(phrase("erase.code", code=code) for code in codes)
    copies = phrase("erase.copies", codes=listed) if listed else phrase("nothing")
    return phrase(f"erase.warn_{wish.kind.value}", what=wish.what, copies=copies)


def erase(ctx: Ctx, wish: Wish) -> None:
    """Put the erasure on record, have the words destroyed, and tell who could read them."""
    if ctx.approval is None or ctx.approver is None:
        raise TypeError("an erasure takes two people")
    asked = ctx.approval.record
    by = ctx.pen.append(
        ctx.here.id,
        b.Erased(wish.kind, wish.what, ctx.seat.id, ctx.approver.id, (), Prose("")),
        copy=(("reason", Ref(asked, "quoted")),),
    )
    about: tuple[RecordId, ...] = ()
    if wish.item is not None:
        about = ctx.case.words[wish.item.code]
    person = wish.kind is ErasureKind.PERSON
    also = Ref(asked, "names") if person else None
    ctx.pen.erase(Erase(by, wish.kind, wish.what, about, wish.compartment, also))
    for code, watch in sorted(ctx.case.watches.items()):
        if code == wish.what or watch.item.compartment == wish.compartment:
            forget(ctx.pen, code)
    ctx.answer(f"erase.done_{wish.kind.value}", what=wish.what)
    ctx.pen.give_receipt(ctx.here.id, by, f"erasure-{wish.what}")
    _tell(ctx, wish)


def _tell(ctx: Ctx, wish: Wish) -> None:
    if wish.compartment is not None and wish.compartment != ctx.here.id:
        ctx.pen.tell(wish.compartment, phrase("erase.told_compartment"))
    if wish.item is None:
        return
    said = phrase("erase.told_item", code=Fact(wish.item.record, wish.item.code))
    for place in sorted(ctx.case.compartments):
        if place != ctx.here.id and wish.item.label.admits(place):
            ctx.pen.tell(place, said)
