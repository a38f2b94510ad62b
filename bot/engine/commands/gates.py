"""Gates by command: two mediators say what must be verified before anything is offered.

Refuses a gate that would rest on a watch which a room it stands in may not read: its refusals
there would tell of it. Refuses to say at the desk whether a gate is open: that is the room's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.case import Case, Watch
from bot.domain.gate_bodies import GateOverridden, GateRemoved, GateSet
from bot.domain.gates import Gate
from bot.domain.ids import CASE_ROOM, Code, CompartmentId, Prose
from bot.domain.vocabulary import CompartmentKind, WatchKind, WatchState
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.gating import lacking
from bot.engine.parsing import split_keyword, take_code, take_word
from bot.engine.seated import compartment_named
from bot.engine.times import duration
from bot.policy.label import Label, owned_by_all
from bot.words.phrase import Phrase, Ref, phrase

OFFER = "!gate offer requires KIND <= LENGTH [for WATCH] [in ROOM]"
REMOVE = "!gate remove CODE because WORDS"
OVERRIDE = "!gate override CODE for ITEM because WORDS"
NOTHING = phrase("nothing")
OFFERING = frozenset({CompartmentKind.CAUCUS, CompartmentKind.SHUTTLE})
"""Kinds of room in which promises are confirmed."""

_AT_MOST = re.compile(r"\s*(?:<\s*=|\u2264|=<)\s*")


@dataclass(frozen=True, slots=True)
class NewGate:
    """What was typed of a gate, read."""

    kind: WatchKind
    within: timedelta
    watch: Code | None
    place: CompartmentId | None


def read_offer(ctx: Ctx, rest: str) -> NewGate | Refused:
    """Read `requires KIND <= LENGTH [for WATCH] [in ROOM]`."""
    parts = split_keyword(rest, "requires")
    halves = _AT_MOST.split(parts.after, maxsplit=1) if parts and not parts.before else []
    if len(halves) < len(("kind", "length")):
        return refuse("wrong.form", usage=OFFER)
    kind = _kind(halves[0])
    if kind is None:
        return refuse("watch.kinds", usage=OFFER, kinds=", ".join(k.value for k in WatchKind))
    tail, room = _after(halves[1], "in")
    length, code = _after(tail, "for")
    within = duration(length)
    if isinstance(within, Refused):
        return within
    place = None
    if room is not None:
        place = compartment_named(ctx.case, room)
        if place is None:
            return refuse("seat.no_compartment", compartment=room[:40])
    where = place.id if place else None
    if code is None:
        return NewGate(kind, within, None, where)
    watch = _watch(ctx, code, kind)
    if isinstance(watch, Refused):
        return watch
    blind = [p for p in _rooms(ctx.case, where) if not watch.item.label.admits(p)]
    if blind:
        return refuse("gate.blind", code=watch.item.code, rooms=", ".join(f"`{p}`" for p in blind))
    return NewGate(kind, within, watch.item.code, where)


def _kind(typed: str) -> WatchKind | None:
    """Return the kind of watch that is meant by `sign_of_life` or `sign of life`."""
    plain = " ".join(re.split(r"[\s_-]+", typed.strip().casefold()))
    return next((kind for kind in WatchKind if kind.value == plain), None)


def _after(rest: str, word: str) -> tuple[str, str | None]:
    parts = split_keyword(rest, word)
    return (rest, None) if parts is None else (parts.before, parts.after)


def _watch(ctx: Ctx, typed: str, kind: WatchKind) -> Watch | Refused:
    """Return a watch of that kind which the desk may read, or whose room the speaker sits in."""
    taken = take_code(typed)
    found = ctx.case.watches.get(Code(taken.code or ""))
    if found is None or taken.rest or not (ctx.case.stands(found.item) and _known(ctx, found)):
        return ctx.no_item(typed)
    if found.state is WatchState.ENDED:
        return refuse("watch.is_ended", code=found.item.code)
    if found.kind is not kind:
        return refuse("gate.other_kind", code=found.item.code, kind=kind.value)
    return found


def _known(ctx: Ctx, watch: Watch) -> bool:
    own = ctx.case.compartments[watch.item.compartment]
    return watch.item.label.admits(ctx.here.id) or ctx.seat.id in own.seats


def _rooms(case: Case, place: CompartmentId | None) -> tuple[CompartmentId, ...]:
    """Return the rooms in which a gate will stand."""
    if place is not None:
        return (place,)
    return tuple(c.id for _, c in sorted(case.compartments.items()) if c.kind in OFFERING)


def warn(ctx: Ctx, new: NewGate) -> Phrase:
    """Say what the second person should know."""
    rooms = ", ".join(f"`{p}`" for p in _rooms(ctx.case, new.place))
    key = "gate.warn" if new.watch else "gate.warn_all"
    return phrase(key, kind=new.kind.value, rooms=rooms)


def set_gate(ctx: Ctx, new: NewGate) -> None:
    """Put a gate on record, and tell every room in which it stands."""
    if ctx.approver is None:
        raise TypeError("a gate is set by two people")
    code = ctx.pen.code()
    rooms = _rooms(ctx.case, new.place)
    ctx.pen.append(
        CASE_ROOM,
        GateSet(code, new.kind, new.within, new.watch, new.place, ctx.seat.id, ctx.approver.id),
        label=_label(ctx, rooms),
    )
    gate = ctx.case.gates[code]
    ctx.answer("gate.done", code=code, gate=_said(gate))
    for place in rooms:
        if place != ctx.here.id and ctx.case.compartments[place].room is not None:
            ctx.pen.tell(place, phrase("gate.told", code=code, gate=_said(gate)))


def _label(ctx: Ctx, rooms: tuple[CompartmentId, ...]) -> Label:
    """The mediators own a gate; their own readers and the rooms it stands in may know of it."""
    here = ctx.here.id
    return owned_by_all(
        ctx.case.parties_in(here), ctx.case.readers_of(here) | frozenset({here, *rooms})
    )


def _said(gate: Gate) -> Phrase:
    """Return a gate in words; where it stands and what it rests on were told to those rooms."""
    watch = phrase("gate.watch", code=gate.watch) if gate.watch else phrase("gate.every")
    place = phrase("gate.in", room=gate.place) if gate.place else NOTHING
    return phrase("gate.said", kind=gate.kind.value, within=gate.within, watch=watch, place=place)


def list_all(ctx: Ctx, _: None) -> None:
    """Show the gates that stand here, each with what it still lacks; at the desk all, unjudged."""
    desk = ctx.here.kind is CompartmentKind.DESK
    found = [g for _, g in sorted(ctx.case.gates.items()) if desk or g.stands_in(ctx.here.id)]
    if not found:
        ctx.answer("gate.none")
        return
    ctx.answer("gate.list", lines=tuple(_line(ctx, gate, desk=desk) for gate in found))


def _line(ctx: Ctx, gate: Gate, *, desk: bool) -> Phrase:
    if desk:
        state = phrase("gate.there")
    else:
        lacks = lacking(ctx.case, gate, ctx.here.id, ctx.event.at)
        state = phrase("gate.shut", lacks=lacks) if lacks else phrase("gate.open")
    return phrase("gate.line", code=gate.code, gate=_said(gate), state=state)


def _head(ctx: Ctx, rest: str, usage: str) -> str | Refused:
    """Return what stands before the reason, which must be there when it is asked."""
    found = split_keyword(rest, "because")
    if found is None or (ctx.approval is None and not found.after):
        return refuse("wrong.form", usage=usage)
    return found.before


def _gate(ctx: Ctx, typed: str) -> tuple[Gate | Refused, str]:
    taken = take_code(typed)
    found = ctx.case.gates.get(Code(taken.code or ""))
    return (found or ctx.no_item(typed)), taken.rest


def read_remove(ctx: Ctx, rest: str) -> Gate | Refused:
    """Read `CODE because WORDS`."""
    head = _head(ctx, rest, REMOVE)
    if isinstance(head, Refused):
        return head
    gate, tail = _gate(ctx, head)
    return refuse("wrong.form", usage=REMOVE) if tail and isinstance(gate, Gate) else gate


def remove(ctx: Ctx, gate: Gate) -> None:
    """Take a gate away, by two; its rooms are told, and the reason stays at the desk."""
    if ctx.approval is None or ctx.approver is None:
        raise TypeError("a gate is removed by two people")
    rooms = _rooms(ctx.case, gate.place)
    ctx.pen.append(
        ctx.here.id,
        GateRemoved(gate.code, ctx.seat.id, ctx.approver.id, Prose("")),
        copy=(("reason", Ref(ctx.approval.record, "quoted")),),
    )
    ctx.answer("gate.removed", code=gate.code)
    for place in rooms:
        if place != ctx.here.id and ctx.case.compartments[place].room is not None:
            ctx.pen.tell(place, phrase("gate.told_removed", code=gate.code))


@dataclass(frozen=True, slots=True)
class Override:
    """A gate, and the code of what is let past it, whether there is such an item or not."""

    gate: Gate
    item: Code


def read_override(ctx: Ctx, rest: str) -> Override | Refused:
    """Read `CODE for ITEM because WORDS`. Any code will do: the desk is not told which there are."""
    head = _head(ctx, rest, OVERRIDE)
    if isinstance(head, Refused):
        return head
    gate, tail = _gate(ctx, head)
    if isinstance(gate, Refused):
        return gate
    word = take_word(tail)
    item = take_code(word.rest)
    if (word.found or "").casefold() != "for" or item.code is None or item.rest:
        return refuse("wrong.form", usage=OVERRIDE)
    return Override(gate, item.code)


def warn_override(_: Ctx, found: Override) -> Phrase:
    """Say what the second person should know."""
    return phrase("gate.warn_override", item=found.item, gate=found.gate.code)


def override(ctx: Ctx, found: Override) -> None:
    """Let a promise past a gate, as it is worded now; where it was made, that is told."""
    if ctx.approval is None or ctx.approver is None:
        raise TypeError("an override takes two people")
    ctx.pen.append(
        ctx.here.id,
        GateOverridden(found.gate.code, found.item, ctx.seat.id, ctx.approver.id, Prose("")),
        copy=(("reason", Ref(ctx.approval.record, "quoted")),),
    )
    ctx.answer("gate.overridden", item=found.item, gate=found.gate.code)
    promise = ctx.case.commitments.get(found.item)
    if promise is None or not ctx.case.stands(promise.item):
        return
    place = promise.item.compartment
    if place != ctx.here.id:
        said = phrase("gate.told_overridden", item=found.item, gate=found.gate.code)
        ctx.pen.tell(place, said)
