"""The fold of digests. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import digest_bodies as d
from bot.domain.case import Case
from bot.domain.digesting import Digesting, Issue
from bot.domain.growing import put
from bot.domain.records import Record

_KEPT = 63
"""So many earlier digests are remembered, of all readers together."""


def digest(case: Case, record: Record, body: d.DigestBody) -> Case:
    """Return the case after one record of its digests."""
    old = case.digesting.get(body.compartment) or Digesting()
    match body:
        case d.DigestSent():
            sent = (*case.digests[-_KEPT:], (body.compartment, body.as_of))
            case = replace(case, digests=sent)
            new = _issued(old, body) if body.period else old
        case d.DigestScheduled():
            new = replace(old, schedule=body.schedule, confirm=body.confirm)
        case d.DigestDelivered():
            since = max(old.since or body.as_of, body.as_of)
            new = _of(
                replace(old, since=since, missed=0, missed_at=None), body, delivered_at=record.at
            )
        case d.DigestRead():
            new = replace(_of(old, body, read_at=record.at), skipped=0)
        case d.DigestUnread():
            new = _of(old, body, unread=body.times)
        case d.DigestMissed():
            new = replace(old, missed=old.missed + 1, missed_at=record.at)
    new = replace(new, turn=old.turn + 1)
    return replace(case, digesting=put(case.digesting, body.compartment, new))


def _issued(old: Digesting, body: d.DigestSent) -> Digesting:
    last = old.issue
    again = last is not None and last.period == body.period
    unread = last is not None and last.delivered_at is not None and last.read_at is None
    skipped = old.skipped + (unread and not again)
    return replace(old, issue=Issue(body.code, body.as_of, body.period), skipped=skipped)


def _of(
    old: Digesting, body: d.DigestDelivered | d.DigestRead | d.DigestUnread, **changed: object
) -> Digesting:
    """Change the latest issue, if it is the one that is meant; an older one is over."""
    if old.issue is None or old.issue.code != body.code:
        return old
    return replace(old, issue=replace(old.issue, **changed))  # type: ignore[arg-type]
