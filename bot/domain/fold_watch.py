"""The fold of watches: the table of `watch_states` decides, this module fills in.

What the table has no row for changes nothing but the list of words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from bot.domain import bodies as b
from bot.domain.case import Case, Watch
from bot.domain.changed import changed
from bot.domain.fold_items import with_item, worded
from bot.domain.growing import put, put_all, without
from bot.domain.ids import Code
from bot.domain.records import Record
from bot.domain.vocabulary import WatchKind, WatchState
from bot.domain.watch_states import Happening, leads_to
from bot.domain.watch_story import Turn, told

OfWatch: TypeAlias = (
    b.WatchSet
    | b.WatchRaised
    | b.WatchAcked
    | b.WatchSatisfied
    | b.ReportTooWeak
    | b.ContactMade
    | b.WatchSuspended
    | b.WatchResumed
    | b.WatchEnded
    | b.LadderApplied
    | b.WatchFlapped
)
_WORDLESS = (b.WatchRaised, b.WatchResumed, b.WatchFlapped, b.LadderApplied, b.ContactMade)
FLAPS = 3
"""So many alarms that ended by themselves within a day are told as flapping."""


def watch(
    case: Case, record: Record, body: OfWatch | b.WatchesRaised | b.LadderNamed | b.LadderDropped
) -> Case:
    """Return the case after one record of its watches or ladders."""
    match body:
        case b.WatchesRaised():
            return changed(case, watches=_all_raised(case.watches, record, body))
        case b.LadderNamed():
            return replace(case, ladders=put(case.ladders, body.name, body.ladder))
        case b.LadderDropped():
            return replace(case, ladders=without(case.ladders, body.name))
        case b.WatchSet():
            case = with_item(case, record, body.code)
            if body.kind is WatchKind.CONTACT_GAP:
                case = replace(case, gaps=case.gaps | {body.code})
            return _kept(case, body.code, _set(case, record, body))
        case _:
            old = case.watches[body.code]
            if not isinstance(body, _WORDLESS):
                case = worded(case, record, body.code)
            return _kept(case, body.code, _changed(old, record, body))


def _kept(case: Case, code: Code, new: Watch) -> Case:
    return changed(case, watches=put(case.watches, code, new))


def _set(case: Case, record: Record, body: b.WatchSet) -> Watch:
    return Watch(
        case.items[body.code],
        body.kind,
        body.by,
        body.schedule,
        body.first_due,
        body.grace,
        body.step,
        ladder=body.ladder,
        ladder_name=body.ladder_name,
        party=body.party,
        story=(Turn(Happening.SET, record.id, record.at, body.first_due, by=body.by),),
    )


def _changed(old: Watch, record: Record, body: OfWatch) -> Watch:
    match body:
        case b.WatchSet():
            raise TypeError("a watch is set once")
        case b.WatchFlapped():
            return replace(old, flapped_at=record.at, recoveries=())
        case b.WatchRaised():
            return _raised(old, body, _turn(record, body))
        case b.WatchAcked():
            return _moved(
                old,
                Happening.ACKED,
                Turn(
                    Happening.ACKED,
                    record.id,
                    record.at,
                    old.occurrence,
                    old.level,
                    until=body.until,
                    by=body.by,
                ),
                acked_until=body.until,
                stilled_by=record.id,
            )
        case b.WatchSatisfied() | b.ContactMade():
            return _proved(old, record, body)
        case b.ReportTooWeak():
            turn = Turn(
                Happening.WEAK,
                record.id,
                record.at,
                old.occurrence,
                old.level,
                by=body.by,
                strength=body.strength,
            )
            return _moved(old, Happening.WEAK, turn)
        case b.WatchSuspended():
            turn = Turn(
                Happening.SUSPENDED,
                record.id,
                record.at,
                old.occurrence,
                old.level,
                until=body.until,
                by=body.by,
                approver=body.approver,
            )
            return _moved(
                old,
                Happening.SUSPENDED,
                turn,
                suspended_until=body.until,
                acked_until=None,
                stilled_by=record.id,
            )
        case b.WatchResumed():
            what = Happening.RESUMED_LATE if old.level else Happening.RESUMED
            turn = Turn(what, record.id, record.at, body.occurrence, old.level, by=body.by)
            return _moved(
                old,
                what,
                turn,
                suspended_until=None,
                occurrence=body.occurrence,
                since=record.id,
                raised_at=record.at,
            )
        case b.LadderApplied():
            turn = Turn(
                Happening.LADDER, record.id, record.at, old.occurrence, old.level, by=body.by
            )
            return _moved(
                old,
                Happening.LADDER,
                turn,
                ladder=body.ladder,
                ladder_name=body.name,
                since=record.id,
            )
        case b.WatchEnded():
            turn = Turn(
                Happening.ENDED,
                record.id,
                record.at,
                old.occurrence,
                old.level,
                by=body.by,
                approver=body.approver,
            )
            return _moved(old, Happening.ENDED, turn)


def _moved(old: Watch, happening: Happening, turn: Turn, **fields: object) -> Watch:
    """Return the watch in the state that the table gives; unchanged where it gives none."""
    state = leads_to(old.state, happening)
    if state is None:
        return old
    return changed(old, state=state, story=told(old.story, turn), **fields)


def _all_raised(
    table: Mapping[Code, Watch], record: Record, body: b.WatchesRaised
) -> Mapping[Code, Watch]:
    turns: dict[datetime, tuple[b.WatchRaised, Turn]] = {}
    new: dict[Code, Watch] = {}
    for code, occurrence in body.checks:
        if occurrence not in turns:
            one = body.one(code, occurrence)
            turns[occurrence] = one, _turn(record, one)
        old = new[code] if code in new else table[code]
        new[code] = _raised(old, *turns[occurrence])
    return put_all(table, new)


def _turn(record: Record, body: b.WatchRaised) -> Turn:
    return Turn(
        Happening.RAISED if body.level else Happening.REMINDED,
        record.id,
        record.at,
        body.occurrence,
        body.level,
        skipped=body.skipped,
        rooms=body.rooms,
        told=body.told,
        outside=body.outside,
        away=body.away,
    )


def _raised(old: Watch, body: b.WatchRaised, turn: Turn) -> Watch:
    return _moved(
        old,
        turn.what,
        turn,
        level=body.level,
        repeat=body.repeat,
        acked_until=None,
        occurrence=body.occurrence,
        raised_at=turn.at,
        skipped=old.skipped.union(body.skipped) if body.skipped else old.skipped,
    )


def _proved(old: Watch, record: Record, body: b.WatchSatisfied | b.ContactMade) -> Watch:
    strength = body.strength if isinstance(body, b.WatchSatisfied) else None
    turn = Turn(
        Happening.PROVED,
        record.id,
        record.at,
        old.occurrence,
        old.level,
        by=body.by,
        strength=strength,
    )
    was_overdue = old.level > 0 and old.state is not WatchState.SUSPENDED
    recoveries = (*old.recoveries, record.at)[-FLAPS:] if was_overdue else old.recoveries
    return _moved(
        old,
        Happening.PROVED,
        turn,
        level=0,
        repeat=0,
        acked_until=None,
        occurrence=body.next_due,
        since=record.id,
        last_report=record.id,
        last_at=record.at,
        last_strength=strength,
        raised_at=None,
        skipped=frozenset(),
        recoveries=recoveries,
    )
