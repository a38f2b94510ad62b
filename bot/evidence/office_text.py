"""Habits of Word: fields, hidden runs, and the few settings that change what is seen.

A field's instruction can carry a path, a name or an address, so only its result stays; page numbers
stay fields, written anew. Refuses to show text that Word hides.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree
from typing_extensions import override

from bot.evidence.kinds import Stop, Why
from bot.evidence.office_parts import Part
from bot.evidence.words_office import SPACES
from bot.evidence.xml import Fate, serialised

_W: Final = f"{{{SPACES['w']}}}"
_PAGE_NUMBER: Final = re.compile(
    r"\s*(PAGE|NUMPAGES)\s*(?:\\\*\s*(?:MERGEFORMAT|Arabic)\s*)*", re.IGNORECASE
)
_SWITCHED_OFF: Final = frozenset({"0", "false", "off"})
_HIDING: Final = ("vanish", "webHidden", "specVanish")


class Story(Part):
    """Running text: the body, a header, a footer, notes, or the list of numberings."""

    @override
    def made(self, old: etree._Element) -> etree._Element:
        """Return the new root, after the fields of the old one were told apart."""
        self._unseen: set[etree._Element] = set()
        self._kept: dict[etree._Element, str] = {}
        self._tell_fields(old)
        return super().made(old)

    @override
    def fate(self, old: etree._Element) -> Fate:
        """Leave out hidden runs, and fields but for page numbers."""
        name = self.words.name(old.tag)
        if old in self._unseen:
            self.note("fields")
            return Fate.GONE
        if name in {"w:instrText", "w:fldChar"} and old not in self._kept:
            self.note("fields")
            return Fate.GONE
        if name == "w:r" and self._is_hidden(old):
            self.note("hidden")
            return Fate.GONE
        if name == "w:lvl" and any(old.iter(*(_W + word for word in _HIDING))):
            return Fate.KEEP  # a numbering whose numbers are not shown; its text is a pattern
        if name == "w:fldSimple" and _PAGE_NUMBER.fullmatch(old.get(_W + "instr", "")):
            return Fate.KEEP
        return super().fate(old)

    @override
    def attribute(self, old: etree._Element, name: str, value: str) -> str | None:
        """Keep the text of a numbering, which is seen, and the instruction of a page number."""
        place = self.words.name(old.tag)
        if place == "w:lvlText" and name == "w:val":
            return value
        if name == "w:instr":
            return _page_number(value)
        return super().attribute(old, name, value)

    @override
    def text(self, old: etree._Element) -> str:
        """Write the instruction of a page number anew."""
        return self._kept.get(old) or super().text(old)

    def _is_hidden(self, run: etree._Element) -> bool:
        return any(
            mark.get(_W + "val", "1") not in _SWITCHED_OFF
            for word in _HIDING
            for mark in run.iterfind(f"{_W}rPr/{_W}{word}")
        )

    def _tell_fields(self, root: etree._Element) -> None:
        """Walk the fields: what is in an instruction is not seen, whatever it is made of."""
        open_fields: list[tuple[list[etree._Element], list[str]]] = []
        in_result: list[bool] = []
        for one in root.iter(
            _W + "fldChar", _W + "instrText", _W + "t", _W + "drawing", _W + "pict"
        ):
            local = etree.QName(one.tag).localname
            if local == "fldChar":
                if one.get(_W + "fldCharType") == "begin":
                    if not all(in_result):
                        self._unseen.add(one)
                    open_fields.append(([one], []))
                    in_result.append(False)
                elif not open_fields:
                    raise Stop(Why.DAMAGED, kind=self.words.kind)
                else:
                    open_fields[-1][0].append(one)
                    in_result[-1] = True
                    if one.get(_W + "fldCharType") == "end":
                        in_result.pop()
                        self._end_field(*open_fields.pop(), seen=all(in_result))
            elif local == "instrText":
                if open_fields:
                    open_fields[-1][0].append(one)
                    open_fields[-1][1].append(one.text or "")
            elif not all(in_result):
                self._unseen.add(one)

    def _end_field(self, marks: list[etree._Element], said: list[str], *, seen: bool) -> None:
        instruction = "".join(said)
        if not seen or not _PAGE_NUMBER.fullmatch(instruction):
            return
        first = True
        for mark in marks:
            if mark.tag == _W + "instrText":
                if not first:
                    continue
                self._kept[mark], first = _page_number(instruction), False
            else:
                self._kept[mark] = ""


def _page_number(instruction: str) -> str:
    match = _PAGE_NUMBER.fullmatch(instruction)
    return f" {match[1].upper()} " if match else ""


def settings(old: etree._Element) -> bytes:
    """Return settings anew: whether even pages have headers of their own, and the newest layout."""
    root = etree.Element(_W + "settings", nsmap={"w": SPACES["w"]})
    even = old.find(_W + "evenAndOddHeaders")
    if even is not None and even.get(_W + "val", "1") not in _SWITCHED_OFF:
        etree.SubElement(root, _W + "evenAndOddHeaders")
    compatible = etree.SubElement(root, _W + "compat")
    newest = etree.SubElement(compatible, _W + "compatSetting")
    newest.set(_W + "name", "compatibilityMode")
    newest.set(_W + "uri", "http://schemas.microsoft.com/office/word")
    newest.set(_W + "val", "15")
    return serialised(root)
