"""What every scenario looks for on people's own clients, so that each scenario holds its story only."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bot.demo.report import NotAsExpected, hold
from bot.demo.stage import UNSEEN, Stage

CODE = re.compile(r"`([2-9A-Y]{4})`")
_MEANINGLESS = re.compile(
    r'(?=[a-z0-9+/_=-]*[A-Z])(?=[A-Za-z+/_=-]*\d)[A-Za-z0-9+/_=-]{40,}|"size":\d+'
)
"""Ids, keys and signatures, and how large a file is: by chance any name or code may stand in them.

Each of them has a capital and a digit; a long path of plain words is none and stays.
"""


def code_in(text: str) -> str:
    """Return the first code that a text names."""
    found = CODE.search(text.translate(UNSEEN))
    if found is None:
        raise NotAsExpected(f"no code in {text!r}")
    return found[1]


def percentages_in(text: str) -> list[str]:
    """Return every percentage of a text, sorted as text; a number alone may be part of a clock."""
    return sorted(re.findall(r"\d[\d.,]* %", text))


def clock_after(status: str, minutes: int) -> str:
    """Return the time of day, UTC, so many minutes after what the bot's answer shows."""
    shown = re.search(r"(\d\d):(\d\d) UTC", status)
    if shown is None:
        raise NotAsExpected(f"no time in {status!r}")
    of_day = (int(shown[1]) * 60 + int(shown[2]) + minutes) % (24 * 60)
    return f"{of_day // 60:02}:{of_day % 60:02}"


def greeted(stage: Stage, name: str) -> datetime:
    """Return when a person's client received its first message."""
    return datetime.fromtimestamp(stage.persons[name].inbox[0].at / 1000, UTC)


def readable(reports: str) -> str:
    """Return what a client received without what nobody can have written anything into."""
    return _MEANINGLESS.sub(" ", reports)


def has_code(code: str, text: str) -> bool:
    """Tell whether a code stands anywhere as itself, and not by chance inside a longer word."""
    return re.search(rf"(?<![A-Za-z0-9]){code}(?![A-Za-z0-9])", text) is not None


async def nowhere(stage: Stage, words: str, insiders: set[str]) -> None:
    """Hold that nobody but some people has words anywhere in what their client received."""
    for name, person in stage.persons.items():
        if name not in insiders:
            shown = readable(person.everything().translate(UNSEEN))
            found = has_code(words, shown) if CODE.fullmatch(f"`{words}`") else words in shown
            hold(not found, f"{name}'s client holds {words!r}")


async def separated(stage: Stage) -> str:
    """Hold that everybody sits exactly where the case file seats them."""
    for name in stage.persons:
        expected = {
            place.id
            for place in stage.file.compartments.values()
            if any(stage.file.seats[seat].user.startswith(f"@{name}:") for seat in place.seats)
        }
        found = stage.compartments_of(name)
        hold(found == expected, f"{name} is in {sorted(found)}, not in {sorted(expected)}")
    seats = len(stage.persons)
    return f"{seats} people, {len(stage.file.compartments)} encrypted rooms, each as seated"


async def all_trusted(stage: Stage) -> str:
    """Hold that every message in every client decrypted, from a device its owner vouched for."""
    count = 0
    for name, person in stage.persons.items():
        for seen in person.inbox:
            if seen.kind in ("m.room.message", "m.room.encrypted"):
                count += 1
                hold(seen.trusted, f"{name}, from {seen.sender}: {seen.why or seen.shield_reason}")
    return f"{count} messages, no warning"
