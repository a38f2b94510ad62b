"""The fold of promises and of what the other side said to them. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import commitment_bodies as c
from bot.domain.case import Case, Commitment
from bot.domain.fold_items import with_item
from bot.domain.growing import put
from bot.domain.records import Record
from bot.domain.vocabulary import CommitmentState


def commitment(case: Case, record: Record, body: c.CommitmentBody) -> Case:
    """Return the case after one record of its promises."""
    match body:
        case c.OfferAccepted() | c.OfferRefused():
            offer = case.offers[body.offer]
            accepted = isinstance(body, c.OfferAccepted)
            offer = replace(offer, accepted=accepted, refused=not accepted)
            return replace(case, offers=put(case.offers, body.offer, offer))
        case c.CommitmentProposed():
            case = with_item(case, record, body.code)
            new = Commitment(
                case.items[body.code],
                body.obligor,
                body.obligee,
                body.due,
                CommitmentState.READ_BACK,
            )
        case c.CommitmentConfirmed():
            new = replace(
                case.commitments[body.code],
                state=CommitmentState.CONFIRMED,
                confirmed_at=record.at,
            )
        case c.CommitmentAccepted():
            new = replace(
                case.commitments[body.code],
                state=CommitmentState.IN_FORCE,
                accepted_at=record.at,
            )
        case c.CommitmentWithdrawn():
            new = replace(case.commitments[body.code], state=CommitmentState.WITHDRAWN)
    return replace(case, commitments=put(case.commitments, body.code, new))
