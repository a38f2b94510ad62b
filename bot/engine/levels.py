"""How strongly a promise is acknowledged, as far as what is said of it may tell.

The same three words as `parley verify` (docs/spec/ledger.md 8.3). Refuses to let a signature
under one record raise another: an offer is a record of its own.
"""

from __future__ import annotations

from bot.domain.case import Case, Commitment, Offer
from bot.domain.ids import Code, PartyId, RecordId
from bot.ledger.verdict import Level


def level_of_commitment(case: Case, found: Commitment) -> Level:
    """Return the level of a promise as its obligor's side has it."""
    accepted = found.accepted_at is not None
    return _level(case, found.item.record, found.obligor, found.obligee, accepted=accepted)


def level_of_offer(case: Case, found: Offer) -> Level:
    """Return the level of a promise as the obligee's side reads it."""
    return _level(case, found.item.record, found.obligor, found.obligee, accepted=found.accepted)


def level_of(case: Case, code: Code) -> Level | None:
    """Return the level of what a code names; None if nobody owes it."""
    if code in case.commitments:
        return level_of_commitment(case, case.commitments[code])
    return level_of_offer(case, case.offers[code]) if code in case.offers else None


def _level(
    case: Case, record: RecordId, obligor: PartyId, obligee: PartyId, *, accepted: bool
) -> Level:
    signers = {signature.party for signature in case.signatures.get(record, ())}
    if obligor in signers:
        return Level.SIGNED
    return Level.ACKNOWLEDGED if accepted or obligee in signers else Level.RECORDED
