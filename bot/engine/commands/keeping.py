"""What people say of a promise once it was made: kept, judged, disputed, taken back.

Whoever types speaks under the code of the room it is typed in. The other side and the verifier
are told *that* and nothing of the words; those leave the room by release alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain import bodies as b
from bot.domain.case import Commitment, Offer, Seat
from bot.domain.fold_commitment import promise_of
from bot.domain.ids import UNSAID, Code, PartyId, Prose
from bot.domain.promise_states import Happening, can
from bot.domain.vocabulary import CommitmentState as S
from bot.domain.vocabulary import Role
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands import judging
from bot.engine.parsing import split_colon, take_code, take_word
from bot.engine.promise_told import DEGREES, VERDICTS
from bot.engine.promise_words import alias, root_of, state_said
from bot.engine.promising import RECEIPTS, happens, sides
from bot.engine.seated import speaks_for_party
from bot.words.phrase import Phrase, Ref, phrase

FULFILLED = "!fulfilled CODE [minimum|partial|full]: WORDS"
VERDICT = "!verdict CODE kept|partly|broken: WORDS"
DISPUTE = "!dispute CODE: WORDS"
SETTLE = "!settle CODE"
WITHDRAW = "!withdraw CODE"
SUPERSEDE = "!supersede CODE by CODE"
AGREE = "!agree CODE"
NOTHING = phrase("nothing")
H = Happening
CLAIMS: Final = {"minimum": H.MINIMUM, "partial": H.PARTIAL, "full": H.FULL}
JUDGED: Final = {"kept": H.KEPT, "partly": H.PARTLY, "broken": H.BROKEN}


@dataclass(frozen=True, slots=True)
class Act:
    """Something done with a promise, as typed."""

    promise: Commitment | Offer
    happening: Happening
    words: Prose = UNSAID
    instead: Code | None = None


def _promise_here(ctx: Ctx, rest: str) -> tuple[Commitment | Offer | Refused, str]:
    """Return the promise that a code names here, and what follows."""
    taken = take_code(rest)
    code = Code(taken.code or "")
    found = promise_of(ctx.case, code) if ctx.item(code) is not None else None
    return (ctx.no_item(rest) if found is None else found), taken.rest


def _words(tail: str) -> tuple[str, Prose]:
    """Part what stands before the first colon from the words after it."""
    parts = split_colon(tail)
    return (parts.before, Prose(parts.after.strip())) if parts else (tail.strip(), UNSAID)


def _sided(ctx: Ctx, rest: str, *who: str) -> tuple[Commitment | Offer | Refused, str]:
    """Return a promise of which the speaker can speak for one of some sides."""
    found, tail = _promise_here(ctx, rest)
    if isinstance(found, Refused):
        return found, tail
    parties = {getattr(found, side) for side in who}
    if ctx.seat.party not in parties or not speaks_for_party(ctx.case, ctx.seat):
        return refuse("wrong.no_item", code=found.item.code, verb=ctx.verb), tail
    return found, tail


def _unless_possible(found: Commitment | Offer, happening: Happening) -> Refused | None:
    if can(found.state, happening):
        return None
    return refuse("promise.not_now", code=found.item.code, state=state_said(found))


def read_fulfilled(ctx: Ctx, rest: str) -> Act | Refused:
    """Read `CODE [minimum|partial|full][: WORDS]`, of the obligor."""
    found, tail = _sided(ctx, rest, "obligor")
    if isinstance(found, Refused):
        return found
    degree, words = _words(tail)
    happening = CLAIMS.get(degree.casefold() or "full")
    if happening is None:
        return refuse("wrong.form", usage=FULFILLED)
    return _unless_possible(found, happening) or Act(found, happening, words)


def read_verdict(ctx: Ctx, rest: str) -> Act | judging.Judgement | Refused:
    """Read a verdict on a promise, of its verifier; one on evidence is read elsewhere."""
    code = take_code(rest).code
    if code is None or promise_of(ctx.case, code) is None:
        return judging.read_verdict(ctx, rest)
    found, tail = _promise_here(ctx, rest)
    if isinstance(found, Refused):
        return found
    if not verifies(found, ctx.seat):
        return refuse("wrong.no_item", code=found.item.code, verb=ctx.verb)
    word, words = _words(tail)
    happening = JUDGED.get(word.casefold())
    if happening is None:
        return refuse("wrong.form", usage=VERDICT)
    return _unless_possible(found, happening) or Act(found, happening, words)


def verifies(found: Commitment | Offer, seat: Seat) -> bool:
    """Tell whether a promise names this person, or this person's party, as its verifier."""
    terms = found.terms
    named = terms.verifier_seat in (None, seat.id) and terms.verifier == seat.party
    return named and seat.role in (Role.VERIFIER, Role.MEDIATOR)


def judge(ctx: Ctx, found: Act | judging.Judgement) -> Refused | None:
    """Keep a verdict on a promise, or on evidence."""
    if isinstance(found, Act):
        return act(ctx, found)
    judging.judge(ctx, found)
    return None


def read_dispute(ctx: Ctx, rest: str) -> Act | Refused:
    """Read `CODE: WORDS`, of either side."""
    found, tail = _sided(ctx, rest, "obligor", "obligee")
    if isinstance(found, Refused):
        return found
    more, words = _words(tail)
    if more or not words:
        return refuse("wrong.form", usage=DISPUTE)
    return _unless_possible(found, H.DISPUTED) or Act(found, H.DISPUTED, words)


def read_settle(ctx: Ctx, rest: str) -> Act | Refused:
    """Read the code of a promise that the speaker's own party disputes."""
    found, tail = _sided(ctx, rest, "obligor", "obligee")
    if isinstance(found, Refused):
        return found
    more, words = _words(tail)
    last = next((s for s in reversed(found.story) if s.happening is H.DISPUTED), None)
    if more:
        return refuse("wrong.form", usage=SETTLE)
    if found.state is S.DISPUTED and last is not None and last.party != ctx.seat.party:
        return refuse("promise.not_yours", code=found.item.code)
    return _unless_possible(found, H.SETTLED) or Act(found, H.SETTLED, words)


def read_withdraw(ctx: Ctx, rest: str) -> Act | Refused:
    """Read the code of a promise: before it was accepted its obligor alone takes it back."""
    return _read_end(ctx, rest, None)


def read_supersede(ctx: Ctx, rest: str) -> Act | Refused:
    """Read `CODE by CODE`: the second is a promise of the same side to the same other."""
    taken = take_code(rest)
    by = take_word(taken.rest)
    newer = take_code(by.rest)
    if (by.found or "").casefold() != "by" or newer.code is None:
        return refuse("wrong.form", usage=SUPERSEDE)
    other = promise_of(ctx.case, newer.code) if ctx.item(newer.code) is not None else None
    if other is None or newer.code == taken.code:
        return ctx.no_item(by.rest)
    return _read_end(ctx, f"{taken.code or ''} {newer.rest}", other)


def _read_end(ctx: Ctx, rest: str, other: Commitment | Offer | None) -> Act | Refused:
    found, tail = _sided(ctx, rest, "obligor", "obligee")
    if isinstance(found, Refused):
        return found
    more, words = _words(tail)
    if more:
        return refuse("wrong.form", usage=WITHDRAW if other is None else SUPERSEDE)
    if other is not None and (other.obligor, other.obligee) != (found.obligor, found.obligee):
        return refuse("promise.other_sides", code=other.item.code)
    alone = found.state in (S.READ_BACK, S.CONFIRMED)
    happening = (H.WITHDRAWN if other is None else H.SUPERSEDED) if alone else H.END_ASKED
    if alone and ctx.seat.party != found.obligor:
        return refuse("promise.refuse_it", code=found.item.code)
    newer = other.item.code if other is not None else None
    if newer is not None and not alone and not _known_there(ctx, found, newer):
        return refuse("promise.not_offered", code=newer)
    return _unless_possible(found, happening) or Act(found, happening, words, newer)


def _known_there(ctx: Ctx, found: Commitment | Offer, newer: Code) -> bool:
    """Tell whether every side of a promise has a code for the one that is to follow it."""
    root = root_of(ctx.case, found.item.code)
    return all(
        alias(ctx.case, newer, side.item.compartment) is not None for side in sides(ctx.case, root)
    )


def read_agree(ctx: Ctx, rest: str) -> Act | Refused:
    """Read the code of a promise that the other side asked to end."""
    found, tail = _sided(ctx, rest, "obligor", "obligee")
    if isinstance(found, Refused):
        return found
    asked = found.ending
    if tail or asked is None or asked.party == ctx.seat.party:
        return refuse("promise.nothing_asked", code=found.item.code)
    happening = H.WITHDRAWN if asked.instead is None else H.SUPERSEDED
    return _unless_possible(found, happening) or Act(found, happening, instead=asked.instead)


def act(ctx: Ctx, wish: Act) -> Refused | None:
    """Put it on record here, tell the other sides, and arm what follows."""
    found, happening = wish.promise, wish.happening
    code = found.item.code
    party: PartyId = ctx.seat.party
    record = ctx.pen.append(
        ctx.here.id,
        b.PromiseActed(code, happening, ctx.seat.id, party, wish.instead, wish.words),
    )
    ctx.answer(
        "promise.acted",
        code=code,
        what=_what(happening, wish.instead),
        words=phrase("promise.words", words=Ref(record, "words")) if wish.words else NOTHING,
        next=_next(wish),
    )
    if happening in RECEIPTS:
        ctx.pen.give_receipt(ctx.here.id, record, f"{RECEIPTS[happening]}-{code}")
    root = root_of(ctx.case, code)
    happens(
        ctx.pen,
        root,
        happening,
        party,
        instead=wish.instead,
        done=(ctx.here.id, code),
    )
    return None


def _what(happening: Happening, instead: Code | None) -> Phrase:
    if happening in DEGREES:
        return phrase("promise.did.claimed", degree=phrase(DEGREES[happening]))
    if happening in VERDICTS:
        return phrase("promise.did.verdict", verdict=phrase(VERDICTS[happening]))
    place = phrase("promise.instead", code=instead) if instead is not None else NOTHING
    match happening:
        case H.DISPUTED:
            return phrase("promise.did.disputed")
        case H.SETTLED:
            return phrase("promise.did.settled")
        case H.END_ASKED:
            return phrase("promise.did.asked", instead=place)
        case _:
            return phrase("promise.did.ended", instead=place)


def _next(wish: Act) -> Phrase:
    """Say who hears of it, and that words stay."""
    alone = wish.happening in (H.WITHDRAWN, H.SUPERSEDED) and wish.promise.state in (
        S.READ_BACK,
        S.CONFIRMED,
    )
    if alone:
        return phrase("promise.only_offered")
    return phrase("promise.told_without" if wish.words else "promise.told_all")
