"""The fold of gates: which stand, and what two people let past them. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import gate_bodies as g
from bot.domain.case import Case
from bot.domain.gates import Gate
from bot.domain.growing import put, without
from bot.domain.records import Record


def gate(case: Case, record: Record, body: g.GateBody) -> Case:
    """Return the case after one record of its gates."""
    match body:
        case g.GateSet():
            new = Gate(body.code, body.kind, body.within, body.watch, body.place, record.id)
            return replace(case, gates=put(case.gates, body.code, new))
        case g.GateRemoved():
            return replace(case, gates=without(case.gates, case.gates[body.code].code))
        case g.GateOverridden():
            item = case.items.get(body.item)
            if item is None:
                return case
            # The wording that two people saw: amended, it is another promise.
            passed = (body.gate, item.record)
            return replace(case, passes=put(case.passes, passed, record.id))
