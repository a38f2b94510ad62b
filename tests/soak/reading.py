"""What a text of the bot says, as a person reads it: by its words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = r"`(?P<code>[0-9A-Z]{4})`"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("notice", re.compile(rf"Due now: .* for `.*` \({_CODE}\)")),
    ("notice", re.compile(rf"Overdue (?P<late>.*), level (?P<level>\d+): .* for `.*` \({_CODE}\)")),
    (
        "desk",
        re.compile(
            rf"Overdue, nobody has dealt with it: watch {_CODE} in `.*`, "
            r"level (?P<level>\d+), time (?P<times>\d+)\."
        ),
    ),
    ("set", re.compile(rf"Watch {_CODE} is armed: .* for `(?P<person>[^`]*)`")),
    ("acked", re.compile(rf"Acknowledged: {_CODE} is quiet until")),
    ("reported", re.compile(rf"On record for `.*` \({_CODE}, ")),
    ("weak", re.compile(rf"Kept, but {_CODE} stays open")),
    ("refused", re.compile(rf"Nothing done: {_CODE} is not due")),
)
_LIST: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("notice", re.compile(r"(?P<count>\d+) checks are due now\.")),
    ("notice", re.compile(r"(?P<count>\d+) checks are overdue, level (?P<level>\d+)\.")),
    (
        "desk",
        re.compile(
            r"Overdue, nobody has dealt with them: (?P<count>\d+) watches in `.*`, "
            r"level (?P<level>\d+), time (?P<times>\d+)\."
        ),
    ),
)
_CHECK = re.compile(rf".* for `.*` \({_CODE}\), overdue (?P<late>.*?)\. ")
SET_BACK = "the clock was ahead and has been set back"
SET_ON = "the clock was set on from"
EXPIRED = "acknowledgement has expired"
AWAY = "the bot was unavailable from"


@dataclass(frozen=True, slots=True)
class Read:
    """One text: what it is, and of which watch. Level 0 is the reminder at the due time."""

    kind: str
    code: str
    text: str
    level: int = 0
    times: int = 0
    person: str = ""
    late: str = ""
    listed: bool = False


def read(text: str) -> tuple[Read, ...]:
    """Return what a text says of watches, one by one; nothing if it is of none."""
    for kind, form in _FORMS:
        found = form.match(text)
        if found is not None:
            said = found.groupdict()
            return (
                Read(
                    kind,
                    said["code"],
                    text,
                    int(said.get("level") or 0),
                    int(said.get("times") or 0),
                    said.get("person") or "",
                    said.get("late") or "",
                ),
            )
    return _listed(text)


def _listed(text: str) -> tuple[Read, ...]:
    """Return what a list says of each watch in it; a list that is not whole says nothing."""
    for kind, form in _LIST:
        found = form.match(text)
        if found is None:
            continue
        said = found.groupdict()
        level, times = int(said.get("level") or 0), int(said.get("times") or 0)
        checks = [(one["code"], "") for one in re.finditer(_CODE, text)]
        if kind == "notice":
            lines = (_CHECK.search(line) for line in text.split("\n"))
            checks = [(one["code"], one["late"]) for one in lines if one is not None]
        if len(checks) != int(said["count"]):
            return ()
        return tuple(
            Read(kind, code, text, level, times, late=late, listed=True) for code, late in checks
        )
    return ()
