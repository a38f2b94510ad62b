"""Habits that Word, Excel and PowerPoint share: fonts, names of shapes, styles, and the theme.

Refuses to carry a name that nobody sees: shapes lose theirs, styles of one's own are numbered,
fonts that are not common give way to the reader's default.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree
from typing_extensions import override

from bot.evidence.kinds import Stop, Why
from bot.evidence.words_office import SPACES, names
from bot.evidence.xml import Fate, Rewrite, parsed

_FONTS: Final = (
    "aharoni|aptos|aptos display|arial|arial black|arial narrow|arial unicode ms|bahnschrift|batang|"
    "book antiqua|bookman old style|calibri|calibri light|cambria|cambria math|candara|century|"
    "century gothic|comic sans ms|consolas|constantia|corbel|courier|courier new|david|dejavu sans|"
    "dejavu sans mono|dejavu serif|dengxian|ebrima|franklin gothic medium|frank ruehl|gabriola|gadugi|"
    "garamond|georgia|gill sans|gill sans mt|gisha|gulim|helvetica|impact|leelawadee|liberation mono|"
    "liberation sans|liberation serif|lucida console|lucida sans unicode|malgun gothic|mangal|"
    "microsoft sans serif|ms gothic|ms mincho|ms shell dlg|nirmala ui|noto sans|noto serif|opensymbol|"
    "palatino linotype|sakkal majalla|segoe ui|segoe ui symbol|simplified arabic|simsun|sylfaen|"
    "symbol|tahoma|times|times new roman|traditional arabic|trebuchet ms|verdana|webdings|wingdings|"
    "wingdings 2|wingdings 3|yu gothic|yu mincho|+mn-lt|+mj-lt|+mn-ea|+mj-ea|+mn-cs|+mj-cs"
)
FONTS: Final = frozenset(_FONTS.split("|"))
"""Fonts that many have; the name of another says something about whose machine it was."""
SHOWN: Final = frozenset({"0", "false"})
"""What `hidden` says of what is seen; what nobody understands counts as hidden."""
_BUILT_IN: Final = re.compile(
    r"Normal|[Hh]eading [1-9]|Title|Subtitle|List(?: [A-Z][a-z]+)?(?: [2-5])?|header|footer|caption"
    r"|Default Paragraph Font|Normal Table|Table Normal|No List|Table Grid|footnote (?:text|reference)"
    r"|endnote (?:text|reference)|Hyperlink|toc [1-9]|Body Text(?: [2-3])?|Strong|Emphasis|Quote"
    r"|Intense Quote|No Spacing|page number|Plain Text"
)
_FORMULA: Final = re.compile(r"[A-Za-z0-9+\-*/? ]{0,80}")
_FONT_PLACES: Final = frozenset({"typeface", "w:ascii", "w:hAnsi", "w:cs", "w:eastAsia", "w:font"})
_UNNAMED: Final = frozenset({"p:cNvPr", "pic:cNvPr", "xdr:cNvPr", "wps:cNvPr", "wp:docPr"})
_URIS: Final = frozenset(
    {SPACES["pic"], SPACES["wps"], "http://schemas.openxmlformats.org/drawingml/2006/table"}
)
_STYLE_REFERENCES: Final = names(
    "w", "pStyle rStyle tblStyle basedOn next link numStyleLink styleLink"
)


class Part(Rewrite):
    """A part of an office document."""

    @override
    def fate(self, old: etree._Element) -> Fate:
        """Leave out shapes that are switched off."""
        for inner in old.iterchildren():
            if isinstance(inner.tag, str) and etree.QName(inner.tag).localname.startswith("nv"):
                named = next(iter(inner), None)
                if named is not None and named.get("hidden", "0") not in SHOWN:
                    self.note("hidden")
                    return Fate.GONE
        return super().fate(old)

    @override
    def attribute(self, old: etree._Element, name: str, value: str) -> str | None:
        """Keep names of common fonts, and ids of relationships; blank what must have a name."""
        place = self.words.name(old.tag)
        if name == "name" and place != "a:gd":
            return "" if place in _UNNAMED else None
        if name in _FONT_PLACES:
            return value if value.lower() in FONTS else None
        if name in {"r:id", "r:embed"}:
            return value
        if name == "uri":
            if value not in _URIS:
                raise Stop(Why.UNSURE, kind=self.words.kind)
            return value
        if name == "fmla":
            return value if _FORMULA.fullmatch(value) else None
        if name == "char" and place == "a:buChar":
            return value[:1]
        if name in {"w:styleId", "w:val"} and (name == "w:styleId" or place in _STYLE_REFERENCES):
            return self.notes.numbered("id " + value)
        return super().attribute(old, name, value)


class Styles(Part):
    """The styles of a text document: those that come with every Word keep their names."""

    @override
    def fate(self, old: etree._Element) -> Fate:
        """Stop at styles that hide text: without their mark it would be seen."""
        if self.words.name(old.tag) in {"w:vanish", "w:webHidden", "w:specVanish"}:
            raise Stop(Why.UNSURE, kind=self.words.kind)
        return super().fate(old)

    @override
    def attribute(self, old: etree._Element, name: str, value: str) -> str | None:
        """Number the styles that somebody named."""
        if name == "w:val" and self.words.name(old.tag) == "w:name":
            return value if _BUILT_IN.fullmatch(value) else self.notes.numbered("style " + value)
        return super().attribute(old, name, value)


class Theme(Rewrite):
    """A theme of our own with the colours and fonts of the old one, and none of its names."""

    @override
    def made(self, old: etree._Element) -> etree._Element:
        """Return the new root."""
        values = {name: self._colour(old, name) for name in COLOURS}
        fonts = [self._font(old, which) for which in ("majorFont", "minorFont")]
        return parsed(
            THEME.format(
                colours="".join(
                    f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>'
                    for name, value in values.items()
                ),
                major=fonts[0],
                minor=fonts[1],
            ).encode(),
            self.words.kind,
        )

    def _colour(self, old: etree._Element, name: str) -> str:
        for colour in old.iterfind(f".//{{{SPACES['a']}}}clrScheme/{{{SPACES['a']}}}{name}/*"):
            value: str = colour.get("lastClr") or colour.get("val") or ""
            if re.fullmatch("[0-9A-Fa-f]{6}", value):
                return value.upper()
        return COLOURS[name]

    def _font(self, old: etree._Element, which: str) -> str:
        for latin in old.iterfind(f".//{{{SPACES['a']}}}{which}/{{{SPACES['a']}}}latin"):
            value: str = latin.get("typeface", "")
            if value.lower() in FONTS and not value.startswith("+"):
                return value
        return "Arial"


COLOURS: Final = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "44546A",
    "lt2": "E7E6E6",
    "accent1": "4472C4",
    "accent2": "ED7D31",
    "accent3": "A5A5A5",
    "accent4": "FFC000",
    "accent5": "5B9BD5",
    "accent6": "70AD47",
    "hlink": "0563C1",
    "folHlink": "954F72",
}
"""The colours of a theme, in the order of the schema, for a file that does not say."""
_FILL: Final = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_LINE: Final = f'<a:ln w="{{}}">{_FILL}<a:prstDash val="solid"/></a:ln>'
_EFFECT: Final = "<a:effectStyle><a:effectLst/></a:effectStyle>"
THEME: Final = (
    f'<a:theme xmlns:a="{SPACES["a"]}" name=""><a:themeElements>'
    '<a:clrScheme name="">{colours}</a:clrScheme><a:fontScheme name="">'
    '<a:majorFont><a:latin typeface="{major}"/><a:ea typeface=""/><a:cs typeface=""/></a:majorFont>'
    '<a:minorFont><a:latin typeface="{minor}"/><a:ea typeface=""/><a:cs typeface=""/></a:minorFont>'
    f'</a:fontScheme><a:fmtScheme name=""><a:fillStyleLst>{_FILL * 3}</a:fillStyleLst>'
    f"<a:lnStyleLst>{_LINE.format(6350)}{_LINE.format(12700)}{_LINE.format(19050)}</a:lnStyleLst>"
    f"<a:effectStyleLst>{_EFFECT * 3}</a:effectStyleLst><a:bgFillStyleLst>{_FILL * 3}</a:bgFillStyleLst>"
    "</a:fmtScheme></a:themeElements></a:theme>"
)
"""The smallest theme that every reader takes (ECMA-376 part 1, 20.1.6.9)."""
