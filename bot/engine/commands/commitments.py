"""Promises: read back, confirmed by the obligor, offered by release, accepted by the obligee.

Only the obligor's typed confirmation of the recorded wording puts a promise in force on its
side, and only the obligee's typed acceptance of the code it read makes it mutual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain import bodies as b
from bot.domain.case import Commitment, Offer
from bot.domain.ids import Code, PartyId, Prose
from bot.domain.terms import Terms
from bot.domain.vocabulary import CommitmentState, CompartmentKind
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.clauses import Clauses, no_clause, read_clauses, split_clauses
from bot.engine.gating import held_by_gate
from bot.engine.parsing import split_colon, take_code, take_word
from bot.engine.promise_words import due_said, terms_said
from bot.engine.promising import accepted, arm
from bot.engine.red_lines import open_lines, read_answers, shown
from bot.engine.seated import party_named, speaks_for_party
from bot.policy.label import owned_by_all
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

USAGE = "!commit to PARTY by WHEN: WORDS"
AMEND = "!commit amend CODE to PARTY by WHEN: WORDS"
CONFIRM = "!confirm CODE [redlines ok]"
ACCEPT = "!accept CODE [without date]"
EXAMPLES = (
    "!commit to South by fri 18:00: release ten wounded prisoners",
    "!commit to South by EIF+21d, verified by relief: hand over the list",
    "!commit to South between fri 08:00 and fri 18:00 if M3XD fulfilled: open the crossing",
)
AMENDMENTS = (
    "!commit amend K7QF to South by sat 12:00: release twelve wounded prisoners",
    "!commit amend K7QF verified by relief, date agreed",
)
NOTHING = phrase("nothing")


@dataclass(frozen=True, slots=True)
class Promise:
    """What was typed. `code` is set when an unconfirmed promise is reworded.

    `kept` are words of the promise as it was that stay: the record they stand in, by field.
    """

    clauses: Clauses
    due: datetime
    text: Prose
    code: Code | None = None
    kept: tuple[tuple[str, Ref], ...] = ()


def read_commit(ctx: Ctx, rest: str) -> Promise | Refused:
    """Read `to PARTY by WHEN [CLAUSES]: WORDS`."""
    return _promise(ctx, rest, None)


def read_amend(ctx: Ctx, rest: str) -> Promise | Refused:
    """Read `CODE to PARTY by WHEN: WORDS`, or `CODE CLAUSES[: WORDS]` that change only so much."""
    taken = take_code(rest)
    found = ctx.case.commitments.get(Code(taken.code or ""))
    if found is None or found.item.compartment != ctx.here.id or not ctx.case.stands(found.item):
        return ctx.no_item(rest)
    if found.obligor != ctx.seat.party:
        return refuse("wrong.no_item", code=found.item.code, verb="commit amend")
    if found.state is not CommitmentState.READ_BACK:
        return refuse("commit.too_late", code=found.item.code)
    if (take_word(taken.rest).found or "").casefold() == "to":
        return _promise(ctx, taken.rest, found.item.code)
    return _changed(ctx, taken.rest, found)


def _promise(ctx: Ctx, rest: str, code: Code | None) -> Promise | Refused:
    usage = AMEND if code else USAGE
    split = split_colon(rest)
    if split is None or not split.after.strip():
        return refuse("wrong.form", usage=usage)
    head = take_word(split.before)
    named, parts = split_clauses(head.rest)
    if (head.found or "").casefold() != "to" or not parts:
        return refuse("wrong.form", usage=usage)
    obligee = party_named(ctx.case, named)
    if obligee is None or obligee == ctx.seat.party:
        others = sorted(ctx.case.parties.keys() - {ctx.seat.party})
        return refuse("commit.no_party", parties=", ".join(others), usage=usage)
    empty = Clauses(obligee, None, Terms(language=ctx.seat.language), own=code)
    read = read_clauses(ctx, empty, parts)
    if isinstance(read, Refused):
        return read
    if read.due is None:
        return refuse("wrong.form", usage=usage)
    return Promise(read, read.due, Prose(split.after.strip()), code)


def _changed(ctx: Ctx, rest: str, found: Commitment) -> Promise | Refused:
    """Read clauses, and words if any, on top of the promise as it was read back."""
    split = split_colon(rest)
    before = split.before if split else rest
    words = split.after.strip() if split else ""
    left, parts = split_clauses(before)
    if left or not (parts or words):
        return no_clause(left) if left else refuse("wrong.form", usage=AMEND)
    base = Clauses(found.obligee, found.due, found.terms, own=found.item.code)
    if any(word in ("if", "after") for word, _ in parts):
        base = replace(base, terms=replace(base.terms, conditions=()))
    read = read_clauses(ctx, base, parts)
    if isinstance(read, Refused):
        return read
    record = found.item.record
    kept = (
        ("text", bool(words), True),
        ("agreed", bool(read.agreed), found.terms.agreed),
        ("method", bool(read.method), found.terms.method),
    )
    copies = tuple((name, Ref(record, name)) for name, new, old in kept if old and not new)
    return Promise(read, read.due or found.due, Prose(words), found.item.code, copies)


def commit(ctx: Ctx, promise: Promise) -> None:
    """Record the wording and read it back; nothing is in force yet."""
    code = promise.code or ctx.pen.code()
    read = promise.clauses
    record = ctx.pen.append(
        ctx.here.id,
        b.CommitmentProposed(
            code,
            ctx.seat.id,
            ctx.seat.party,
            read.obligee,
            promise.due,
            ctx.event.said_at,
            promise.text,
            read.terms,
            read.agreed,
            read.method,
        ),
        copy=promise.kept,
    )
    found = ctx.case.commitments[code]
    ctx.answer(
        "commit.read_back",
        code=code,
        obligor=PartyName(ctx.seat.party),
        obligee=PartyName(read.obligee),
        text=Ref(record, "text"),
        due=due_said(found),
        agreed=phrase("promise.yes" if read.terms.date_agreed else "promise.no"),
        terms=terms_said(ctx.case, found, ctx.here.id, record),
        language=phrase("promise.language", language=Fact(record, read.terms.language))
        if read.terms.language != ctx.case.parties[ctx.seat.party].language
        else NOTHING,
    )
    arm(ctx.pen, code)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A promise to be put in force on its obligor's side, and the red lines it does not cross."""

    promise: Commitment
    red_lines: tuple[str, ...]


def read_confirm(ctx: Ctx, rest: str) -> Confirmation | Refused:
    """Read the code of a promise of the speaker's own party, and answers to its red lines."""
    taken = take_code(rest)
    found = ctx.case.commitments.get(Code(taken.code or ""))
    if found is None or not ctx.case.shows(found.item, ctx.here.id):
        return ctx.no_item(rest)
    if found.obligor != ctx.seat.party:
        return refuse("wrong.no_item", code=found.item.code, verb="confirm")
    if found.state is not CommitmentState.READ_BACK:
        return refuse("confirm.already", code=found.item.code)
    asked = open_lines(ctx, ctx.seat.party, found.item.code)
    ask = refuse("redline.ask", code=found.item.code, lines=shown(asked))
    answers = read_answers(ctx, taken.rest, asked, ask)
    if isinstance(answers, Refused):
        return answers
    return held_by_gate(ctx, found.item) or Confirmation(found, answers)


def confirm(ctx: Ctx, wish: Confirmation) -> None:
    """Put a promise in force on the obligor's side."""
    promise = wish.promise
    code = promise.item.code
    record = ctx.pen.append(ctx.here.id, b.CommitmentConfirmed(code, ctx.seat.id, wish.red_lines))
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
    arm(ctx.pen, code)


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
    if found.accepted or found.refused or found.state is not CommitmentState.CONFIRMED:
        return refuse("accept.already", code=found.item.code)
    return found


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An offer that is accepted, and whether its date is."""

    offer: Offer
    date_agreed: bool


def read_acceptance(ctx: Ctx, rest: str) -> Acceptance | Refused:
    """Read `CODE [without date]`."""
    offer = read_offer(ctx, rest)
    if isinstance(offer, Refused):
        return offer
    more = " ".join(take_code(rest).rest.casefold().split())
    if more not in ("", "without date"):
        return refuse("wrong.form", usage=ACCEPT)
    return Acceptance(offer, not more)


def accept(ctx: Ctx, wish: Acceptance) -> Refused | None:
    """Accept an offer: in force on both sides, and the obligor's side is told."""
    offer, dated = wish.offer, wish.date_agreed
    code = offer.item.code
    source = ctx.case.commitments.get(offer.source) if offer.source else None
    standing = source is not None and ctx.case.stands(source.item)
    if source is None or not standing or source.state is not CommitmentState.CONFIRMED:
        return refuse("accept.already", code=code)
    here = ctx.pen.append(ctx.here.id, b.OfferAccepted(code, ctx.seat.id, dated))
    there = source.item.compartment
    label = owned_by_all(frozenset({source.obligor, source.obligee}), ctx.case.readers_of(there))
    told = ctx.pen.append(
        there, b.CommitmentAccepted(source.item.code, source.obligee, dated), label=label
    )
    ctx.answer(
        "accept.done",
        code=code,
        obligor=PartyName(offer.obligor),
        due=due_said(offer),
        date=_date_said(dated=dated),
    )
    ctx.pen.give_receipt(ctx.here.id, here, f"acceptance-{code}")
    if offer.terms_record is not None:
        ctx.pen.give_receipt(ctx.here.id, offer.terms_record, f"terms-{code}")
    if offer.item.compartment != ctx.here.id:
        ctx.pen.tell(
            offer.item.compartment,
            phrase(
                "accept.told_own",
                obligee=PartyName(offer.obligee),
                code=code,
                obligor=PartyName(offer.obligor),
                due=due_said(offer),
                date=_date_said(dated=dated),
            ),
        )
    ctx.pen.tell(
        there,
        phrase(
            "accept.told",
            obligee=PartyName(offer.obligee),
            code=source.item.code,
            at=Fact(told, ctx.event.at),
            date=_date_said(dated=dated),
            waits=phrase("accept.waits" if source.terms.conditions else "accept.in_force"),
        ),
    )
    ctx.pen.give_receipt(there, told, f"acceptance-{source.item.code}")
    accepted(ctx.pen, source.item.code)
    return None


def _date_said(*, dated: bool) -> Phrase:
    return NOTHING if dated else phrase("accept.no_date")


def refuse_offer(ctx: Ctx, offer: Offer) -> None:
    """Refuse an offer; the obligor's side is not told until the obligee releases that."""
    ctx.pen.append(ctx.here.id, b.OfferRefused(offer.item.code, ctx.seat.id))
    ctx.answer(
        "accept.refused",
        code=offer.item.code,
        obligor=PartyName(offer.obligor),
        target=_shuttle_of(ctx, offer.obligor),
    )
