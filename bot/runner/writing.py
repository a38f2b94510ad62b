"""What a decision wants written: its effects checked, and made into whole records.

The engine reads no words; what it wants to be copied, compared or erased is looked up here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.geneva import names_person
from bot.domain.ids import RecordId
from bot.domain.records import PLANS, Record
from bot.engine.effects import (
    Append,
    Effect,
    Erase,
    Fetch,
    Hash,
    Propose,
    Recall,
    Sift,
    UnlessNamed,
    Verify,
    Weigh,
)
from bot.engine.events import Event
from bot.ledger.party import party_signature_holds
from bot.ports import Store
from bot.runner.arrived import Offload
from bot.runner.erasing import LOOKED_AT, found_for, in_parts

_LOOKS = (Hash, Weigh, Sift, Propose, Fetch, Verify, UnlessNamed, Recall, Erase)


class Writing:
    """Makes records of effects. It reads what is stored and writes nothing."""

    def __init__(self, store: Store, offload: Offload) -> None:
        self._store = store
        self._offload = offload

    async def checked(self, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
        """Return the effects, or only what to say instead where one of them must not stand."""
        for effect in effects:
            if isinstance(effect, Verify):
                jwt = await self._offload(lambda e=effect: self._store.jwt(e.record))  # type: ignore[misc]
                if jwt is None or not party_signature_holds(jwt, effect.signature):
                    return (effect.otherwise,)
            if isinstance(effect, UnlessNamed):
                opened = await self._offload(lambda e=effect: self._store.prose(e.source.record))  # type: ignore[misc]
                words = opened[1].get(effect.source.field, "") if opened else ""
                if names_person(words, effect.person):
                    return (effect.otherwise,)
        return effects

    async def records(
        self, effects: tuple[Effect, ...], case: Case, event: Event
    ) -> tuple[Record, ...]:
        """Return the records that effects append, whole."""
        made: list[Record] = []
        wishes = [effect for effect in effects if isinstance(effect, Erase)]
        for effect in effects:
            if isinstance(effect, Append):
                body = await self._with_copies(effect)
                for wish in wishes:
                    if wish.by == effect.record:
                        body = await self._with_erased(body, wish, case)
                made += in_parts(_record(effect, body, case, event))
        return tuple(made)

    async def _with_erased(self, body: b.Body, wish: Erase, case: Case) -> b.Body:
        """Write into an `Erased` which records it is about: the engine reads no words."""
        if not isinstance(body, b.Erased):
            raise TypeError("only an erasure erases")
        found: list[RecordId] = []
        for head in range(0, case.head, LOOKED_AT):
            found += await self._offload(
                lambda h=head: found_for(self._store, case.id, wish, h, LOOKED_AT)  # type: ignore[misc]
            )
        return replace(body, records=tuple(r for r in found if r not in case.erased))

    async def _with_copies(self, effect: Append) -> b.Body:
        body = effect.body
        for field, ref in effect.copy:
            if field not in PLANS[type(body)].prose:
                raise ValueError("only prose is copied")
            opened = await self._offload(lambda r=ref: self._store.prose(r.record))  # type: ignore[misc]
            text = opened[1].get(ref.field, "") if opened else ""
            # The field is one of this body's prose fields, which are strings.
            body = replace(body, **{field: text})  # type: ignore[arg-type]
        return body


def stands_alone(effects: Sequence[Effect]) -> bool:
    """Tell whether a decision must see in the store what was decided before it."""
    return any(isinstance(e, _LOOKS) or (isinstance(e, Append) and e.copy) for e in effects)


def plain_records(effects: Sequence[Effect], case: Case, event: Event) -> tuple[Record, ...]:
    """Return the records of a decision that does not stand alone."""
    return tuple(
        record
        for effect in effects
        if isinstance(effect, Append)
        for record in in_parts(_record(effect, effect.body, case, event))
    )


def _record(effect: Append, body: b.Body, case: Case, event: Event) -> Record:
    return Record(
        effect.record, case.id, effect.compartment, event.at, effect.label, event.id, body
    )
