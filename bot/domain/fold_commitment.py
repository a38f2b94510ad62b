"""The fold of promises and of what the other side said to them. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from bot.domain import commitment_bodies as c
from bot.domain.case import Case, Commitment
from bot.domain.fold_items import with_item
from bot.domain.growing import put, without
from bot.domain.ids import Code, PartyId
from bot.domain.promise_states import Happening, leads_to
from bot.domain.promises import Offer, Promise, Step
from bot.domain.records import Record
from bot.domain.vocabulary import CommitmentState

P = TypeVar("P", bound=Promise)


def commitment(case: Case, record: Record, body: c.CommitmentBody) -> Case:
    """Return the case after one record of its promises."""
    match body:
        case c.OfferAccepted():
            offer = case.offers[body.offer]
            offer = _accepted(offer, record, offer.obligee, date_agreed=body.date_agreed)
            offer = replace(offer, accepted=True, refused=False)
            return replace(case, offers=put(case.offers, body.offer, offer))
        case c.OfferRefused():
            offer = replace(case.offers[body.offer], accepted=False, refused=True)
            return replace(case, offers=put(case.offers, body.offer, offer))
        case c.CommitmentProposed():
            case = with_item(case, record, body.code)
            # What was answered was answered of other words.
            case = replace(case, answered=without(case.answered, body.code))
            new = Commitment(
                case.items[body.code],
                body.obligor,
                body.obligee,
                body.due,
                CommitmentState.READ_BACK,
                body.terms,
                date_agreed=body.terms.date_agreed,
            )
        case c.CommitmentConfirmed():
            new = step(case.commitments[body.code], record, Happening.CONFIRMED)
            new = replace(new, confirmed_at=record.at)
            # Held against its red lines once: its release does not ask again.
            known = case.answered.get(body.code, frozenset()) | frozenset(body.red_lines)
            if known:
                case = replace(case, answered=put(case.answered, body.code, known))
        case c.CommitmentAccepted():
            new = case.commitments[body.code]
            new = _accepted(new, record, body.party, date_agreed=body.date_agreed)
            new = replace(new, accepted_at=record.at)
        case c.CommitmentWithdrawn():
            old = case.commitments[body.code]
            new = step(old, record, Happening.WITHDRAWN, old.obligor)
    return replace(case, commitments=put(case.commitments, body.code, new))


def _accepted(old: P, record: Record, party: PartyId, *, date_agreed: bool) -> P:
    happening = Happening.ACCEPTED_IF if old.terms.conditions else Happening.ACCEPTED
    return replace(step(old, record, happening, party), date_agreed=date_agreed)


def step(
    old: P,
    record: Record,
    happening: Happening,
    party: PartyId | None = None,
    instead: Code | None = None,
) -> P:
    """Return a promise after something happened to it; unchanged if it cannot happen there."""
    to = leads_to(old.state, happening, old.before)
    if to is None:
        return old
    taken = Step(record.id, record.at, happening, party, instead)
    new = replace(old, state=to, story=(*old.story, taken), since=record.id)
    match happening:
        case Happening.DISPUTED:
            return replace(new, before=old.state)
        case Happening.KEPT | Happening.PARTLY | Happening.BROKEN:
            return replace(new, verdict=taken)
        case Happening.END_ASKED:
            return replace(new, ending=taken)
        case Happening.REMINDED:
            return replace(new, reminded=True)
        case Happening.MOVED:
            return replace(new, reminded=False)
        case _:
            return new


def promise_of(case: Case, code: Code) -> Commitment | Offer | None:
    """Return what a code names among promises and offers."""
    return case.commitments.get(code) or case.offers.get(code)
