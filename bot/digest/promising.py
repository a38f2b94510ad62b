"""Promises as a digest tells them: still to come, late, kept; what was taken back is none of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bot.digest.lines import Line
from bot.domain.case import Case, Commitment, Offer
from bot.domain.ids import CompartmentId
from bot.domain.promise_states import ENDED, KEPT
from bot.domain.vocabulary import CommitmentState
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

_LATE = frozenset({CommitmentState.LATE, CommitmentState.BROKEN, CommitmentState.DISPUTED})
"""What was not kept in time, or of which that is said."""
_UNSAID = frozenset({CommitmentState.READ_BACK, *ENDED})


@dataclass(frozen=True, slots=True)
class Promises:
    """The lines of each of the three lists, the nearest due time first, kept ones newest first.

    `told` are the promises themselves, by due time.
    """

    due: list[Line] = field(default_factory=list)
    late: list[Line] = field(default_factory=list)
    kept: list[Line] = field(default_factory=list)
    told: list[Commitment | Offer] = field(default_factory=list)


def promised(case: Case, here: CompartmentId) -> list[Commitment | Offer]:
    """Return the promises that stand and that a compartment may read, by due time."""
    made = (c for c in case.commitments.values() if c.state not in _UNSAID)
    offered = (o for o in case.offers.values() if not o.refused and o.state not in ENDED)
    found: list[Commitment | Offer] = [p for p in made if case.shows(p.item, here)]
    found += [p for p in offered if case.shows(p.item, here)]
    return sorted(found, key=lambda p: (p.due, p.item.code))


def promises(case: Case, here: CompartmentId, now: datetime) -> Promises:
    """Return what a compartment may read of promises, in three lists."""
    lists = Promises(told=promised(case, here))
    for one in lists.told:
        line = Line(one.item.label, partial(_line, one))
        if one.state in KEPT:
            lists.kept.append(line)
        elif one.state in _LATE or one.due < now:
            lists.late.append(line)
        else:
            lists.due.append(line)
    lists.kept.reverse()
    return lists


def _line(found: Commitment | Offer) -> Phrase:
    item = found.item
    return phrase(
        "digest.promise",
        code=item.code,
        obligor=PartyName(found.obligor),
        obligee=PartyName(found.obligee),
        text=Ref(item.record, "text"),
        due=Fact(item.record, found.due),
        state=Fact(item.record, state_word(found)),
    )


def state_word(found: Commitment | Offer) -> str:
    """Return how a promise stands, as its readers say it."""
    if isinstance(found, Offer) and found.state is CommitmentState.CONFIRMED:
        return "offered, not answered"
    return found.state.value
