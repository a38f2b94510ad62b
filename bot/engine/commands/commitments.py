"""Promises: read back, confirmed by the obligor, offered by release, accepted by the obligee.

Only the obligor's typed confirmation of the recorded wording puts a promise in force on its
side, and only the obligee's typed acceptance of the code it read makes it mutual.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain import bodies as b
from bot.domain.case import Commitment, Offer
from bot.domain.ids import Code, PartyId, Prose
from bot.domain.vocabulary import CommitmentState, CompartmentKind
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.gating import held_by_gate, passed
from bot.engine.levels import level_of_commitment, level_of_offer
from bot.engine.parsing import split_colon, split_keyword, take_code, take_word
from bot.engine.seated import party_named, speaks_for_party
from bot.engine.times import deadline
from bot.ledger.verdict import Level
from bot.policy.label import owned_by_all
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

USAGE = "!commit to PARTY by WHEN: WORDS"
AMEND = "!commit amend CODE to PARTY by WHEN: WORDS"


@dataclass(frozen=True, slots=True)
class Promise:
    """What was typed. `code` is set when an unconfirmed promise is reworded."""

    obligee: PartyId
    due: datetime
    text: Prose
    code: Code | None = None


def read_commit(ctx: Ctx, rest: str) -> Promise | Refused:
    """Read `to PARTY by WHEN: WORDS`."""
    return _promise(ctx, rest, None)


def read_amend(ctx: Ctx, rest: str) -> Promise | Refused:
    """Read `CODE to PARTY by WHEN: WORDS`."""
    taken = take_code(rest)
    found = ctx.case.commitments.get(Code(taken.code or ""))
    if found is None or found.item.compartment != ctx.here.id or not ctx.case.stands(found.item):
        return ctx.no_item(rest)
    if found.obligor != ctx.seat.party:
        return refuse("wrong.no_item", code=found.item.code, verb="commit amend")
    if found.state is not CommitmentState.READ_BACK:
        return refuse("commit.too_late", code=found.item.code)
    return _promise(ctx, taken.rest, found.item.code)


def _promise(ctx: Ctx, rest: str, code: Code | None) -> Promise | Refused:
    usage = AMEND if code else USAGE
    split = split_colon(rest)
    if split is None or not split.after.strip():
        return refuse("wrong.form", usage=usage)
    head = take_word(split.before)
    parts = split_keyword(head.rest, "by")
    if (head.found or "").casefold() != "to" or parts is None:
        return refuse("wrong.form", usage=usage)
    obligee = party_named(ctx.case, parts.before)
    if obligee is None or obligee == ctx.seat.party:
        others = sorted(ctx.case.parties.keys() - {ctx.seat.party})
        return refuse("commit.no_party", parties=", ".join(others), usage=usage)
    due = deadline(ctx, parts.after)
    if isinstance(due, Refused):
        return due
    return Promise(obligee, due, Prose(split.after.strip()), code)


def commit(ctx: Ctx, promise: Promise) -> None:
    """Record the wording and read it back; nothing is in force yet."""
    code = promise.code or ctx.pen.code()
    record = ctx.pen.append(
        ctx.here.id,
        b.CommitmentProposed(
            code,
            ctx.seat.id,
            ctx.seat.party,
            promise.obligee,
            promise.due,
            ctx.event.said_at,
            promise.text,
        ),
    )
    ctx.answer(
        "commit.read_back",
        code=code,
        obligor=PartyName(ctx.seat.party),
        obligee=PartyName(promise.obligee),
        text=Ref(record, "text"),
        due=Fact(record, promise.due),
    )


def read_confirm(ctx: Ctx, rest: str) -> Commitment | Refused:
    """Read the code of a promise of the speaker's own party."""
    taken = take_code(rest)
    found = ctx.case.commitments.get(Code(taken.code or ""))
    if found is None or not ctx.case.shows(found.item, ctx.here.id):
        return ctx.no_item(rest)
    if found.obligor != ctx.seat.party:
        return refuse("wrong.no_item", code=found.item.code, verb="confirm")
    if found.state is not CommitmentState.READ_BACK:
        return refuse("confirm.already", code=found.item.code)
    return held_by_gate(ctx, found.item) or found


def confirm(ctx: Ctx, promise: Commitment) -> None:
    """Put a promise in force on the obligor's side."""
    code = promise.item.code
    record = ctx.pen.append(ctx.here.id, b.CommitmentConfirmed(code, ctx.seat.id))
    ctx.answer(
        "confirm.done",
        code=code,
        at=Fact(record, ctx.event.at),
        obligee=PartyName(promise.obligee),
        target=_shuttle_of(ctx, promise.obligee),
    )
    for place in dict.fromkeys((ctx.here.id, promise.item.compartment)):
        ctx.pen.give_receipt(place, promise.item.record, f"commitment-{code}")
    ctx.pen.give_receipt(ctx.here.id, record, f"confirmation-{code}")


def _shuttle_of(ctx: Ctx, party: PartyId) -> str:
    """Return the compartment through which a party is offered something."""
    for _, found in sorted(ctx.case.compartments.items()):
        if found.kind is CompartmentKind.SHUTTLE and found.party == party:
            return found.id
    return "plenary"


def read_offer(ctx: Ctx, rest: str) -> Offer | Refused:
    """Read the code of an offer made to the speaker's party."""
    taken = take_code(rest)
    found = ctx.case.offers.get(Code(taken.code or ""))
    if (
        found is None
        or not ctx.case.shows(found.item, ctx.here.id)
        or found.obligee != ctx.seat.party
        or not speaks_for_party(ctx.case, ctx.seat)
    ):
        return ctx.no_item(rest)
    if found.accepted or found.refused:
        return refuse("accept.already", code=found.item.code)
    return found


def accept(ctx: Ctx, offer: Offer) -> Refused | None:
    """Accept an offer: in force on both sides, and the obligor's side is told."""
    code = offer.item.code
    source = ctx.case.commitments.get(offer.source) if offer.source else None
    standing = source is not None and ctx.case.stands(source.item)
    if source is None or not standing or source.state is not CommitmentState.CONFIRMED:
        return refuse("accept.already", code=code)
    here = ctx.pen.append(ctx.here.id, b.OfferAccepted(code, ctx.seat.id))
    there = source.item.compartment
    label = owned_by_all(frozenset({source.obligor, source.obligee}), ctx.case.readers_of(there))
    told = ctx.pen.append(
        there, b.CommitmentAccepted(source.item.code, source.obligee), label=label
    )
    ctx.answer(
        "accept.done",
        code=code,
        obligor=PartyName(offer.obligor),
        due=Fact(offer.item.record, offer.due),
    )
    ctx.pen.give_receipt(ctx.here.id, here, f"acceptance-{code}")
    if offer.item.compartment != ctx.here.id:
        ctx.pen.tell(
            offer.item.compartment,
            phrase(
                "accept.told_own",
                obligee=PartyName(offer.obligee),
                code=code,
                obligor=PartyName(offer.obligor),
                due=Fact(offer.item.record, offer.due),
            ),
        )
    ctx.pen.tell(
        there,
        phrase(
            "accept.told",
            obligee=PartyName(offer.obligee),
            code=source.item.code,
            at=Fact(told, ctx.event.at),
        ),
    )
    ctx.pen.give_receipt(there, told, f"acceptance-{source.item.code}")
    return None


def refuse_offer(ctx: Ctx, offer: Offer) -> None:
    """Refuse an offer; the obligor's side is not told until the obligee releases that."""
    ctx.pen.append(ctx.here.id, b.OfferRefused(offer.item.code, ctx.seat.id))
    ctx.answer(
        "accept.refused",
        code=offer.item.code,
        obligor=PartyName(offer.obligor),
        target=_shuttle_of(ctx, offer.obligor),
    )


def board(ctx: Ctx, _: None) -> None:
    """Show the promises this compartment may read, and who moves next."""
    here = ctx.here.id
    lines = [
        (c.due, _commitment_line(ctx, c, level_of_commitment(ctx.case, c)))
        for c in ctx.case.commitments.values()
        if ctx.case.shows(c.item, here) and c.state is not CommitmentState.WITHDRAWN
    ]
    lines += [
        (o.due, _offer_line(o, level_of_offer(ctx.case, o)))
        for o in ctx.case.offers.values()
        if ctx.case.shows(o.item, here)
    ]
    ordered = tuple(line for _, line in sorted(lines, key=lambda pair: pair[0]))
    ctx.answer("board", lines=ordered) if ordered else ctx.answer("board.empty", usage=USAGE)


def _commitment_line(ctx: Ctx, found: Commitment, level: Level) -> Phrase:
    record = found.item.record
    gates = tuple(phrase("board.gate", code=code) for code in passed(ctx.case, found.item))
    return phrase(
        "board.line",
        code=found.item.code,
        obligor=PartyName(found.obligor),
        obligee=PartyName(found.obligee),
        text=Ref(record, "text"),
        due=Fact(record, found.due),
        state=Fact(record, found.state.value),
        level=Fact(record, level.value),
        next=_next_mover(found),
        passed=phrase("board.passed", gates=gates) if gates else phrase("nothing"),
    )


def _next_mover(found: Commitment) -> Phrase:
    code = found.item.code
    match found.state:
        case CommitmentState.READ_BACK:
            return phrase("next.confirm", party=PartyName(found.obligor), code=code)
        case CommitmentState.CONFIRMED if not found.offers:
            return phrase("next.release", party=PartyName(found.obligor), code=code)
        case CommitmentState.CONFIRMED:
            return phrase("next.accept", party=PartyName(found.obligee))
        case CommitmentState.IN_FORCE:
            return phrase("next.fulfil", party=PartyName(found.obligor))
        case _:
            return phrase("nothing")


def _offer_line(offer: Offer, level: Level) -> Phrase:
    record = offer.item.record
    code = offer.item.code
    if offer.accepted:
        moves, state = phrase("next.fulfil", party=PartyName(offer.obligor)), "accepted here"
    elif offer.refused:
        moves, state = phrase("nothing"), "refused here"
    else:
        moves = phrase("next.accept_here", party=PartyName(offer.obligee), code=code)
        state = "offered here"
    return phrase(
        "board.line",
        code=code,
        obligor=PartyName(offer.obligor),
        obligee=PartyName(offer.obligee),
        text=Ref(record, "text"),
        due=Fact(record, offer.due),
        state=Fact(record, state),
        level=Fact(record, level.value),
        next=moves,
        passed=phrase("nothing"),
    )
