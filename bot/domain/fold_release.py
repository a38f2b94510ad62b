"""The fold of releases: who was asked, who consented, what came of it. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import release_bodies as r
from bot.domain.case import Case, Offer, ReleaseRequest
from bot.domain.fold_items import with_item, worded
from bot.domain.growing import put
from bot.domain.ids import Code
from bot.domain.records import Record


def release(case: Case, record: Record, body: r.ReleaseBody) -> Case:
    """Return the case after one record of its releases."""
    match body:
        case r.ItemReleased():
            return _item_released(case, record, body)
        case r.ReleaseAsked():
            case = worded(case, record, body.code)
            new = ReleaseRequest(
                body.code,
                body.item,
                body.target,
                body.by,
                body.until,
                frozenset(body.owners),
                record.id,
                record.label,
                record.compartment,
            )
        case r.ConsentGiven():
            old = case.requests[body.code]
            new = replace(old, consents=old.consents | {body.party})
        case r.ConsentRefused():
            new = replace(case.requests[body.code], refused=True)
        case r.ReleaseDone():
            new = replace(case.requests[body.request], released_as=body.released_as)
            case = _linked(case, new, body.released_as)
    return replace(case, requests=put(case.requests, new.code, new))


def _item_released(case: Case, record: Record, body: r.ItemReleased) -> Case:
    case = with_item(case, record, body.code)
    if body.obligor is None or body.obligee is None or body.due is None:
        return case
    offer = Offer(case.items[body.code], body.obligor, body.obligee, body.due)
    return replace(case, offers=put(case.offers, body.code, offer))


def _linked(case: Case, request: ReleaseRequest, released_as: Code) -> Case:
    """Tie an offer to the commitment it was made from."""
    source = case.commitments.get(request.item)
    if source is None or released_as not in case.offers:
        return case
    offer = replace(case.offers[released_as], source=request.item)
    told = replace(source, offers=(*source.offers, (request.target, released_as)))
    return replace(
        case,
        offers=put(case.offers, released_as, offer),
        commitments=put(case.commitments, request.item, told),
    )
