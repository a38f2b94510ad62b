"""Shuttle: new words in another compartment, only with every owner's typed consent.

The new item carries a new code and nothing of its source. A refusal and a pending request
are invisible outside the compartments where they were typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain import bodies as b
from bot.domain.case import Commitment, Compartment, Item, ReleaseRequest
from bot.domain.ids import Code, CompartmentId, PartyId, Prose, RecordId, SeatId
from bot.domain.vocabulary import CommitmentState
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.gating import held_by_gate
from bot.engine.held import names_withheld, unless_withheld
from bot.engine.parsing import split_keyword, take_code, take_word, unquote
from bot.engine.seated import speaks_for_party, target_named
from bot.policy.label import owned_by_all
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

USAGE = '!release CODE to COMPARTMENT as "WORDS"'
CONSENT_LASTS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be released where; without words of its own it is the item as recorded."""

    item: Item
    target: Compartment
    words: Prose | None


def read_release(ctx: Ctx, rest: str) -> Wish | Refused:
    """Read `CODE to COMPARTMENT [as "WORDS"]`."""
    taken = take_code(rest)
    to = take_word(taken.rest)
    if taken.code is None or (to.found or "").casefold() != "to":
        return refuse("wrong.form", usage=USAGE)
    parts = split_keyword(to.rest, "as")
    place, words = (parts.before, unquote(parts.after)) if parts else (to.rest, None)
    item = ctx.item(Code(taken.code))
    target = target_named(ctx.case, place, ctx.seat, ctx.here)
    gone = ctx.gone(taken.code)
    if gone is not None:
        return gone
    if item is not None and item.code in ctx.case.evidence:
        return refuse("release.evidence", code=item.code)
    if item is None or target is None or _nothing_to_release(ctx, item):
        return refuse("release.none", code=taken.code, compartment=place.strip()[:40])
    promise = ctx.case.commitments.get(item.code)
    if promise is not None and promise.state is CommitmentState.READ_BACK:
        return refuse("release.unconfirmed", code=item.code)
    held = held_by_gate(ctx, promise.item) if promise is not None else None
    if held is not None:
        return held
    return names_withheld(ctx, target, words or "") or Wish(
        item, target, Prose(words) if words else None
    )


def _nothing_to_release(ctx: Ctx, item: Item) -> bool:
    """Tell whether nobody could consent, or an item is a key's registration: it holds no words."""
    return not item.label.owner_parties() or item.record in ctx.case.party_keys


def ask(ctx: Ctx, wish: Wish) -> None:
    """Ask every owner for consent, each in its own compartment."""
    if not wish.words:
        unless_withheld(ctx, wish.target, Ref(wish.item.record, "text"))
    owners = wish.item.label.owner_parties()
    asked_at = {p: _caucus(ctx, p) for p in sorted(owners)}
    readers = frozenset({ctx.here.id, *asked_at.values()})
    code = ctx.pen.code()
    until = ctx.event.at + CONSENT_LASTS
    source = () if wish.words else (("text", Ref(wish.item.record, "text")),)
    record = ctx.pen.append(
        ctx.here.id,
        b.ReleaseAsked(
            code,
            wish.item.code,
            wish.target.id,
            ctx.seat.id,
            until,
            tuple(sorted(owners)),
            wish.words or Prose(""),
        ),
        label=owned_by_all(owners, readers),
        copy=source,
    )
    if set(asked_at.values()) != {ctx.here.id}:
        ctx.answer(
            "release.asked",
            code=code,
            item=wish.item.code,
            target=wish.target.id,
            owners=tuple(phrase("where.owner", party=PartyName(p)) for p in asked_at),
            until=Fact(record, until),
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
                terms=_terms(ctx, wish.item, record),
                until=Fact(record, until),
            ),
            mention=can,
            urgent=True,
        )


def _source(item: Item, place: CompartmentId) -> Phrase:
    """Name the item only where its code is known."""
    if not item.label.admits(place):
        return phrase("nothing")
    return phrase("release.source", item=item.code)


def _terms(ctx: Ctx, item: Item, request: RecordId) -> Phrase:
    """Say what goes with the words: who consents must see all that will be read there."""
    promise = ctx.case.commitments.get(item.code)
    if promise is None:
        return phrase("nothing")
    return phrase(
        "release.terms",
        obligor=PartyName(promise.obligor),
        obligee=PartyName(promise.obligee),
        due=Fact(request, promise.due),
    )


def read_request(ctx: Ctx, rest: str) -> ReleaseRequest | Refused:
    """Read the code of a request that waits for the speaker's party, here.

    One that another owner refused reads as if it still waited, until it expires: a refusal is
    seen by nobody outside the party that refused.
    """
    taken = take_code(rest)
    found = ctx.case.requests.get(Code(taken.code or ""))
    if (
        found is None
        or ctx.seat.party not in found.owners
        or not found.label.admits(ctx.here.id)
        or not speaks_for_party(ctx.case, ctx.seat)
    ):
        return refuse("wrong.no_item", code=taken.code or rest.strip()[:16], verb=ctx.verb)
    answered = ctx.seat.party in found.consents or found.released_as is not None
    answered = answered or not _lasts(ctx, found)
    answered = answered or (found.refused and found.owners == {ctx.seat.party})
    if answered or found.until < ctx.event.at:
        return refuse("consent.closed", code=found.code)
    return found


def _lasts(ctx: Ctx, request: ReleaseRequest) -> bool:
    """Tell whether neither the words that were asked for nor their source were erased."""
    return ctx.case.stands(request) and ctx.case.stands(ctx.case.items[request.item])


def consent(ctx: Ctx, request: ReleaseRequest) -> Refused | None:
    """Give a party's consent; with the last one, the new item is made."""
    alone = [
        s
        for s in ctx.case.seats_in(ctx.here.id)
        if s.party == ctx.seat.party and speaks_for_party(ctx.case, s) and s.verified
    ]
    asked_by = ctx.case.seats.get(request.by)
    own = asked_by is not None and asked_by.user == ctx.seat.user
    if own and any(s.user != ctx.seat.user for s in alone):
        return refuse("consent.own", code=request.code)
    promise = ctx.case.commitments.get(request.item)
    held = held_by_gate(ctx, promise.item) if promise is not None else None
    if held is not None:
        return held
    target = ctx.case.compartments[request.target]
    unless_withheld(ctx, target, Ref(request.record, "text"))
    ctx.pen.append(
        ctx.here.id,
        b.ConsentGiven(request.code, ctx.seat.party, ctx.seat.id),
        label=request.label,
    )
    now = ctx.case.requests[request.code]
    if now.refused or now.waits_for():
        ctx.answer("consent.waits", code=request.code)
        return None
    _release(ctx, request)
    ctx.answer("consent.done", code=request.code, target=request.target)
    if request.asked_in != ctx.here.id:
        ctx.pen.tell(
            request.asked_in,
            phrase("release.done", item=request.item, target=request.target),
        )
    return None


def _release(ctx: Ctx, request: ReleaseRequest) -> None:
    promise = ctx.case.commitments.get(request.item)
    code = ctx.pen.code()
    label = owned_by_all(request.owners, ctx.case.readers_of(request.target))
    record = ctx.pen.append(
        request.target,
        b.ItemReleased(
            code,
            Prose(""),
            promise.obligor if promise else None,
            promise.obligee if promise else None,
            promise.due if promise else None,
        ),
        label=label,
        copy=(("text", Ref(request.record, "text")),),
    )
    ctx.pen.append(request.asked_in, b.ReleaseDone(request.code, code), label=request.label)
    if promise is None:
        said = phrase("release.item", code=code, text=Ref(record, "text"))
    else:
        said = phrase(
            "release.offer",
            code=code,
            obligor=PartyName(promise.obligor),
            text=Ref(record, "text"),
            due=Fact(record, promise.due),
        )
    ctx.pen.tell(request.target, said, mention=_deciders(ctx, request.target, promise))
    ctx.pen.give_receipt(request.target, record, f"item-{code}")


def _deciders(ctx: Ctx, target: CompartmentId, promise: Commitment | None) -> tuple[SeatId, ...]:
    if promise is None:
        return ()
    return tuple(
        s.id
        for s in ctx.case.seats_in(target)
        if s.party == promise.obligee and speaks_for_party(ctx.case, s)
    )


def refuse_request(ctx: Ctx, request: ReleaseRequest) -> None:
    """Refuse for a party. Nobody outside is told, not even who asked: it just never happens."""
    ctx.pen.append(
        ctx.here.id,
        b.ConsentRefused(request.code, ctx.seat.party, ctx.seat.id),
        label=request.label,
    )
    ctx.answer("consent.refused", code=request.code)


def _caucus(ctx: Ctx, party: PartyId) -> CompartmentId:
    found = ctx.case.caucus_of(party)
    return found.id if found else ctx.here.id
