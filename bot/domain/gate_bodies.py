"""Record bodies of gates. Same rules as `bodies`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, TypeAlias

from bot.domain.ids import Code, CompartmentId, Prose, SeatId
from bot.domain.vocabulary import WatchKind


@dataclass(frozen=True, slots=True)
class GateSet:
    """Two people set a gate before every offer; the fields are those of `gates.Gate`."""

    TAG: ClassVar = "gate.set/1"
    code: Code
    kind: WatchKind
    within: timedelta
    watch: Code | None
    place: CompartmentId | None
    by: SeatId
    approved_by: SeatId


@dataclass(frozen=True, slots=True)
class GateRemoved:
    TAG: ClassVar = "gate.removed/1"
    code: Code
    by: SeatId
    approved_by: SeatId
    reason: Prose


@dataclass(frozen=True, slots=True)
class GateOverridden:
    """Two people let one promise past a gate, as it is worded now.

    `item` may name nothing: the desk is not told which codes there are.
    """

    TAG: ClassVar = "gate.overridden/1"
    gate: Code
    item: Code
    by: SeatId
    approved_by: SeatId
    reason: Prose


GateBody: TypeAlias = GateSet | GateRemoved | GateOverridden
