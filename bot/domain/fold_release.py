"""The fold of releases: who was asked, who consented, what came of it. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import release_bodies as r
from bot.domain.case import Case, Item, Offer, ReleaseRequest
from bot.domain.fold_items import with_item, worded
from bot.domain.growing import put, without
from bot.domain.ids import Code, RecordId
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
                caveats=body.caveats,
                held=body.held,
                names=body.names,
            )
        case r.ConsentGiven():
            old = case.requests[body.code]
            new = replace(
                old,
                consents=old.consents | {body.party},
                with_names=old.with_names or body.with_names,
                completed_in=record.compartment,
            )
        case r.ConsentRefused():
            new = replace(case.requests[body.code], refused=True)
        case r.ReleaseDone():
            new = replace(
                case.requests[body.request],
                released_as=body.released_as,
                released_at=record.at,
                pair=body.pair,
            )
            case = _linked(case, new, body.released_as)
        case r.ConsentRevoked():
            old = case.requests[body.code]
            new = replace(old, consents=old.consents - {body.party})
        case r.ReleaseRevoked():
            new = replace(case.requests[body.request], revoked=True)
            case = _taken_back(case, new)
        case r.RequestLapsed():
            new = replace(case.requests[body.request], lapsed=True)
        case r.ItemExpired():
            return _withdrawn(case, case.items[body.code].record)
        case r.TearLineProposed():
            return _proposed(case, record, body)
        case r.NameProtected():
            name = Item(body.code, record.id, record.compartment, record.label, record.at)
            case = worded(case, record, body.code)
            places = case.places | {record.id} if body.place else case.places
            return replace(case, protected=(*case.protected, name), places=places)
        case r.BothDelivered():
            if body.first not in case.requests:
                return case
            new = replace(case.requests[body.first], apart=body.apart)
    return replace(case, requests=put(case.requests, new.code, new))


def _proposed(case: Case, record: Record, body: r.TearLineProposed) -> Case:
    pair = (record.compartment, body.target)
    others = tuple(one for one in case.tear_lines if one[:2] != pair)
    case = with_item(case, record, body.code)
    return replace(case, tear_lines=(*others, (*pair, record.id)))


def _item_released(case: Case, record: Record, body: r.ItemReleased) -> Case:
    case = with_item(case, record, body.code)
    if body.named:
        case = replace(case, named=case.named | {record.id})
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


def _taken_back(case: Case, request: ReleaseRequest) -> Case:
    """Take back what a request became: no offer, no words."""
    code = request.released_as
    if code is None or code not in case.items:
        return case
    source = case.commitments.get(request.item)
    if source is not None:
        told = tuple(offer for offer in source.offers if offer[1] != code)
        kept = put(case.commitments, request.item, replace(source, offers=told))
        case = replace(case, commitments=kept)
    if code in case.offers:
        case = replace(case, offers=without(case.offers, code))
    return _withdrawn(case, case.items[code].record)


def _withdrawn(case: Case, record: RecordId) -> Case:
    return replace(case, withdrawn=case.withdrawn | {record})
