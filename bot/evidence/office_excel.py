"""Habits of Excel: shared strings, hidden rows and columns, number formats, names of sheets.

Strings are written into their cells, so that the table of strings, which keeps deleted ones, is not
carried. Formulas give way to their last values. Refuses number formats with words in them.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Final

from lxml import etree
from typing_extensions import override

from bot.evidence.kinds import Stop, Why
from bot.evidence.office_parts import FONTS, SHOWN, Part
from bot.evidence.text import visible
from bot.evidence.words_office import SPACES
from bot.evidence.xml import Fate

_S: Final = f"{{{SPACES['s']}}}"
_R_ID: Final = f"{{{SPACES['r']}}}id"
_CELLS: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?")
_SPANS: Final = re.compile(r"[0-9]+:[0-9]+")
_KEY_WORDS: Final = frozenset({"inlineStr", "b", "n", "e", "str"})
_FORMAT: Final = re.compile(
    r"(?:General|AM/PM|A/P|\[(?:h+|m+|s+|Red|Black|Blue|Green|White|Yellow|Cyan|Magenta)\]"
    r"|\[\$[^\]A-Za-z0-9]{0,3}(?:-[0-9A-Fa-f]{1,8})?\]|E\+|\"[^\"A-Za-z]{0,3}\"|\\.|_.|\*."
    r"|[0#?.,%/\- ():;@+$dmyhsDMYHS€£¥])*"
)
"""Formats of numbers, dates and money without a word in them (ECMA-376 part 1, 18.8.31)."""


def hidden_sheet(state: str) -> bool:
    """Say whether a sheet in this state is not shown."""
    return state not in {"", "visible"}


class Book(Part):
    """The workbook, its styles, and its drawings."""

    @override
    def fate(self, old: etree._Element) -> Fate:
        """Leave out hidden sheets."""
        if self.words.name(old.tag) == "s:sheet" and hidden_sheet(old.get("state", "")):
            self.note("hidden")
            return Fate.GONE
        return super().fate(old)

    @override
    def attribute(self, old: etree._Element, name: str, value: str) -> str | None:
        """Keep the names of sheets, which are seen, of common fonts, and formats without words."""
        place = self.words.name(old.tag)
        if place == "s:sheet" and name == "name":
            return visible(value)
        if place in {"s:name", "s:rFont"} and name == "val":
            return value if value.lower() in FONTS else "Arial"
        if name == "formatCode":
            if not _FORMAT.fullmatch(value):
                raise Stop(Why.UNSURE, kind=self.words.kind)
            return value
        if place == "s:pageSetup" and name == "r:id":
            return None  # settings of a printer
        if place == "s:row" and name == "r":
            return value if _number(value) > 0 else None
        if name in {"r", "ref"}:
            return value if _CELLS.fullmatch(value) else None
        if name == "spans":
            return value if _SPANS.fullmatch(value) else None
        if name == "t" and value in _KEY_WORDS:
            return value
        return super().attribute(old, name, value)


class Sheet(Book):
    """One sheet of cells."""

    @override
    def made(self, old: etree._Element) -> etree._Element:
        """Return the new root, after the hidden columns of the old one were told."""
        self._columns = [
            (_number(col.get("min")), _number(col.get("max")))
            for col in old.iterfind(f"{_S}cols/{_S}col")
            if col.get("hidden", "0") not in SHOWN or col.get("width") == "0"
        ]
        return super().made(old)

    @override
    def fate(self, old: etree._Element) -> Fate:
        """Leave out hidden rows and the cells of hidden columns."""
        name = self.words.name(old.tag)
        if name == "s:row" and (old.get("hidden", "0") not in SHOWN or old.get("ht") == "0"):
            self.note("hidden")
            return Fate.GONE
        if name == "s:c" and self._columns:
            cell = _CELLS.fullmatch(old.get("r", ""))
            if cell is None:
                raise Stop(Why.UNSURE, kind=self.words.kind)
            column = _column(cell[1])
            if any(first <= column <= last for first, last in self._columns):
                self.note("hidden")
                return Fate.GONE
        return super().fate(old)

    @staticmethod
    def with_words(old: etree._Element, table: Sequence[etree._Element]) -> etree._Element:
        """Return the old sheet with each string in its cell instead of a number into the table."""
        for cell in old.iter(_S + "c"):
            value = cell.find(_S + "v")
            if cell.get("t") != "s" or value is None:
                continue
            index = _number(value.text)
            if not 0 <= index < len(table):
                cell.remove(value)
                continue
            inline = copy.deepcopy(table[index])
            inline.tag, inline.tail = _S + "is", None
            cell.replace(value, inline)
            cell.set("t", "inlineStr")
        return old


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch("[0-9]{1,9}", text) else -1


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
