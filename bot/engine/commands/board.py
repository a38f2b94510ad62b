"""The board: promises of this room, who moves next, what is stuck, and who gave how much.

Made of what the room may read. A promise that a room reads twice is one row where the room's own
party released it, and two where nothing tells the room that they are one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import board as b
from bot.domain.bodies import PromisesPaired
from bot.domain.case import Commitment, Offer
from bot.domain.fold_commitment import promise_of
from bot.domain.ids import Code, PartyId
from bot.domain.promise_states import CLAIMED, ENDED, OPEN, Happening
from bot.domain.terms import NOBODY_PARTY
from bot.domain.vocabulary import CommitmentState as S
from bot.domain.when_recurring import NEVER
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.commitments import USAGE
from bot.engine.gating import passed
from bot.engine.levels import level_of
from bot.engine.parsing import take_code, take_word
from bot.engine.promise_words import condition_said, conditions_of, due_said, root_of, state_said
from bot.engine.promising import kept
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

PAIR = "!pair CODE with CODE"
NOTHING = phrase("nothing")
OVER = timedelta(days=7)
"""So long what lapsed or was superseded stays on the board."""


def promises_here(ctx: Ctx) -> dict[Code, Commitment | Offer]:
    """Return the promises of this room's board by the code that it reads them under."""
    case, here = ctx.case, ctx.here
    found: dict[Code, Commitment | Offer] = {
        code: promise
        for code, promise in case.commitments.items()
        if case.shows(promise.item, here.id)
    }
    for code, offer in case.offers.items():
        own = here.party == offer.obligor and offer.source in found
        if case.shows(offer.item, here.id) and not own:
            found[code] = offer
    return {code: promise for code, promise in found.items() if not _gone(promise, ctx.event.at)}


def _gone(found: Commitment | Offer, now: datetime) -> bool:
    """Tell whether a promise is off the board: taken back, or over for a while."""
    over = found.state in ENDED and bool(found.story) and now - found.story[-1].at > OVER
    return over or found.state is S.WITHDRAWN


def entries(ctx: Ctx, found: dict[Code, Commitment | Offer]) -> dict[Code, b.Entry]:
    """Return the same as the board reckons with them."""
    known = {root_of(ctx.case, code): code for code in found}
    made = {}
    for code, promise in found.items():
        roots = (
            root_of(ctx.case, condition.promise)
            for condition in conditions_of(ctx.case, promise)
            if condition.promise
        )
        made[code] = b.Entry(
            code,
            promise.obligor,
            promise.obligee,
            promise.due,
            promise.state,
            tuple(known[root] for root in roots if root in known),
            kept(promise),
        )
    return made


def show(ctx: Ctx, _: None) -> None:
    """Show the promises this compartment may read, and who moves next."""
    found = promises_here(ctx)
    if not found:
        ctx.answer("board.empty", usage=USAGE)
        return
    board = entries(ctx, found)
    rows = tuple(
        _row(ctx, found[entry.code], b.slack(board, entry.code, ctx.event.at))
        for entry in sorted(board.values(), key=b.order)
    )
    ctx.answer(
        "board",
        rows=rows,
        locks=tuple(_lock(ctx, found, ring) for ring in b.dead_locks(board)),
        hopeless=tuple(
            phrase("board.hopeless", code=_code(found[one]), other=_code(found[other]))
            for one, other in b.hopeless(board)
        ),
        pairs=tuple(_pairs(ctx, found)),
        balances=tuple(_balance(balance) for balance in b.balances(board)),
    )


def _code(found: Commitment | Offer) -> Fact:
    return Fact(found.item.record, found.item.code)


def _row(ctx: Ctx, found: Commitment | Offer, spare: timedelta | None) -> Phrase:
    record = found.item.record
    level = level_of(ctx.case, found.item.code)
    gates = tuple(phrase("board.gate", code=code) for code in passed(ctx.case, found.item))
    return phrase(
        "board.row",
        code=_code(found),
        obligor=PartyName(found.obligor),
        obligee=PartyName(found.obligee),
        text=Ref(record, "text"),
        due=due_said(found),
        left=_left(found, ctx.event.at),
        slack=NOTHING if spare is None else _slack(found, spare),
        state=_state(found),
        level=Fact(record, level.value if level else ""),
        next=_next(ctx, found),
        passed=phrase("board.passed", gates=gates) if gates else NOTHING,
    )


def _state(found: Commitment | Offer) -> Phrase:
    if isinstance(found, Offer) and found.state is S.CONFIRMED:
        return phrase("promise.state.refused" if found.refused else "promise.state.offered")
    date = NOTHING if found.date_agreed or found.state not in OPEN else phrase("board.no_date")
    return phrase("board.state", state=state_said(found), date=date)


def _left(found: Commitment | Offer, now: datetime) -> Phrase:
    if found.due >= NEVER or found.state in (*CLAIMED, S.LAPSED, S.SUPERSEDED, S.BROKEN):
        return NOTHING
    length = Fact(found.item.record, abs(found.due - now))
    return phrase("board.left" if found.due > now else "board.over", length=length)


def _slack(found: Commitment | Offer, spare: timedelta) -> Phrase:
    length = Fact(found.item.record, abs(spare))
    return phrase("board.slack" if spare >= timedelta(0) else "board.behind", length=length)


def _next(ctx: Ctx, found: Commitment | Offer) -> Phrase:
    code, obligor, obligee = found.item.code, PartyName(found.obligor), PartyName(found.obligee)
    if found.ending is not None and found.story[-1] is found.ending:
        mover = found.obligee if found.ending.party == found.obligor else found.obligor
        if not _sits_here(ctx, mover):
            return phrase("next.agree_there", party=PartyName(mover))
        return phrase("next.agree", party=PartyName(mover), code=code)
    unjudged = found.terms.verifier != NOBODY_PARTY and found.verdict is None
    match found.state:
        case S.READ_BACK:
            return phrase("next.confirm", party=obligor, code=code)
        case S.CONFIRMED if isinstance(found, Commitment):
            if found.offers:
                return phrase("next.accept", party=obligee)
            return phrase("next.release", party=obligor, code=code)
        case S.CONFIRMED if isinstance(found, Offer):
            return (
                NOTHING if found.refused else phrase("next.accept_here", party=obligee, code=code)
            )
        case S.ACCEPTED:
            return phrase(
                "next.waits",
                condition=condition_said(ctx.case, found, ctx.here.id, found.item.record),
            )
        case S.IN_FORCE | S.DUE | S.LATE:
            return phrase("next.fulfil", party=obligor)
        case S.PARTIAL:
            return phrase("next.rest", party=obligor)
        case S.MINIMUM | S.FULFILLED if unjudged:
            return phrase("next.verdict", party=PartyName(found.terms.verifier))
        case S.DISPUTED:
            return _next_of_dispute(ctx, found)
        case _:
            return NOTHING


def _sits_here(ctx: Ctx, party: PartyId) -> bool:
    """Tell whether somebody of a party sits here, and so knows the codes of this room."""
    return any(seat.party == party for seat in ctx.case.seats_in(ctx.here.id))


def _next_of_dispute(ctx: Ctx, found: Commitment | Offer) -> Phrase:
    if found.terms.verifier != NOBODY_PARTY:
        return phrase("next.verdict", party=PartyName(found.terms.verifier))
    by = next((s.party for s in found.story[::-1] if s.happening is Happening.DISPUTED), None)
    party = by or found.obligee
    if not _sits_here(ctx, party):
        return phrase("next.settle_there", party=PartyName(party))
    return phrase("next.settle", party=PartyName(party), code=found.item.code)


def _lock(ctx: Ctx, found: dict[Code, Commitment | Offer], ring: tuple[Code, ...]) -> Phrase:
    _ = ctx
    chain = tuple(
        phrase("board.waiting", code=_code(found[one]), party=PartyName(found[one].obligor))
        for one in ring
    )
    return phrase("board.lock", chain=chain, first=_code(found[ring[0]]))


def _pairs(ctx: Ctx, found: dict[Code, Commitment | Offer]) -> list[Phrase]:
    return [
        phrase(
            "board.pair",
            one=Fact(pair.record, pair.one),
            other=Fact(pair.record, pair.other),
            states=tuple(state_said(found[code]) for code in (pair.one, pair.other)),
        )
        for pair in ctx.case.pairs
        if pair.label.admits(ctx.here.id)
        and pair.record not in ctx.case.erased
        and pair.one in found
        and pair.other in found
    ]


def _balance(found: b.Balance) -> Phrase:
    return phrase(
        "board.balance",
        party=PartyName(found.party),
        given=found.given,
        received=found.received,
        owes=found.owes,
        owed=found.owed,
    )


def read_pair(ctx: Ctx, rest: str) -> tuple[Code, Code] | Refused:
    """Read `CODE with CODE`: two promises of this board that go opposite ways."""
    one = take_code(rest)
    word = take_word(one.rest)
    other = take_code(word.rest)
    if (word.found or "").casefold() != "with" or other.rest:
        return refuse("wrong.form", usage=PAIR)
    sides = []
    for taken in (one, other):
        code = Code(taken.code or "")
        promise = promise_of(ctx.case, code) if ctx.item(code) is not None else None
        if promise is None:
            return ctx.no_item(taken.code or rest)
        sides.append(promise)
    if (sides[0].obligor, sides[0].obligee) != (sides[1].obligee, sides[1].obligor):
        return refuse("pair.not_opposite", one=sides[0].item.code, other=sides[1].item.code)
    return sides[0].item.code, sides[1].item.code


def pair(ctx: Ctx, codes: tuple[Code, Code]) -> None:
    """Set two promises against each other, for whoever reads this room."""
    one, other = codes
    ctx.pen.append(ctx.here.id, PromisesPaired(one, other, ctx.seat.id))
    ctx.answer("pair.done", one=one, other=other)
