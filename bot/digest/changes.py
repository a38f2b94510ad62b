"""What is new to a reader since the latest digest that reached it, and that it may read.

Refuses to tell a change by its absence: what a reader may not read is no change, and what it
could read before and cannot any more is not named.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bot.digest.lines import Line
from bot.digest.promising import promised, state_word
from bot.digest.watching import state_of, watches_of
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


def changes(case: Case, here: CompartmentId, since: datetime | None) -> list[Line]:
    """Return what changed after an instant, the latest first; all of it if that is None."""
    found = [
        *_new(case, here, since),
        *_promises(case, here, since),
        *_watches(case, here, since),
    ]
    found.sort(key=lambda change: (change[0], change[1]), reverse=True)
    return [line for _, _, line in found]


Change = tuple[datetime, str, Line]


def _new(case: Case, here: CompartmentId, since: datetime | None) -> Iterator[Change]:
    kinds = {code: key for table, key in _NAMES for code in getattr(case, table)}
    told = {p.item.code for p in promised(case, here)} | {
        w.item.code for w in watches_of(case, here)
    }
    for code, item in case.items.items():
        if since is not None and item.recorded_at <= since:
            continue
        kind = kinds.get(code, "digest.kind_words")
        open_ = kind not in ("digest.kind_promise", "digest.kind_offer", "digest.kind_watch")
        if (
            (open_ or code in told)
            and case.shows(item, here)
            and item.record not in case.party_keys
        ):
            yield _change(item.recorded_at, item, phrase(kind))


def _promises(case: Case, here: CompartmentId, since: datetime | None) -> Iterator[Change]:
    for one in promised(case, here):
        moved = _moved(one)
        if moved is not None and moved > one.item.recorded_at and (since is None or moved > since):
            state = phrase("digest.now", state=Fact(one.item.record, state_word(one)))
            yield _change(moved, one.item, state)


def _moved(one: Commitment | Offer) -> datetime | None:
    steps = [step.at for step in one.story]
    if isinstance(one, Commitment):
        steps += [at for at in (one.confirmed_at, one.accepted_at) if at is not None]
    return max(steps, default=None)


def _watches(case: Case, here: CompartmentId, since: datetime | None) -> Iterator[Change]:
    for watch in watches_of(case, here):
        for at, said in _turns(watch):
            if since is None or at > since:
                yield _change(at, watch.item, said)


def _turns(watch: Watch) -> Iterator[tuple[datetime, Phrase]]:
    record = watch.item.record
    if watch.last_at is not None:
        yield watch.last_at, phrase("digest.reported")
    if watch.raised_at is not None:
        yield watch.raised_at, phrase("digest.now", state=Fact(record, state_of(watch)))


def _change(at: datetime, item: Item, said: Phrase) -> Change:
    told = phrase("digest.change", code=item.code, what=said, at=Fact(item.record, at))
    return at, item.code, Line(item.label, told)
