"""What goes with an offer: its terms, said where it is consented to and put where it is read.

Terms are told in codes that the reading room knows. Refuses to carry one that it does not: there
the condition stands without a code.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import bodies as b
from bot.domain.case import Case, Commitment, Offer
from bot.domain.ids import Code, CompartmentId, RecordId
from bot.domain.terms import NO_CODE, Condition, Terms
from bot.engine.pen import Pen
from bot.engine.promise_words import alias, terms_said, when_said
from bot.engine.promising import catch_up
from bot.policy.label import Label
from bot.words.phrase import Phrase, Ref, phrase

NOTHING = phrase("nothing")


def goes_with(case: Case, promise: Commitment, request: RecordId, place: CompartmentId) -> Phrase:
    """Say what goes with a promise besides its words, in a room that consents to that.

    `request` is the record of the wish: what is said is labelled as that is.
    """
    if not _any(promise.terms):
        return NOTHING
    record = promise.item.record if promise.item.label.admits(place) else request
    return _lines(case, promise, place, record, words=record != request)


def _any(terms: Terms) -> bool:
    """Tell whether there is anything to say: nothing is put beside a plain promise."""
    plain = Terms(language=terms.language, date_agreed=terms.date_agreed, grace=terms.grace)
    return terms != plain


def _lines(
    case: Case, found: Commitment | Offer, place: CompartmentId, record: RecordId, *, words: bool
) -> Phrase:
    when = phrase("promise.when", due=when_said(record, found))
    dated = (when,) if found.terms.hangs or found.terms.opens else ()
    said = terms_said(case, found, place, record, words=words, briefly=True)
    return phrase("promise.goes", lines=(*dated, *said))


def put(pen: Pen, source: Code, offer: Code, label: Label) -> Phrase:
    """Put a promise's terms beside its offer, right after the two were linked; say them.

    Its method and agreed wording go only where whoever consented could read them. The verifier's
    copy of a promise that is in force already is brought to where it stands, and nothing is said
    of that: the notice may still be taken back.
    """
    promise = pen.case.commitments.get(source)
    if promise is None or offer not in pen.case.offers or not _any(promise.terms):
        return NOTHING
    place = pen.case.offers[offer].item.compartment
    asked = pen.case.caucus_of(promise.obligor)
    words = asked is not None and promise.item.label.admits(asked.id)
    terms = _translated(pen.case, promise.terms, place)
    if not words:
        terms = replace(terms, agreed=False, method=False)
    from_record = promise.item.record
    named = (("agreed", terms.agreed), ("method", terms.method))
    record = pen.append(
        place,
        b.OfferTerms(offer, terms),
        label=label,
        copy=tuple((name, Ref(from_record, name)) for name, there in named if there),
    )
    pen.give_receipt(place, record, f"terms-{offer}")
    if promise.accepted_at is not None:
        catch_up(pen, offer, source, quietly=True)
    return _lines(pen.case, pen.case.offers[offer], place, record, words=True)


def _translated(case: Case, terms: Terms, place: CompartmentId) -> Terms:
    """Return terms that name other promises by the codes of a room, or by none."""
    return replace(
        terms,
        conditions=tuple(
            c if c.event else Condition(promise=alias(case, c.promise, place) or NO_CODE)
            for c in terms.conditions
        ),
    )
