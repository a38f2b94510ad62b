"""What is new to a reader since the latest digest that reached it, and that it may read.

Refuses to tell a change by its absence: what a reader may not read is no change, and what it
could read before and cannot any more is not named.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bot.digest.lines import Line
from bot.digest.promising import state_word
from bot.digest.watching import state_of
from bot.domain.case import Case, Commitment, Offer, Watch
from bot.domain.ids import CompartmentId
from bot.domain.items import Item
from bot.words.phrase import Fact, Phrase, phrase

_NAMES: Final = (
    ("commitments", "digest.kind_promise"),
    ("offers", "digest.kind_offer"),
    ("watches", "digest.kind_watch"),
    ("questions", "digest.kind_question"),
    ("evidence", "digest.kind_evidence"),
    ("assessments", "digest.kind_assessment"),
)
_TOLD: Final = frozenset({"digest.kind_promise", "digest.kind_offer", "digest.kind_watch"})
"""Kinds that are told of only while they stand."""
_LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)


Change = tuple[datetime, str, Item, str, str]
"""When, which code, whose, and what is said of it with which state, if that is all there is to it."""


def changes(
    case: Case,
    here: CompartmentId,
    since: datetime | None,
    promised: Sequence[Commitment | Offer],
    watched: Sequence[Watch],
) -> list[Line]:
    """Return what changed after an instant, the latest first; all of it if that is None.

    `promised` and `watched` are the promises and the watches that this compartment is told of.
    """
    after = since or _LONG_AGO
    found = [
        *_new(case, here, after, {o.item.code for o in (*promised, *watched)}),
        *_promises(promised, after),
        *_watches(watched, after),
    ]
    found.sort(key=lambda change: change[:2], reverse=True)
    return [Line(change[2].label, partial(_said, change)) for change in found]


def _new(
    case: Case, here: CompartmentId, after: datetime, told: Container[str]
) -> Iterator[Change]:
    kinds = {code: key for table, key in _NAMES for code in getattr(case, table)}
    for code, item in case.items.items():
        if item.recorded_at <= after or not case.shows(item, here):
            continue
        kind = kinds.get(code, "digest.kind_words")
        if (kind not in _TOLD or code in told) and item.record not in case.party_keys:
            yield item.recorded_at, code, item, kind, ""


def _promises(promised: Iterable[Commitment | Offer], after: datetime) -> Iterator[Change]:
    for one in promised:
        moved = _moved(one)
        if moved is not None and moved > max(one.item.recorded_at, after):
            yield moved, one.item.code, one.item, "digest.now", state_word(one)


def _moved(one: Commitment | Offer) -> datetime | None:
    steps = [step.at for step in one.story]
    if isinstance(one, Commitment):
        steps += [at for at in (one.confirmed_at, one.accepted_at) if at is not None]
    return max(steps, default=None)


def _watches(watched: Iterable[Watch], after: datetime) -> Iterator[Change]:
    for watch in watched:
        item = watch.item
        if watch.last_at is not None and watch.last_at > after:
            yield watch.last_at, item.code, item, "digest.reported", ""
        if watch.raised_at is not None and watch.raised_at > after:
            yield watch.raised_at, item.code, item, "digest.now", state_of(watch)


def _said(change: Change) -> Phrase:
    at, code, item, key, state = change
    what = phrase(key, state=Fact(item.record, state)) if state else phrase(key)
    return phrase("digest.change", code=code, what=what, at=Fact(item.record, at))
