"""The neutrality report by command, at the desk: as a table, or as text to copy."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from bot.digest.neutrality import Figure, Treatment, neutrality
from bot.engine.command import Ctx, Refused, refuse
from bot.words.phrase import Fact, Moment, PartyName, Phrase, phrase

USAGE: Final = "!neutrality [text]"
_SAID: Final[dict[str, str]] = {
    "notices": "neutrality.notices",
    "notice": "neutrality.notice",
    "shortest": "neutrality.shortest",
    "out_of_hours": "neutrality.out_of_hours",
    "answers": "neutrality.answers",
    "answer": "neutrality.answer",
    "extensions": "neutrality.extensions",
    "releases": "neutrality.releases",
    "gaps": "neutrality.gaps",
}


def read_form(_: Ctx, rest: str) -> bool | Refused:
    """Read whether the report is wanted as text."""
    typed = rest.strip().casefold()
    return typed == "text" if typed in ("", "text") else refuse("wrong.form", usage=USAGE)


def report(ctx: Ctx, as_text: bool) -> None:
    """Show how each party was dealt with, as far as this desk may read; nothing is recorded."""
    found = neutrality(ctx.case, ctx.here.id)
    rows = tuple(row for one in found for row in _rows(one, "neutrality.row"))
    if not as_text:
        ctx.answer("neutrality", now=Moment(ctx.event.at), rows=rows)
        return
    lines = tuple(row for one in found for row in _rows(one, "neutrality.line"))
    ctx.answer("neutrality.text", now=Moment(ctx.event.at), lines=lines)


def _rows(found: Treatment, key: str) -> list[Phrase]:
    """Return a row for each figure: every party has the same rows, so that none stands out."""
    return [
        phrase(key, party=PartyName(found.party.id), what=phrase(said), figure=_shown(found, name))
        for name, said in _SAID.items()
    ]


def _shown(found: Treatment, name: str) -> Phrase:
    figure = {f.name: getattr(found, f.name) for f in fields(found)}[name]
    if not isinstance(figure, Figure):
        return phrase("neutrality.none")
    return phrase("neutrality.figure", figure=Fact(figure.record, figure.value))
