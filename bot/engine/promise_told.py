"""What a room is told of a promise: by whom, under its own code, and what can be typed next.

Words of one side never stand in what another is told; whoever wants them sent releases them.
"""

from __future__ import annotations

from typing import Final

from bot.domain.case import Commitment, Offer
from bot.domain.ids import Code, PartyId, RecordId
from bot.domain.promise_states import Happening
from bot.domain.terms import NOBODY_PARTY
from bot.engine.promise_words import state_said, when_said
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

NOTHING = phrase("nothing")
H = Happening
DEGREES: Final[dict[Happening, str]] = {
    H.MINIMUM: "promise.state.minimum",
    H.PARTIAL: "promise.state.partial",
    H.FULL: "promise.state.fulfilled",
}
VERDICTS: Final[dict[Happening, str]] = {
    H.KEPT: "promise.verdict.kept",
    H.PARTLY: "promise.verdict.partly",
    H.BROKEN: "promise.verdict.broken",
}
_BY_CLOCK: Final = frozenset({H.REMINDED, H.DUE_CAME, H.GRACE_OVER, H.CONDITION_HELD})


def said(
    side: Commitment | Offer,
    happening: Happening,
    party: PartyId | None,
    record: RecordId,
    instead: Code | None,
) -> Phrase:
    """Return what the room of one side is told; `record` is one that it may read."""
    code = side.item.code
    who = PartyName(party or side.obligor)
    at = Fact(record, side.story[-1].at if side.story else side.item.recorded_at)
    if happening in DEGREES:
        return phrase(
            "promise.told.claimed",
            party=who,
            code=code,
            degree=phrase(DEGREES[happening]),
            at=at,
            next=NOTHING if isinstance(side, Commitment) else _answer(side),
        )
    if happening in VERDICTS:
        return phrase(
            "promise.told.verdict",
            party=who,
            code=code,
            verdict=phrase(VERDICTS[happening]),
            at=at,
        )
    if happening is H.LAPSED:
        return _lapsed(side, record)
    if happening is H.END_ASKED:
        place = _instead(instead)
        return phrase("promise.told.end_asked", party=who, code=code, instead=place, at=at)
    if happening is H.SUPERSEDED:
        return phrase("promise.told.superseded", code=code, instead=_instead(instead), at=at)
    if happening in _BY_CLOCK:
        return _clock(side, happening, record)
    return _by_party(side, happening, who, at)


def _by_party(side: Commitment | Offer, happening: Happening, who: PartyName, at: Fact) -> Phrase:
    code = side.item.code
    if happening is H.SETTLED:
        return phrase("promise.told.settled", party=who, code=code, state=state_said(side), at=at)
    if happening is H.DISPUTED:
        return phrase("promise.told.disputed", party=who, code=code, at=at)
    if any(step.happening in (H.ACCEPTED, H.ACCEPTED_IF) for step in side.story):
        return phrase("promise.told.ended", code=code, at=at)
    return phrase("promise.told.withdrawn", party=who, code=code, at=at)


def _clock(side: Commitment | Offer, happening: Happening, record: RecordId) -> Phrase:
    text = Ref(side.item.record, "text")
    due = when_said(record, side)
    code, who = side.item.code, PartyName(side.obligor)
    own = isinstance(side, Commitment)
    match happening:
        case H.CONDITION_HELD:
            return phrase("promise.held", code=code, party=who, due=due, text=text)
        case H.REMINDED:
            return phrase("promise.reminded", code=code, due=due, text=text)
        case H.DUE_CAME if own:
            return phrase("promise.due", code=code, due=due, text=text)
        case H.DUE_CAME:
            return phrase("promise.due_there", code=code, party=who, due=due, text=text)
        case _ if own:
            return phrase("promise.late", code=code, due=due, text=text)
        case _:
            return phrase(
                "promise.late_there",
                code=code,
                party=who,
                due=due,
                text=text,
                next=_answer(side),
            )


def _answer(side: Commitment | Offer) -> Phrase:
    """Say what the reader can type to that."""
    if isinstance(side, Offer) and side.terms.verifier != NOBODY_PARTY and not side.accepted:
        return phrase("promise.to_judge", code=side.item.code)
    return phrase("promise.to_dispute", code=side.item.code)


def _lapsed(side: Commitment | Offer, record: RecordId) -> Phrase:
    due = when_said(record, side)
    before = any(s.happening is H.ACCEPTED_IF for s in side.story)
    if before:
        return phrase("promise.lapsed_if", code=side.item.code, due=due)
    key = "promise.lapsed" if isinstance(side, Commitment) else "promise.lapsed_there"
    return phrase(key, code=side.item.code, due=due)


def _instead(code: Code | None) -> Phrase:
    return phrase("promise.instead", code=code) if code is not None else NOTHING
