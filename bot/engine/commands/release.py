"""Shuttle: asking for new words in another compartment, with every owner's typed consent.

The request goes to each owner's own compartment and shows all that will be read, and under which
caveats. A pending request is invisible outside the compartments it was shown in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain import release_bodies as r
from bot.domain.case import Compartment, Item
from bot.domain.ids import Code, CompartmentId, PartyId, Prose, RecordId
from bot.domain.vocabulary import CommitmentState
from bot.engine import caveats, offering
from bot.engine.caveats import Terms
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands import tear_lines
from bot.engine.gating import held_by_gate
from bot.engine.held import names_withheld, unless_withheld
from bot.engine.parsing import split_keyword, split_quoted, take_code, take_word, unquote
from bot.engine.releasing import LAPSE
from bot.engine.seated import speaks_for_party, target_named
from bot.policy.label import Caveats, owned_by_all
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

USAGE = f'!release CODE to COMPARTMENT [as "WORDS"] {caveats.FORM}'
CONSENT_LASTS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be released where; without words of its own it is the item as recorded."""

    item: Item
    target: Compartment
    words: Prose | None
    terms: Terms

    @property
    def caveats(self) -> Caveats:
        """What will go with it: what was asked for, and what the source carries."""
        return self.terms.caveats.join(self.item.label.caveats)


def read_release(ctx: Ctx, rest: str) -> Wish | Refused:
    """Read `CODE to COMPARTMENT [as "WORDS"]` and the caveats that may follow."""
    taken = take_code(rest)
    to = take_word(taken.rest)
    if taken.code is None or (to.found or "").casefold() != "to":
        return refuse("wrong.form", usage=USAGE)
    parts = split_keyword(to.rest, "as")
    said = _words(parts.after) if parts else (None, "")
    if said is None:
        return refuse("release.quotes", usage=USAGE)
    words, tail = said
    item = ctx.item(Code(taken.code))
    place = parts.before if parts else to.rest
    target, extra = _target(ctx, place)
    gone = ctx.gone(taken.code)
    if gone is not None:
        return gone
    if item is not None and item.code in ctx.case.evidence:
        return refuse("release.evidence", code=item.code)
    if item is None or target is None or _nothing_to_release(ctx, item):
        return refuse("release.none", code=taken.code, compartment=place.strip()[:40])
    terms = caveats.read_terms(ctx, f"{extra} {tail}".strip())
    if isinstance(terms, Refused):
        return terms
    return _fit(ctx, Wish(item, target, words, terms))


def _words(typed: str) -> tuple[Prose | None, str] | None:
    """Part quoted words from what follows; None if a caveat might hide in words without quotes."""
    quoted = split_quoted(typed)
    if quoted is not None:
        words, tail = unquote(quoted.before), quoted.after
    elif caveats.mentions_any(typed):
        return None
    else:
        words, tail = typed, ""
    return (Prose(words) if words else None), tail


def _target(ctx: Ctx, typed: str) -> tuple[Compartment | None, str]:
    """Return the compartment that the first words name, and the words after its name."""
    words = typed.split()
    for count in range(len(words), 0, -1):
        found = target_named(ctx.case, " ".join(words[:count]), ctx.seat, ctx.here)
        if found is not None:
            return found, " ".join(words[count:])
    return None, ""


def _fit(ctx: Ctx, wish: Wish) -> Wish | Refused:
    """Refuse a promise that is not ready, and words that may not go there."""
    promise = ctx.case.commitments.get(wish.item.code)
    if promise is not None and promise.state is CommitmentState.READ_BACK:
        return refuse("release.unconfirmed", code=wish.item.code)
    held = held_by_gate(ctx, promise.item) if promise is not None else None
    if held is not None:
        return held
    if wish.caveats.eyes_only and wish.target.kind in caveats.SHARED_BY_MANY:
        return refuse("caveat.eyes_place", target=wish.target.id)
    return names_withheld(ctx, wish.target, wish.words or "") or wish


def _nothing_to_release(ctx: Ctx, item: Item) -> bool:
    """Tell whether nobody could consent, or an item is a key's registration: it holds no words."""
    return not item.label.owner_parties() or item.record in ctx.case.party_keys


def ask(ctx: Ctx, wish: Wish) -> Refused | None:
    """Ask every owner for consent, each in its own compartment, once the words were looked at."""
    owners = wish.item.label.owner_parties()
    asked_at = {p: _caucus(ctx, p) for p in sorted(owners)}
    readers = frozenset({ctx.here.id, *asked_at.values()})
    names = tear_lines.names_found(ctx)
    if names is None:
        words = wish.words or Ref(wish.item.record, "text")
        ctx.pen.ask_shell(tear_lines.sift(ctx, words, wish.target, readers))
        return None
    if isinstance(names, Refused):
        return names
    if not wish.words:
        unless_withheld(ctx, wish.target, Ref(wish.item.record, "text"))
    code = ctx.pen.code()
    until = ctx.event.at + CONSENT_LASTS
    if wish.caveats.until is not None:
        until = min(until, wish.caveats.until)
    source = () if wish.words else (("text", Ref(wish.item.record, "text")),)
    # Its owners must read what they are asked, whoever else may.
    kept = replace(wish.item.label.caveats, eyes_only=False, eyes=frozenset())
    record = ctx.pen.append(
        ctx.here.id,
        r.ReleaseAsked(
            code,
            wish.item.code,
            wish.target.id,
            ctx.seat.id,
            until,
            tuple(sorted(owners)),
            wish.words or Prose(""),
            replace(wish.caveats, eyes=frozenset()),
            wish.terms.held,
            names,
        ),
        label=replace(owned_by_all(owners, readers), caveats=kept),
        copy=source,
    )
    ctx.pen.arm(f"{LAPSE}{code}", until)
    if set(asked_at.values()) != {ctx.here.id}:
        ctx.answer(
            "release.asked",
            code=code,
            item=wish.item.code,
            target=wish.target.id,
            owners=_owners(ctx, wish),
            until=Fact(record, until),
            caveats=_caveats(wish, record),
            names=_names(ctx, wish, names, ctx.here.id),
        )
    for place in sorted(set(asked_at.values())):
        can = tuple(
            s.id
            for s in ctx.case.seats_in(place)
            if asked_at.get(s.party) == place
            and speaks_for_party(ctx.case, s)
            and s.id != ctx.seat.id
        )
        ctx.pen.tell(
            place,
            phrase(
                "release.request",
                code=code,
                source=_source(wish.item, place),
                target=wish.target.id,
                text=Ref(record, "text"),
                terms=_terms(ctx, wish, record, place),
                caveats=_caveats(wish, record),
                names=_names(ctx, wish, names, place),
                with_names=_with_names(_names(ctx, wish, names, place)),
                until=Fact(record, until),
            ),
            mention=can,
            urgent=True,
        )
    return None


def _names(ctx: Ctx, wish: Wish, found: tuple[RecordId, ...], place: CompartmentId) -> Phrase:
    """Say which names the words hold that the target may not read; nothing if this room may not."""
    target = wish.target.id
    known = tear_lines.shown_in(ctx.case, found, target, place)
    return phrase("release.names", names=known, target=target) if known else phrase("nothing")


def _with_names(names: Phrase) -> Phrase:
    return phrase("nothing" if names.key == "nothing" else "consent.with_names")


def _source(item: Item, place: CompartmentId) -> Phrase:
    """Name the item only where its code is known."""
    if not item.label.admits(place):
        return phrase("nothing")
    return phrase("release.source", item=item.code)


def _owners(ctx: Ctx, wish: Wish) -> tuple[Phrase, ...]:
    """Name who is waited for; not where the item was given without attribution."""
    owners = wish.item.label.owner_parties()
    if wish.item.label.caveats.unattributed and ctx.seat.party not in owners:
        return (phrase("release.its_owners"),)
    return tuple(phrase("where.owner", party=PartyName(p)) for p in sorted(owners))


def _caveats(wish: Wish, record: RecordId) -> tuple[Phrase, ...]:
    """Say what goes with it, and that a no-forward of the source ends with a consent here."""
    lines = caveats.shown(wish.caveats, record)
    if wish.item.label.caveats.no_forward:
        lines = (phrase("caveat.forwards"), *lines)
    return (*lines, phrase("caveat.held")) if wish.terms.held else lines


def _terms(ctx: Ctx, wish: Wish, request: RecordId, place: CompartmentId) -> Phrase:
    """Say what goes with the words: who consents must see all that will be read there."""
    promise = ctx.case.commitments.get(wish.item.code)
    if promise is None:
        return phrase("nothing")
    if wish.caveats.unattributed:
        return phrase("release.no_offer")
    return phrase(
        "release.terms",
        obligor=PartyName(promise.obligor),
        obligee=PartyName(promise.obligee),
        due=Fact(request, promise.due),
        goes=offering.goes_with(ctx.case, promise, request, place),
    )


def _caucus(ctx: Ctx, party: PartyId) -> CompartmentId:
    found = ctx.case.caucus_of(party)
    return found.id if found else ctx.here.id
