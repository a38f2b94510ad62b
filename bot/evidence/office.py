"""Word, Excel and PowerPoint files: a new package, holding only what the main part leads to.

Document properties, custom XML, comments, people, settings, printer settings, thumbnails, notes,
fonts and custom parts are not reached, so they are not there; parts get new names; pictures are
cleaned as pictures; targets outside the file are never written. Refuses embedded documents,
macros, charts, diagrams, hidden sheets that another sheet would show, and everything visible that
`words_office` does not list. Header, footer, footnote and sheet names are visible text and stay.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from bot.evidence import archive, looking
from bot.evidence.image import clean_image
from bot.evidence.kinds import Cleaned, Found, Kind, Stop, Unclean, Why
from bot.evidence.office_excel import Book, Sheet
from bot.evidence.office_parts import Styles, Theme
from bot.evidence.office_slides import Deck, Slide, hidden_slide
from bot.evidence.office_text import Story, settings
from bot.evidence.words_office import EXCEL, POWERPOINT, SPACES, WORD
from bot.evidence.xml import Notes, Rewrite, Vocabulary, parsed, serialised

_RELS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATION: Final = SPACES["r"] + "/"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_R: Final = f"{{{SPACES['r']}}}"
MAX_SHEETS: Final = 300
_TOLD: Final = {
    "comments": "comments",
    "core-properties": "properties",
    "extended-properties": "properties",
    "custom-properties": "properties",
    "customXml": "custom_xml",
    "thumbnail": "thumbnail",
    "printerSettings": "printer",
    "people": "author",
    "notesSlide": "notes",
    "hyperlink": "links",
    "attachedTemplate": "links",
    "externalLink": "links",
    "externalLinkPath": "links",
    "tags": "editor_notes",
    "commentAuthors": "author",
    "vbaProject": "macros",
}
"""Words for relationships that are left out."""


@dataclass(frozen=True, slots=True)
class Role:
    """How a part reached by one type of relationship is made anew."""

    path: str
    """With `#` for its number if there may be several."""
    content_type: str
    rewrite: Callable[[Vocabulary, Notes], Rewrite]
    implied: bool = False
    """Belongs to the part that leads to it without being named in it."""
    hidden: Callable[[etree._Element], bool] = lambda _: False


_WORD: Final = _OFFICE + "wordprocessingml."
_EXCEL: Final = _OFFICE + "spreadsheetml."
_POINT: Final = _OFFICE + "presentationml."
_THEME: Final = _OFFICE + "theme+xml"
ROLES: Final[dict[Kind, dict[str, Role]]] = {
    Kind.DOCX: {
        "officeDocument": Role("word/document", _WORD + "document.main+xml", Story),
        "styles": Role("word/styles", _WORD + "styles+xml", Styles, implied=True),
        "numbering": Role("word/numbering", _WORD + "numbering+xml", Story, implied=True),
        "footnotes": Role("word/footnotes", _WORD + "footnotes+xml", Story, implied=True),
        "endnotes": Role("word/endnotes", _WORD + "endnotes+xml", Story, implied=True),
        "theme": Role("word/theme/theme#", _THEME, Theme, implied=True),
        "settings": Role("word/settings", _WORD + "settings+xml", Story, implied=True),
        "header": Role("word/header#", _WORD + "header+xml", Story),
        "footer": Role("word/footer#", _WORD + "footer+xml", Story),
    },
    Kind.XLSX: {
        "officeDocument": Role("xl/workbook", _EXCEL + "sheet.main+xml", Book),
        "worksheet": Role("xl/worksheets/sheet#", _EXCEL + "worksheet+xml", Sheet),
        "styles": Role("xl/styles", _EXCEL + "styles+xml", Book, implied=True),
        "theme": Role("xl/theme/theme#", _THEME, Theme, implied=True),
        "drawing": Role("xl/drawings/drawing#", _OFFICE + "drawing+xml", Book),
    },
    Kind.PPTX: {
        "officeDocument": Role("ppt/presentation", _POINT + "presentation.main+xml", Deck),
        "slide": Role("ppt/slides/slide#", _POINT + "slide+xml", Slide, hidden=hidden_slide),
        "slideLayout": Role(
            "ppt/slideLayouts/slideLayout#", _POINT + "slideLayout+xml", Slide, implied=True
        ),
        "slideMaster": Role(
            "ppt/slideMasters/slideMaster#", _POINT + "slideMaster+xml", Slide, implied=True
        ),
        "theme": Role("ppt/theme/theme#", _THEME, Theme, implied=True),
    },
}
_VOCABULARY: Final = {Kind.DOCX: WORD, Kind.XLSX: EXCEL, Kind.PPTX: POWERPOINT}


@dataclass(frozen=True, slots=True)
class Relation:
    """What one part says of another: an id, a type, and the other's name, or none if outside."""

    key: str
    type: str
    target: str | None


def clean_office(content: bytes, kind: Kind) -> Cleaned:
    """Return the document as a new package. Stops with the reasons of `kinds.Why`."""
    with archive.opened(content) as packed:
        package = _Package(packed, kind)
        parts = package.made()
    made = archive.written(parts, first="[Content_Types].xml")
    if looking.inspect(made, "", "") != Found(kind):
        raise Unclean("office: not the file that was made")
    return Cleaned(made, kind, tuple(sorted(package.removed)))


class _Package:
    """One document being made anew, part by part, from the main part on."""

    def __init__(self, packed: zipfile.ZipFile, kind: Kind) -> None:
        self.packed = packed
        self.kind = kind
        self.names = {name.lower(): name for name in packed.namelist()}
        self.parts: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.new_name: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.notes = Notes()
        self.removed = self.notes.removed

    def made(self) -> dict[str, bytes]:
        """Return the parts of the new package by name."""
        package = self.relations("")
        for relation in package:
            self.note(relation.type)
        mains = [relation for relation in package if relation.type == "officeDocument"]
        if len(mains) != 1 or mains[0].target is None:
            raise Stop(Why.DAMAGED, kind=self.kind)
        for name in self.names:
            for mark, word in (("docprops/", "properties"), ("customxml/", "custom_xml")):
                if name.startswith(mark):
                    self.removed.add(word)
        main = self.carried(mains[0])
        if main is None:
            raise Stop(Why.DAMAGED, kind=self.kind)
        self.parts["_rels/.rels"] = _relations_part([("rId1", "officeDocument", main)])
        self.parts["[Content_Types].xml"] = self.types_part()
        return self.parts

    def note(self, relation: str) -> None:
        """Remember a word for a relationship that may be left out."""
        if relation in _TOLD:
            self.removed.add(_TOLD[relation])

    def relations(self, name: str) -> list[Relation]:
        """Return the relationships of a part, or of the package for the empty name."""
        folder, base = posixpath.split(name)
        listed = posixpath.join(folder, "_rels", base + ".rels")
        if listed.lower() not in self.names:
            return []
        root = parsed(archive.read(self.packed, self.names[listed.lower()]), self.kind)
        found = []
        for one in root.iter(f"{{{_RELS}}}Relationship"):
            kind, outside = one.get("Type", ""), one.get("TargetMode") == "External"
            target = posixpath.normpath(posixpath.join("/", folder, one.get("Target", "")))
            found.append(
                Relation(
                    one.get("Id", ""), kind.rpartition("/")[2], None if outside else target[1:]
                )
            )
        return found

    def carried(self, relation: Relation) -> str | None:
        """Make the part that the relationship leads to; return its new name, None if left out."""
        if relation.target is None:
            self.removed.add("links")
            return None
        if relation.target in self.new_name:
            return self.new_name[relation.target]
        source = self.names.get(relation.target.lower())
        if source is None:
            return None
        if relation.type == "image":
            return self.picture(relation.target, archive.read(self.packed, source))
        role = ROLES[self.kind].get(relation.type)
        if role is None:
            self.note(relation.type)
            return None
        return self.part(
            relation.target, role, parsed(archive.read(self.packed, source), self.kind)
        )

    def picture(self, target: str, content: bytes) -> str:
        """Clean a picture as a picture. Other formats than those stop everything."""
        found = looking.inspect(content, "", "")
        if not isinstance(found, Found) or found.kind not in {Kind.JPEG, Kind.PNG}:
            raise Stop(Why.UNSURE, kind=self.kind)
        cleaned = clean_image(content, found.kind)
        self.removed.update(cleaned.removed)
        name = self.name("media/image#", "." + found.kind)
        self.new_name[target] = name
        self.parts[name], self.types[name] = cleaned.content, looking.MIME_OF[found.kind]
        return name

    def name(self, path: str, extension: str) -> str:
        """Return a fresh name for a part: what the old one was called is nobody's business."""
        self.counts[path] += 1
        if "#" not in path and self.counts[path] > 1:
            raise Stop(Why.DAMAGED, kind=self.kind)
        return path.replace("#", str(self.counts[path])) + extension

    def part(self, target: str, role: Role, old: etree._Element) -> str | None:
        """Make one part of XML, and what it names, anew."""
        if role.hidden(old):
            self.removed.add("hidden")
            return None
        name = self.name(role.path, ".xml")
        if self.counts[role.path] > MAX_SHEETS:
            raise Stop(Why.PAGES, kind=self.kind, limit=MAX_SHEETS)
        self.new_name[target] = name
        self.types[name] = role.content_type
        relations = self.relations(target)
        if role.path == "word/settings":
            self.parts[name] = settings(old)
            return name
        if role.rewrite is Sheet:
            old = Sheet.with_words(old, self.shared_words())
        new = role.rewrite(_VOCABULARY[self.kind], self.notes).made(old)
        used = {
            value for one in new.iter() for tag, value in one.attrib.items() if tag[: len(_R)] == _R
        }
        written: list[tuple[str, str, str]] = []
        renamed: dict[str, str] = {}
        for relation in relations:
            role_of = ROLES[self.kind].get(relation.type)
            if relation.key not in used and not (role_of and role_of.implied):
                self.note(relation.type)
                continue
            made = self.carried(relation)
            if made is not None:
                renamed[relation.key] = f"rId{len(written) + 1}"
                written.append((renamed[relation.key], relation.type, made))
        _rename(new, renamed)
        self.parts[name] = serialised(new)
        if written:
            folder, base = posixpath.split(name)
            self.parts[f"{folder}/_rels/{base}.rels"] = _relations_part(written)
        return name

    def shared_words(self) -> list[etree._Element]:
        """Return the spreadsheet's table of strings."""
        source = next(
            (old for low, old in self.names.items() if low.endswith("/sharedstrings.xml")), None
        )
        if source is None:
            return []
        root = parsed(archive.read(self.packed, source), self.kind)
        return list(root.iter(f"{{{SPACES['s']}}}si"))

    def types_part(self) -> bytes:
        """Return the list of what each part is."""
        root = etree.Element(f"{{{_TYPES}}}Types", nsmap={None: _TYPES})
        rels = "application/vnd.openxmlformats-package.relationships+xml"
        for extension, mime in (("rels", rels), ("xml", "application/xml")):
            etree.SubElement(root, f"{{{_TYPES}}}Default", Extension=extension, ContentType=mime)
        for name, mime in sorted(self.types.items()):
            etree.SubElement(root, f"{{{_TYPES}}}Override", PartName="/" + name, ContentType=mime)
        return serialised(root)


def _rename(new: etree._Element, renamed: dict[str, str]) -> None:
    """Give references their new ids; what refers to nothing any more goes, element and all."""
    for one in list(new.iter()):
        for tag in [tag for tag in one.attrib if tag.startswith(_R)]:
            key = renamed.get(one.attrib[tag])
            if key is not None:
                one.set(tag, key)
                continue
            parent = one.getparent()
            if parent is not None:
                parent.remove(one)
            break


def _relations_part(relations: list[tuple[str, str, str]]) -> bytes:
    root = etree.Element(f"{{{_RELS}}}Relationships", nsmap={None: _RELS})
    for key, kind, target in relations:
        etree.SubElement(
            root, f"{{{_RELS}}}Relationship", Id=key, Type=_RELATION + kind, Target="/" + target
        )
    return serialised(root)
