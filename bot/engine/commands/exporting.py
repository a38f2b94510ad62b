"""Export by command: two mediators let the operator write out what one party may hold.

Refuses a party that is not in the case. The bot itself sends nothing: the operator writes the
files, within a day, with `parley export`.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain import bodies as b
from bot.domain.ids import PartyId
from bot.engine.command import Ctx, Refused, refuse
from bot.engine.seated import party_named
from bot.words.phrase import Fact, PartyName, Phrase, phrase

USAGE = "!export PARTY"
LASTS = timedelta(hours=24)
"""So long the operator may write files after the approval."""


def read_export(ctx: Ctx, rest: str) -> PartyId | Refused:
    """Read the party whose files are to be written."""
    found = party_named(ctx.case, rest)
    if found is None:
        parties = ", ".join(sorted(ctx.case.parties))
        return refuse("export.no_party", parties=parties, usage=USAGE)
    return found


def warn(_: Ctx, party: PartyId) -> Phrase:
    """Say what the second person agrees to."""
    return phrase("export.warn", party=PartyName(party))


def export(ctx: Ctx, party: PartyId) -> None:
    """Put the approval on record; what the operator may then do is said with it."""
    if ctx.approver is None:
        raise TypeError("an export takes two people")
    until = ctx.event.at + LASTS
    record = ctx.pen.append(
        ctx.here.id, b.ExportApproved(party, ctx.seat.id, ctx.approver.id, until)
    )
    ctx.answer(
        "export.done",
        party=PartyName(party),
        id=party,
        case=ctx.case.id,
        until=Fact(record, until),
    )
