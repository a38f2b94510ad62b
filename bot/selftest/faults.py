"""The seam by which a small fault is put into the running engine, and taken out again.

Functions and methods are replaced in this process for as long as a block lasts. Nothing outside
this package uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.domain.case import Case
from bot.engine.effects import Effect, Say
from bot.engine.events import Draw, Event, Scene
from bot.engine.mediator import Decision
from bot.runner import cases
from bot.words.phrase import Insertion, Phrase, listed

Fault: TypeAlias = Callable[[], AbstractContextManager[None]]
Effects: TypeAlias = tuple[Effect, ...]
Args: TypeAlias = dict[str, Insertion]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A named leak: what it does, and how it is put in."""

    name: str
    says: str
    fault: Fault


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    kept = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def instead(owner: object, name: str, make: Callable[[Callable[..., object]], object]) -> Fault:
    """Return a fault that puts `make(what was there)` in the place of a function or method."""
    return lambda: _replaced(owner, name, make(vars(owner)[name]))


def both(*faults: Fault) -> Fault:
    """Return several faults as one."""

    @contextmanager
    def put_in() -> Iterator[None]:
        if not faults:
            yield
            return
        with faults[0](), both(*faults[1:])():
            yield

    return put_in


def decided(change: Callable[[Event, Case, Effects], Effects]) -> Fault:
    """Return a fault that changes what is decided: the event, the case before it, the effects."""

    def make(decide: Callable[..., object]) -> object:
        def broken(event: Event, case: Case, scene: Scene, draw: Draw) -> Decision:
            decision = decide(event, case, scene, draw)
            if not isinstance(decision, Decision):
                raise TypeError("a decision has effects")
            # Folded anew: the records may be others now.
            return Decision(change(event, case, decision.effects))

        return broken

    return instead(cases, "decide", make)


def told(key: str, change: Callable[[Args, Event, Case], Args]) -> Fault:
    """Return a fault that changes what a sentence of the catalogue is filled with, at any depth."""

    def changed(event: Event, case: Case, effects: Effects) -> Effects:
        def inside(said: Phrase) -> Phrase:
            args = {name: into(value) for name, value in said.args}
            if said.key == key:
                args = change(args, event, case)
            return Phrase(said.key, tuple(args.items()))

        def into(value: Insertion) -> Insertion:
            if isinstance(value, Phrase):
                return inside(value)
            lines = listed(value)
            return value if lines is None else tuple(map(inside, lines))

        return tuple(
            replace(e, phrase=inside(e.phrase)) if isinstance(e, Say) else e for e in effects
        )

    return decided(changed)


def counted(key: str, name: str, count: Callable[[Case], int]) -> Fault:
    """Return a fault that lets a number or a word of a sentence depend on a count over the case."""

    def change(args: Args, _event: Event, case: Case) -> Args:
        value = args[name]
        more = value + count(case) if isinstance(value, int) else f"{value} ({count(case)})"
        return {**args, name: more}

    return told(key, change)
