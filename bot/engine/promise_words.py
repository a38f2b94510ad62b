"""How a promise is said: its time, its condition, who verifies, in words that a room may read.

A condition names another promise by the code that the room knows it under, or by none. So two
rooms may read the same condition in different words, and neither learns the other's codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.domain.case import Case, Commitment, Offer
from bot.domain.fold_commitment import promise_of
from bot.domain.ids import Code, CompartmentId, RecordId
from bot.domain.terms import NOBODY_PARTY, Condition, Terms
from bot.domain.vocabulary import CommitmentState as S
from bot.domain.when_recurring import NEVER
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

NOTHING = phrase("nothing")


def root_of(case: Case, code: Code) -> Code:
    """Return the code of the promise that an offer was made from; its own where that is unknown."""
    offer = case.offers.get(code)
    return offer.source if offer is not None and offer.source is not None else code


def alias(case: Case, code: Code, here: CompartmentId) -> Code | None:
    """Return the code under which a room may read the same promise; None if it may not."""
    root = root_of(case, code)
    source = case.commitments.get(root)
    offers = tuple(there for _, there in source.offers) if source is not None else ()
    for known in (code, root, *offers):
        found = promise_of(case, known)
        if found is not None and case.shows(found.item, here):
            return known
    return None


def conditions_of(case: Case, found: Commitment | Offer) -> tuple[Condition, ...]:
    """Return the conditions of a promise in the codes that it was made with, where known."""
    source = case.commitments.get(root_of(case, found.item.code))
    return source.terms.conditions if source is not None else found.terms.conditions


def due_said(found: Commitment | Offer) -> Phrase:
    """Say when a promise is due: an instant, a window, or so long after an event."""
    return when_said(found.item.record, found)


def when_said(record: RecordId, found: Commitment | Offer) -> Phrase:
    """Say the same as something known from another record."""
    terms = found.terms
    if terms.hangs:
        counted = Fact(record, terms.hangs.partition(" (")[0])
        at = phrase("promise.at", due=Fact(record, found.due))
        unset = phrase("promise.unset")
        return phrase("promise.hangs", hangs=counted, at=at if found.due < NEVER else unset)
    if terms.opens is not None:
        return phrase(
            "promise.window", opens=Fact(record, terms.opens), due=Fact(record, found.due)
        )
    return phrase("promise.at", due=Fact(record, found.due))


def condition_said(
    case: Case, found: Commitment | Offer, here: CompartmentId, record: RecordId
) -> Phrase:
    """Say on what a promise hangs, in the codes of a room, as known from a record."""
    if not found.terms.conditions:
        return phrase("promise.no_condition")
    return phrase("promise.conditions", conditions=tuple(_conditions(case, found, here, record)))


def _conditions(
    case: Case, found: Commitment | Offer, here: CompartmentId, record: RecordId
) -> Iterator[Phrase]:
    for condition in conditions_of(case, found):
        if condition.event:
            yield phrase("promise.after", event=Fact(record, condition.event))
            continue
        known = alias(case, condition.promise, here) if condition.promise else None
        if known is not None:
            yield phrase("promise.if", code=Fact(record, known))
        else:
            yield phrase("promise.if_other")


def terms_said(
    case: Case,
    found: Commitment | Offer,
    here: CompartmentId,
    record: RecordId,
    *,
    words: bool = True,
    briefly: bool = False,
) -> tuple[Phrase, ...]:
    """Say what goes with a promise, one line each, as known from a record.

    `words`: that record holds the method and the agreed wording too. `briefly` leaves out what
    there is none of.
    """
    terms = found.terms
    lines = []
    if terms.conditions or not briefly:
        condition = condition_said(case, found, here, record)
        lines.append(phrase("promise.condition", condition=condition))
    if terms.verifier != NOBODY_PARTY or not briefly:
        lines.append(phrase("promise.verification", verifier=verifier_said(terms, record)))
    if terms.method and words:
        lines.append(phrase("promise.method", method=Ref(record, "method")))
    if terms.guarantor != NOBODY_PARTY:
        lines.append(phrase("promise.guarantor", party=PartyName(terms.guarantor)))
    if terms.agreed and words:
        lines.append(phrase("promise.agreed", agreed=Ref(record, "agreed")))
    return tuple(lines)


def verifier_said(terms: Terms, record: RecordId) -> Phrase:
    """Say who verifies."""
    if terms.verifier == NOBODY_PARTY:
        return phrase("promise.no_verifier")
    if terms.verifier_seat is not None:
        return phrase(
            "promise.verifier_seat",
            seat=Fact(record, terms.verifier_seat),
            party=PartyName(terms.verifier),
        )
    return phrase("promise.verifier", party=PartyName(terms.verifier))


def state_said(found: Commitment | Offer) -> Phrase:
    """Say where a promise stands."""
    return phrase(STATES[found.state])


STATES: Final[dict[S, str]] = {
    S.READ_BACK: "promise.state.read_back",
    S.CONFIRMED: "promise.state.confirmed",
    S.ACCEPTED: "promise.state.accepted",
    S.IN_FORCE: "promise.state.in_force",
    S.DUE: "promise.state.due",
    S.LATE: "promise.state.late",
    S.MINIMUM: "promise.state.minimum",
    S.PARTIAL: "promise.state.partial",
    S.FULFILLED: "promise.state.fulfilled",
    S.BROKEN: "promise.state.broken",
    S.DISPUTED: "promise.state.disputed",
    S.SUPERSEDED: "promise.state.superseded",
    S.WITHDRAWN: "promise.state.withdrawn",
    S.LAPSED: "promise.state.lapsed",
}
"""The sentence of each state."""
