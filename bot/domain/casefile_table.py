"""One table of a case file: values read by key, and everything wrong with them noted.

It exists so that a file is told all its problems at once, each with its place. It refuses a key
that nobody asked for: a misspelt line would otherwise say nothing and do nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

from bot.domain.ids import Prose

E = TypeVar("E", bound=StrEnum)

ID = re.compile(r"[a-z][a-z0-9-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_NAME = 100
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its place in the file, and what to write instead."""

    where: str
    says: str

    @property
    def line(self) -> str:
        """Both as one line."""
        return f"{self.where}: {self.says}"


class Table:
    """One table of the file: reads values by key, and notes what is wrong with them.

    After a problem a stand-in is returned so that reading goes on; it is never used, because
    a file with problems is refused as a whole.
    """

    def __init__(self, raw: object, where: str, problems: list[Problem]) -> None:
        self.where = where
        self._problems = problems
        self._raw: Mapping[str, object] = raw if isinstance(raw, dict) else {}
        self._asked: set[str] = set()
        if not isinstance(raw, dict):
            self.wrong("must be a table")

    def wrong(self, says: str) -> None:
        """Note a problem of this table."""
        self._problems.append(Problem(self.where, says))

    def text(
        self, key: str, holds: Callable[[str], bool], form: str, default: str | None = None
    ) -> str:
        """Return a text that `holds`; `form` is what it must be, in words."""
        self._asked.add(key)
        value = self._raw.get(key, default)
        if value is None:
            self.wrong(f"{key} is missing: {form}")
        elif not isinstance(value, str) or not holds(value):
            self.wrong(f"{key} must be {form}")
        else:
            return value
        return ""

    def maybe(self, key: str, holds: Callable[[str], bool], form: str) -> str | None:
        """Return a text that may be left out."""
        self._asked.add(key)
        return self.text(key, holds, form) if key in self._raw else None

    def choice(self, key: str, kinds: type[E]) -> E:
        """Return one of a closed vocabulary."""
        form = "one of: " + ", ".join(kinds)
        found = self.text(key, lambda value: value in list(kinds), form)
        return kinds(found) if found else next(iter(kinds))

    def names(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """Return a list of ids, each once."""
        self._asked.add(key)
        value = self._raw.get(key, [] if not needed else None)
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self.wrong(f'{key} must be a list of ids, like ["one", "other"]')
            return ()
        found = tuple(str(name) for name in value)
        if len(set(found)) < len(found):
            self.wrong(f"{key} names something twice")
        return found

    def maybe_names(self, key: str) -> tuple[str, ...] | None:
        """Return a list of ids that may be left out."""
        self._asked.add(key)
        return self.names(key) if key in self._raw else None

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the tables below this one, `[[here.key]]`, in their order."""
        self._asked.add(key)
        listed = self._raw.get(key, [])
        if not isinstance(listed, list):
            self.wrong(f"write [[….{key}]], with two brackets")
            return ()
        return tuple(
            Table(one, f"{self.where}, {key} {number}", self._problems)
            for number, one in enumerate(listed, start=1)
        )

    def zone(self, default: str | None = None) -> str:
        """Return the time zone."""
        return self.text("zone", _is_zone, "an IANA time zone, like Europe/Zurich", default)

    def language(self, default: str | None = None) -> str:
        """Return the language."""
        return self.text("language", fits(_LANGUAGE), "a language tag, like en or ar", default)

    def id(self) -> str:
        """Return the id."""
        form = "1 to 32 of a-z, 0-9 and -, a letter first"
        return self.text("id", fits(ID), form)

    def name(self) -> Prose:
        """Return the name."""
        return Prose(self.text("name", _is_name, f"one line of 1 to {_MAX_NAME} characters"))

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._raw.keys() - self._asked:
            self.wrong(f"{key} is not a key here; known: {', '.join(sorted(self._asked))}")


def place_of(text: str, name: str, at: int, table: object = None) -> str:
    """Return "line 12, seat haddad": the line of the table's header, and its id if it has one."""
    headers = re.finditer(rf"(?m)^[ \t]*\[{{1,2}}[ \t]*{re.escape(name)}[ \t]*\]", text)
    lines = [text.count("\n", 0, header.start()) + 1 for header in headers]
    named = table.get("id") if isinstance(table, dict) else None
    label = f"{name} {named}" if isinstance(named, str) and ID.fullmatch(named) else name
    return f"line {lines[at]}, {label}" if at < len(lines) else f"{label} (number {at + 1})"


def fits(form: re.Pattern[str]) -> Callable[[str], bool]:
    """Return whether a text is of a form, to be asked later."""
    return lambda value: form.fullmatch(value) is not None


def _is_name(value: str) -> bool:
    """One visible line: no controls, and nothing that could reorder the text around a name."""
    plain = all(unicodedata.category(c) not in ("Cc", "Zl", "Zp", "Cs", "Co") for c in value)
    fits = 0 < len(value) <= _MAX_NAME and value == value.strip()
    return plain and fits and not _BIDI_CONTROLS & set(value)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_zone(value: str) -> bool:
    return value in _zones() and not value.startswith(("posix", "right", "SystemV"))
