"""OpenDocument texts and spreadsheets: a new package of content, styles and cleaned pictures.

meta.xml, settings.xml, thumbnails, configurations, RDF, layout caches and scripts are not carried;
styles are numbered; formulas give way to their last values. Refuses embedded objects, drawings and
everything visible that `words_opendocument` does not list.
"""

from __future__ import annotations

import re
import zipfile
from typing import Final

from lxml import etree
from typing_extensions import override

from bot.evidence import archive, looking
from bot.evidence.image import clean_image
from bot.evidence.kinds import Cleaned, Found, Kind, Stop, Unclean, Why
from bot.evidence.office_parts import FONTS
from bot.evidence.text import visible
from bot.evidence.words_opendocument import SPACES, STYLE_REFERENCES, vocabulary
from bot.evidence.xml import Fate, Notes, Rewrite, Vocabulary, parsed, serialised

_TABLE: Final = f"{{{SPACES['table']}}}"
_STYLE: Final = f"{{{SPACES['style']}}}"
_TEXT: Final = f"{{{SPACES['text']}}}"
_XLINK: Final = f"{{{SPACES['xlink']}}}"
_MANIFEST: Final = f"{{{SPACES['manifest']}}}"
_FONT_PLACES: Final = frozenset(
    {"style:font-name", "style:font-name-asian", "style:font-name-complex"}
    | {"svg:font-family", "fo:font-family"}
)
_DATE: Final = re.compile(
    r"-?\d{4,6}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?)?|PT\d+H\d+M[\d.]+S"
)
_BUILT_IN: Final = re.compile(
    r"Standard|Default|Heading|Heading_20_[1-9]|Text_20_body|List|Caption|Index|Header|Footer|Footnote"
    r"|Title|Subtitle|Table_20_Contents|Table_20_Heading|Graphics|Frame|Outline"
)
_ONE_CHARACTER: Final = frozenset(
    {"text:bullet-char", "style:char", "style:leader-text", "style:num-format"}
)
_LEFT: Final = {
    "meta.xml": "properties",
    "settings.xml": "settings",
    "manifest.rdf": "properties",
    "Thumbnails/": "thumbnail",
    "Configurations2/": "settings",
    "layout-cache": "settings",
    "META-INF/documentsignatures.xml": "signatures",
}


def clean_opendocument(content: bytes, kind: Kind) -> Cleaned:
    """Return the document as a new package. Stops with the reasons of `kinds.Why`."""
    words, notes = vocabulary(kind), Notes()
    parts: dict[str, bytes] = {"mimetype": looking.MIME_OF[kind].encode()}
    with archive.opened(content) as packed:
        names = set(packed.namelist())
        notes.removed.update(
            word for mark, word in _LEFT.items() if any(name.startswith(mark) for name in names)
        )
        if "content.xml" not in names:
            raise Stop(Why.DAMAGED, kind=kind)
        roots = {
            name: parsed(archive.read(packed, name), kind)
            for name in ("content.xml", "styles.xml")
            if name in names
        }
        hidden = _hidden_styles(list(roots.values()))
        pictures = _Pictures(packed, kind, notes)
        for name, root in roots.items():
            parts[name] = serialised(Document(words, notes, pictures, hidden).made(root))
    parts |= pictures.parts
    parts["META-INF/manifest.xml"] = _manifest(parts, kind)
    made = archive.written(parts, first="mimetype")
    if looking.inspect(made, "", "") != Found(kind):
        raise Unclean("opendocument: not the file that was made")
    return Cleaned(made, kind, tuple(sorted(notes.removed)))


class _Pictures:
    """The pictures of one document, each cleaned once and under a new name."""

    def __init__(self, packed: zipfile.ZipFile, kind: Kind, notes: Notes) -> None:
        self._packed = packed
        self._kind = kind
        self._notes = notes
        self._names: dict[str, str] = {}
        self.parts: dict[str, bytes] = {}

    def carried(self, target: str) -> str | None:
        """Return the new name of a picture in the file; None, once it is noted, for one outside."""
        target = target.removeprefix("./")
        if target not in self._packed.namelist():
            self._notes.removed.add("links")
            return None
        if target not in self._names:
            content = archive.read(self._packed, target)
            found = looking.inspect(content, "", "")
            if not isinstance(found, Found) or found.kind not in {Kind.JPEG, Kind.PNG}:
                raise Stop(Why.UNSURE, kind=self._kind)
            cleaned = clean_image(content, found.kind)
            self._notes.removed.update(cleaned.removed)
            self._names[target] = f"Pictures/{len(self._names) + 1}.{found.kind}"
            self.parts[self._names[target]] = cleaned.content
        return self._names[target]


class Document(Rewrite):
    """The content or the styles of a document."""

    def __init__(
        self, words: Vocabulary, notes: Notes, pictures: _Pictures, hidden: frozenset[str]
    ) -> None:
        super().__init__(words, notes)
        self._pictures = pictures
        self._hidden = hidden

    @override
    def fate(self, old: etree._Element) -> Fate:
        """Leave out what is not shown: hidden text, sections, rows, columns and sheets."""
        style = old.get(_TABLE + "style-name") or old.get(_TEXT + "style-name")
        unseen = (
            old.get(_TABLE + "visibility", "visible") != "visible"
            or old.get(_TEXT + "display", "true") != "true"
            or style in self._hidden
        )
        if unseen:
            if old.tag == _TABLE + "table-column":
                # Its cells lie in the rows, counted by repetition: which ones is too easy to miss.
                raise Stop(Why.UNSURE, kind=self.words.kind)
            self.note("hidden")
            return Fate.GONE
        if old.tag == f"{{{SPACES['draw']}}}image" and not self._target(old):
            self.note("links")
            return Fate.GONE
        return super().fate(old)

    @override
    def attribute(self, old: etree._Element, name: str, value: str) -> str | None:
        """Number styles, keep names of sheets, which are seen, and pictures that are inside."""
        if name in STYLE_REFERENCES:
            if name == "style:name" and self.words.name(old.tag) == "style:font-face":
                return value if value.lower() in FONTS else None
            return value if _BUILT_IN.fullmatch(value) else self.notes.numbered(value)
        if name == "table:name" and old.tag == _TABLE + "table" and self.words.kind is Kind.ODS:
            return visible(value)
        if name in _FONT_PLACES:
            bare = value.strip("'")
            return value if bare.lower() in FONTS else None
        if name in _ONE_CHARACTER:
            return value[:1]
        if name.startswith("office:") and _DATE.fullmatch(value):
            return value
        if name == "office:currency":
            return value if re.fullmatch("[A-Z]{3}", value) else None
        if name == "xlink:href":
            return self._target(old)
        if name in {"style:num-prefix", "style:num-suffix"}:
            return value
        return super().attribute(old, name, value)

    def _target(self, old: etree._Element) -> str | None:
        if old.tag != f"{{{SPACES['draw']}}}image":
            return None
        return self._pictures.carried(old.get(_XLINK + "href", ""))


def _hidden_styles(roots: list[etree._Element]) -> frozenset[str]:
    """Return the names of styles that hide what they are given to."""
    found = set()
    for root in roots:
        for style in root.iter(_STYLE + "style"):
            for properties in style:
                if (
                    properties.get(_TEXT + "display", "true") != "true"
                    or properties.get(_TABLE + "display", "true") != "true"
                ):
                    found.add(style.get(_STYLE + "name", ""))
    return frozenset(found)


def _manifest(parts: dict[str, bytes], kind: Kind) -> bytes:
    root = etree.Element(_MANIFEST + "manifest", nsmap={"manifest": SPACES["manifest"]})
    root.set(_MANIFEST + "version", "1.3")
    types = {"xml": "text/xml", "jpeg": "image/jpeg", "png": "image/png"}
    entries = {"/": looking.MIME_OF[kind]} | {
        name: types[name.rpartition(".")[2]] for name in sorted(parts) if name != "mimetype"
    }
    for name, mime in entries.items():
        entry = etree.SubElement(root, _MANIFEST + "file-entry")
        entry.set(_MANIFEST + "full-path", name)
        entry.set(_MANIFEST + "media-type", mime)
    return serialised(root)
