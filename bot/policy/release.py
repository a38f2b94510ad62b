"""The one gate: only what `release` clears can be sent.

`Cleared` cannot be built, derived from, changed or copied anywhere else: the constructor wants
a key that never leaves this module. Python cannot prevent `object.__new__` followed by
`object.__setattr__`, another object taking on the class, or the key being taken by force; an
architecture test looks for such attempts in our own source. A denial says why in a word for
the operator; it never carries the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, NoReturn, TypeVar, final

from bot.policy.guard import RoomId, SeenRoom, UserId, WantedRoom, Why, breaches, inspect
from bot.policy.label import CompartmentId, Label

T = TypeVar("T")

_KEY: Final = object()


@dataclass(frozen=True, slots=True)
class Labelled(Generic[T]):
    """Something to be said, and who owns what it is made of."""

    value: T
    label: Label


@dataclass(frozen=True, slots=True)
class Room:
    """A compartment's room at this moment: what the case wants and what was seen.

    `wanted` and `seen` are None where the case has no such room or nothing was seen of it.
    """

    compartment: CompartmentId
    held: bool
    wanted: WantedRoom | None
    seen: SeenRoom | None


@dataclass(frozen=True, slots=True)
class Denied:
    """The text may not be sent. Carries no content."""

    why: Why
    rules: tuple[str, ...] = ()


@final
@dataclass(frozen=True, init=False, repr=False, eq=False)
class Cleared(Generic[T]):
    """A text that passed the gate, for one room and the people it was cleared for."""

    __slots__ = ("readers", "room", "value")
    value: T
    room: RoomId
    readers: frozenset[UserId]

    def __init__(self, key: object, value: T, wanted: WantedRoom) -> None:
        if key is not _KEY:
            raise TypeError("only policy.release makes Cleared")
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "room", wanted.room)
        object.__setattr__(self, "readers", wanted.roster)

    # `override` is not in the standard library before Python 3.12.
    def __init_subclass__(cls) -> NoReturn:  # type: ignore[explicit-override]
        raise TypeError("only policy.release makes Cleared")

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:  # type: ignore[explicit-override]
        raise TypeError("what was cleared cannot be copied")


def release(item: Labelled[T], room: Room) -> Cleared[T] | Denied:
    """Clear a labelled text for a compartment's room, or deny it.

    Clears only if the compartment is not held, every owner of the text permits the
    compartment and everybody seated there, and every rule of the guard holds for the room as seen.
    """
    if room.held:
        return Denied(Why.HELD)
    if not item.label.admits(room.compartment):
        return Denied(Why.LABEL)
    if room.wanted is None or room.seen is None or room.wanted.room != room.seen.room:
        return Denied(Why.UNKNOWN_ROOM)
    broken = breaches(inspect(room.wanted, room.seen))
    if broken:
        return Denied(Why.BREACH, tuple(f.rule.value for f in broken))
    if not room.wanted.roster:
        return Denied(Why.NO_READERS)
    if not item.label.caveats.admits(room.wanted.roster):
        return Denied(Why.LABEL)
    return Cleared(_KEY, item.value, room.wanted)
