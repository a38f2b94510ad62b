"""Habits of PowerPoint: hidden slides, and prompts of layouts that no audience sees.

Notes, comments and animations are not carried. A text box that enters or leaves by animation is
simply there. Refuses recordings and charts by way of `words_office`.
"""

from __future__ import annotations

from typing import Final

from lxml import etree
from typing_extensions import override

from bot.evidence.office_parts import Part
from bot.evidence.words_office import SPACES
from bot.evidence.xml import Fate

_P: Final = f"{{{SPACES['p']}}}"
_A: Final = f"{{{SPACES['a']}}}"
_TEMPLATES: Final = frozenset({_P + "sldLayout", _P + "sldMaster"})


def hidden_slide(root: etree._Element) -> bool:
    """Say whether a slide is left out when the others are shown."""
    return root.get("show", "1") not in {"1", "true"}


class Deck(Part):
    """The list of slides."""


class Slide(Part):
    """A slide, or a layout or master that slides are made from."""

    @override
    def text(self, old: etree._Element) -> str:
        """Leave out what a layout asks people to type: only who edits the file sees it."""
        if old.tag == _A + "t" and self._in_prompt(old):
            return ""
        return super().text(old)

    @override
    def fate(self, old: etree._Element) -> Fate:
        """Write a field (a date, a slide's number) as the text that it shows."""
        if old.tag == _A + "fld":
            old.tag = _A + "r"
            for inner in old.findall(_A + "pPr"):
                old.remove(inner)
            self.note("fields")
        return super().fate(old)

    def _in_prompt(self, old: etree._Element) -> bool:
        if old.getroottree().getroot().tag not in _TEMPLATES:
            return False
        shape = next(old.iterancestors(_P + "sp"), None)
        return shape is not None and shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph") is not None
