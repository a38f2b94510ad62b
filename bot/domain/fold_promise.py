"""The fold of what becomes of promises, and of what goes with them. Same rules as `fold`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import promise_bodies as p
from bot.domain.case import Case, Commitment
from bot.domain.fold_commitment import step
from bot.domain.fold_items import with_item, worded
from bot.domain.growing import put
from bot.domain.ids import Code
from bot.domain.promise_states import Happening
from bot.domain.promises import Concession, Offer, Pair, RedLine
from bot.domain.records import Record


def promise(case: Case, record: Record, body: p.PromiseBody) -> Case:
    """Return the case after one record of what became of its promises."""
    match body:
        case p.OfferTerms():
            case = worded(case, record, body.offer)
            offer = replace(case.offers[body.offer], terms=body.terms, terms_record=record.id)
            return replace(case, offers=put(case.offers, body.offer, offer))
        case p.PromiseActed():
            case = worded(case, record, body.code)
            moved = step(_of(case, body.code), record, body.happening, body.party, body.instead)
            return _kept(case, body.code, moved)
        case p.PromiseTold():
            moved = step(_of(case, body.code), record, body.happening, body.party, body.instead)
            return _kept(case, body.code, moved)
        case p.PromiseDated():
            old = _of(case, body.code)
            new = replace(old, terms=replace(old.terms, hangs=body.hangs), due=body.due)
            moved = step(new, record, Happening.MOVED) if body.due != old.due else new
            return _kept(case, body.code, moved)
        case p.PromisesPaired():
            pair = Pair(body.one, body.other, record.id, record.label)
            return replace(case, pairs=(*case.pairs, pair))
        case p.ConcessionNoted():
            return _conceded(case, record, body)
        case p.RedLineDrawn() | p.RedLineDropped() | p.RedLinesAnswered():
            return _red_line(case, record, body)


def _of(case: Case, code: Code) -> Commitment | Offer:
    return case.commitments.get(code) or case.offers[code]


def _kept(case: Case, code: Code, moved: Commitment | Offer) -> Case:
    if isinstance(moved, Commitment):
        return replace(case, commitments=put(case.commitments, code, moved))
    return replace(case, offers=put(case.offers, code, moved))


def _red_line(
    case: Case, record: Record, body: p.RedLineDrawn | p.RedLineDropped | p.RedLinesAnswered
) -> Case:
    match body:
        case p.RedLineDrawn():
            drawn = RedLine(body.number, body.party, record.id, record.label)
            return replace(case, red_lines=(*case.red_lines, drawn))
        case p.RedLineDropped():
            lines = tuple(
                replace(line, dropped=True)
                if (line.number, line.party) == (body.number, body.party)
                else line
                for line in case.red_lines
            )
            return replace(case, red_lines=lines)
        case p.RedLinesAnswered():
            known = case.answered.get(body.code, frozenset())
            return replace(
                case, answered=put(case.answered, body.code, known | frozenset(body.lines))
            )


def _conceded(case: Case, record: Record, body: p.ConcessionNoted) -> Case:
    case = with_item(case, record, body.code)
    noted = Concession(
        body.code, body.party, body.percent, body.assessor, body.on, case.items[body.code]
    )
    history = (*case.concessions.get(body.party, ()), noted)
    return replace(case, concessions=put(case.concessions, body.party, history))
