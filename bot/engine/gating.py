"""Whether an offer may be made: what a gate still lacks, in words that the room may read.

A room is judged by watches that it may read and by no others, so that neither a refusal nor its
absence tells of another room. Refuses where there is nothing to judge by. A sign of life given
under duress passes: a refusal would show the speaker that it was noticed; the mediators are told.
"""

from __future__ import annotations

from datetime import datetime

from bot.digest.compose import PROOF, last_seen, needs_proof
from bot.domain.case import Case, Item, Watch
from bot.domain.gates import Gate
from bot.domain.ids import CompartmentId
from bot.domain.vocabulary import WatchState
from bot.engine.command import Ctx, Refused, refuse
from bot.words.phrase import Fact, Phrase, Ref, phrase


def held_by_gate(ctx: Ctx, item: Item) -> Refused | None:
    """Refuse an offer that a gate holds here; None if it passes them all."""
    for _, gate in sorted(ctx.case.gates.items()):
        if not gate.stands_in(ctx.here.id) or (gate.code, item.record) in ctx.case.passes:
            continue
        lacks = lacking(ctx.case, gate, ctx.here.id, ctx.event.at)
        if lacks:
            return refuse(
                "gate.holds",
                gate=gate.code,
                kind=gate.kind.value,
                within=gate.within,
                lacks=lacks,
                ask=_ask(ctx, gate, item),
            )
    return None


def _ask(ctx: Ctx, gate: Gate, item: Item) -> Phrase:
    """Say how the mediators can let it pass; its code only where it is known."""
    if not ctx.case.shows(item, ctx.here.id):
        return phrase("nothing")
    return phrase("gate.ask", gate=gate.code, item=Fact(item.record, item.code))


def lacking(case: Case, gate: Gate, here: CompartmentId, now: datetime) -> tuple[Phrase, ...]:
    """Return what a gate still lacks in a room; nothing if it is open there."""
    watches = rests_on(case, gate, here)
    if not watches:
        return (phrase("gate.nothing", kind=gate.kind.value),)
    return tuple(_line(watch, now) for watch in watches if not _fresh(watch, gate, now))


def rests_on(case: Case, gate: Gate, here: CompartmentId) -> tuple[Watch, ...]:
    """Return the watches that a gate rests on in a room, by code."""
    return tuple(
        watch
        for code, watch in sorted(case.watches.items())
        if watch.kind is gate.kind
        and gate.watch in (None, code)
        and watch.state is not WatchState.ENDED
        and case.shows(watch.item, here)
    )


def _fresh(watch: Watch, gate: Gate, now: datetime) -> bool:
    """Tell whether a watch was verified within the time, by evidence strong enough."""
    if watch.last_at is None or now - watch.last_at > gate.within:
        return False
    return not needs_proof(watch.kind) or watch.last_strength in PROOF


def _line(watch: Watch, now: datetime) -> Phrase:
    record = watch.item.record
    return phrase(
        "gate.lacks",
        code=Fact(record, watch.item.code),
        person=Ref(record, "person"),
        last=last_seen(watch, now),
    )


def passed(case: Case, item: Item) -> tuple[str, ...]:
    """Return the codes of the gates that two mediators let an item pass, as it is worded."""
    return tuple(sorted(code for code, record in case.passes if record == item.record))
