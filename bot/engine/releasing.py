"""What a release becomes: the new item, how it is announced, and how it ends with time.

Nothing of the source goes with it: no id, time, author or count. Refuses to say why a request
lapsed: who asked reads the same words at the same instant whether somebody refused or nobody
answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain import release_bodies as r
from bot.domain.case import Case, Commitment, ReleaseRequest
from bot.domain.ids import Code, CompartmentId, Prose, SeatId, UserId
from bot.engine import caveats, offering
from bot.engine.effects import GiveReceipt, Say
from bot.engine.events import DeadlineReached
from bot.engine.pen import Pen
from bot.engine.seated import speaks_for_party
from bot.policy.label import Caveats, owned_by_all
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

LAPSE, UNTIL = "release:lapse:", "release:until:"


def recall_names(code: Code) -> tuple[str, str]:
    """Return the names under which a released item's notice and its receipt can be taken back."""
    return f"release:{code}", f"release-receipt:{code}"


def recall_of_pair(one: ReleaseRequest, other: ReleaseRequest) -> str:
    """Return the name under which two notices that go together can be taken back."""
    return "both:" + ":".join(sorted((one.code, other.code)))


@dataclass(frozen=True, slots=True)
class Released:
    """A new item, whose notice and receipt have still to be sent."""

    notice: Say
    receipt: GiveReceipt


def release(pen: Pen, request: ReleaseRequest, pair: Code | None = None) -> Released:
    """Make the new item; `pair` is the request that goes out together with it."""
    promise = pen.case.commitments.get(request.item)
    terms = _for_eyes(request.caveats, pen.case.users_in(request.target))
    offer = None if terms.unattributed else promise
    readers = pen.case.readers_of(request.target)
    if terms.no_forward:
        readers = frozenset({request.target})
    code = pen.code()
    record = pen.append(
        request.target,
        r.ItemReleased(
            code,
            Prose(""),
            offer.obligor if offer else None,
            offer.obligee if offer else None,
            offer.due if offer else None,
            named=request.with_names,
        ),
        label=replace(owned_by_all(request.owners, readers), caveats=terms),
        copy=(("text", Ref(request.record, "text")),),
    )
    pen.append(request.asked_in, r.ReleaseDone(request.code, code, pair), label=request.label)
    label = pen.case.items[code].label
    goes = phrase("nothing") if offer is None else offering.put(pen, request.item, code, label)
    pen.disarm(f"{LAPSE}{request.code}")
    if terms.until is not None:
        pen.arm(f"{UNTIL}{code}", terms.until)
    text, lines = Ref(record, "text"), caveats.shown(terms, record)
    if offer is None:
        said = phrase("release.item", code=code, text=text, caveats=lines)
    else:
        said = phrase(
            "release.offer",
            code=code,
            obligor=PartyName(offer.obligor),
            text=text,
            due=Fact(record, offer.due),
            goes=goes,
            caveats=lines,
        )
    notice, receipt = recall_names(code)
    mention = _deciders(pen.case, request.target, offer)
    return Released(
        Say(request.target, said, mention=mention, recall=notice),
        GiveReceipt(request.target, record, f"item-{code}", recall=receipt),
    )


def _for_eyes(caveats: Caveats, people: frozenset[UserId]) -> Caveats:
    """Name who sits there at this moment, where it is for nobody else."""
    return replace(caveats, eyes=frozenset(people) if caveats.eyes_only else frozenset())


def _deciders(case: Case, target: CompartmentId, promise: Commitment | None) -> tuple[SeatId, ...]:
    if promise is None:
        return ()
    return tuple(
        s.id
        for s in case.seats_in(target)
        if s.party == promise.obligee and speaks_for_party(case, s)
    )


def reached(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """End a request that nobody completed in time, or words whose time is over."""
    _, what, name = event.key.split(":")
    if what == "until":
        expire(case, Code(name), pen)
        return
    request = case.requests.get(Code(name))
    if request is None or request.released_as or request.closed:
        return
    pen.append(request.asked_in, r.RequestLapsed(request.code), label=request.label)
    pen.tell(request.asked_in, phrase("release.lapsed", code=request.code))


def expire(case: Case, code: Code, pen: Pen) -> None:
    """Withdraw words whose time is over; a promise that was accepted in time stands."""
    item, offer = case.items.get(code), case.offers.get(code)
    if item is None or not case.stands(item) or (offer is not None and offer.accepted):
        return
    shown = case.shows(item, item.compartment)
    pen.append(item.compartment, r.ItemExpired(code), label=item.label)
    if shown:
        pen.tell(item.compartment, _over(code))


def _over(code: Code) -> Phrase:
    return phrase("release.over", code=code)
