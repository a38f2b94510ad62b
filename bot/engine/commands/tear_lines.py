"""Tear lines proposed, names protected, and names found in words that are to be released.

The bot proposes and people decide: a proposal is read in the room that asked for it and nowhere
else until somebody releases it, as it is or edited. Refuses to tell a room of a protected name that
it may not read: the words are treated as if it were none.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import release_bodies as r
from bot.domain.case import Case, Compartment, Item
from bot.domain.ids import Code, CompartmentId, Prose, RecordId
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.effects import Propose, Sift
from bot.engine.events import Proposed, Sifted
from bot.engine.parsing import split_quoted, take_code, take_word, unquote
from bot.engine.protected import Kept, Name, kept_as_known_in, kept_from, names_of
from bot.engine.seated import target_named
from bot.policy.label import Label
from bot.words.phrase import Phrase, Ref, phrase

TEAR = "!tear CODE for COMPARTMENT"
PROTECT = '!protect [place] "NAME"'


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose words are to be masked, and for whom."""

    item: Item
    target: Compartment


def read_tear(ctx: Ctx, rest: str) -> Wish | Refused:
    """Read `CODE for COMPARTMENT`."""
    taken = take_code(rest)
    word = take_word(taken.rest)
    if taken.code is None or (word.found or "").casefold() != "for" or not word.rest:
        return refuse("wrong.form", usage=TEAR)
    item = ctx.item(Code(taken.code))
    target = target_named(ctx.case, word.rest, ctx.seat, ctx.here)
    gone = ctx.gone(taken.code)
    if gone is not None:
        return gone
    if item is None or target is None or not holds_words(ctx.case, item):
        return refuse("release.none", code=taken.code, compartment=word.rest.strip()[:40])
    return Wish(item, target)


def holds_words(case: Case, item: Item) -> bool:
    """Tell whether an item is words that somebody said, not a check, a question or a key."""
    others = (case.evidence, case.watches, case.questions, case.assessments)
    return not any(item.code in other for other in others) and item.record not in case.party_keys


def tear(ctx: Ctx, wish: Wish) -> Refused | None:
    """Propose a tear line, once the shell has masked the words; it is recorded, and sent nowhere."""
    found = ctx.event.sifted
    here, target = ctx.here.id, wish.target.id
    if found is None:
        kept = kept_as_known_in(ctx.case, target, frozenset({here}))
        table = [record for room, to, record in ctx.case.tear_lines if (room, to) == (here, target)]
        ctx.pen.ask_shell(
            Propose(
                Ref(wish.item.record, "text"),
                *_spelled(kept),
                f"{ctx.case.id} {here} {target}",
                Ref(table[0], "numbers") if table else None,
                ctx.case.places,
            )
        )
        return None
    if not isinstance(found, Proposed):
        return refuse("tear.failed", code=wish.item.code)
    code = ctx.pen.code()
    source = wish.item.label
    owners = frozenset((party, readers & {here}) for party, readers in source.owners)
    body = r.TearLineProposed(
        code, wish.item.code, target, ctx.seat.id, Prose(found.text), Prose(found.numbers)
    )
    record = ctx.pen.append(here, body, label=Label(owners, source.caveats))
    counted = tuple(phrase("tear.replaced", kind=kind, count=n) for kind, n in found.replaced)
    ctx.answer(
        "tear.proposed",
        code=code,
        item=wish.item.code,
        target=target,
        text=Ref(record, "text"),
        replaced=counted or (phrase("tear.nothing"),),
    )
    return None


def _spelled(
    kept: Kept,
) -> tuple[tuple[tuple[RecordId, Ref | str], ...], tuple[Ref | str, ...]]:
    names = tuple((one.record, one.spelling) for one in kept.names)
    return names, tuple(one.spelling for one in kept.known)


def sift(ctx: Ctx, words: Ref | str, target: Compartment, places: frozenset[CompartmentId]) -> Sift:
    """Return the wish to look for names that these rooms may read and the target may not."""
    return Sift(words, *_spelled(kept_as_known_in(ctx.case, target.id, places)))


def names_found(ctx: Ctx) -> tuple[RecordId, ...] | Refused | None:
    """Return what the shell found in the words; None if it was not asked yet."""
    match ctx.event.sifted:
        case None:
            return None
        case Sifted(found) if found is not None:
            return found
        case _:
            return refuse("names.failed")


def shown_in(
    case: Case, names: tuple[RecordId, ...], target: CompartmentId, place: CompartmentId
) -> tuple[Phrase, ...]:
    """Return those of some names that a room may be told of, each once."""
    found: dict[object, Name] = {}
    for name in kept_from(case, target).names:
        if name.record in names and name.label.admits(place):
            found.setdefault(name.shown if isinstance(name.spelling, Ref) else name.spelling, name)
    return tuple(phrase("names.name", name=name.shown) for name in found.values())


@dataclass(frozen=True, slots=True)
class Protection:
    """A name to protect, as typed."""

    name: Prose
    place: bool


def read_protect(_: Ctx, rest: str) -> Protection | Refused:
    """Read a name in quotes, behind `place` where it is one's."""
    first = take_word(rest)
    place = (first.found or "").casefold() == "place"
    rest = first.rest if place else rest
    quoted = split_quoted(rest)
    if quoted is None or quoted.after or len(unquote(quoted.before)) < 2:
        return refuse("wrong.form", usage=PROTECT)
    return Protection(Prose(unquote(quoted.before)), place)


def protect(ctx: Ctx, wish: Protection) -> None:
    """Keep a name from everybody who may not read this room's records."""
    code = ctx.pen.code()
    record = ctx.pen.append(ctx.here.id, r.NameProtected(code, ctx.seat.id, wish.name, wish.place))
    ctx.answer("protect.done", code=code, name=Ref(record, "name"))


def list_protected(ctx: Ctx, _: None) -> None:
    """Show the names that were asked to be protected, as far as this room may read them."""
    own = {item.record: item for item in ctx.case.protected}
    lines = tuple(
        phrase("protect.line", code=own[one.record].code, name=one.shown)
        for one in names_of(ctx.case)
        if one.record in own and one.label.admits(ctx.here.id)
    )
    if lines:
        ctx.answer("protect.list", lines=lines)
    else:
        ctx.answer("protect.none", usage=PROTECT)
