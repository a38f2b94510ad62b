"""`!refuse CODE`: of an offer that was made, or of a release that was asked for."""

from __future__ import annotations

from bot.domain.case import Offer, ReleaseRequest
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.commands.commitments import read_offer, refuse_offer
from bot.engine.commands.consenting import read_request, refuse_request


def read_refusal(ctx: Ctx, rest: str) -> ReleaseRequest | Offer | Refused:
    """Read the code of whichever of the two waits for the speaker's party here."""
    request = read_request(ctx, rest)
    if isinstance(request, ReleaseRequest) or request.why.key == "consent.closed":
        return request
    offer = read_offer(ctx, rest)
    if isinstance(offer, Offer) and offer.item.compartment != ctx.here.id:
        return refuse(
            "accept.refuse_there", code=offer.item.code, compartment=offer.item.compartment
        )
    return offer


def refuse_it(ctx: Ctx, found: ReleaseRequest | Offer) -> None:
    """Refuse it."""
    if isinstance(found, ReleaseRequest):
        refuse_request(ctx, found)
    else:
        refuse_offer(ctx, found)
