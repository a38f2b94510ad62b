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


def read(text: str) -> Read | None:
    """Return what a text says of a watch; None if it is of none."""
    for kind, form in _FORMS:
        found = form.match(text)
        if found is not None:
            said = found.groupdict()
            return Read(
                kind,
                said["code"],
                text,
                int(said.get("level") or 0),
                int(said.get("times") or 0),
                said.get("person") or "",
                said.get("late") or "",
            )
    return None
