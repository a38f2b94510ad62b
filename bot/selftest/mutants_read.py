"""Leaks in what may be read: labels that are too wide, and answers that know too much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.domain.bodies import ItemReleased
from bot.domain.case import Case, Compartment
from bot.domain.ids import CODE_ALPHABET, Code, CompartmentId
from bot.engine import met
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.effects import Append
from bot.engine.events import Event
from bot.engine.parsing import distance, take_code
from bot.engine.pen import Pen
from bot.policy.label import Label, PartyId, owned_by_all
from bot.selftest.faults import Effects, Mutant, both, decided, instead

Was = Callable[..., object]


def _counter(_was: Was) -> object:
    """Number what there is, over all compartments."""

    def code(pen: Pen) -> Code:
        taken = len(pen.case.items) + len(pen.case.requests) + len(pen.case.approvals)
        while True:
            taken += 1
            digits = (taken // 27**place % 27 for place in (3, 2, 1, 0))
            made = Code("".join(CODE_ALPHABET[digit] for digit in digits))
            if not pen.case.knows_code(made):
                return made

    return code


def _not_allowed(was: Was) -> object:
    """Say of a code that it is there, and not for you."""

    def no_item(ctx: Ctx, typed: str) -> object:
        code = take_code(typed).code
        if code is not None and ctx.case.knows_code(Code(code)):
            return refuse("erase.gone", code=code)
        return was(ctx, typed)

    return no_item


def _suggested(was: Was) -> object:
    """Suggest the code that is nearest to a mistyped one, from all there are."""

    def no_item(ctx: Ctx, typed: str) -> object:
        found = was(ctx, typed)
        code = take_code(typed).code or ""
        like = [c for c in sorted(ctx.case.items) if distance(c, code) <= 2]
        if isinstance(found, Refused) and like:
            return refuse("wrong.no_item", code=code, verb=like[0])
        return found

    return no_item


def _everywhere(_was: Was) -> object:
    def readers_of(case: Case, compartment: CompartmentId) -> frozenset[CompartmentId]:
        del compartment
        return frozenset(case.compartments)

    return readers_of


def _shown_to_benches(was: Was) -> object:
    """Let a digest look at every item, and trust the gate with the rest."""

    def shows(case: Case, item: object, compartment: CompartmentId) -> object:
        place = case.compartments.get(compartment)
        return True if place is not None and place.digest else was(case, item, compartment)

    return shows


def _first_label(_was: Was) -> object:
    """Take the label of what comes first for that of the whole."""

    def join(label: Label, other: Label) -> Label:
        return label if label.owners else other

    return join


def _first_readers(_was: Was) -> object:
    """Take the readers of any owner for those of all."""

    def join(label: Label, other: Label) -> Label:
        merged: dict[PartyId, frozenset[CompartmentId]] = {}
        for party, readers in (*label.owners, *other.owners):
            merged[party] = merged.get(party, frozenset()) | readers
        everybody = frozenset[CompartmentId]().union(*merged.values()) if merged else frozenset()
        return Label(frozenset((party, everybody) for party in merged))

    return join


def _wider(event: Event, case: Case, effects: Effects) -> Effects:
    """Let what is released be read in every room."""
    del event
    everywhere = frozenset(case.compartments)
    return tuple(
        replace(e, label=owned_by_all(e.label.owner_parties(), everywhere))
        if isinstance(e, Append) and isinstance(e.body, ItemReleased)
        else e
        for e in effects
    )


def _all_count(_was: Was) -> object:
    """Let a line typed in any room close a contact gap that is watched from another."""

    def counts(case: Case, watched_from: CompartmentId, here: Compartment) -> bool:
        del case, watched_from, here
        return True

    return counts


READ: Final = (
    Mutant("shared counter", "codes are numbered over all compartments", instead(Pen, "code", _counter)),
    Mutant("not allowed", "a code of elsewhere is refused in other words", instead(Ctx, "no_item", _not_allowed)),
    Mutant("suggested code", "a mistyped code is completed from all there are", instead(Ctx, "no_item", _suggested)),
    Mutant("readers of all", "what is said in one room may be told in every room", instead(Case, "readers_of", _everywhere)),
    Mutant("digest by exclusion", "a digest looks at everything and leaves it to the gate", instead(Case, "shows", _shown_to_benches)),
    Mutant("union of labels", "a digest looks at everything, and labels are joined by union", both(instead(Case, "shows", _shown_to_benches), instead(Label, "join", _first_readers))),
    Mutant("first label", "a digest looks at everything and has the label of its first line", both(instead(Case, "shows", _shown_to_benches), instead(Label, "join", _first_label))),
    Mutant("wider release", "what is released may be read more widely than was consented", decided(_wider)),
    Mutant("contact anywhere", "a line typed in one room closes a gap watched from another", instead(met, "counts", _all_count)),
)  # fmt: skip
